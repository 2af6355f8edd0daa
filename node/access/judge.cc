// Access::judge: the authority's question before it takes a group of operations. The hot path is
// the first lines of each case; texts are made only for a refusal.
#include <algorithm>

#include <fmt/format.h>

#include "node/access/pointer.h"
#include "node/access/policy.h"

namespace syncline {
namespace {

bool is_null_or_absent(const Item* item) {
  return !item || (!item->is_scope() && item->value().is_null());
}

// Where `before` and `after` differ and the mask does not allow it; nothing if nowhere. Null items
// are absent.
class Differences {
 public:
  explicit Differences(Path* where) : where_(where) {}

  bool forbidden(const FieldMask& mask, const Item* before, const Item* after) {
    const Scope* from = before ? before->scope() : nullptr;
    const Scope* to = after ? after->scope() : nullptr;
    if (!from && !to)
      return !(is_null_or_absent(before) && is_null_or_absent(after)) &&
             !(before && after && *before == *after);
    if (!from && !is_null_or_absent(before)) return true;
    if (!to && !is_null_or_absent(after)) return true;
    if (from && to && from->kind != to->kind) return true;
    const ScopeKind kind = from ? from->kind : to->kind;
    if (kind == ScopeKind::set) return !(from && to && *from == *to);
    return forbidden_children(mask, kind, from, to);
  }

 private:
  bool forbidden_children(const FieldMask& mask, ScopeKind kind, const Scope* from,
                          const Scope* to) {
    const std::vector<const Child*> before = by_step(from);
    const std::vector<const Child*> after = by_step(to);
    for (size_t i = 0, j = 0; i < before.size() || j < after.size();) {
      const Child* was = i < before.size() ? before[i] : nullptr;
      const Child* is = j < after.size() ? after[j] : nullptr;
      if (was && is && was->step < is->step) is = nullptr;
      if (was && is && is->step < was->step) was = nullptr;
      if (forbidden_child(mask, kind, was, is)) return true;
      if (was) ++i;
      if (is) ++j;
    }
    return false;
  }

  // Lists stand by position; elements are found again by their ids.
  static std::vector<const Child*> by_step(const Scope* scope) {
    std::vector<const Child*> children;
    if (!scope) return children;
    children.reserve(scope->children.size());
    for (const Child& child : scope->children) children.push_back(&child);
    std::ranges::sort(children, {}, &Child::step);
    return children;
  }

  bool forbidden_child(const FieldMask& mask, ScopeKind kind, const Child* from, const Child* to) {
    const Step& step = from ? from->step : to->step;
    const Item* before = from ? &from->item : nullptr;
    const Item* after = to ? &to->item : nullptr;
    if (kind == ScopeKind::list) {
      // A moved element is one that left and one that came: both ask for all of its fields.
      if (from && to && from->position != to->position)
        return forbidden(mask, before, nullptr) || forbidden(mask, nullptr, after);
      return forbidden(mask, before, after);
    }
    if (mask.contains(step)) return false;
    if (before && after && *before == *after) return false;
    const FieldMask* inside = mask.inside(step);
    if (inside) {
      where_->push_back(step);
      if (forbidden(*inside, before, after)) return true;
      where_->pop_back();
      return false;
    }
    where_->push_back(step);
    return true;
  }

  Path* where_;
};

// Another version's field, "$1.checked" to the schema.
std::string name_of_retired(const TypeDef* type, FieldNumber number) {
  if (type != nullptr)
    for (const FieldDef& field : type->retired) {
      const size_t dot = field.name.find('.');
      if (field.number != number) continue;
      if (!field.name.starts_with('$') || dot == std::string::npos) return field.name;
      return fmt::format("{} (of schema version {})", field.name.substr(dot + 1),
                         field.name.substr(1, dot - 1));
    }
  return fmt::format("#{}", number.value);
}

// "address.zip", by the schema's names as far as they go.
std::string name_of(const Schema& schema, const TypeDef* type, const Path& path) {
  std::string out;
  for (const Step& step : path) {
    std::string name = "?";
    if (const std::string* key = std::get_if<std::string>(&step)) {
      name = *key;
    } else if (const FieldNumber* number = std::get_if<FieldNumber>(&step)) {
      const FieldDef* field = type ? type->field(*number) : nullptr;
      if (field) {
        name = field->name;
        type = field->type == ScalarType::embedded ? schema.type(field->target) : nullptr;
      } else {
        name = name_of_retired(type, *number);
      }
    }
    out += out.empty() ? name : "." + name;
  }
  return out;
}

bool listed(const FieldMask& mask, const Step& step) {
  if (const FieldNumber* number = std::get_if<FieldNumber>(&step))
    return std::ranges::binary_search(mask.listed, *number);
  if (const std::string* name = std::get_if<std::string>(&step))
    return std::ranges::binary_search(mask.listed_extra, *name);
  return false;
}

// One judgement, for its texts.
class Judge {
 public:
  // `before`: the object as it is; null: its author makes it, and wrote all of it. `after`: as it
  // would be; null: it goes.
  Judge(const Schema& schema, TypeNumber type, const TypeAccess& access, const Value& id,
        const Scope* before, const Scope* after)
      : schema_(schema), number_(type), access_(access), id_(id), before_(before), after_(after) {}

