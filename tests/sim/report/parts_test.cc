// The parts of a report: pieces of time, kinds of frames, texts, files.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>

#include "proto/codec.h"
#include "sim/report/json.h"
#include "sim/report/page.h"
#include "sim/report/text.h"
#include "sim/report/time_buckets.h"
#include "sim/report/write.h"
#include "sim/world/clock.h"
#include "tests/sim/report/small_fleet.h"
#include "tests/storage/temp_directory.h"

namespace syncline::sim {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

struct Count {
  int n = 0;
  void merge(Count later) { n += later.n; }
};

TEST(TimeBuckets, HalveWhenTheyAreFull) {
  TimeBuckets<Count> buckets(10, 4);
  for (int i = 1; i <= 100; ++i) {
    ++buckets.current().n;
    if (i * 10 >= buckets.end_us()) buckets.close();
    EXPECT_LE(buckets.all().size(), 4U);
  }
  int sum = 0;
  for (const Count& count : buckets.all()) sum += count.n;
  EXPECT_EQ(sum, 100);
  EXPECT_EQ(buckets.width_us(), 320);
  EXPECT_EQ(buckets.all()[0].n, 32);
}

TEST(Clock, IsWatchedBetweenItsEvents) {
  Clock clock;
  std::vector<int64_t> looks;
  std::vector<int64_t> events;
  for (int64_t us : {1'500, 2'000, 9'000})
    clock.post_in_us(us, [&] { events.push_back(clock.now_us()); });
  clock.watch([&] {
    looks.push_back(clock.now_us());
    return clock.now_us() + 1'000;
  });
  while (clock.run_next(4)) {
  }
  EXPECT_THAT(events, ElementsAre(1'500, 2'000));
  EXPECT_THAT(looks, ElementsAre(0, 1'000, 2'000, 3'000, 4'000));
  EXPECT_EQ(clock.now_us(), 4'000);
}

TEST(Traffic, KnowsEveryKindOfFrame) {
  Upload large;
  for (int i = 0; i < 2; ++i) large.payloads.push_back(Bytes(100'000, 'x'));
  const std::vector<std::pair<Message, std::string_view>> messages = {
      {Hello(), "hello"},
      {Upload(), "upload"},
      {UploadPart(), "upload_part"},
      {Progress(), "progress"},
      {HaveList(), "have_list"},
      {Welcome(), "welcome"},
      {HelloAgain(), "hello_again"},
      {Delta(), "delta"},
      {HaveAsk(), "have_ask"},
      {UploadCredit(), "upload_credit"},
      {Goodbye(), "goodbye"},
      {syncline::Mark(), "mark"},
      {Marked(), "marked"},
      {Rights(), "rights"},
      {large, "upload"}};
  for (const auto& [message, name] : messages) {
    const Bytes frame = encode_message(message);
    Traffic traffic;
    traffic.add(kind_of(frame), frame.size(), true);
    for (size_t kind = 0; kind < kMessageKinds; ++kind)
      EXPECT_EQ(traffic.kinds[kind].bytes_up, name_of_kind(kind) == name ? frame.size() : 0)
          << name;
  }
  Delta delta;
  const Bytes packed = encode_delta(delta, pack_objects({Bytes(3'000, 'a'), Bytes(3'000, 'b')}));
  EXPECT_EQ(message_index(packed), message_index(encode_message(Delta())));
  for (const char* bad : {"", "x", "\1garbage", "\2"}) EXPECT_EQ(message_index(bad), std::nullopt);
}

TEST(Text, IsForPeople) {
  EXPECT_EQ(duration_text(0), "0 ms");
  EXPECT_EQ(duration_text(415'000), "415 ms");
  EXPECT_EQ(duration_text(18'687'000), "18.7 s");
  EXPECT_EQ(duration_text(90'000'000), "1 min 30 s");
  EXPECT_EQ(duration_text(32'633'660'000), "9 h 3 min");
  EXPECT_EQ(duration_text(int64_t{7} * 24 * 3600 * 1'000'000), "7 d");
  EXPECT_EQ(count_text(1'234'567), "1,234,567");
  EXPECT_EQ(count_text(12), "12");
  EXPECT_EQ(bytes_text(999), "999 B");
  EXPECT_EQ(bytes_text(33'058'257), "33.1 MB");
  EXPECT_EQ(bytes_text(999'960), "1 MB");
  EXPECT_EQ(percent_text(0.5), "50 %");
  EXPECT_EQ(percent_text(std::numeric_limits<double>::quiet_NaN()), "–");
  EXPECT_EQ(short_count_text(std::numeric_limits<double>::infinity()), "–");
  EXPECT_THAT(ticks(108, 4), ElementsAre(0, 50, 100));
  EXPECT_THAT(ticks(0, 4), ElementsAre(0));
  EXPECT_THAT(time_ticks(int64_t{47} * 3600 * 1'000'000, 6), ::testing::SizeIs(::testing::Le(7U)));
  EXPECT_EQ(shorten("äöü", 3), "ä…");
}

TEST(Text, IsEscaped) {
  EXPECT_EQ(escape_html("<a b=\"c\" d='e'>&"), "&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;");
  EXPECT_EQ(escape_html(std::string("a\0\x1b", 3)), "a\xEF\xBF\xBD\xEF\xBF\xBD");
  EXPECT_EQ(escape_script("\"</script>\""), "\"\\u003c/script>\"");
}

TEST(Page, LetsNoNameOfTheFileIntoItsMarkup) {
  const std::string evil = "<script>alert(1)</script><img src=x onerror=alert(2)>\\\"'&";
  Report report = small_report();
  report.title = report.question = report.finding = evil;
  for (Lane& lane : report.lanes) lane.name = evil;
  for (NodeFigures& node : report.nodes) node.name = evil;
  for (TimelineMark& mark : report.marks) mark.text = mark.what = evil;
  report.run.failed = 1;
  report.run.failures = {{evil, evil, {evil}}};
  report.run.broken = report.run.unrest = report.run.failures.front();
  report.run.complaint = evil;
  const std::string html = to_html(report);
  EXPECT_THAT(html, Not(HasSubstr("<script>alert")));
  EXPECT_THAT(html, Not(HasSubstr("<img")));
  EXPECT_THAT(html, HasSubstr("&lt;script&gt;alert(1)&lt;/script&gt;"));
}

TEST(Page, HasNoNumberThatIsNone) {
  Report empty;
  for (const Report& report : {small_report(), empty, report_of(scenario_of(R"({"app": {"types": [
           {"name": "T", "properties": [{"name": "_id", "type": "string"}]}]},
           "nodes": [{"name": "a"}], "script": []})"))}) {
    const std::string html = to_html(report);
    const std::string drawn = html.substr(html.find("<body>"), html.rfind("<script>"));
    for (const char* none : {"nan", "inf%", "inf ", "inf\"", ">null"})
      EXPECT_EQ(drawn.find(none), std::string::npos) << none;
    EXPECT_EQ(html.find("http"), html.rfind("http-equiv")) << "nothing is fetched";
  }
}

std::string content_of(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

TEST(Report, IsWrittenToADirectoryThatItMakes) {
  const testing::TempDirectory directory;
  const std::string path = directory.path() + "/deep/down";
  ASSERT_TRUE(write_report(small_report(), path).has_value());
  const auto json = nlohmann::json::parse(content_of(path + "/report.json"));
  EXPECT_EQ(json["verdict"], "held");
  EXPECT_EQ(json["nodes"].size(), 10U);
  EXPECT_EQ(json["buckets"].size(), small_report().buckets.size());
  EXPECT_EQ(json["measures"]["writes"], small_report().run.measures.writes);
  EXPECT_GT(json["traffic"]["upload"]["bytes_up"], 0);
  const std::string html = content_of(path + "/report.html");
  for (const char* part : {"lag", "traffic", "timeline", "queue", "stores", "energy", "load", "map",
                           "links", "kinds", "outcomes", "groups"})
    EXPECT_THAT(html, HasSubstr("id=\"" + std::string(part) + "\""));
}

TEST(Report, SaysWhereItCannotBeWritten) {
  const testing::TempDirectory directory;
  const std::string file = directory.path() + "/file";
  std::ofstream(file) << "x";
  for (const std::string& path : {file, file + "/below"}) {
    const Status prepared = prepare_report(path);
    ASSERT_FALSE(prepared.has_value());
    EXPECT_EQ(prepared.error().code, ErrorCode::kIo);
    EXPECT_THAT(prepared.error().message, HasSubstr(path));
  }
}

TEST(Report, OfAFailedRunBeginsWithWhatFailed) {
  const std::string html =
      to_html(report_of(scenario_of(replaced(kSmallFleet, R"("refused": 0)", R"("refused": 17)"))));
  const size_t failures = html.find("id=\"failures\"");
  ASSERT_NE(failures, std::string::npos);
  EXPECT_LT(failures, html.find("class=\"tiles\""));
  EXPECT_THAT(html, HasSubstr("everything arrives"));
}

}  // namespace
}  // namespace syncline::sim
