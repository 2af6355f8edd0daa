// The page as Chromium draws it: measured and photographed. And that the measuring would see it,
// were a chart broken.
#include "sim/report/page.h"

#include <gmock/gmock.h>

#include "tests/sim/report/browser.h"
#include "tests/sim/report/small_fleet.h"

namespace syncline::sim {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr int kInkLeast = 30;  // pixels

const std::string& small_page() {
  static const std::string html = to_html(small_report());
  return html;
}

void expect_drawn(const std::string& html, View view) {
  SCOPED_TRACE(::testing::Message() << view.width << " wide" << (view.dark ? ", dark" : ""));
  const DrawnPage page = measure(html, view);
  EXPECT_THAT(page.faults, IsEmpty());
  ASSERT_EQ(page.charts.size(), 7U);
  const Picture picture = photograph(html, view, page.height);
  ASSERT_GE(picture.width, view.width);
  ASSERT_GE(picture.height, page.height);
  for (const DrawnChart& chart : page.charts) {
    ASSERT_FALSE(chart.colors.empty()) << chart.id;
    int most = 0;
    for (const Color color : chart.colors) most = std::max(most, picture.count(chart, color));
    EXPECT_GE(most, kInkLeast) << chart.id << " has no ink";
  }
}

TEST(Page, IsDrawnInAWideWindow) { expect_drawn(small_page(), {1400, false}); }
TEST(Page, IsDrawnInANarrowWindow) { expect_drawn(small_page(), {700, false}); }
TEST(Page, IsDrawnInTheDark) {
  expect_drawn(small_page(), {1400, true});
  const Picture light = photograph(small_page(), {900, false}, 300);
  const Picture dark = photograph(small_page(), {900, true}, 300);
  EXPECT_GT(light.pixels[0], 200);
  EXPECT_LT(dark.pixels[0], 60);
}

TEST(Page, OfAThousandNodesIsDrawnToo) {
  Report report = small_report();
  const size_t few = report.nodes.size();
  while (report.nodes.size() < 1'000) {
    NodeFigures node = report.nodes[report.nodes.size() % few];
    node.name = "node " + std::to_string(report.nodes.size());
    ++report.lanes[node.lane].nodes;
    report.nodes.push_back(std::move(node));
  }
  const std::string html = to_html(report);
  EXPECT_LT(html.size(), 2u << 20);
  expect_drawn(html, {1400, false});
}

TEST(Page, OfLongAndHostileNamesStillFits) {
  Report report = small_report();
  report.title = "<script>throw 1</script>" + std::string(300, 'W');
  for (NodeFigures& node : report.nodes) node.name = std::string(200, 'W') + "<b>";
  for (Lane& lane : report.lanes)
    lane.name = "</svg><script>throw 2</script>" + std::string(150, 'W');
  EXPECT_THAT(measure(to_html(report), {700, false}).faults, IsEmpty());
}

// A page with something broken, and what must be said of it.
void expect_seen(const std::string& what, const std::string& by, const std::string& fault) {
  EXPECT_THAT(measure(replaced(small_page(), what, by), {1400, false}).faults,
              Contains(HasSubstr(fault)));
}

TEST(PageProbe, SeesADrawingOutOfItsFrame) {
  expect_seen(R"(<path class="line c1" d="M)", R"(<path class="line c1" d="M-300 -500L)",
              "lag: line c1 is out of its frame");
}

TEST(PageProbe, SeesAnEmptyChart) {
  std::string page = small_page();
  const size_t from = page.find("<svg", page.find("data-chart=\"traffic\""));
  const size_t begin = page.find('>', from) + 1;
  page.erase(begin, page.find("</svg>", from) - begin);
  EXPECT_THAT(measure(page, {1400, false}).faults,
              Contains(HasSubstr("traffic: nothing is drawn")));
}

TEST(PageProbe, SeesLabelsOverEachOther) {
  expect_seen(R"(<span class="y" style="top:98.5%">)",
              R"(<span class="y" style="top:98.5%">here</span><span class="y" style="top:97%">)",
              "overlap");
}

TEST(PageProbe, SeesNumbersThatAreNone) {
  expect_seen(R"(<path class="grid" d="M0 )", R"(<path class="grid" d="M0 NaN)",
              "a number that is none");
}

TEST(PageProbe, SeesAPageThatIsTooWide) {
  expect_seen("<header>", "<header><div style=\"width:1600px\">wide</div>", "wide in a window");
}

TEST(PageProbe, SeesAScriptThatFails) {
  expect_seen("data.charts[plot.dataset.chart]", "data.charts.nothing.here", "script error");
}

}  // namespace
}  // namespace syncline::sim