  // `what`: "insert", "delete" or "update"; barred by the statement of that name if `write` is
  // granted.
  Refusal whole(std::string_view what) const {
    if (!access_.why_none.empty())
      return {{}, fmt::format("not allowed: may not write {}: {}", type_name(), access_.why_none)};
    if (!access_.write_filter)
      return by_filter(what, "document_filters.write is false for this user");
    if (!access_.write) return refusal(what, "it grants no write", "");
    return refusal(what, fmt::format("{} is false for this user", what), fmt::format("/{}", what));
  }

  // A condition on the object does not hold of `image`: of the object as it is (`before`), or as it
  // would be. Null `before`: it was not there.
  Refusal condition(std::string_view what, std::string_view which,
                    const TypeAccess::Condition& filter, const Value& id, const Scope* before,
                    const Scope& image) const {
    const std::string why =
        fmt::format("{} does not hold for the object as it {}: {}", which,
                    &image == before ? "is" : "would be", decided(*filter, id, before, image));
    if (which == "document_filters.write") return by_filter(what, why);
    return refusal(what, why, fmt::format("/{}", which));
  }

  // An insert or delete for want of write permission on one field.
  Refusal for_field(std::string_view what, const Path& path) const {
    return {
        {},
        fmt::format(
            "not allowed: role \"{}\" may not {} {}: that needs write on all its fields, and {}",
            access_.role, what, type_name(), field_text(path))};
  }

  Refusal field(const Path& path) const {
    return {{path.front()},
            fmt::format("not allowed: role \"{}\" may not write to {}: {}", access_.role,
                        type_name(), field_text(path))};
  }

  Refusal id() const {
    return {{Step(access_.id_field)},
            fmt::format("not allowed: the _id of {} is written once, with the object; delete the "
                        "object and insert another",
                        type_name())};
  }

 private:
  Refusal refusal(std::string_view what, std::string_view why, std::string_view below) const {
    return {{},
            fmt::format("not allowed: role \"{}\" may not {} {}: {} ({})", access_.role, what,
                        type_name(), why,
                        place_of(access_.file, access_.pointer + std::string(below)))};
  }

  Refusal by_filter(std::string_view what, std::string_view why) const {
    return {
        {},
        fmt::format("not allowed: the {} of {} was denied by write filter in role \"{}\": {} ({})",
                    what, type_name(), access_.role, why,
                    place_of(access_.file, access_.pointer + "/document_filters/write"))};
  }

  // The values that decided, as far as the user may know them: of an object that the user may not
  // read, none. Of what would be, too: what the user did not write of it is as it was.
  std::string decided(const DocumentFilter& filter, const Value& id, const Scope* before,
                      const Scope& image) const {
    const bool read =
        before == nullptr ||
        (access_.read && (access_.read_when == nullptr || access_.read_when->holds(id, *before)));
    if (!read) return "it is not one that you may read";
    const FieldMask& seen = access_.readable.of(id, before == nullptr ? image : *before);
    return filter.why(id, before, image, [&](const Path& place) {
      return place.empty() || seen.sight(place) == FieldMask::Sight::whole;
    });
  }

  // As far as the user may know of it: keys of dictionaries, and fields outside the schema, are
  // content.
  Path known_part(const Path& path) const {
    if (before_ == nullptr) return path;
    const FieldMask& seen = access_.readable.of(id_, *before_);
    Path known;
    for (const Step& step : path) {
      known.push_back(step);
      if (!std::holds_alternative<std::string>(step) || seen.sight(known) != FieldMask::Sight::none)
        continue;
      known.pop_back();
      break;
    }
    return known;
  }

