#include "storage/keyspace.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace syncline {
namespace {

TEST(PrefixEnd, IsTheSmallestKeyAboveEveryKeyWithThePrefix) {
  EXPECT_EQ(prefix_end("a"), "b");
  EXPECT_EQ(prefix_end("a\xff"), "b");
  EXPECT_EQ(prefix_end("a\xff\xff"), "b");
  EXPECT_EQ(prefix_end("\xff\xff"), "");
  EXPECT_EQ(prefix_end(""), "");
  EXPECT_EQ(prefix_end("a\x7f"), "a\x80");
}

TEST(KeyBuilder, KeepsTheOrderOfItsParts) {
  const std::vector<Bytes> parts = {
      "",     Bytes(1, 0), Bytes(2, 0),     Bytes("\0\x01", 2), Bytes("\0\xff", 2),
      "\x01", "a",         Bytes("a\0", 2), Bytes("a\0b", 3),   "aa",
      "b",    "\xff",      "\xff\xff"};
  std::vector<Bytes> keys;
  for (const Bytes& part : parts)
    for (uint64_t n : {0ull, 1ull, 255ull, 256ull, ~0ull})
      keys.push_back(KeyBuilder(Keyspace::node_index).part(part).u64(n).take());
  EXPECT_TRUE(std::is_sorted(keys.begin(), keys.end()));
  EXPECT_EQ(std::adjacent_find(keys.begin(), keys.end()), keys.end());
}

TEST(KeyReader, TakesApartWhatWasBuilt) {
  const Bytes odd("\0\0x\xff\0", 5);
  const Bytes key =
      KeyBuilder(Keyspace::node_index).u8(7).u32(0x01020304).part(odd).u64(9).tail("rest").take();
  EXPECT_EQ(static_cast<Keyspace>(key[0]), Keyspace::node_index);
  KeyReader reader(key);
  EXPECT_EQ(reader.u8(), 7);
  EXPECT_EQ(reader.u32(), 0x01020304u);
  EXPECT_EQ(reader.part(), odd);
  EXPECT_EQ(reader.u64(), 9u);
  EXPECT_EQ(reader.tail(), "rest");
  EXPECT_TRUE(reader.at_end());
}

TEST(KeyReader, SaysWhatDoesNotFit) {
  for (const Bytes& bad : {Bytes(), Bytes("\x01"), Bytes("\x01\x02\x03", 3)}) {
    KeyReader reader(bad);
    reader.u32();
    EXPECT_FALSE(reader.ok());
    EXPECT_EQ(reader.u64(), 0u);
  }
  for (const Bytes& bad : {Bytes("\x01"
                                 "abc"),
                           Bytes("\x01"
                                 "ab\0",
                                 4),
                           Bytes("\x01"
                                 "ab\0\x07",
                                 5)}) {
    KeyReader reader(bad);
    EXPECT_EQ(reader.part(), "");
    EXPECT_FALSE(reader.ok());
  }
}

}  // namespace
}  // namespace syncline
