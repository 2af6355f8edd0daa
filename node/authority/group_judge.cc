#include "node/authority/group_judge.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "node/access/refusal_text.h"
#include "node/query/guards.h"
#include "proto/limits.h"
#include "proto/planted.h"

namespace syncline {
namespace {

// Why some operations of the group cannot stand.
struct Objection {
  std::vector<Step> fields;  // top-level; empty: the group as a whole
  Reason reason;
  std::string text;
};

// Of an object that does not satisfy the schema; one with more is not edited.
constexpr size_t kViolationsKnownMax = 256;

// Does the operation write at this top-level step?
bool writes_at(const Operation& operation, const Step& step) {
  if (!operation.path.empty()) return operation.path.front() == step;
  if (operation.kind == OperationKind::create && operation.item && operation.item->is_scope())
    return operation.item->scope()->find(step) != nullptr;
  return operation.kind == OperationKind::remove_object;
}

class Judge {
 public:
  Judge(const Group& group, const Row* row, const MergeRow* merge, const Causality& causality,
        const GroupContext& context)
      : group_(group), row_(row), merge_(merge), causality_(causality), context_(context) {}

  JudgedGroup run() {
    if (std::optional<Objection> objection = object_to_target()) {
      refuse_all(*objection);
      return std::move(result_);
    }
    // Each turn takes at least one operation out, so it ends.
    while (refused_.size() < group_.operations.size()) {
      MergeOutput output = merge_with_what_follows();
      std::vector<Objection> objections = object_to_result(output);
      if (objections.empty()) {
        accept(std::move(output));
        return std::move(result_);
      }
      const size_t before = left_out_.size();
      for (const Objection& objection : objections) take_out(objection);
      if (left_out_.size() == before) refuse_all(objections.front());
    }
    finish();
    return std::move(result_);
  }

 private:
  // The schema version that the object is judged by; null: none has its type.
  const SchemaVersion* judging() const {
    if (context_.deployed == nullptr) return nullptr;
    if (is_system(group_.object.type)) return &context_.deployed->versions->deployed();
    return context_.deployed->versions->judging(group_.object.type);
  }
  const Schema* schema() const {
    const SchemaVersion* version = judging();
    return version == nullptr ? nullptr : &version->schema();
  }
  bool has_other_versions() const {
    return context_.deployed != nullptr && !context_.deployed->versions->only_one() &&
           !is_system(group_.object.type);
  }

  // The group merged, and with it what other versions' fields become by it.
  MergeOutput merge_with_what_follows() {
    if (inserts_ && row_ == nullptr && merge_ == nullptr && !has_other_versions())
      return insert_object(group_, causality_.write.seq);
    MergeInput input{row_, merge_, &group_, &left_out_};
    MergeOutput output = merge_group(input, causality_);
    follows_.clear(), followed_elsewhere_.clear();
    if (!has_other_versions() || !context_.derives || !output.row) return output;
    std::vector<Path> written;
    size_t at = 0;  // in the outcomes, which are those of what is not left out
    for (size_t i = 0; i < group_.operations.size(); ++i) {
      if (left_out_.contains(i)) continue;
      const Operation& operation = group_.operations[i];
      if (output.outcomes[at++].verdict == Verdict::applied) written.push_back(operation.path);
    }
    const SchemaVersions& versions = *context_.deployed->versions;
    const SchemaVersion* by = versions.version_of(group_, context_.version);
    const std::vector<Derived> derived =
        derive(versions.migrations(), group_.object.type, output.row->fields, written,
               by == nullptr ? 0 : static_cast<int>(by->number()));
    if (derived.empty() || SYNCLINE_PLANTED(forget_other_versions)) return output;
    Group following;
    following.object = group_.object;
    following.id = group_.id;
    for (const Derived& one : derived) {
      following.operations.push_back(one.operation);
      if (versions.is_foreign(group_.object.type, one.operation.path))
        followed_elsewhere_.push_back(one.operation.path);
      std::set<Step>& from = follows_[one.operation.path.front()];
      from.insert(one.from.begin(), one.from.end());
    }
    input.following = &following;
    input.following_stamp = stamp_of_what_follows(output.merge);
    return merge_group(input, causality_);
  }

