#include "tests/sim/report/browser.h"

#include <gtest/gtest.h>
#include <png.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tests/storage/temp_directory.h"

namespace syncline::sim {
namespace {

constexpr int kSecondsMax = 120;
// Lines are drawn with soft edges.
constexpr int kColorsApart = 60;

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// What the browser prints with these arguments for the page.
std::string browse(const std::string& directory, const std::string& html, View view, int height,
                   const std::string& arguments) {
  std::ofstream(directory + "/page.html") << html;
  const std::string command = fmt::format(
      "HOME={0} XDG_CONFIG_HOME={0} XDG_CACHE_HOME={0} timeout {1} chromium --headless "
      "--no-sandbox "
      "--disable-gpu --disable-dev-shm-usage --no-first-run --disable-extensions "
      "--disable-background-networking --host-resolver-rules='MAP * ~NOTFOUND' "
      "--hide-scrollbars --force-device-scale-factor=1 --user-data-dir={0}/profile "
      "--blink-settings=preferredColorScheme={2} --window-size={3},{4} "
      "--virtual-time-budget=5000 {5} file://{0}/page.html 2>{0}/log",
      directory, kSecondsMax, view.dark ? 0 : 1, view.width, height, arguments);
  std::string out;
  FILE* pipe = popen(command.c_str(), "r");
  std::array<char, 65536> piece;
  for (size_t n; (n = fread(piece.data(), 1, piece.size(), pipe)) > 0;) out.append(piece.data(), n);
  const int status = pclose(pipe);
  EXPECT_EQ(status, 0) << "chromium (package chromium, which `./dev test` installs) failed: "
                       << read_file(directory + "/log");
  return out;
}

std::string unescape(const std::string& text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      out += static_cast<char>(std::stoi(text.substr(i + 1, 2), nullptr, 16));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

}  // namespace

DrawnPage measure(const std::string& html, View view) {
  const testing::TempDirectory directory;
  const std::string probe = read_file(SYNCLINE_SOURCE_DIR "/tests/sim/report/page_probe.js");
  std::string page = html;
  page.insert(page.find("<style>"), "<script>" + probe + "</script>");
  const std::string dom = browse(directory.path(), page, view, 1000, "--dump-dom");
  constexpr std::string_view kBegin = "<pre id=\"found\">";
  const size_t begin = dom.find(kBegin);
  if (begin == std::string::npos) return {{"the page did not load: " + dom.substr(0, 300)}, {}, 0};
  const size_t from = begin + kBegin.size();
  const auto found = nlohmann::json::parse(unescape(dom.substr(from, dom.find('<', from) - from)));
  DrawnPage drawn{found["faults"].get<std::vector<std::string>>(), {}, found["height"]};
  for (const auto& chart : found["charts"]) {
    DrawnChart one{chart["id"], chart["x"], chart["y"], chart["width"], chart["height"], {}};
    for (const std::string text : chart["colors"]) {
      Color color;
      if (sscanf(text.c_str(), "rgb(%d, %d, %d)", &color.red, &color.green, &color.blue) == 3)
        one.colors.push_back(color);
    }
    drawn.charts.push_back(std::move(one));
  }
  return drawn;
}

Picture photograph(const std::string& html, View view, int height) {
  const testing::TempDirectory directory;
  const std::string path = directory.path() + "/shot.png";
  browse(directory.path(), html, view, height, "--screenshot=" + path);
  png_image image = {};
  image.version = PNG_IMAGE_VERSION;
  if (png_image_begin_read_from_file(&image, path.c_str()) == 0) {
    ADD_FAILURE() << "no screenshot: " << image.message;
    return {};
  }
  image.format = PNG_FORMAT_RGB;
  Picture picture{static_cast<int>(image.width), static_cast<int>(image.height), {}};
  picture.pixels.resize(PNG_IMAGE_SIZE(image));
  EXPECT_NE(png_image_finish_read(&image, nullptr, picture.pixels.data(), 0, nullptr), 0)
      << image.message;
  return picture;
}

int Picture::count(const DrawnChart& frame, Color color) const {
  const int right = std::min(width, static_cast<int>(frame.x + frame.width));
  const int bottom = std::min(height, static_cast<int>(frame.y + frame.height));
  int n = 0;
  for (int y = std::max(0, static_cast<int>(frame.y)); y < bottom; ++y)
    for (int x = std::max(0, static_cast<int>(frame.x)); x < right; ++x) {
      const uint8_t* pixel = &pixels[static_cast<size_t>(y * width + x) * 3];
      n += std::abs(pixel[0] - color.red) + std::abs(pixel[1] - color.green) +
               std::abs(pixel[2] - color.blue) <
           kColorsApart;
    }
  return n;
}

}  // namespace syncline::sim
