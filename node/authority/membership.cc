#include "node/authority/membership.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "node/query/subscribable.h"
#include "node/query/to_text.h"
#include "proto/planted.h"

namespace syncline {
namespace {

constexpr std::string_view kEverything = "TRUEPREDICATE";

using Bound = std::shared_ptr<const query::BoundQuery>;

bool is_true(const query::Predicate& predicate) {
  return predicate.kind == query::Predicate::Kind::constant && predicate.value;
}

bool is_limited(const query::BoundQuery& query) {
  return std::any_of(query.stages.begin(), query.stages.end(), [](const query::Stage& stage) {
    return stage.kind == query::Suffix::Kind::limit;
  });
}

// Does a value at or below the item, `fields` further in, name one of the keys?
bool names_one(const Item& item, const FieldNumber* fields, size_t count,
               const std::set<ObjectKey>& keys) {
  const Scope* scope = item.scope();
  if (scope == nullptr) {
    if (count > 0) return false;
    Result<ObjectKey> key = object_key(item.value());
    return key && keys.contains(*key);
  }
  if (scope->kind == ScopeKind::object && count > 0) {
    const Child* child = scope->find(fields[0]);
    return child != nullptr && names_one(child->item, fields + 1, count - 1, keys);
  }
  return std::any_of(scope->children.begin(), scope->children.end(), [&](const Child& child) {
    if (const Member* member = std::get_if<Member>(&child.step)) {
      Result<Value> value = decode_value(member->bytes);
      Result<ObjectKey> key = value ? object_key(*value) : std::unexpected(value.error());
      return key && keys.contains(*key);
    }
    return names_one(child.item, fields, count, keys);
  });
}

bool links_in(const query::BoundQuery& query, const Row& row,
              const std::map<TypeNumber, std::set<ObjectKey>>& targets) {
  return std::any_of(query.reads.follows.begin(), query.reads.follows.end(),
                     [&](const query::Follows& follows) {
                       auto keys = targets.find(follows.other);
                       if (keys == targets.end() || follows.path.empty()) return false;
                       const Child* child = row.fields.find(follows.path[0]);
                       return child != nullptr && names_one(child->item, follows.path.data() + 1,
                                                            follows.path.size() - 1, keys->second);
                     });
}

std::optional<std::string> object_to_fields(const query::BoundQuery& query,
                                            IsQueryable is_queryable) {
  const auto first_of = [&](TypeNumber type, const std::vector<FieldNumber>& fields) {
    std::optional<std::string> why;
    for (FieldNumber number : fields) {
      const TypeDef* def = query.schema->type(type);
      const FieldDef* field = def == nullptr ? nullptr : def->field(number);
      if (field == nullptr || is_queryable(type, number)) continue;
      why = fmt::format(
          "{} of {} is not declared queryable, and the authority's setting queryable_fields is "
          "\"declared\": add it to the app's queryable fields, or ask without it",
          field->name, def->name);
      break;
    }
    return why;
  };
  if (auto why = first_of(query.type, query.reads.fields)) return why;
  for (const query::Follows& follows : query.reads.follows)
    if (auto why = first_of(follows.other, follows.fields)) return why;
  return std::nullopt;
}

}  // namespace

const std::shared_ptr<const Membership>& Membership::everything() {
  static const std::shared_ptr<const Membership> all = [] {
    auto members = std::shared_ptr<Membership>(new Membership());
    members->everything_ = true;
    members->queries_ = {std::string(kEverything)};
    return members;
  }();
  return all;
}

Result<std::shared_ptr<const Membership>> Membership::of(std::shared_ptr<const Schema> schema,
                                                         TypeNumber type,
                                                         const std::vector<std::string>& queries,
                                                         Rule rule) {
  const auto all_readable = [&]() -> std::shared_ptr<const Membership> {
    if (rule == nullptr) return everything();
    auto members = std::shared_ptr<Membership>(new Membership(*everything()));
    members->rule_ = rule;
    return members;
  };
  std::set<std::string> one_by_one;
  std::map<std::string, Bound> windows;
  for (const std::string& text : queries) {
    if (text.empty()) return all_readable();
    SYNCLINE_ASSIGN(Bound bound, query::bind(text, schema, type));
    if (auto why = query::object_to_subscribing(*bound)) return fail(ErrorCode::kBadQuery, *why);
    if (is_limited(*bound)) {
      windows.emplace(bound->text, bound);
      continue;
    }
    if (is_true(bound->predicate)) return all_readable();
    one_by_one.insert(query::to_text(*schema, bound->predicate));  // an order alone leaves none out
  }
  auto members = std::shared_ptr<Membership>(new Membership());
  members->rule_ = rule;
  if (!one_by_one.empty()) {
    std::string text;
    for (const std::string& query : one_by_one)
      text += fmt::format("{}({})", text.empty() ? "" : " OR ", query);
    SYNCLINE_ASSIGN(members->filter_, query::bind(text, schema, type));
    if (is_true(members->filter_->predicate)) return all_readable();
    members->queries_.push_back(members->filter_->text);
  }
  members->version_ = schema->version;
  std::set<TypeNumber> followed;
  const auto follow = [&](const query::BoundQuery& query) {
    for (const query::Follows& follows : query.reads.follows) followed.insert(follows.other);
  };
  if (members->filter_ != nullptr) follow(*members->filter_);
  for (auto& [text, window] : windows) {
    follow(*window);
    members->queries_.push_back(text);
    members->windows_.push_back(std::move(window));
  }
  members->followed_.assign(followed.begin(), followed.end());
  members->reach_ = !members->windows_.empty() ? Reach::window
                    : !followed.empty()        ? Reach::links
                                               : Reach::own;
  return members;
}

bool Membership::reads(const Step& step) const {
  if (rule_ != nullptr && std::binary_search(rule_->reads().begin(), rule_->reads().end(), step))
    return true;
  const FieldNumber* field = std::get_if<FieldNumber>(&step);
  if (field == nullptr) return false;
  const auto reads_it = [&](const query::BoundQuery& query) {
    return std::binary_search(query.reads.fields.begin(), query.reads.fields.end(), *field);
  };
  return (filter_ != nullptr && reads_it(*filter_)) ||
         std::any_of(windows_.begin(), windows_.end(),
                     [&](const Bound& window) { return reads_it(*window); });
}

bool Membership::depends_on(TypeNumber own, TypeNumber changed) const {
  return own == changed || std::binary_search(followed_.begin(), followed_.end(), changed);
}

bool Membership::links_to(const Row& row,
                          const std::map<TypeNumber, std::set<ObjectKey>>& targets) const {
  return (filter_ != nullptr && links_in(*filter_, row, targets)) ||
         std::any_of(windows_.begin(), windows_.end(),
                     [&](const Bound& window) { return links_in(*window, row, targets); });
}

const Scope& shown_to_query(const FieldMask& mask, const query::BoundQuery& query,
                            const Scope& fields, Scope* storage) {
  const auto& reads = query.reads.fields;
  if (mask.all || SYNCLINE_PLANTED(ask_hidden) ||
      std::all_of(reads.begin(), reads.end(),
                  [&](FieldNumber field) { return mask.contains(field); }))
    return fields;  // NOLINT(bugprone-return-const-ref-from-parameter): said in the header
  *storage = project(mask, fields);
  return *storage;
}

Result<bool> Membership::may_read(const StoredRow& row) const {
  if (rule_ == nullptr) return true;
  SYNCLINE_ASSIGN(const Row* decoded, row.row());
  return may_read(*decoded);
}

Result<bool> Membership::matches(const FieldMask& mask, const StoredRow& row,
                                 query::ObjectSource& source) const {
  SYNCLINE_ASSIGN(const Row* decoded, row.row());
  Scope storage;
  const Scope& fields = shown_to_query(mask, *filter_, decoded->fields, &storage);
  return query::matches(*filter_, query::ObjectView{&decoded->id, &fields}, source);
}

Result<bool> Membership::holds(const FieldMask& mask, const StoredRow& row) const {
  if (row.absent() || is_everything()) return !row.absent();
  SYNCLINE_ASSIGN(const bool readable, may_read(row));
  if (!readable || everything_) return readable;
  query::NoObjects none;
  return matches(mask, row, none);
}

std::optional<std::string> object_to_query(const std::shared_ptr<const Schema>& schema,
                                           TypeNumber type, std::string_view query,
                                           IsQueryable is_queryable) {
  if (query.empty()) return std::nullopt;
  Result<Bound> bound = query::bind(query, schema, type);
  if (!bound) return bound.error().message;
  if (auto why = query::object_to_subscribing(**bound)) return why;
  return object_to_fields(**bound, is_queryable);
}

}  // namespace syncline