  // The later of the group's, and of what it follows from and takes the place of: a write that came
  // earlier and is decided later finds what it would have found.
  Stamp stamp_of_what_follows(const MergeRow& merge) const {
    Stamp latest = causality_.write.stamp;
    const auto look_at = [&](const Step& step) {
      if (const MergeSlot* slot = merge.root.find(step))
        latest = std::max(latest, latest_in(*slot));
    };
    for (const auto& [step, from] : follows_) {
      look_at(step);
      for (const Step& source : from) look_at(source);
    }
    return latest;
  }

  // What can be said before merging.
  std::optional<Objection> object_to_target() {
    const TypeNumber type = group_.object.type;
    if (is_system(type)) {
      if (context_.own_hand) return std::nullopt;
      return object_to_system_object();
    }
    if (!context_.own_hand && context_.deployed != nullptr &&
        context_.deployed->versions->ever_others())
      if (context_.deployed->versions->version_of(group_, context_.version) == nullptr)
        return Objection{{},
                         Reason::unknown_field,
                         "no schema version in force has all the fields that this writes: the one "
                         "that it was written for has ended, or it speaks of two at once, or it "
                         "names a field that another version declares"};
    const TypeDef* def = schema() == nullptr ? nullptr : schema()->type(type);
    if (def == nullptr || def->embedded)
      return Objection{
          {},
          Reason::unknown_type,
          fmt::format("no type {} is deployed on the authority: deploy its schema first",
                      type.value)};
    if (def->asymmetric) {
      inserts_ = group_.operations.size() == 1 && creates(group_);
      if (auto objection = object_to_change(*def)) return objection;
    }
    // An update of what never was: its create was refused, or is unknown here. Nothing to merge
    // with, nothing to undo.
    if (row_ == nullptr && !creates(group_) && context_.base_lost && !group_.blind)
      return Objection{{},
                       Reason::create_lost,
                       fmt::format("this {} was created after the backup that the authority was "
                                   "restored from, and its create did not come again in time",
                                   def->name)};
    if (row_ == nullptr && (merge_ == nullptr || *merge_ == MergeRow()) && !creates(group_))
      return Objection{
          {},
          Reason::no_such_object,
          fmt::format("{} has no such object: its create was refused or never arrived", def->name)};
    if (row_ != nullptr && context_.in_view &&
        !context_.in_view(*row_, GroupContext::Content::before))
      return outside_view();
    return std::nullopt;
  }

  // Nodes make the objects of an asymmetric type, and nothing else: only the authority's own hand
  // changes them.
  std::optional<Objection> object_to_change(const TypeDef& def) const {
    if (context_.own_hand || SYNCLINE_PLANTED(change_inserted)) return std::nullopt;
    if (!inserts_)
      return Objection{{},
                       Reason::insert_only,
                       fmt::format("{} is asymmetric: nodes insert its objects as a whole, and do "
                                   "not change or delete them afterwards",
                                   def.name)};
    if (row_ != nullptr)
      return Objection{{},
                       Reason::insert_only,
                       fmt::format("{} is asymmetric, and an object with this _id was inserted "
                                   "before: insert it with another _id",
                                   def.name)};
    return std::nullopt;
  }

  Objection outside_view() const {
    return {{},
            Reason::outside_view,
            text_of_outside_view(query::title_of(*schema(), group_.object.type, group_.id))};
  }

