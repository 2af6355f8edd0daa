#include "node/replica/links.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace syncline {
namespace {

FieldDef field(uint32_t number, std::string name, ScalarType type, TypeNumber target = {},
               Collection collection = Collection::none) {
  FieldDef def;
  def.number = FieldNumber(number);
  def.name = std::move(name);
  def.type = type;
  def.target = target;
  def.collection = collection;
  return def;
}

constexpr TypeNumber kTrip{16}, kStop{17}, kPlace{18};

Schema trips() {
  Schema schema;
  TypeDef trip{kTrip, "Trip", "db.trips"};
  trip.fields = {field(1, "_id", ScalarType::string),
                 field(2, "name", ScalarType::string),
                 field(3, "from", ScalarType::link, kPlace),
                 field(4, "past", ScalarType::link, kPlace, Collection::list),
                 field(5, "by_day", ScalarType::link, kPlace, Collection::dictionary),
                 field(6, "stops", ScalarType::embedded, kStop, Collection::list),
                 field(7, "last", ScalarType::embedded, kStop)};
  TypeDef stop{kStop, "Stop", ""};
  stop.embedded = true;
  stop.fields = {field(1, "at", ScalarType::link, kPlace), field(2, "note", ScalarType::string)};
  TypeDef place{kPlace, "Place", "db.places"};
  place.fields = {field(1, "_id", ScalarType::string)};
  schema.types = {trip, stop, place};
  return schema;
}

const Document kObject{{"_id", "t"},
                       {"name", "north"},
                       {"from", Null()},
                       {"past", List{"a", "b"}},
                       {"by_day", Document{{"monday", "c"}}},
                       {"stops", List{Document{{"at", "d"}}, Document{{"note", "none"}}}},
                       {"last", Document{{"at", "e"}}}};

TEST(Links, AreFoundWhereverTheyStand) {
  const Schema schema = trips();
  std::vector<std::string> found;
  for (const FoundLink& link : links_of(schema, schema.types[0], kObject))
    found.push_back(link.path + (link.id.is<Null>() ? "" : " " + link.id.get<std::string>()));
  EXPECT_THAT(found, testing::ElementsAre("from", "past[0] a", "past[1] b", "by_day.monday c",
                                          "stops[0].at d", "last.at e"));
}

TEST(Links, AreToldByTheirPath) {
  const Schema schema = trips();
  const auto at = [&](const UserPath& path) {
    return link_at(schema, schema.types[0], kObject, path);
  };
  const auto id = [&](const UserPath& path) {
    const Result<FoundLink> link = at(path);
    EXPECT_TRUE(link.has_value()) << (link ? "" : link.error().message);
    if (!link) return std::string("(error)");
    EXPECT_EQ(link->type, kPlace);
    return link->id.is<Null>() ? std::string("null") : link->id.get<std::string>();
  };
  EXPECT_EQ(id({"from"}), "null");
  EXPECT_EQ(id({"past", uint64_t{1}}), "b");
  EXPECT_EQ(id({"past", uint64_t{9}}), "null") << "nothing stands there";
  EXPECT_EQ(id({"by_day", "monday"}), "c");
  EXPECT_EQ(id({"stops", uint64_t{0}, "at"}), "d");
  EXPECT_EQ(id({"stops", uint64_t{1}, "at"}), "null");
  EXPECT_EQ(id({"last", "at"}), "e");
  EXPECT_EQ(at({"stops", uint64_t{0}, "at"})->path, "stops[0].at");
  for (const UserPath& path : std::vector<UserPath>{
           {}, {"name"}, {"past"}, {"stops"}, {"stops", uint64_t{0}}, {"last", "note"}})
    EXPECT_EQ(at(path).error().code, ErrorCode::kUsage);
  for (const UserPath& path : std::vector<UserPath>{
           {"nothing"}, {uint64_t{0}}, {"last", "nothing"}, {"last", "note", "x"}})
    EXPECT_FALSE(at(path).has_value());
}

}  // namespace
}  // namespace syncline
