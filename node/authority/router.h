// Router: which sessions must be told of an entry. A change costs the views that it touches, not
// the views that exist: views are grouped by token, and an index over their queries yields the
// groups that an object's content before or after may concern.
//
// Serves sessions that are parked, at the head: whoever is behind it finds out while catching up.
// One thread (the machine's).
#pragma once

#include <map>
#include <memory>
#include <set>
#include <vector>

#include "node/authority/recent.h"
#include "node/query/view_index.h"

namespace syncline {

class Router {
 public:
  // The session is up to date under this view.
  void park(uint64_t connection, const Hash& token, const std::shared_ptr<const View>& view);
  // It is not any more, and may be soon.
  void wake(uint64_t connection);
  // It is gone, or its view is another.
  void leave(uint64_t connection);

  // Those parked whose view shows or showed an object of the entry, or asks for more than the entry
  // to find out; ascending. kStoreDamaged.
  Result<std::vector<uint64_t>> concerned(const RecentEntry& entry) const;

 private:
  using GroupId = uint64_t;
  struct Group {
    Hash token;
    std::shared_ptr<const View> view;
    std::set<uint64_t> connections;
    std::set<uint64_t> parked;
  };

  template <class Do>
  void for_each_terms(const View& view, Do what);
  static Status candidates(const query::ViewIndex& index, const RecentEntry::Object& object,
                           std::set<GroupId>* ids);
  Result<std::set<GroupId>> candidates(const RecentEntry& entry) const;

  std::map<GroupId, Group> groups_;
  std::map<Hash, GroupId> group_of_;              // by token
  std::map<uint64_t, GroupId> group_of_session_;  // by connection
  GroupId next_ = 1;
  size_t parked_ = 0;  // in all groups
  // By the schema version whose queries they hold: what is missing may read otherwise in another.
  std::map<std::pair<TypeNumber, uint32_t>, query::ViewIndex> indexes_;
};

}  // namespace syncline
