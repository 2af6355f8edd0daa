// data_model: prints docs/data-model.md.
#include <cstdio>

#include "node/model/data_model_page.h"

int main() {
  const std::string page = syncline::data_model_page();
  return std::fwrite(page.data(), 1, page.size(), stdout) == page.size() ? 0 : 1;
}
