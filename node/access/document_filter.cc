#include "node/access/document_filter.h"

#include <algorithm>

#include "node/access/explanation.h"
#include "node/access/expression_tree.h"
#include "node/model/value_types.h"
#include "node/query/compare.h"

namespace syncline {
namespace {

using access_internal::Comparison;
using access_internal::Node;
using access_internal::Operand;
using NamedStep = DocumentFilter::NamedStep;

// Names as steps, as far as the schema knows them.
std::vector<NamedStep> steps_of(const Schema& schema, TypeNumber type, std::string_view dotted) {
  std::vector<NamedStep> steps;
  const TypeDef* at = schema.type(type);
  while (!dotted.empty()) {
    const size_t dot = std::min(dotted.find('.'), dotted.size());
    const std::string name(dotted.substr(0, dot));
    dotted.remove_prefix(std::min(dot + 1, dotted.size()));
    const FieldDef* field = at == nullptr ? nullptr : at->field(name);
    steps.push_back({field == nullptr ? Step(name) : Step(field->number), Step(name)});
    const bool inside = field != nullptr && field->type == ScalarType::embedded;
    // The keys of a dictionary are no fields; what stands under one is not looked up here.
    at = inside && field->collection != Collection::dictionary ? schema.type(field->target)
                                                               : nullptr;
  }
  return steps;
}

const Child* find(const Scope& scope, const NamedStep& step) {
  const Child* child = scope.find(step.step);
  return child != nullptr ? child : scope.find(step.name);
}

// What stands at the end of the steps, below the item. Nothing there: nothing is added.
void collect(const Item& item, const NamedStep* step, const NamedStep* end, bool* many,
             std::vector<Value>* out) {
  if (step == end) {
    out->push_back(value_of(item));
    return;
  }
  const Scope* scope = item.scope();
  if (scope == nullptr) return;
  if (scope->kind == ScopeKind::list) {
    *many = true;
    for (const Child& child : scope->children) collect(child.item, step, end, many, out);
    return;
  }
  if (const Child* child = find(*scope, *step)) collect(child->item, step + 1, end, many, out);
}

// ---- what an index can look up ----

const query::IndexTerms kAnything{{query::Branch()}};

// Only values of which being equal here is having one key there: rules compare doubles and decimals
// exactly, keys by their shortest text.
bool has_exact_key(const Value& value) {
  return value.is<std::string>() || value.is<ObjectId>() || value.is<Uuid>() || value.is<bool>() ||
         value.is_integer();
}

class TermFinder {
 public:
  TermFinder(const Schema& schema, TypeNumber type) : schema_(schema), type_(type) {}

  query::IndexTerms of(const Node& node) const {
    switch (node.kind) {
      case Node::Kind::constant:
        return node.value ? kAnything : query::IndexTerms();
      case Node::Kind::all: {
        query::IndexTerms out = kAnything;
        for (const Node& child : node.children) out = query::both(out, of(child));
        return out;
      }
      case Node::Kind::any: {
        query::IndexTerms out;
        for (const Node& child : node.children) out = query::either(std::move(out), of(child));
        return out;
      }
      case Node::Kind::compare:
        return compare(node);
      default:
        return kAnything;
    }
  }

 private:
  query::IndexTerms compare(const Node& node) const {
    if (node.left.kind != Operand::Kind::field || node.right.kind != Operand::Kind::literal)
      return kAnything;
    std::vector<Value> values;
    if (node.comparison == Comparison::eq) {
      values.push_back(node.right.literal);
    } else if (node.comparison == Comparison::in && node.right.literal.is<List>()) {
      values = node.right.literal.get<List>().elements;
    } else {
      return kAnything;
    }
    const FieldDef* leaf = nullptr;
    std::optional<query::TermPath> path = path_of(node.left.name, &leaf);
    if (!path || values.size() > query::kTermValuesMax) return kAnything;
    query::Term term{std::move(*path), {}, {}, {}, true, true};
    for (const Value& value : values) {
      // Another type's value cannot be in the field, but in an object that holds one by its name.
      if (!has_exact_key(value) || !is_of_type(schema_, leaf->type, leaf->target, value))
        return kAnything;
      term.equals.push_back(query::comparison_key(value));
    }
    if (term.equals.empty()) return {};
    std::sort(term.equals.begin(), term.equals.end());
    term.equals.erase(std::unique(term.equals.begin(), term.equals.end()), term.equals.end());
    return {{query::Branch{std::move(term)}}};
  }

