#include "node/authority/recovery.h"

#include "node/authority/fold.h"
#include "tests/node/authority/harness.h"

namespace syncline::authority_test {
namespace {

using testing::HasSubstr;

class Recovering : public testing::Test {
 protected:
  void SetUp() override {
    must(site_.disk.flush());
    for (int i = 0; i < 6; ++i) site_.write(site_.put_box("b" + std::to_string(i), "n"));
  }
  Error error_of_recovery() {
    auto recovered = recover(&site_.disk, site_.log);
    EXPECT_FALSE(recovered);
    return recovered ? Error(ErrorCode::kUsage, "recovered") : recovered.error();
  }

  Site site_;
};

TEST_F(Recovering, AStateBehindTheLogIsBroughtUpFromWhereverItStands) {
  const Cursor head = site_.head();
  for (uint64_t survive = 0; survive <= 6; ++survive) {
    Site site;
    must(site.disk.flush());
    for (int i = 0; i < 6; ++i) site.write(site.put_box("b" + std::to_string(i), "n"));
    site.stop();
    ASSERT_EQ(site.disk.unsafe().derived, 6u);
    site.disk.kill(survive);
    const RecoveryReport report = must(recover(&site.disk, site.log));
    EXPECT_EQ(report.replayed_entries, 6 - survive);
    EXPECT_EQ(report.applied.seq, head.seq);
    EXPECT_EQ(must(recover(&site.disk, site.log)).replayed_entries, 0u);
    site.start();
    for (int i = 0; i < 6; ++i) EXPECT_TRUE(site.row(site.name_of("Box", "b" + std::to_string(i))));
    site.write(site.put_box("after", "n"));
  }
}

TEST_F(Recovering, AStateAheadOfTheLogIsAnErrorThatNamesBoth) {
  site_.stop();
  const LogIndex head = must(site_.log.head()).index;
  site_.log.forget_after(LogIndex(head.value - 2));
  const Error error = error_of_recovery();
  EXPECT_EQ(error.code, ErrorCode::kStoreDamaged);
  EXPECT_THAT(error.message, HasSubstr("ends at record " + std::to_string(head.value - 2)));
  EXPECT_THAT(error.message, HasSubstr(std::to_string(head.value) + " were committed"));
}

TEST_F(Recovering, AnEntryThatIsNotWholeAtTheTailIsAnError) {
  must(site_.disk.flush());
  site_.write([&](Draft& draft) {
    must(draft.put(site_.type("Box"), Document{{"_id", "large"}, {"any", noise(700'000)}}));
  });
  site_.stop();
  site_.disk.kill(0);
  const LogIndex head = must(site_.log.head()).index;
  site_.log.forget_after(LogIndex(head.value - 1));
  EXPECT_THAT(error_of_recovery().message, HasSubstr("not whole"));
}

TEST_F(Recovering, ALogThatBeginsAfterTheStateIsAnError) {
  site_.stop();
  site_.disk.kill(0);
  must(site_.log.trim(LogIndex(must(site_.log.head()).index.value - 1)));
  EXPECT_THAT(error_of_recovery().message, HasSubstr("the log begins at"));
}

TEST_F(Recovering, AnotherIncarnationsLogIsAnError) {
  MemoryStore other;
  must(initialise_state(&other, Incarnation(78)));
  Applied applied = must(decode_applied(*must(other.get(state_keys::applied()))));
  applied.seq = LogSeq(1), applied.index = LogIndex(1);
  Batch batch;
  batch.put(state_keys::applied(), encode_applied(applied));
  must(other.write(batch, BatchKind::derived, false));
  const auto recovered = recover(&other, site_.log);
  ASSERT_FALSE(recovered);
  EXPECT_THAT(recovered.error().message, HasSubstr("another incarnation"));
}

TEST_F(Recovering, OfAStoreThatIsNoAuthoritysSaysWhatMakesOne) {
  MemoryStore empty;
  EXPECT_THAT(recover(&empty, site_.log).error().message, HasSubstr("syncline init --authority"));
  EXPECT_FALSE(Authority::open(site_.options, &empty));
}

TEST_F(Recovering, AnAuthorityIsNotMadeAnewOverAnother) {
  const Status again = initialise_state(&site_.disk, Incarnation(5));
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, ErrorCode::kExists);
  EXPECT_EQ(must(recover(&site_.disk, site_.log)).applied.seq, site_.head().seq);
}

TEST_F(Recovering, AMachineIsNotOpenedOnAStateThatWasNotBroughtUp) {
  site_.stop();
  site_.disk.kill(3);
  site_.options.log_head = must(site_.log.head());
  const auto late = Authority::open(site_.options, &site_.disk);
  ASSERT_FALSE(late);
  EXPECT_THAT(late.error().message, HasSubstr("recover() was not run"));
}

}  // namespace
}  // namespace syncline::authority_test
