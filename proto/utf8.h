// Whether text is UTF-8: what every string, key and name must be before it is stored or sent.
// Pure; any thread.
#pragma once

#include <string_view>

namespace syncline {

// Well-formed by Unicode's table 3-7: no overlong forms, no surrogates, nothing above U+10FFFF. NUL
// is a character.
bool is_utf8(std::string_view text);

}  // namespace syncline
