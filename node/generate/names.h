// Names of an app in a language: recased as its users write them, never a keyword, never two the
// same, never a member that the language's base classes have.
//
//   first_name -> firstName, FirstName, first_name;  order items -> OrderItems;  2fa -> _2fa; class
//   -> class_
//
// The stored name stays what it is: an emitter writes a mapping where the two differ. Pure and
// deterministic; any thread.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "node/generate/models.h"

namespace syncline::generate {

enum class Casing { camel, pascal, snake };

struct NameRules {
  Casing properties = Casing::camel;
  bool keeps_id = false;                // _id is called so; else id or Id
  const char* word_front = "_";         // before what would begin with a digit
  bool class_is_member = false;         // no property may be called as its class (C#)
  bool setters_drop_is = false;         // isOpen and open have one setter, setOpen (Kotlin)
  std::set<std::string_view> keywords;  // no identifier at all may be one of these
  std::set<std::string_view> members;   // nor a property one of these
  std::set<std::string_view> classes;   // nor a class one of these
};

// The identifier for a stored name, before what is taken is looked at.
std::string property_identifier(std::string_view name, const NameRules& rules);
std::string class_identifier(std::string_view name, const NameRules& rules);
// Words parted by underscores, in lower case: for file names and enumerators.
std::string snake_case(std::string_view name);

// Fills the identifiers. What collides gets a number behind it: who has the name as stored keeps
// it, then by the order of stored names.
void give_names(Models& models, const NameRules& rules);

}  // namespace syncline::generate