  // Nodes write one kind of system object: their own subscriptions.
  std::optional<Objection> object_to_system_object() const {
    if (group_.object.type != system_type::kSubscription)
      return Objection{
          {}, Reason::permission, "only the operator changes nodes, users, apps and settings"};
    const std::string* id = group_.id.get_if<std::string>();
    if (id == nullptr || !id->starts_with(subscription_prefix(context_.origin)))
      return Objection{{}, Reason::permission, "a node may change its own subscriptions only"};
    if (id->size() > limits::kNameBytesMax * 4)
      return Objection{{}, Reason::too_large, "a subscription's name may have 100 characters"};
    return std::nullopt;
  }

  std::vector<Objection> object_to_result(const MergeOutput& output) const {
    std::vector<Objection> objections;
    if (output.effect.change == ObjectEffect::Change::unchanged) {
      // A write of what stands there already is one all the same.
      if (row_ != nullptr && output.row && !context_.own_hand && !is_system(group_.object.type) &&
          !SYNCLINE_PLANTED(skip_rules))
        object_by_rules(output, &objections);
      return objections;
    }
    if (group_.object.type == system_type::kSubscription && output.row)
      object_to_subscription(*output.row, &objections);
    if (is_system(group_.object.type)) return objections;
    if (output.row && !SYNCLINE_PLANTED(skip_validation)) object_to_content(output, &objections);
    if (!context_.own_hand && !SYNCLINE_PLANTED(skip_rules)) object_by_rules(output, &objections);
    // What the rules say of an object that its author makes tells him nothing that he did not
    // write.
    if (objections.empty() && row_ == nullptr && output.row && context_.in_view &&
        !context_.in_view(*output.row, GroupContext::Content::made))
      objections.push_back(outside_view());
    return objections;
  }

  void object_to_subscription(const Row& row, std::vector<Objection>* objections) const {
    const auto text = [&](FieldNumber field) -> std::string_view {
      const Child* child = row.fields.find(field);
      if (child == nullptr || child->item.is_scope()) return {};
      const std::string* found = child->item.value().get_if<std::string>();
      return found == nullptr ? std::string_view() : *found;
    };
    const std::string_view type = text(system_field::subscription::kType);
    const SchemaVersion* version = context_.deployed == nullptr
                                       ? nullptr
                                       : context_.deployed->versions->in_force(context_.version);
    const TypeDef* def = version == nullptr ? nullptr : version->schema().type(type);
    if (def != nullptr && def->asymmetric) {
      objections->push_back({{},
                             Reason::insert_only,
                             fmt::format("{} is asymmetric: nodes write its objects, and cannot "
                                         "subscribe to them",
                                         type)});
      return;
    }
    if (def == nullptr || def->embedded || is_system(def->number)) {
      objections->push_back(
          {{}, Reason::unknown_type, fmt::format("there is no type {} to subscribe to", type)});
      return;
    }
    if (auto why = context_.deployed->object_to_query(context_.version, def->number,
                                                      text(system_field::subscription::kQuery)))
      objections->push_back({{}, Reason::schema, "Invalid query: " + *why});
  }

  void object_to_content(const MergeOutput& output, std::vector<Objection>* objections) const {
    if (output.effect.change == ObjectEffect::Change::born)
      for (Violation& violation :
           judging()->validator->check_id(group_.object.type, output.row->id))
        objections->push_back({{}, violation.reason, std::move(violation.text)});
    const std::vector<Step>* touched = row_ == nullptr ? nullptr : &output.touched;
    std::vector<Violation> violations = judging()->validator->check(
        group_.object.type, output.row->fields, touched, kViolationsKnownMax);
    if (violations.size() >= kViolationsKnownMax)
      objections->push_back({{},
                             Reason::schema,
                             "so much of this object does not satisfy its schema that it cannot be "
                             "told what this write does to it: delete it, and make it anew"});
    if (has_other_versions()) object_to_other_versions(output, touched, &violations);
    for (Violation& violation : violations) {
      if (was_there_before(violation)) continue;
      Objection objection{{}, violation.reason, std::move(violation.text)};
      if (!violation.path.empty()) objection.fields.push_back(violation.path.front());
      objections->push_back(std::move(objection));
    }
  }

