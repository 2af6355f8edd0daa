// Looks at a page as a browser draws it: Debian's Chromium, headless, without network, with a
// profile of its own that is gone afterwards. Each call is a process that ends in two minutes at
// most.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace syncline::sim {

struct Color {
  int red = 0, green = 0, blue = 0;
};

// Something that is drawn: a chart's frame, in pixels of the page, and the colours in it.
struct DrawnChart {
  std::string id;
  double x = 0, y = 0, width = 0, height = 0;
  std::vector<Color> colors;  // of its lines and areas that have an extent
};

struct DrawnPage {
  std::vector<std::string> faults;  // what is wrong with the page, in words
  std::vector<DrawnChart> charts;
  int height = 0;
};

struct Picture {
  int width = 0, height = 0;
  std::vector<uint8_t> pixels;  // red, green, blue of each
  // How many pixels of that frame have about this colour.
  int count(const DrawnChart& frame, Color color) const;
};

struct View {
  int width = 1400;
  bool dark = false;
};

// Measured in the browser by page_probe.js: empty drawings, drawings out of their frame, labels
// over each other, a page wider than its window, errors of scripts. Fails the test if there is no
// browser.
DrawnPage measure(const std::string& html, View view);
// The page from its top, this high.
Picture photograph(const std::string& html, View view, int height);

}  // namespace syncline::sim
