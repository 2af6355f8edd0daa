// docs/data-model.md, printed from the table of types. `data_model > docs/data-model.md` writes it
// anew; a test compares.
#pragma once

#include <string>

namespace syncline {

std::string data_model_page();

}  // namespace syncline
