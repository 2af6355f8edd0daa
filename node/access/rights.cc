#include "node/access/rights.h"

#include <algorithm>

#include "node/access/mask_record.h"
#include "proto/limits.h"

namespace syncline {
namespace {

// Longer ones are left to the authority: an $in of thousands.
constexpr size_t kConditionBytesMax = 16u << 10;

// Its text, or an empty one if a node cannot decide it.
std::string told(const TypeAccess::Condition& condition, const FieldMask& always_seen) {
  const bool seen = std::ranges::all_of(
      condition->reads(), [&](const Step& step) { return always_seen.contains(step); });
  if (!seen || condition->text().size() > kConditionBytesMax) return {};
  return Expression::of_text(condition->text(), nullptr) ? condition->text() : std::string();
}

std::optional<std::string> told_if_any(const TypeAccess::Condition& condition,
                                       const FieldMask& always_seen) {
  if (condition == nullptr) return std::nullopt;
  return told(condition, always_seen);
}

ObjectMaskRecord told(const ObjectMask& mask, const FieldMask& always_seen) {
  ObjectMaskRecord record = record_of(mask);
  for (size_t i = 0; i < record.conditions.size(); ++i)
    record.conditions[i] = told(mask.conditions()[i], always_seen);
  // What a role speaks of by name is told only where it excepts it.
  for (MaskRecord& one : record.masks)
    if (!one.additional) one.listed.clear(), one.listed_extra.clear();
  return record;
}

size_t drop_conditions(RightsRecord* record) {
  size_t dropped = 0;
  const auto drop = [&](std::string* condition) {
    dropped += condition->size();
    condition->clear();
  };
  for (RightsRecord::Type& type : record->types) {
    for (auto* mask : {&type.readable, &type.writable})
      for (std::string& condition : mask->conditions) drop(&condition);
    for (auto* condition : {&type.write_when, &type.insert_when, &type.remove_when})
      if (*condition) drop(&**condition);
  }
  return dropped;
}

// What reads one type's rights, with what cannot be decided taken for true or for false.
class Reader {
 public:
  Reader(const Schema& schema, TypeNumber type, bool at_best)
      : schema_(schema), type_(type), at_best_(at_best) {}

  // Null: it holds always; `never` is set if it holds of nothing.
  Result<TypeAccess::Condition> condition(const std::optional<std::string>& text,
                                          bool* never) const {
    if (!text) return nullptr;
    if (text->empty()) {
      *never = *never || !at_best_;
      return nullptr;
    }
    SYNCLINE_ASSIGN(Expression expression, Expression::of_text(*text, nullptr));
    return std::make_shared<const DocumentFilter>(std::move(expression), schema_, type_);
  }

  Result<ObjectMask> mask(const ObjectMaskRecord& record) const {
    const size_t count = record.conditions.size();
    if (count > ObjectMask::kConditionsMax || record.masks.size() != size_t{1} << count)
      return fail(ErrorCode::kMalformed, "rights whose masks lack some combinations");
    std::vector<ObjectMask::Condition> known;
    std::vector<size_t> bits;
    size_t fixed = 0;
    for (size_t i = 0; i < count; ++i) {
      bool never = false;
      SYNCLINE_ASSIGN(TypeAccess::Condition one, condition(record.conditions[i], &never));
      if (one != nullptr) {
        known.push_back(std::move(one));
        bits.push_back(i);
      } else if (!never) {
        fixed |= size_t{1} << i;
      }
    }
    std::vector<FieldMask> masks;
    for (size_t combination = 0; combination < size_t{1} << known.size(); ++combination) {
      size_t at = fixed;
      for (size_t i = 0; i < bits.size(); ++i)
        if ((combination >> i & 1) != 0) at |= size_t{1} << bits[i];
      masks.push_back(mask_of(record.masks[at]));
    }
    return ObjectMask(std::move(known), std::move(masks));
  }

  Result<TypeAccess> access(const RightsRecord::Type& rights) const {
    TypeAccess out;
    out.role = rights.role;
    out.file = rights.file;
    out.pointer = rights.pointer;
    out.why_none = rights.why_none;
    const TypeDef* def = schema_.type(type_);
    if (const FieldDef* id = def->field("_id")) out.id_field = id->number;
    SYNCLINE_ASSIGN(out.readable, mask(rights.readable));
    SYNCLINE_ASSIGN(out.writable, mask(rights.writable));
    bool never_written = false, never_inserted = false, never_removed = false;
    SYNCLINE_ASSIGN(out.write_when, condition(rights.write_when, &never_written));
    SYNCLINE_ASSIGN(out.insert_when, condition(rights.insert_when, &never_inserted));
    SYNCLINE_ASSIGN(out.remove_when, condition(rights.remove_when, &never_removed));
    out.read = !out.readable.empty();
    out.write_filter = rights.write_filter && !never_written;
    out.write = out.write_filter && !out.writable.empty();
    out.insert = out.write && rights.insert && !never_inserted;
    out.remove = out.write && rights.remove && !never_removed;
    return out;
  }

