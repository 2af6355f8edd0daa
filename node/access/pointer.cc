#include "node/access/pointer.h"

namespace syncline {

std::string pointer_to(std::string_view parent, std::string_view key) {
  std::string out(parent);
  out.push_back('/');
  for (const char c : key) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out.push_back(c);
    }
  }
  return out;
}

std::string pointer_to(std::string_view parent, size_t index) {
  return std::string(parent) + "/" + std::to_string(index);
}

std::string place_of(std::string_view file, std::string_view pointer) {
  return std::string(file) + "#" + std::string(pointer);
}

}  // namespace syncline