  // What is wrong with fields that only another version has. What that version says of fields that
  // both have counts no more.
  void object_to_other_versions(const MergeOutput& output, const std::vector<Step>* touched,
                                std::vector<Violation>* violations) const {
    const SchemaVersions& versions = *context_.deployed->versions;
    for (const uint32_t number : versions.numbers()) {
      const SchemaVersion* version = versions.in_force(number);
      if (version == judging() || version->schema().type(group_.object.type) == nullptr) continue;
      for (Violation& violation : version->validator->check(group_.object.type, output.row->fields,
                                                            touched, kViolationsKnownMax))
        if (versions.is_foreign(group_.object.type, violation.path) && is_written(violation.path))
          violations->push_back(std::move(violation));
    }
  }

  // What an object lacked when the schema came to want it is not the fault of who writes something
  // else in it.
  bool was_there_before(const Violation& violation) const {
    if (row_ == nullptr || is_written(violation.path)) return false;
    if (!before_)
      before_ = judging()->validator->check(group_.object.type, row_->fields, nullptr,
                                            kViolationsKnownMax);
    return std::any_of(before_->begin(), before_->end(), [&](const Violation& known) {
      return known.path == violation.path && known.kind == violation.kind &&
             known.text == violation.text;
    });
  }

  // Does what is left of the group write to the place, to what is around it, or in it?
  bool is_written(const Path& place) const {
    if (place.empty()) return false;
    for (size_t i = 0; i < group_.operations.size(); ++i) {
      const Operation& operation = group_.operations[i];
      if (left_out_.contains(i)) continue;
      if (operation.path.empty()) {
        if (writes_at(operation, place.front())) return true;
        continue;
      }
      const size_t common = std::min(operation.path.size(), place.size());
      if (std::equal(place.begin(), place.begin() + static_cast<ptrdiff_t>(common),
                     operation.path.begin()))
        return true;
    }
    return false;
  }

  void object_by_rules(const MergeOutput& output, std::vector<Objection>* objections) const {
    const Scope* before = row_ == nullptr ? nullptr : &row_->fields;
    const Scope* after = output.row ? &output.row->fields : nullptr;
    std::vector<Step> touched = output.touched;
    // Rules are about the fields of the version that judges. What its author writes to another
    // version's is judged by what he wrote, and by what follows from it.
    Scope was, is;
    if (has_other_fields()) {
      if (before != nullptr) was = *before, strip(&was, {}), before = &was;
      if (after != nullptr) is = *after, strip(&is, {}), after = &is;
      std::erase_if(touched,
                    [&](const Step& step) { return row_ != nullptr && same_at(was, is, step); });
    }
    for (Refusal& refusal : context_.access->judge(*schema(), group_.object.type, group_.id, before,
                                                   after, touched, written()))
      objections->push_back(
          {std::move(refusal.fields), Reason::permission, std::move(refusal.text)});
  }

  bool has_other_fields() const {
    return context_.deployed != nullptr && context_.deployed->versions->ever_others();
  }

  // Of an object that its author makes, all that he wrote is judged; else nothing that the judging
  // version has not.
  void strip(Scope* scope, Path at) const {
    std::erase_if(scope->children, [&](const Child& child) {
      Path place = at;
      place.push_back(child.step);
      if (!context_.deployed->versions->is_foreign(group_.object.type, place)) return false;
      return row_ != nullptr ||
             std::ranges::find(followed_elsewhere_, place) != followed_elsewhere_.end();
    });
    for (Child& child : scope->children) {
      Scope* inside = child.item.scope();
      if (inside == nullptr) continue;
      Path place = at;
      place.push_back(child.step);
      strip(inside, std::move(place));
    }
  }

  static bool same_at(const Scope& before, const Scope& after, const Step& step) {
    const Child* was = before.find(step);
    const Child* is = after.find(step);
    return was == nullptr || is == nullptr ? was == is : *was == *is;
  }

