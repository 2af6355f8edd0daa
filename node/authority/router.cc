#include "node/authority/router.h"

#include <algorithm>

#include "node/authority/view_terms.h"
#include "proto/planted.h"

namespace syncline {
namespace {

const query::IndexTerms kAnything = {{query::Branch()}};

}  // namespace

// Of each type that decides on what the view shows.
template <class Do>
void Router::for_each_terms(const View& view, Do what) {
  std::set<TypeNumber> followed;
  for (const TypeView& type : view.types) {
    followed.insert(type.members->followed().begin(), type.members->followed().end());
    what(type.type, own_terms_of(type));
  }
  for (TypeNumber type : followed)
    if (view.find(type) == nullptr || !own_terms_of(*view.find(type)).anything())
      what(type, kAnything);
}

void Router::park(uint64_t connection, const Hash& token, const std::shared_ptr<const View>& view) {
  auto known = group_of_session_.find(connection);
  if (known == group_of_session_.end() || groups_.at(known->second).token != token) {
    leave(connection);
    auto [group, is_new] = group_of_.emplace(token, next_);
    if (is_new) {
      groups_[next_] = {token, view, {}, {}};
      for_each_terms(*view, [&](TypeNumber type, const query::IndexTerms& terms) {
        const std::pair key(type, view->schema->version);
        indexes_.try_emplace(key, view->schema, type).first->second.add(next_, terms);
      });
      ++next_;
    }
    groups_.at(group->second).connections.insert(connection);
    known = group_of_session_.emplace(connection, group->second).first;
  }
  parked_ += groups_.at(known->second).parked.insert(connection).second;
}

void Router::wake(uint64_t connection) {
  auto known = group_of_session_.find(connection);
  if (known != group_of_session_.end())
    parked_ -= groups_.at(known->second).parked.erase(connection);
}

void Router::leave(uint64_t connection) {
  wake(connection);
  auto known = group_of_session_.find(connection);
  if (known == group_of_session_.end()) return;
  const GroupId id = known->second;
  group_of_session_.erase(known);
  Group& group = groups_.at(id);
  group.connections.erase(connection);
  if (!group.connections.empty()) return;
  for_each_terms(*group.view, [&](TypeNumber type, const query::IndexTerms& terms) {
    auto index = indexes_.find({type, group.view->schema->version});
    if (index == indexes_.end()) return;
    index->second.remove(id, terms);
    if (index->second.empty()) indexes_.erase(index);
  });
  group_of_.erase(group.token);
  groups_.erase(id);
}

Status Router::candidates(const query::ViewIndex& index, const RecentEntry::Object& object,
                          std::set<GroupId>* ids) {
  if (const std::set<GroupId>* all = index.all_alike()) {
    ids->insert(all->begin(), all->end());
    return {};
  }
  for (const StoredRow* image : {&object.before, &object.after}) {
    if (image->absent() || (SYNCLINE_PLANTED(route_by_after) && image == &object.before)) continue;
    SYNCLINE_ASSIGN(const Row* row, image->row());
    index.candidates({&row->id, &row->fields}, ids);
  }
  return {};
}

Result<std::set<Router::GroupId>> Router::candidates(const RecentEntry& entry) const {
  std::set<GroupId> ids;
  for (const RecentEntry::Object& object : entry.objects()) {
    const TypeNumber type = object.name.type;
    for (auto index = indexes_.lower_bound({type, 0});
         index != indexes_.end() && index->first.first == type; ++index)
      SYNCLINE_TRY(candidates(index->second, object, &ids));
  }
  return ids;
}

Result<std::vector<uint64_t>> Router::concerned(const RecentEntry& entry) const {
  if (parked_ == 0) return std::vector<uint64_t>();
  SYNCLINE_ASSIGN(const std::set<GroupId> ids, candidates(entry));
  std::vector<uint64_t> connections;
  for (GroupId id : ids) {
    const Group& group = groups_.at(id);
    if (group.parked.empty()) continue;
    bool concerns = entry.needs_state(*group.view);
    if (!concerns) {
      SYNCLINE_ASSIGN(concerns, entry.concerns(*group.view));
    }
    if (concerns) connections.insert(connections.end(), group.parked.begin(), group.parked.end());
  }
  std::sort(connections.begin(), connections.end());
  return connections;
}

}  // namespace syncline
