// The part of every generated Python module that does not depend on the app.
#pragma once

#include <string_view>

namespace syncline::generate {

// Extended JSON to and from Python's types, and Model, which the dataclasses derive from. Needs
// Python 3.10 and its standard library.
std::string_view python_runtime();

}  // namespace syncline::generate
