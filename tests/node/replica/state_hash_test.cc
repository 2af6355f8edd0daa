#include "node/replica/state_hash.h"

#include <sodium.h>

#include "tests/node/replica/harness.h"

namespace syncline::test {
namespace {

Hash plain_blake2b(const std::string& text) {
  Hash out;
  crypto_generichash(out.bytes.data(), out.bytes.size(),
                     reinterpret_cast<const unsigned char*>(text.data()), text.size(), nullptr, 0);
  return out;
}

TEST(StateHash, IsOverTheLinesOfConfirmedObjectsInOrder) {
  MemoryStore disk;
  Node node(&disk);
  Authority authority;
  node.open(1);
  node.welcome(node.connect(), authority);
  Row b = fridge_row("b", 2.5, 1);
  b.fields.put(fridge::kAny, Item(Value(Date{1'700'000'000, 123'456'789})));
  Row note;
  note.id = Value(int64_t{5});
  note.fields.put(FieldNumber(2), Item(Value("hi")));
  Delta delta = authority.delta(node, 1);
  delta.objects = {enter(note, kNote), enter(b), enter(fridge_row("a", 1, 1))};
  node.receive(delta);
  node.write_fridge("pending", 1);
  const std::string lines =
      "{\"_id\":\"a\",\"celsius\":{\"$numberDouble\":\"1.0\"}}\n"
      "{\"_id\":\"b\",\"any\":{\"$timestampNs\":[1700000000,123456789]},\"celsius\":{\"$"
      "numberDouble\":\"2.5\"}}\n"
      "{\"_id\":{\"$numberLong\":\"5\"},\"text\":\"hi\"}\n";
  EXPECT_EQ(state_line(*schema(), kNote, note) + "\n", lines.substr(lines.find("{\"_id\":{")));
  EXPECT_EQ(must(state_hash(disk, *schema(), {})), plain_blake2b(lines));
  EXPECT_EQ(must(state_hash(disk, *schema(), {kNote})),
            plain_blake2b(lines.substr(lines.find("{\"_id\":{"))));
  EXPECT_NE(must(state_hash(disk, *schema(), {kNote})), must(state_hash(disk, *schema(), {})));
}

}  // namespace
}  // namespace syncline::test
