// JSON pointers (RFC 6901) for messages.
#pragma once

#include <string>
#include <string_view>

namespace syncline {

// The pointer of `key` in the object at `parent`.
std::string pointer_to(std::string_view parent, std::string_view key);
std::string pointer_to(std::string_view parent, size_t index);
// "data_sources/x/rules.json#/roles/0": a place for a person.
std::string place_of(std::string_view file, std::string_view pointer);

}  // namespace syncline