  std::string field_text(const Path& path) const {
    const Path known = known_part(path);
    std::string name = name_of(schema_, type(), known);
    if (known.empty()) return "a field that you may not read is not writable";
    if (known.size() < path.size()) name += ".(what you may not read)";
    if (const ObjectMask::Keeper keeper = access_.writable.keeper_of(path, id_, before_, after_);
        keeper.condition != nullptr)
      return text_of_keeper(name, path, keeper);
    const std::string top = name_of(schema_, type(), {path.front()});
    if (listed(access_.writable.least(), path.front())) {
      const std::string pointer = pointer_to(access_.pointer + "/fields", top);
      return fmt::format("field \"{}\" is not writable ({})", name,
                         place_of(access_.file, pointer));
    }
    return fmt::format(
        "field \"{}\" is not writable: fields does not list it and additional_fields does not "
        "grant write ({})",
        name, place_of(access_.file, access_.pointer));
  }

  // A field whose permission is a condition, which does not let this change.
  std::string text_of_keeper(const std::string& name, const Path& path,
                             const ObjectMask::Keeper& keeper) const {
    const DocumentFilter& condition = *keeper.condition;
    const bool was =
        before_ == nullptr || condition.is_about_change() || condition.holds(id_, *before_);
    const Scope& image = after_ != nullptr && was ? *after_ : *before_;
    return fmt::format(
        "field \"{}\" is not writable in this object: the condition of its permission does not "
        "hold for it as it {}: {} ({})",
        name, &image == before_ ? "is" : "would be", decided(condition, id_, before_, image),
        place_of(access_.file, place_of_keeper(path, keeper.places)));
  }

  // Of the places that say the condition, the one that is about the field; else the first.
  std::string place_of_keeper(const Path& path, const ObjectMask::Places& places) const {
    std::string pointer = access_.pointer;
    Path so_far;
    for (const Step& step : path) {
      if (std::holds_alternative<ElementId>(step)) continue;
      so_far.push_back(step);
      const std::string name = name_of(schema_, type(), so_far);
      pointer = pointer_to(pointer + "/fields", name.substr(name.rfind('.') + 1));
      for (const char* mode : {"/write", "/read"})
        if (std::ranges::find(places, pointer + mode) != places.end()) return pointer + mode;
    }
    return places.empty() ? access_.pointer : places.front();
  }

  const TypeDef* type() const { return schema_.type(number_); }
  std::string type_name() const {
    return type() ? type()->name : fmt::format("type {}", number_.value);
  }