 private:
  const Schema& schema_;
  TypeNumber type_;
  bool at_best_;
};

}  // namespace

RightsRecord rights_of(const Access& access, const Schema& schema) {
  RightsRecord record;
  for (const auto& [number, may] : access.types) {
    const TypeNumber type(number);
    if (is_system(type) || schema.type(type) == nullptr) continue;
    const FieldMask& seen = may.readable.least();
    record.types.push_back({type, may.role, may.file, may.pointer, may.why_none,
                            told(may.readable, seen), told(may.writable, seen), may.insert,
                            may.remove, may.write_filter, told_if_any(may.write_when, seen),
                            told_if_any(may.insert_when, seen),
                            told_if_any(may.remove_when, seen)});
  }
  size_t bytes = encode_rights(record).size();
  if (bytes > limits::kRightsBytesMax) bytes -= drop_conditions(&record);
  // Of very many types with many fields each: nothing is advised.
  if (bytes > limits::kRightsBytesMax) record.types.clear();
  return record;
}

Result<Advisor> Advisor::of(const RightsRecord& rights, const Schema& schema) {
  Advisor advisor;
  for (const RightsRecord::Type& type : rights.types) {
    if (schema.type(type.type) == nullptr) continue;
    SYNCLINE_ASSIGN(advisor.sure_.types[type.type.value],
                    Reader(schema, type.type, false).access(type));
    SYNCLINE_ASSIGN(advisor.at_best_.types[type.type.value],
                    Reader(schema, type.type, true).access(type));
  }
  return advisor;
}

Advisor::Advice Advisor::judge(const Schema& schema, TypeNumber type, const Value& id,
                               const Scope* before, const Scope* after,
                               const std::vector<Step>& touched,
                               const std::vector<WrittenPlace>& written) const {
  if (!at_best_.types.contains(type.value)) return {};
  const std::vector<Refusal> no = at_best_.judge(schema, type, id, before, after, touched, written);
  if (!no.empty()) return {Advice::Answer::no, no.front().text};
  if (!sure_.judge(schema, type, id, before, after, touched, written).empty()) return {};
  // Who deletes must be allowed to write all fields, those too that they do not see.
  const TypeAccess& sure = sure_.of(type);
  if (before != nullptr && after == nullptr && !sure.readable.of(id, *before).all &&
      !sure.writable.of(id, *before).all)
    return {};
  return {Advice::Answer::yes, {}};
}

Advisor::Advice Advisor::judge_place(const Schema& schema, TypeNumber type, const Value& id,
                                     const Scope& fields, const Path& path) const {
  // A condition on a change goes by what would be written.
  const TypeAccess& best = at_best_.of(type);
  const auto about_change = [](const TypeAccess::Condition& condition) {
    return condition != nullptr && condition->is_about_change();
  };
  if (about_change(best.write_when) ||
      std::ranges::any_of(best.writable.conditions(), about_change)) {
    if (best.writable.most().sight(path) != FieldMask::Sight::none) return {};
    return {Advice::Answer::no, "no rule lets it be written"};
  }
  Advice advice = judge(schema, type, id, &fields, &fields, {path.front()});
  if (advice.answer == Advice::Answer::no || path.size() == 1) return advice;
  const auto sight = [&](const Access& access) {
    return access.of(type).writable.of(id, fields).sight(path);
  };
  if (sight(at_best_) == FieldMask::Sight::none)
    return {Advice::Answer::no, "another part of the field is writable, not this one"};
  if (sight(sure_) == FieldMask::Sight::none) return {};
  return advice;
}

bool Advisor::hides(TypeNumber type, const Value& id, const Scope& fields,
                    const Step& field) const {
  const auto known = at_best_.types.find(type.value);
  if (known == at_best_.types.end()) return false;
  const FieldMask& mask = known->second.readable.of(id, fields);
  return !mask.contains(field) && mask.inside(field) == nullptr;
}

}  // namespace syncline
