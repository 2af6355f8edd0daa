// Node: reading.
#include <fmt/format.h>

#include "node/model/documents.h"
#include "node/replica/reading.h"
#include "node/runtime/node_impl.h"
#include "node/runtime/node_inside.h"

namespace syncline {
namespace {

// A path as it reads to a person, and what the schema says of the place.
struct ReadPath {
  std::string text;
  const FieldDef* field = nullptr;  // null: outside the schema
  bool element = false;             // of the field's collection
};

// Fields by name, each of the type that it stands in; elements as they can be told.
ReadPath read_path(const Schema* schema, const TypeDef* type, const Path& path) {
  ReadPath out;
  for (const Step& step : path) {
    if (!out.text.empty()) out.text += ".";
    const FieldNumber* number = std::get_if<FieldNumber>(&step);
    const std::string* key = std::get_if<std::string>(&step);
    if (number != nullptr) {
      out.field = type == nullptr ? nullptr : type->field(*number);
      out.element = false;
      out.text += out.field == nullptr ? fmt::format("#{}", number->value) : out.field->name;
    } else {
      out.text += key != nullptr                         ? *key
                  : std::holds_alternative<Member>(step) ? "{member}"
                                                         : "[element]";
      const bool in_collection =
          out.field != nullptr && !out.element && out.field->collection != Collection::none;
      if (!in_collection) out.field = nullptr;
      out.element = in_collection;
    }
    const bool embeds = out.field != nullptr && out.field->type == ScalarType::embedded;
    type = embeds ? schema->type(out.field->target) : nullptr;
  }
  return out;
}

Value value_at(const Schema* schema, const ReadPath& place, const Item& item) {
  if (place.field == nullptr) return value_of(item);
  FieldDef field = *place.field;
  if (place.element) field.collection = Collection::none;
  return value_of_declared(*schema, &field, item);
}

std::string_view name_of(OperationKind kind) {
  switch (kind) {
    case OperationKind::create:
      return "create";
    case OperationKind::set:
      return "set";
    case OperationKind::set_default:
      return "set_default";
    case OperationKind::unset:
      return "unset";
    case OperationKind::increment:
      return "increment";
    case OperationKind::insert:
      return "insert";
    case OperationKind::move:
      return "move";
    case OperationKind::erase:
      return "erase";
    case OperationKind::add:
      return "add";
    case OperationKind::remove:
      return "remove";
    case OperationKind::clear:
      return "clear";
    case OperationKind::remove_object:
      return "delete";
  }
  return "unknown";
}

}  // namespace

Rejection rejection_of(const Schema* schema, const JournalRecord& record) {
  Rejection rejection{record.name,
                      record.seq,
                      Date{record.decided_wall_ms / 1000,
                           static_cast<int32_t>(record.decided_wall_ms % 1000) * 1'000'000},
                      {}};
  for (const Group& group : record.changeset.groups) {
    const TypeDef* type = schema == nullptr ? nullptr : schema->type(group.object.type);
    for (const Operation& operation : group.operations) {
      Rejection::Operation out;
      out.type = type == nullptr ? fmt::format("type {}", group.object.type.value) : type->name;
      out.id = group.id;
      out.kind = name_of(operation.kind);
      ReadPath place = read_path(schema, type, operation.path);
      if (operation.kind == OperationKind::create && operation.path.empty() && operation.item &&
          type != nullptr) {
        out.value = Value(document_of_object(*schema, type->number,
                                             Row{group.id, {}, {}, *operation.item->scope()}));
      } else if (operation.kind == OperationKind::increment) {
        out.value = Value(operation.amount);
      } else if (operation.item) {
        out.value = value_at(schema, place, *operation.item);
      }
      out.path = std::move(place.text);
      for (const Outcome& outcome : record.outcomes)
        if (outcome.ordinal == operation.ordinal) out.outcome = outcome_of(outcome);
      rejection.operations.push_back(std::move(out));
    }
  }
  return rejection;
}

Result<TypeNumber> Node::Impl::type_number(std::string_view name) const {
  const std::shared_ptr<const Schema> known = seen().schema;
  if (known == nullptr)
    return fail(ErrorCode::kNotFound, "no schema yet: it comes with the first connection");
  const TypeDef* type = known->type(name);
  if (type == nullptr || type->embedded)
    return fail(ErrorCode::kNotFound, fmt::format("there is no type {}", name));
  return type->number;
}

Result<TypeNumber> Node::Impl::readable_type(std::string_view name) const {
  SYNCLINE_ASSIGN(const TypeNumber number, type_number(name));
  const std::shared_ptr<const Schema> known = seen().schema;
  const TypeDef* type = known->type(number);
  if (type != nullptr && type->asymmetric) return std::unexpected(not_readable(*type));
  return number;
}

Result<std::optional<Document>> Node::get(std::string_view type, const Value& id) const {
  SYNCLINE_ASSIGN(const Gate::Pass pass, impl_->gate.enter());
  SYNCLINE_ASSIGN(const TypeNumber number, impl_->readable_type(type));
  SYNCLINE_ASSIGN(ObjectKey key, object_key(id));
  SYNCLINE_ASSIGN(std::optional<Row> row, read_object(*impl_->store, {number, std::move(key)}));
  if (!row) return std::nullopt;
  return document_of_object(*impl_->seen().schema, number, *row);
}

Status Node::each(std::string_view type, const std::function<bool(const Document&)>& visit) const {
  SYNCLINE_ASSIGN(const Gate::Pass pass, impl_->gate.enter());
  SYNCLINE_ASSIGN(const TypeNumber number, impl_->readable_type(type));
  const std::shared_ptr<const Schema> schema = impl_->seen().schema;
  const std::unique_ptr<Reader> snapshot = impl_->store->snapshot();
  return visit_objects(*snapshot, number, false, [&](const ObjectKey&, const Row& row) {
    return visit(document_of_object(*schema, number, row));
  });
}

std::vector<std::string> Node::types() const {
  std::vector<std::string> names;
  if (const auto schema = impl_->seen().schema)
    for (const TypeDef& type : schema->types)
      if (!type.embedded && !is_system(type.number)) names.push_back(type.name);
  return names;
}

Result<std::vector<Rejection>> Node::rejections() const {
  SYNCLINE_ASSIGN(const Gate::Pass pass, impl_->gate.enter());
  SYNCLINE_ASSIGN(std::vector<JournalRecord> records, read_journal(*impl_->store));
  const std::shared_ptr<const Schema> schema = impl_->seen().schema;
  std::vector<Rejection> out;
  for (const JournalRecord& record : records) out.push_back(rejection_of(schema.get(), record));
  return out;
}

Result<std::vector<ChangesetName>> Node::pending() const {
  SYNCLINE_ASSIGN(const Gate::Pass pass, impl_->gate.enter());
  return read_pending_names(*impl_->store);
}

Result<std::string> Node::state_hash(std::string_view type) const {
  SYNCLINE_ASSIGN(const Gate::Pass pass, impl_->gate.enter());
  const std::shared_ptr<const Schema> schema = impl_->seen().schema;
  if (schema == nullptr)
    return fail(ErrorCode::kNotFound, "no schema yet: it comes with the first connection");
  std::vector<TypeNumber> types;
  if (!type.empty()) {
    SYNCLINE_ASSIGN(const TypeNumber number, impl_->readable_type(type));
    types.push_back(number);
  }
  const std::unique_ptr<Reader> snapshot = impl_->store->snapshot();
  SYNCLINE_ASSIGN(Hash hash, syncline::state_hash(*snapshot, *schema, types));
  return to_hex(hash.view());
}

std::shared_ptr<const Schema> node_schema(const Node& node) {
  return NodeInside::impl(node).seen().schema;
}
const Reader& node_reader(const Node& node) { return *NodeInside::impl(node).store; }
std::unique_ptr<Reader> node_snapshot(const Node& node) {
  return NodeInside::impl(node).store->snapshot();
}

}  // namespace syncline