  // By the operations that are not left out, of an object that was there.
  std::vector<WrittenPlace> written() const {
    std::vector<const Operation*> left;
    for (size_t i = 0; row_ != nullptr && i < group_.operations.size(); ++i)
      if (!left_out_.contains(i)) left.push_back(&group_.operations[i]);
    return written_places(left);
  }

  void take_out(const Objection& objection) {
    bool found = false;
    for (const Step& field : objection.fields) {
      for (size_t i = 0; i < group_.operations.size(); ++i) {
        if (!writes_or_leads_to(group_.operations[i], field)) continue;
        found = true;  // or taken out by an objection beside this one
        if (!left_out_.contains(i)) refuse(i, objection.reason, objection.text);
      }
    }
    // The group as a whole, or a field that none of what is left wrote.
    if (!found) refuse_all(objection);
  }

  // Does it write at the top-level step, or what the field there follows from?
  bool writes_or_leads_to(const Operation& operation, const Step& step) const {
    if (writes_at(operation, step)) return true;
    const auto from = follows_.find(step);
    return from != follows_.end() && std::ranges::any_of(from->second, [&](const Step& source) {
             return writes_at(operation, source);
           });
  }

  void refuse(size_t i, Reason reason, const std::string& text) {
    left_out_.insert(i);
    Outcome outcome;
    outcome.ordinal = group_.operations[i].ordinal;
    outcome.verdict = Verdict::refused;
    outcome.reason = reason;
    outcome.text = text;
    refused_.emplace(i, std::move(outcome));
  }

  void refuse_all(const Objection& objection) {
    for (size_t i = 0; i < group_.operations.size(); ++i)
      if (!left_out_.contains(i)) refuse(i, objection.reason, objection.text);
    finish();
  }

  void accept(MergeOutput output) {
    result_.outcomes = std::move(output.outcomes);
    finish();
    const ObjectEffect& effect = output.effect;
    const bool empty = effect.change == ObjectEffect::Change::unchanged &&
                       effect.merge_effects.empty() && !effect.merge;
    if (!empty) result_.merged = std::move(output);
  }

  // Adds what was refused, in the operations' order, and the role. Idempotent.
  void finish() {
    for (auto& [i, outcome] : refused_)
      if (std::none_of(result_.outcomes.begin(), result_.outcomes.end(),
                       [&](const Outcome& known) { return known.ordinal == outcome.ordinal; }))
        result_.outcomes.push_back(outcome);
    std::sort(result_.outcomes.begin(), result_.outcomes.end(),
              [](const Outcome& a, const Outcome& b) { return a.ordinal < b.ordinal; });
    if (!context_.own_hand && context_.access != nullptr && !is_system(group_.object.type))
      result_.role = context_.access->of(group_.object.type).role;
  }

  const Group& group_;
  const Row* row_;
  const MergeRow* merge_;
  const Causality& causality_;
  const GroupContext& context_;
  bool inserts_ = false;  // one create, in an insert-only type
  std::set<size_t> left_out_;
  std::map<size_t, Outcome> refused_;
  std::vector<Path> followed_elsewhere_;    // derived, in fields that the judging version has not
  std::map<Step, std::set<Step>> follows_;  // top-level steps that were derived, and from which
  mutable std::optional<std::vector<Violation>> before_;  // of the object as it was
  JudgedGroup result_;
};

}  // namespace

bool creates(const Group& group) {
  return std::any_of(group.operations.begin(), group.operations.end(),
                     [](const Operation& operation) {
                       return operation.kind == OperationKind::create && operation.path.empty();
                     });
}

JudgedGroup judge(const Group& group, const Row* row, const MergeRow* merge,
                  const Causality& causality, const GroupContext& context) {
  return Judge(group, row, merge, causality, context).run();
}

}  // namespace syncline