  // Of a declared field whose values are scalars, or lists or sets of them. Of mixed ones it is not
  // known whether they hold a value or a list of it.
  std::optional<query::TermPath> path_of(const std::string& dotted, const FieldDef** leaf) const {
    query::TermPath path;
    TypeNumber type = type_;
    const FieldName name = parts_of(dotted);
    if (name.before || name.path.empty()) return std::nullopt;
    for (const NamedStep& step : steps_of(schema_, type_, name.path)) {
      const FieldNumber* number = std::get_if<FieldNumber>(&step.step);
      const TypeDef* owner = schema_.type(type);
      const FieldDef* field =
          number == nullptr || owner == nullptr ? nullptr : owner->field(*number);
      if (field == nullptr || path.elements || field->type == ScalarType::mixed ||
          field->collection == Collection::dictionary)
        return std::nullopt;
      path.fields.push_back(*number);
      *leaf = field;
      path.elements = field->collection != Collection::none;
      type = field->target;
    }
    return path;
  }

  const Schema& schema_;
  TypeNumber type_;
};

}  // namespace

// An object's fields, for the condition: as it is or would be, and as it was.
class DocumentFilter::Document final : public Resolver {
 public:
  Document(const DocumentFilter& filter, const Value& id, const Scope* before, const Scope* fields,
           const Resolver* user)
      : filter_(filter), id_(id), before_(before), fields_(fields), user_(user) {}

  const Value* user(const std::vector<std::string>& path) const override {
    return user_ == nullptr ? nullptr : user_->user(path);
  }
  bool has_before() const override { return before_ != nullptr; }
  const Value* field(size_t index) const override {
    static const Value kThere(true);
    const Place& place = filter_.places_[index];
    const Scope* fields = place.before ? before_ : fields_;
    if (fields == nullptr) return nullptr;
    if (place.whole) return &kThere;
    if (place.steps.empty()) return &id_;
    const Child* top = find(*fields, place.steps.front());
    if (top == nullptr) return nullptr;
    if (place.steps.size() == 1 && !top->item.is_scope()) return &top->item.value();
    if (made_.empty()) made_.resize(filter_.places_.size());
    bool many = false;
    std::vector<Value> values;
    collect(top->item, place.steps.data() + 1, place.steps.data() + place.steps.size(), &many,
            &values);
    if (values.empty()) return nullptr;
    if (many) {
      List list;
      list.elements = std::move(values);
      made_[index] = Value(std::move(list));
    } else {
      made_[index] = std::move(values.front());
    }
    return &*made_[index];
  }

 private:
  const DocumentFilter& filter_;
  const Value& id_;
  const Scope* before_;
  const Scope* fields_;
  const Resolver* user_;
  mutable std::vector<std::optional<Value>> made_;
};

DocumentFilter::DocumentFilter(Expression condition, const Schema& schema, TypeNumber type)
    : condition_(std::move(condition)), text_(condition_.text()) {
  for (const std::string& field : condition_.fields()) {
    const FieldName name = parts_of(field);
    Place place{name.before, name.path.empty(), {}};
    if (name.path != "_id") place.steps = steps_of(schema, type, name.path);
    if (!place.steps.empty()) {
      reads_.push_back(place.steps.front().step);
      reads_.push_back(place.steps.front().name);
    }
    about_change_ = about_change_ || name.before;
    places_.push_back(std::move(place));
  }
  std::sort(reads_.begin(), reads_.end());
  reads_.erase(std::unique(reads_.begin(), reads_.end()), reads_.end());
  terms_ = TermFinder(schema, type).of(condition_.tree());
}

bool DocumentFilter::holds(const Value& id, const Scope& fields, const Resolver* user) const {
  return condition_.evaluate(Document(*this, id, &fields, &fields, user));
}

bool DocumentFilter::lets(const Value& id, const Scope* before, const Scope* after) const {
  if (!about_change_)
    return (before == nullptr || holds(id, *before)) && (after == nullptr || holds(id, *after));
  const Document change(*this, id, before, after == nullptr ? before : after, nullptr);
  const Node& root = condition_.tree();
  if (root.kind != Node::Kind::all) return condition_.evaluate(change);
  // Each of what must hold together by itself: what names plain fields is so before and after.
  return std::ranges::all_of(root.children, [&](const Node& part) {
    if (!evaluate(part, change)) return false;
    return access_internal::is_about_change(part) || before == nullptr || after == nullptr ||
           evaluate(part, Document(*this, id, before, before, nullptr));
  });
}

std::string DocumentFilter::why(const Value& id, const Scope* before, const Scope& fields,
                                absl::FunctionRef<bool(const Path&)> may_tell,
                                const Resolver* user) const {
  return explain(condition_, Document(*this, id, before, &fields, user), [&](size_t index) {
    Path place;
    for (const NamedStep& step : places_[index].steps) place.push_back(step.step);
    return may_tell(place);
  });
}

}  // namespace syncline
