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
      MergeOutput output = merge_group({row_, merge_, &group_, &left_out_}, causality_);
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
  const Schema* schema() const {
    return context_.deployed == nullptr ? nullptr : &context_.deployed->schema();
  }

  // What can be said before merging.
  std::optional<Objection> object_to_target() const {
    const TypeNumber type = group_.object.type;
    if (is_system(type)) {
      if (context_.own_hand) return std::nullopt;
      return object_to_system_object();
    }
    const TypeDef* def = schema() == nullptr ? nullptr : schema()->type(type);
    if (def == nullptr || def->embedded)
      return Objection{
          {},
          Reason::unknown_type,
          fmt::format("no type {} is deployed on the authority: deploy its schema first",
                      type.value)};
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
    const TypeDef* def = schema() == nullptr ? nullptr : schema()->type(type);
    if (def == nullptr || def->embedded || def->asymmetric || is_system(def->number)) {
      objections->push_back(
          {{}, Reason::unknown_type, fmt::format("there is no type {} to subscribe to", type)});
      return;
    }
    if (auto why = context_.deployed->object_to_query(def->number,
                                                      text(system_field::subscription::kQuery)))
      objections->push_back({{}, Reason::schema, "Invalid query: " + *why});
  }

  void object_to_content(const MergeOutput& output, std::vector<Objection>* objections) const {
    if (output.effect.change == ObjectEffect::Change::born)
      for (Violation& violation :
           context_.deployed->validator->check_id(group_.object.type, output.row->id))
        objections->push_back({{}, violation.reason, std::move(violation.text)});
    const std::vector<Step>* touched = row_ == nullptr ? nullptr : &output.touched;
    std::vector<Violation> violations = context_.deployed->validator->check(
        group_.object.type, output.row->fields, touched, kViolationsKnownMax);
    if (violations.size() >= kViolationsKnownMax)
      objections->push_back({{},
                             Reason::schema,
                             "so much of this object does not satisfy its schema that it cannot be "
                             "told what this write does to it: delete it, and make it anew"});
    for (Violation& violation : violations) {
      if (was_there_before(violation)) continue;
      Objection objection{{}, violation.reason, std::move(violation.text)};
      if (!violation.path.empty()) objection.fields.push_back(violation.path.front());
      objections->push_back(std::move(objection));
    }
  }

  // What an object lacked when the schema came to want it is not the fault of who writes something
  // else in it.
  bool was_there_before(const Violation& violation) const {
    if (row_ == nullptr || is_written(violation.path)) return false;
    if (!before_)
      before_ = context_.deployed->validator->check(group_.object.type, row_->fields, nullptr,
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
    for (Refusal& refusal : context_.access->judge(
             *schema(), group_.object.type, group_.id, row_ == nullptr ? nullptr : &row_->fields,
             output.row ? &output.row->fields : nullptr, output.touched, written()))
      objections->push_back(
          {std::move(refusal.fields), Reason::permission, std::move(refusal.text)});
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
        if (!writes_at(group_.operations[i], field)) continue;
        found = true;  // or taken out by an objection beside this one
        if (!left_out_.contains(i)) refuse(i, objection.reason, objection.text);
      }
    }
    // The group as a whole, or a field that none of what is left wrote.
    if (!found) refuse_all(objection);
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
  std::set<size_t> left_out_;
  std::map<size_t, Outcome> refused_;
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
