// docs/errors.md has a row for every error code, and no other.
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include "proto/entry.h"
#include "syncline/result.h"

namespace syncline {
namespace {

std::string page() {
  std::ifstream in(std::string(SYNCLINE_SOURCE_DIR) + "/docs/errors.md");
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

TEST(ErrorsPage, HasARowForEveryCodeAndNoOther) {
  std::set<std::string> rows;
  std::istringstream in(page());
  for (std::string line; std::getline(in, line);)
    if (line.size() > 2 && line[0] == '|' && std::isdigit(static_cast<unsigned char>(line[2])))
      rows.insert(line);
#define SYNCLINE_ERROR(enumerator, number, exit_code, name, text) \
  EXPECT_EQ(rows.erase("| " #number " | `" name "` | " #exit_code " | " text " |"), 1u) << name;
#include "syncline/error_codes.def"
#undef SYNCLINE_ERROR
  EXPECT_TRUE(rows.empty()) << "a row without a code: " << *rows.begin();
}

TEST(ErrorsPage, NamesEveryReasonThatIsGiven) {
  const std::string text = page();
  for (Reason reason :
       {Reason::schema, Reason::permission, Reason::depends_on, Reason::all_or_nothing,
        Reason::unknown_type, Reason::unknown_field, Reason::undecodable, Reason::too_large,
        Reason::no_such_object, Reason::clone, Reason::removed_node, Reason::create_lost,
        Reason::outside_view, Reason::precondition, Reason::insert_only})
    EXPECT_NE(text.find("`" + std::string(name_of(reason)) + "`"), std::string::npos)
        << name_of(reason);
}

}  // namespace
}  // namespace syncline
