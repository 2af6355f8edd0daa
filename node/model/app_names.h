// What types, fields and collections may be called. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

#include "node/model/app_notes.h"

namespace syncline::app {

// An error if no type can have the name.
bool check_type_name(Notes& notes, const std::string& pointer, std::string_view name);
// An error if no field can have the name; a warning if queries cannot spell it.
bool check_field_name(Notes& notes, const std::string& pointer, std::string_view name);
// "<Parent>_<field>", shortened to the length of a type's name where it is longer: the same name
// gives the same.
std::string embedded_name(std::string_view parent, std::string_view field);

}  // namespace syncline::app
