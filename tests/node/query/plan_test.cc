#include "node/query/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "node/query/compare.h"
#include "node/query/key_text.h"
#include "node/query/numbers.h"
#include "tests/node/query/people.h"

namespace syncline::query {
namespace {

using test::kPerson;
using test::People;
using testing::HasSubstr;

class PlanTest : public testing::Test {
 protected:
  TermPath path(std::initializer_list<const char*> names, TermPath::Of of = TermPath::Of::value) {
    TermPath out;
    out.of = of;
    TypeNumber type = kPerson;
    for (const char* name : names) {
      const FieldDef* field = people_.schema()->type(type)->field(std::string_view(name));
      out.fields.push_back(field->number);
      out.elements = field->collection != Collection::none;
      type = field->target;
    }
    return out;
  }
  void index(std::vector<TermPath> columns) {
    ready_.push_back({static_cast<uint32_t>(ready_.size() + 1), std::move(columns)});
  }
  Plan plan_of(const std::string& text, Needed needed = Needed::result) {
    return plan(*people_.bind(text), ready_, needed);
  }
  std::string text_of(const std::string& text) { return plan_of(text).text; }

  People people_;
  std::vector<PlanIndex> ready_;
};

TEST_F(PlanTest, IsAScanWithoutAWay) {
  EXPECT_EQ(text_of("age == 3"), "scan");
  index({path({"name"})});
  EXPECT_EQ(text_of("age == 3"), "scan");
  EXPECT_EQ(text_of("name == 'x' OR age == 3"), "scan");
  EXPECT_EQ(text_of("name != 'x'"), "scan");
  EXPECT_EQ(text_of("name ==[c] 'x'"), "scan");
  EXPECT_EQ(text_of("FALSEPREDICATE"), "nothing can match");
}

TEST_F(PlanTest, GoesById) {
  EXPECT_EQ(text_of("_id == 7"), "objects by _id: _id == 7");
  EXPECT_EQ(plan_of("_id IN {7, 8, 7.0} AND age > 2").ids.size(), 2u);
  // A number that no _id can be.
  EXPECT_TRUE(plan_of("_id == 7.5").ids.empty());
  EXPECT_EQ(plan_of("_id == 7.5").kind, Plan::Kind::look_up);
  EXPECT_EQ(text_of("_id > 7"), "scan");
}

TEST_F(PlanTest, TakesTheMostEqualities) {
  index({path({"age"})});
  index({path({"name"}), path({"age"})});
  index({path({"name"})});
  EXPECT_EQ(text_of("name == 'x' AND age == 3"), "index Person(name, age): name == 'x', age == 3");
  EXPECT_EQ(text_of("name == 'x' AND age > 3 AND age <= 7"),
            "index Person(name, age): name == 'x', age > 3, age <= 7");
  EXPECT_EQ(text_of("name == 'x'"), "index Person(name): name == 'x'");
  EXPECT_EQ(text_of("age IN {1, 2, 3, 4, 5}"), "index Person(age): age IN {1, 2, 3, ... 2 more}");
  EXPECT_EQ(text_of("name > 'b' AND age < 3"), "index Person(age): age < 3");
}

TEST_F(PlanTest, UnitesBranches) {
  index({path({"age"})});
  index({path({"name"})});
  const Plan both = plan_of("name == 'x' OR age == 3 OR _id == 1");
  EXPECT_EQ(both.kind, Plan::Kind::look_up);
  EXPECT_EQ(both.lookups.size(), 2u);
  EXPECT_EQ(both.ids.size(), 1u);
  EXPECT_THAT(both.text, HasSubstr("; or "));
}

TEST_F(PlanTest, LooksUpWordsAndPlaces) {
  index({path({"name"}, TermPath::Of::words)});
  index({path({"spot"}, TermPath::Of::place)});
  EXPECT_EQ(text_of("name TEXT 'Milk'"), "index Person(words of name): words of name == 'milk'");
  EXPECT_EQ(text_of("name TEXT 'mil*'"),
            "index Person(words of name): words of name >= 'mil', words of name < 'mim'");
  EXPECT_EQ(text_of("name TEXT '-milk'"), "scan");
  // Beginnings may be of two words: their ranges are not narrowed to nothing.
  const Plan two = plan_of("name TEXT 'a* b*'");
  ASSERT_EQ(two.lookups.size(), 1u);
  EXPECT_LT(two.lookups[0].ranges[0].next->low, two.lookups[0].ranges[0].next->high);
  const Plan place = plan_of("spot geoWithin geoCircle([10.75, 59.91], 0.002)");
  ASSERT_EQ(place.lookups.size(), 1u);
  EXPECT_LE(place.lookups[0].ranges.size(), 8u);
  EXPECT_EQ(place.text, "index Person(place of spot): place of spot in the region's cells");
  // An index of values does not serve them.
  ready_.clear();
  index({path({"name"})});
  EXPECT_EQ(text_of("name TEXT 'milk'"), "scan");
}

TEST_F(PlanTest, ReadsAnOrderOffAnIndex) {
  index({path({"age"}), path({"name"})});
  const Plan falling = plan_of("ok == true SORT(age DESC) LIMIT(3)");
  EXPECT_EQ(falling.kind, Plan::Kind::in_order);
  EXPECT_TRUE(falling.descending);
  EXPECT_EQ(falling.columns_in_order, 1u);
  EXPECT_EQ(falling.limit, 3u);
  EXPECT_EQ(plan_of("ok == true SORT(age ASC, name ASC) LIMIT(3)").columns_in_order, 2u);
  // Ties go by the second key the other way: they are sorted by who reads them.
  EXPECT_EQ(plan_of("ok == true SORT(age ASC, name DESC) LIMIT(3)").columns_in_order, 1u);
  EXPECT_EQ(text_of("age == 3 SORT(name ASC) LIMIT(3)"),
            "index Person(age, name): age == 3, in order until 3 match");
  EXPECT_EQ(text_of("age > 3 SORT(age ASC) LIMIT(3)"),
            "index Person(age, name): age > 3, in order until 3 match");
  // Not without LIMIT, not behind other stages, not if all are needed, not over links.
  EXPECT_EQ(text_of("ok == true SORT(age ASC)"), "scan");
  EXPECT_EQ(text_of("ok == true LIMIT(5) SORT(age ASC) LIMIT(3)"), "scan");
  EXPECT_EQ(plan_of("ok == true SORT(age ASC) LIMIT(3)", Needed::all).text, "scan");
  EXPECT_EQ(text_of("ok == true SORT(best.age ASC) LIMIT(3)"), "scan");
  index({path({"best"})});
  EXPECT_EQ(text_of("ok == true SORT(best ASC) LIMIT(3)"), "scan");
  // An equality elsewhere reads fewer.
  index({path({"nick"})});
  EXPECT_EQ(text_of("nick == 'x' SORT(age ASC) LIMIT(3)"), "index Person(nick): nick == 'x'");
}

TEST_F(PlanTest, ReadsNoOrderWhereAnObjectHasSeveralPlaces) {
  index({path({"age"}), path({"tags"})});
  EXPECT_EQ(text_of("ok == true SORT(age ASC) LIMIT(3)"), "scan");
  EXPECT_EQ(text_of("age == 2 AND tags == 'x'"), "index Person(age, tags): age == 2, tags == 'x'");
}

TEST_F(PlanTest, IsTheSameWhateverTheOrderOfIndexes) {
  index({path({"age"})});
  index({path({"age"}), path({"name"})});
  index({path({"name"}), path({"age"})});
  const std::string text = text_of("age == 1 AND name > 'a'");
  std::reverse(ready_.begin(), ready_.end());
  EXPECT_EQ(text_of("age == 1 AND name > 'a'"), text);
}

TEST(KeyText, ReadsKeysBack) {
  const auto text = [](const Value& value) { return key_text(comparison_key(value)); };
  EXPECT_EQ(text(Value()), "NULL");
  EXPECT_EQ(text(Value(true)), "true");
  EXPECT_EQ(text(Value(int64_t{-120})), "-120");
  EXPECT_EQ(text(Value(0.25)), "0.25");
  EXPECT_EQ(text(Value(-1.5)), "-1.5");
  EXPECT_EQ(text(Value(1e300)), "0.1e301");
  EXPECT_EQ(text(Value("abc")), "'abc'");
  EXPECT_EQ(text(Value(std::string(100, 'x'))), "'" + std::string(40, 'x') + "'...");
  EXPECT_EQ(text(Value(Date{7, 5})), "T7:5");
  for (const int64_t n : {int64_t{0}, int64_t{1}, int64_t{-1}, int64_t{100}, INT64_MAX, INT64_MIN,
                          int64_t{1'000'000'000'000}}) {
    EXPECT_EQ(integer_of_key(comparison_key(Value(n)).substr(1)), n);
    EXPECT_EQ(object_of_key(comparison_key(Value(n))), object_key(Value(n)).value());
  }
  EXPECT_EQ(integer_of_key(comparison_key(Value(1.5)).substr(1)), std::nullopt);
  EXPECT_EQ(integer_of_key(comparison_key(Value(1e30)).substr(1)), std::nullopt);
  EXPECT_EQ(object_of_key(comparison_key(Value("x"))), object_key(Value("x")).value());
  EXPECT_EQ(object_of_key(comparison_key(Value(true))), std::nullopt);
}

}  // namespace
}  // namespace syncline::query
