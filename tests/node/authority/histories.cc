#include "tests/node/authority/histories.h"

#include "sim/world/random.h"

namespace syncline::authority_test {
namespace {

// What makes no sense on the objects as they are is left out.
void random_edit(Draft& draft, TypeNumber box, sim::Random* random) {
  const std::string id = "b" + std::to_string(random->below(5));
  const std::string word = "w" + std::to_string(random->below(9));
  switch (random->below(9)) {
    case 0:
    case 1:
      (void)draft.create(box, Document{{"_id", id}, {"name", word}, {"count", int64_t{1}}});
      break;
    case 2:
      (void)draft.remove(box, id);
      break;
    case 3:
      (void)draft.set(box, id, {"secret"}, word);
      break;
    case 4:
      (void)draft.insert(box, id, {"notes"}, 0, word);
      break;
    case 5:
      (void)draft.increment(box, id, {"count"}, 2);
      break;
    case 6:
      (void)draft.set(box, id, {"any"}, Document{{word, List{word, int64_t{1}}}});
      break;
    case 7:
      (void)draft.remove(box, id);
      (void)draft.create(box, Document{{"_id", id}, {"name", word}});
      break;
    default:
      (void)draft.set(box, id, {"name"}, word);
  }
}

}  // namespace

Writers make_writers(Site* site) {
  Writers writers{&site->enrol("boss"), &site->enrol("clerk")};
  for (Device* device : {writers.boss, writers.clerk}) {
    site->subscribe(*device, {"Box"});
    site->connect(*device);
  }
  return writers;
}

void live_a_step(Site* site, const Writers& writers, uint64_t seed) {
  sim::Random random(seed);
  const TypeNumber box = site->type("Box");
  const Edit edit = [&](Draft& draft) {
    for (uint64_t i = random.below(3); i < 3; ++i) random_edit(draft, box, &random);
  };
  site->now.wall_ms += random.between(0, 40);
  site->now.monotonic_ms += random.between(0, 40);
  if (random.chance(15)) {
    site->write(edit);
    return;
  }
  Device& device = random.chance(60) ? *writers.boss : *writers.clerk;
  Changeset changeset = site->changeset(device, edit);
  if (changeset.groups.empty()) return;
  // As one who has seen less: concurrent with what came since.
  if (random.chance(40)) changeset.base = {};
  if (random.chance(20)) changeset.written.monotonic_ms -= random.between(0, 200);
  for (Group& group : changeset.groups) group.blind = random.chance(10);
  changeset.all_or_nothing = random.chance(10);
  site->upload(device, {changeset});
}

void live_a_history(Site* site, uint64_t seed, int steps) {
  const Writers writers = make_writers(site);
  sim::Random random(seed);
  for (int i = 0; i < steps; ++i) live_a_step(site, writers, random.next());
}

}  // namespace syncline::authority_test
