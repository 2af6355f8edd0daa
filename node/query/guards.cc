#include "node/query/guards.h"

#include <algorithm>

#include <fmt/format.h>

#include "node/query/numbers.h"
#include "proto/extended_json.h"
#include "proto/utf8.h"

namespace syncline::query {
namespace {

// Of a value in a text: enough to recognise it.
constexpr size_t kShownBytes = 100;

bool same_value(const Value& a, const Value& b) {
  if (is_number(a) && is_number(b)) return compare_numbers(a, b) == std::strong_ordering::equal;
  return a == b;
}

bool same(const Item& a, const Item& b);

// Elements of lists stand at ids and positions of their own on either side.
bool same_child(ScopeKind kind, const Child& a, const Child& b) {
  return (kind == ScopeKind::list || a.step == b.step) && same(a.item, b.item);
}

bool same(const Item& a, const Item& b) {
  const Scope* in_a = a.scope();
  const Scope* in_b = b.scope();
  if (in_a == nullptr || in_b == nullptr) return in_a == in_b && same_value(a.value(), b.value());
  return in_a->kind == in_b->kind &&
         std::equal(in_a->children.begin(), in_a->children.end(), in_b->children.begin(),
                    in_b->children.end(), [&](const Child& one, const Child& other) {
                      return same_child(in_a->kind, one, other);
                    });
}

const TypeDef* inside_of(const Schema& schema, const FieldDef* field) {
  return field != nullptr && field->type == ScalarType::embedded ? schema.type(field->target)
                                                                 : nullptr;
}

// Along a path, with what the schema says of each place.
class PlaceWalk {
 public:
  PlaceWalk(const Schema& schema, TypeNumber type) : schema_(schema), type_(schema.type(type)) {}

  void enter(const syncline::Step& step) {
    declared_ = nullptr;
    if (const FieldNumber* number = std::get_if<FieldNumber>(&step)) {
      declared_ = type_ == nullptr ? nullptr : type_->field(*number);
      around_ =
          declared_ != nullptr && declared_->collection != Collection::none ? declared_ : nullptr;
      type_ = around_ != nullptr ? nullptr : inside_of(schema_, declared_);
      return;
    }
    type_ = inside_of(schema_, std::exchange(around_, nullptr));
  }
  // The field at the last step; null: the place is no declared field.
  const FieldDef* declared() const { return declared_; }

 private:
  const Schema& schema_;
  const TypeDef* type_;                 // of the object here
  const FieldDef* declared_ = nullptr;  // the field that the last step named
  const FieldDef* around_ = nullptr;    // the collection that the next step is in
};

// What stands at the path, as people see it.
Item item_at(const Schema& schema, const Guard& guard, const Row& shown) {
  const Item* item = find_item(shown.fields, guard.path);
  PlaceWalk walk(schema, guard.object.type);
  for (const syncline::Step& step : guard.path) walk.enter(step);
  const FieldDef* field = walk.declared();
  if (item != nullptr && (field == nullptr || !reads_as_missing(*field, item))) return *item;
  const syncline::Path around(guard.path.begin(), guard.path.end() - 1);
  const Value* missing = field == nullptr ? nullptr : value_when_missing(*field);
  if (missing == nullptr || find_scope(shown.fields, around) == nullptr) return Item();
  uint32_t next_element = 0;
  return item_of(*missing, {}, &next_element);
}

std::string cut(std::string text) {
  if (text.size() <= kShownBytes) return text;
  size_t end = kShownBytes;
  while (end > 0 && !is_utf8(BytesView(text).substr(0, end))) --end;
  return text.substr(0, end) + "...";
}

std::string text_of(const Item& item) {
  const Scope* scope = item.scope();
  if (scope == nullptr) return cut(print_extended_json(item.value(), JsonForm::relaxed));
  const size_t size = scope->children.size();
  switch (scope->kind) {
    case ScopeKind::list:
      return fmt::format("a list of {}", size);
    case ScopeKind::set:
      return fmt::format("a set of {}", size);
    case ScopeKind::dictionary:
      return fmt::format("a dictionary of {}", size);
    case ScopeKind::object:
      return fmt::format("an object with {} fields", size);
  }
  return {};
}

// As people write it: doors[0].open.
std::string text_of(const Schema& schema, const Guard& guard, const Row* shown) {
  std::string out;
  PlaceWalk walk(schema, guard.object.type);
  const Scope* scope = shown == nullptr ? nullptr : &shown->fields;
  for (const syncline::Step& step : guard.path) {
    walk.enter(step);
    if (const ElementId* element = std::get_if<ElementId>(&step)) {
      size_t index = 0;
      const size_t size = scope == nullptr ? 0 : scope->children.size();
      while (index < size && scope->children[index].step != syncline::Step(*element)) ++index;
      out += index < size ? fmt::format("[{}]", index) : std::string("[an element]");
    } else {
      const FieldNumber* number = std::get_if<FieldNumber>(&step);
      const FieldDef* field = walk.declared();
      const std::string* key = std::get_if<std::string>(&step);
      if (!out.empty()) out += '.';
      out += field != nullptr    ? field->name
             : number != nullptr ? fmt::format("field {}", number->value)
             : key != nullptr    ? cut(*key)
                                 : std::string();
    }
    const Child* child = scope == nullptr ? nullptr : scope->find(step);
    scope = child == nullptr ? nullptr : child->item.scope();
  }
  return out;
}

}  // namespace

bool holds(const Schema& schema, const Guard& guard, const Row* shown) {
  switch (guard.kind) {
    case Guard::Kind::absent:
      return shown == nullptr;
    case Guard::Kind::present:
      return shown != nullptr;
    case Guard::Kind::equals:
      return shown != nullptr && same(item_at(schema, guard, *shown), guard.item);
  }
  return false;
}

std::string title_of(const Schema& schema, TypeNumber type, const Value& id) {
  const TypeDef* def = schema.type(type);
  return fmt::format("{} {}", def == nullptr ? fmt::format("type {}", type.value) : def->name,
                     cut(print_extended_json(id, JsonForm::relaxed)));
}

std::string why_not(const Schema& schema, const Guard& guard, const Row* shown) {
  const std::string title = title_of(schema, guard.object.type, guard.id);
  switch (guard.kind) {
    case Guard::Kind::absent:
      return title + " is expected to be absent, and is there";
    case Guard::Kind::present:
      return title + " is expected to be there, and is absent";
    case Guard::Kind::equals:
      break;
  }
  const std::string expected = fmt::format("{}: {} is expected to be {}", title,
                                           text_of(schema, guard, shown), text_of(guard.item));
  if (shown == nullptr) return expected + ", and the object is absent";
  const std::string found = text_of(item_at(schema, guard, *shown));
  return found == text_of(guard.item) ? expected + ", and something else stands there"
                                      : fmt::format("{}, and is {}", expected, found);
}

}  // namespace syncline::query