  const Schema& schema_;
  TypeNumber number_;
  const TypeAccess& access_;
  const Value& id_;
  const Scope* before_;
  const Scope* after_;
};

bool is_id(const TypeAccess& access, const Step& step) {
  const FieldNumber* number = std::get_if<FieldNumber>(&step);
  return number && *number == access.id_field;
}

bool same_child(const Scope& before, const Scope& after, const Step& step) {
  const Child* from = before.find(step);
  const Child* to = after.find(step);
  if (!from || !to) return from == to;
  return from->item == to->item;
}

// Whether a field of an object that comes or goes may not be written; then `where` names it.
bool forbidden_whole(const TypeAccess& access, const FieldMask& writable, const Child& child,
                     Path* where) {
  if (is_id(access, child.step) || writable.contains(child.step)) return false;
  where->push_back(child.step);
  const FieldMask* inside = writable.inside(child.step);
  if (!inside) return true;
  if (Differences(where).forbidden(*inside, nullptr, &child.item)) return true;
  where->pop_back();
  return false;
}

// Is all of what was put there writable? If not, `where` names what is not.
bool may_put(const FieldMask& writable, const WrittenPlace& written, Path* where) {
  const FieldMask* mask = &writable;
  for (const Step& step : written.path) {
    if (std::holds_alternative<ElementId>(step)) continue;
    if (mask->contains(step)) return true;
    mask = mask->inside(step);
    if (mask == nullptr) return false;
  }
  if (mask->all) return true;
  return written.item == nullptr || !Differences(where).forbidden(*mask, nullptr, written.item);
}

bool lets(const TypeAccess::Condition& condition, const Value& id, const Scope* before,
          const Scope* after) {
  return condition == nullptr || condition->lets(id, before, after);
}

// Of an object that comes (before: null) or goes.
std::vector<Refusal> judge_whole(const Judge& judge, const TypeAccess& access,
                                 const FieldMask& writable, const Value& id, const Scope* before,
                                 const Scope* after) {
  const bool inserts = before == nullptr;
  const char* what = inserts ? "insert" : "delete";
  const bool allowed = inserts ? access.insert : access.remove;
  if (!allowed) return {judge.whole(what)};
  const Scope& image = inserts ? *after : *before;
  if (!lets(access.write_when, id, before, after))
    return {judge.condition(what, "document_filters.write", access.write_when, id, before, image)};
  const TypeAccess::Condition& own = inserts ? access.insert_when : access.remove_when;
  if (!lets(own, id, before, after)) return {judge.condition(what, what, own, id, before, image)};
  if (writable.all) return {};
  for (const Child& child : image.children) {
    Path where;
    if (forbidden_whole(access, writable, child, &where)) return {judge.for_field(what, where)};
  }
  return {};
}

}  // namespace

std::vector<WrittenPlace> written_places(const std::vector<const Operation*>& operations) {
  std::vector<WrittenPlace> out;
  for (const Operation* operation : operations) {
    const Item* item = operation->item ? &*operation->item : nullptr;
    if (!operation->path.empty()) {
      out.push_back({operation->path, item});
    } else if (operation->kind == OperationKind::create && item != nullptr && item->is_scope()) {
      for (const Child& child : item->scope()->children) out.push_back({{child.step}, &child.item});
    }
  }
  return out;
}

const TypeAccess& Access::of(TypeNumber type) const {
  static const TypeAccess kNone = [] {
    TypeAccess none;
    none.why_none = "the app has no such type";
    return none;
  }();
  const auto found = types.find(type.value);
  return found == types.end() ? kNone : found->second;
}

std::vector<Refusal> Access::judge(const Schema& schema, TypeNumber type, const Value& id,
                                   const Scope* before, const Scope* after,
                                   const std::vector<Step>& touched,
                                   const std::vector<WrittenPlace>& written) const {
  const TypeAccess& access = of(type);
  const Judge judge(schema, type, access, id, before, after);
  const FieldMask& writable = access.writable.of_change(id, before, after);
  if ((before == nullptr) != (after == nullptr))
    return judge_whole(judge, access, writable, id, before, after);
  if (!access.write) return {judge.whole("update")};
  std::vector<Refusal> refusals;
  if (!before) return refusals;  // came and went within the group: nothing is left of it
  if (!lets(access.write_when, id, before, after)) {
    const bool was = access.write_when->is_about_change() || access.write_when->holds(id, *before);
    return {judge.condition("update", "document_filters.write", access.write_when, id, before,
                            was ? *after : *before)};
  }
  for (const Step& step : touched) {
    if (is_id(access, step)) {
      if (!same_child(*before, *after, step)) refusals.push_back(judge.id());
      continue;
    }
    if (writable.contains(step)) continue;
    Path where = {step};
    if (const FieldMask* inside = writable.inside(step)) {
      const Child* from = before->find(step);
      const Child* to = after->find(step);
      if (!Differences(&where).forbidden(*inside, from ? &from->item : nullptr,
                                         to ? &to->item : nullptr))
        continue;
    }
    refusals.push_back(judge.field(where));
  }
  for (const WrittenPlace& one : written) {
    if (is_id(access, one.path.front())) continue;  // as written with the object
    if (std::ranges::any_of(refusals, [&](const Refusal& refusal) {
          return refusal.fields.front() == one.path.front();
        }))
      continue;
    Path where = one.path;
    if (!may_put(writable, one, &where)) refusals.push_back(judge.field(where));
  }
  return refusals;
}

Access Access::everything(const Schema& schema) {
  Access access;
  for (const TypeDef& type : schema.types) {
    if (type.embedded) continue;
    TypeAccess& all = access.types[type.number.value];
    all.role = "authority";
    all.read = all.write = all.insert = all.remove = all.write_filter = true;
    FieldMask everything;
    everything.all = true;
    all.readable = all.writable = ObjectMask(std::move(everything));
    if (const FieldDef* id = type.field("_id")) all.id_field = id->number;
  }
  return access;
}

}  // namespace syncline
