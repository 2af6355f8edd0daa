#include "node/authority/view.h"

#include <algorithm>

#include "proto/codec.h"
#include "proto/records.h"

namespace syncline {
namespace {

MaskRecord record_of(const FieldMask& mask) {
  MaskRecord record{mask.all,    mask.fields,       mask.extra, mask.additional,
                    mask.listed, mask.listed_extra, {}};
  for (const InnerMask& inner : mask.inner) {
    MaskRecord::Inner out{{}, {}, record_of(inner.mask)};
    if (const FieldNumber* field = std::get_if<FieldNumber>(&inner.step)) out.field = *field;
    if (const std::string* name = std::get_if<std::string>(&inner.step)) out.name = *name;
    record.inner.push_back(std::move(out));
  }
  return record;
}

FieldMask mask_of(const MaskRecord& record) {
  FieldMask mask;
  mask.all = record.all;
  mask.fields = record.fields;
  mask.extra = record.extra;
  mask.additional = record.additional;
  mask.listed = record.listed;
  mask.listed_extra = record.listed_extra;
  for (const MaskRecord::Inner& inner : record.inner)
    mask.inner.push_back(
        {inner.field.value != 0 ? Step(inner.field) : Step(inner.name), mask_of(inner.mask)});
  return mask;
}

std::string text_of(const Membership::Rule& rule) {
  return rule == nullptr ? std::string() : rule->text();
}

Result<Membership::Rule> rule_of(const std::string& text, const Schema& schema, TypeNumber type) {
  if (text.empty()) return nullptr;
  SYNCLINE_ASSIGN(Expression condition, Expression::of_text(text));
  return std::make_shared<const DocumentFilter>(std::move(condition), schema, type);
}

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

Result<const FieldMask*> View::shows(const ObjectName& name, const StoredRow& row) const {
  const TypeView* view = covers(name);
  if (view == nullptr) return nullptr;
  SYNCLINE_ASSIGN(const bool member, view->members->holds(view->mask, row));
  return member ? &view->mask : nullptr;
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
  record.schema_version = view.schema_version;
  for (const TypeView& type : view.types)
    record.types.push_back(
        {type.type, record_of(type.mask), type.members->queries(), text_of(type.members->rule())});
  for (const View::Target& target : view.targets)
    record.targets.push_back({target.type, record_of(target.mask), {}, text_of(target.rule)});
  return encode_view_record(record);
}

Result<View> decode_view(NodeId node, std::shared_ptr<const Schema> schema, BytesView bytes) {
  SYNCLINE_ASSIGN(ViewRecord record, decode_view_record(bytes));
  View view;
  view.node = node;
  view.schema_version = record.schema_version;
  view.schema = schema;
  for (ViewRecord::Type& type : record.types) {
    SYNCLINE_ASSIGN(Membership::Rule rule, rule_of(type.rule, *schema, type.type));
    SYNCLINE_ASSIGN(std::shared_ptr<const Membership> members,
                    Membership::of(schema, type.type, type.members, std::move(rule)));
    view.types.push_back({type.type, mask_of(type.mask), std::move(members)});
  }
  for (ViewRecord::Type& target : record.targets) {
    SYNCLINE_ASSIGN(Membership::Rule rule, rule_of(target.rule, *schema, target.type));
    view.targets.push_back({target.type, mask_of(target.mask), std::move(rule)});
  }
  return view;
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
