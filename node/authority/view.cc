#include "node/authority/view.h"

#include <algorithm>
#include <set>

#include "node/access/mask_record.h"
#include "proto/bytes.h"
#include "proto/codec.h"
#include "proto/extended_json.h"
#include "proto/planted.h"
#include "proto/records.h"

namespace syncline {
namespace {

std::string text_of(const Membership::Rule& rule) {
  return rule == nullptr ? std::string() : rule->text();
}

// What reads a view's record.
struct ViewReader {
  std::shared_ptr<const Schema> schema;
  const RuleFunctions* functions;

  Result<Membership::Rule> rule(const std::string& text, TypeNumber type) const {
    if (text.empty()) return nullptr;
    SYNCLINE_ASSIGN(Expression condition, Expression::of_text(text, functions));
    return std::make_shared<const DocumentFilter>(std::move(condition), *schema, type);
  }
  Result<ObjectMask> mask(const ObjectMaskRecord& record, TypeNumber type) const {
    std::vector<ObjectMask::Condition> conditions;
    for (const std::string& text : record.conditions) {
      SYNCLINE_ASSIGN(ObjectMask::Condition condition, rule(text, type));
      if (condition == nullptr) return fail(ErrorCode::kMalformed, "a mask's condition is empty");
      conditions.push_back(std::move(condition));
    }
    if (conditions.size() > ObjectMask::kConditionsMax ||
        record.masks.size() != size_t{1} << conditions.size())
      return fail(ErrorCode::kMalformed, "a view's mask lacks some of its combinations");
    std::vector<FieldMask> masks;
    for (const MaskRecord& one : record.masks) masks.push_back(mask_of(one));
    return ObjectMask(std::move(conditions), std::move(masks));
  }
};

}  // namespace

const TypeView* View::find(TypeNumber type) const {
  auto it =
      std::lower_bound(types.begin(), types.end(), type,
                       [](const TypeView& view, TypeNumber number) { return view.type < number; });
  return it != types.end() && it->type == type ? &*it : nullptr;
}

const TypeView* View::covers(const ObjectName& name) const {
  if (name.type == system_type::kSubscription) {
    static const TypeView own_subscriptions = whole(system_type::kSubscription);
    static const ObjectKey empty = *object_key(Value(""));
    const Bytes own = empty.bytes + subscription_prefix(node);
    return name.key.bytes.starts_with(own) ? &own_subscriptions : nullptr;
  }
  return find(name.type);
}

Result<const FieldMask*> TypeView::mask_of(const StoredRow& row) const {
  if (SYNCLINE_PLANTED(forget_field_condition)) return &mask.most();
  if (mask.is_fixed() || row.absent()) return &mask.least();
  SYNCLINE_ASSIGN(const Row* decoded, row.row());
  return &mask.of(decoded->id, decoded->fields);
}

Result<const FieldMask*> View::shows(const ObjectName& name, const StoredRow& row) const {
  const TypeView* view = covers(name);
  if (view == nullptr) return nullptr;
  SYNCLINE_ASSIGN(const FieldMask* mask, view->mask_of(row));
  SYNCLINE_ASSIGN(const bool member, view->members->holds(*mask, row));
  return member ? mask : nullptr;
}

bool View::is_own() const {
  return std::all_of(types.begin(), types.end(), [](const TypeView& view) {
    return view.members->reach() == Membership::Reach::own;
  });
}

Hash View::token() const {
  View anonymous = *this;
  anonymous.node = NodeId(0);
  return hash("view", encode_view(anonymous));
}

Bytes encode_view(const View& view) {
  ViewRecord record;
  record.defaults = view.defaults;
  // Names mean nothing without it, and numbers need none.
  if (std::ranges::any_of(view.types,
                          [](const TypeView& type) { return !type.members->queries().empty(); }))
    record.version = view.schema->version;
  for (const TypeView& type : view.types)
    record.types.push_back(
        {type.type, record_of(type.mask), type.members->queries(), text_of(type.members->rule())});
  for (const View::Target& target : view.targets)
    record.targets.push_back({target.type, record_of(target.mask), {}, text_of(target.rule)});
  return encode_view_record(record);
}

Result<View> decode_view(NodeId node, std::shared_ptr<const Schema> schema,
                         const RuleFunctions* functions, BytesView bytes) {
  const ViewReader reader{schema, functions};
  SYNCLINE_ASSIGN(ViewRecord record, decode_view_record(bytes));
  View view;
  view.node = node;
  view.defaults = record.defaults;
  view.schema = schema;
  for (ViewRecord::Type& type : record.types) {
    SYNCLINE_ASSIGN(Membership::Rule rule, reader.rule(type.rule, type.type));
    SYNCLINE_ASSIGN(ObjectMask mask, reader.mask(type.mask, type.type));
    SYNCLINE_ASSIGN(std::shared_ptr<const Membership> members,
                    Membership::of(schema, type.type, type.members, std::move(rule)));
    view.types.push_back({type.type, std::move(mask), std::move(members)});
  }
  for (ViewRecord::Type& target : record.targets) {
    SYNCLINE_ASSIGN(Membership::Rule rule, reader.rule(target.rule, target.type));
    SYNCLINE_ASSIGN(ObjectMask mask, reader.mask(target.mask, target.type));
    view.targets.push_back({target.type, std::move(mask), std::move(rule)});
  }
  if (view.defaults != hash_of_defaults(*schema, view.types))
    return fail(ErrorCode::kBadQuery, "what missing fields read as is another now");
  return view;
}

Result<uint32_t> version_of_view(BytesView bytes) {
  SYNCLINE_ASSIGN(const ViewRecord record, decode_view_record(bytes));
  return record.version;
}

uint64_t hash_of_defaults(const Schema& schema, const std::vector<TypeView>& types) {
  std::set<TypeNumber> asked;
  for (const TypeView& view : types) {
    if (view.members->queries().empty()) continue;
    asked.insert(view.type);
    asked.insert(view.members->followed().begin(), view.members->followed().end());
  }
  // With the embedded types in them.
  std::vector<TypeNumber> left(asked.begin(), asked.end());
  Bytes all;
  while (!left.empty()) {
    const TypeDef* type = schema.type(left.back());
    left.pop_back();
    if (type == nullptr) continue;
    for (const FieldDef& field : type->fields) {
      if (field.type == ScalarType::embedded && asked.insert(field.target).second)
        left.push_back(field.target);
      if (value_when_missing(field) == nullptr) continue;
      put_u32_big_endian(&all, type->number.value);
      put_u32_big_endian(&all, field.number.value);
      all += print_extended_json(*value_when_missing(field), JsonForm::canonical) + "\n";
    }
  }
  return all.empty() ? 0 : get_u64_big_endian(hash("defaults", all).view());
}

TypeView whole(TypeNumber type) { return {type, mask_of_everything(), Membership::everything()}; }

std::string subscription_prefix(NodeId node) { return to_string(node) + "/"; }

std::optional<NodeId> owner_of_subscription(const ObjectKey& key) {
  Result<Value> id = id_of(key);
  const std::string* text = id ? id->get_if<std::string>() : nullptr;
  if (text == nullptr || text->find('/') == std::string::npos) return std::nullopt;
  Result<NodeId> node = parse_node_id(text->substr(0, text->find('/')));
  return node ? std::optional(*node) : std::nullopt;
}

const FieldMask& mask_of_everything() {
  static const FieldMask everything = [] {
    FieldMask mask;
    mask.all = true;
    return mask;
  }();
  return everything;
}

}  // namespace syncline
