// A state that cannot be read, wherever that is found out: the machine ends with that error, or
// goes on as if nothing had been; it never goes on with less than there is.
#include "tests/node/authority/harness.h"

namespace syncline::authority_test {
namespace {

// The edit is uploaded again and again, each time to a new site, and each time another read fails:
// the first, the second, ... `holds` is asked where the machine went on.
void for_every_read(const std::function<Edit(Site&, Device&)>& edit,
                    const std::function<bool(Site&, Device&)>& holds) {
  uint64_t ended = 0;
  for (uint64_t k = 1;; ++k) {
    Site site;
    Device& ann = site.enrol("clerk");
    site.subscribe(ann, {"Note"});
    site.write(site.put_box("a", "there before"));
    site.connect(ann);
    const Bytes payload = encode_changeset(site.changeset(ann, edit(site, ann)));
    AuthorityInput offer = site.offer(ann, {payload});
    const uint64_t before = site.disk.count_of(MemoryStore::Operation::read);
    site.disk.fail_at(MemoryStore::Operation::read, k, ErrorCode::kStoreDamaged);
    site.run({std::move(offer)});
    if (site.disk.count_of(MemoryStore::Operation::read) - before < k) break;
    if (site.ended) {
      EXPECT_TRUE(holds(site, ann)) << "after a failure of read " << k;
      continue;
    }
    ++ended;
    EXPECT_EQ(site.ended.error().code, ErrorCode::kStoreDamaged) << "of read " << k;
  }
  EXPECT_GT(ended, 0u) << "no failed read ended it";
}

TEST(UnreadableState, EndsTheMachineOrADecisionIsWhatItWouldBe) {
  for_every_read([](Site& site, Device&) { return site.put_box("b", "new"); },
                 [](Site&, Device& ann) {
                   auto decided = ann.decided.find({ann.id, ann.epoch, ann.number});
                   return decided != ann.decided.end() &&
                          decided->second.state == DecisionState::committed;
                 });
}

TEST(UnreadableState, EndsTheMachineOrANewSubscriptionShowsWhatItAsksFor) {
  for_every_read(
      [](Site&, Device& ann) -> Edit {
        return [&ann](Draft& draft) {
          must(draft.put(system_type::kSubscription,
                         Document{{"_id", subscription_prefix(ann.id) + "Box"},
                                  {"node", to_string(ann.id)},
                                  {"type", "Box"}}));
        };
      },
      [](Site& site, Device& ann) { return ann.held.contains(site.name_of("Box", "a")); });
}

}  // namespace
}  // namespace syncline::authority_test
