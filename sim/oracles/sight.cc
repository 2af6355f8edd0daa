#include "sim/oracles/sight.h"

#include "node/query/run.h"

namespace syncline::sim {
namespace {

bool is_everything(const query::BoundQuery& query) {
  return query.predicate.kind == query::Predicate::Kind::constant && query.predicate.value &&
         query.stages.empty();
}

Row projected(const ObjectMask& mask, const Row& row) {
  Row out = row;
  out.fields = project(mask.of(row.id, row.fields), row.fields);
  return out;
}

// The log's objects at an entry, as the node's role may read them.
class ReadableObjects : public query::ObjectSource {
 public:
  ReadableObjects(const Sight& sight, const History& history, LogSeq at)
      : sight_(sight), history_(history), at_(at) {}

  std::shared_ptr<const Row> find(TypeNumber type, const ObjectKey& key) override {
    auto mask = sight_.readable.find(type);
    const Row* row = mask == sight_.readable.end() ? nullptr : history_.at({type, key}, at_);
    if (row == nullptr || !sight_.may_read(type, *row)) return nullptr;
    return std::make_shared<Row>(projected(mask->second, *row));
  }
  void visit_backlinks(TypeNumber, FieldNumber, TypeNumber, const ObjectKey&, Visit) override {}

 private:
  const Sight& sight_;
  const History& history_;
  LogSeq at_;
};

}  // namespace

const ObjectMask* Sight::covers(TypeNumber type) const {
  auto mask = readable.find(type);
  return mask == readable.end() || !queries.contains(type) ? nullptr : &mask->second;
}

bool Sight::shows_all_of(TypeNumber type) const {
  auto wanted = bound.find(type);
  return covers(type) != nullptr && wanted != bound.end() &&
         std::any_of(wanted->second.begin(), wanted->second.end(),
                     [](const auto& query) { return is_everything(*query); });
}

const FieldMask* SightAt::shows(const ObjectName& name) {
  const Row* row = history_->at(name, at_);
  if (row == nullptr) return nullptr;
  if (name.type == system_type::kSubscription)
    return owner_of_subscription(name.key) == node_ ? &mask_of_everything() : nullptr;
  const ObjectMask* mask = sight_->covers(name.type);
  if (mask == nullptr || !sight_->may_read(name.type, *row)) return nullptr;
  const bool shown = sight_->shows_all_of(name.type) || members(name.type).contains(name.key);
  return shown ? &mask->of(row->id, row->fields) : nullptr;
}

bool SightAt::wants(TypeNumber type, const Row& row) const {
  const ObjectMask* mask = sight_->covers(type);
  if (mask == nullptr || !sight_->may_read(type, row)) return false;
  if (sight_->shows_all_of(type)) return true;
  ReadableObjects source(*sight_, *history_, at_);
  const Row seen = projected(*mask, row);
  const auto& queries = sight_->bound.at(type);
  return std::any_of(queries.begin(), queries.end(),
                     [&](const auto& query) { return query::matches(*query, seen, source); });
}

const std::set<ObjectKey>& SightAt::members(TypeNumber type) {
  auto known = members_.find(type);
  if (known != members_.end()) return known->second;
  std::set<ObjectKey>& keys = members_[type];
  ReadableObjects source(*sight_, *history_, at_);
  const auto rows = history_->all_at(type, at_);
  for (const auto& query : sight_->bound.at(type)) {
    query::Run run(query, source);
    for (const auto& [key, row] : rows)
      if (sight_->may_read(type, *row))
        run.take(std::make_shared<Row>(projected(sight_->readable.at(type), *row)));
    for (const auto& row : run.finish()) keys.insert(*object_key(row->id));
  }
  return keys;
}

}  // namespace syncline::sim
