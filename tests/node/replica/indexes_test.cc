// Indexes of a node's store: with them a query finds what it finds without, whatever happened.
#include <random>
#include <set>

#include <fmt/format.h>

#include "node/query/bind.h"
#include "node/query/run.h"
#include "node/replica/index_definition.h"
#include "node/replica/index_entries.h"
#include "node/replica/index_search.h"
#include "node/replica/index_upkeep.h"
#include "node/replica/integration.h"
#include "node/replica/keys.h"
#include "node/replica/shown_objects.h"
#include "proto/limits.h"
#include "tests/node/replica/harness.h"

namespace syncline::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using Ids = std::vector<std::string>;

Ids ids_of(const std::vector<std::shared_ptr<const Row>>& rows) {
  Ids out;
  for (const auto& row : rows) out.push_back(row->id.get<std::string>());
  return out;
}

std::shared_ptr<const query::BoundQuery> bound(const std::string& text,
                                               std::shared_ptr<const Schema> under = schema()) {
  return must(query::bind(text, std::move(under), kFridge));
}

// Looking at each object, whole.
Ids scanned(const Reader& reader, const std::string& text) {
  ShownObjects objects(reader);
  query::Run run(bound(text), objects);
  must(visit_objects(reader, kFridge, false, [&](const ObjectKey&, const Row& row) {
    run.take(std::make_shared<const Row>(row));
    return true;
  }));
  return ids_of(run.finish());
}

Ids found(const Reader& reader, const std::string& text, SearchCost* cost,
          query::Needed needed = query::Needed::result) {
  ShownObjects objects(reader);
  const auto query = bound(text);
  query::Run run(query, objects);
  must(visit_matching(
      reader, *query, objects, needed,
      [&](const FoundObject& object) {
        return run.take_matching(std::make_shared<const Row>(object.read));
      },
      cost));
  must(objects.status());
  return ids_of(run.finish());
}

class IndexesTest : public testing::Test {
 protected:
  IndexesTest() : node_(&disk_) {
    node_.open(1);
    greet();
  }
  void greet() {
    node_.frames.clear();
    authority_.session = SessionNonce(authority_.session.value + 1);
    node_.welcome(node_.connect(), authority_);
  }
  void declare(std::vector<Index> indexes) {
    node_.step(replica_input::DeclareIndexes{std::move(indexes)});
  }
  // One step of building, if there is anything to build.
  bool build_once() {
    const auto at = std::find_if(node_.timers.begin(), node_.timers.end(),
                                 [](const Timer& timer) { return timer.name == "indexes"; });
    if (at == node_.timers.end()) return false;
    node_.timers.erase(at);
    node_.step(replica_input::TimerFired{"indexes"});
    return true;
  }
  void build() {
    while (build_once()) {
    }
  }
  size_t entries() const {
    const Bytes from = node_keys::all(Keyspace::node_index);
    size_t count = 0;
    for (auto walk = disk_.scan(from, prefix_end(from)); walk->valid(); walk->next()) ++count;
    return count;
  }
  std::string plan_of(const std::string& text) {
    SearchCost cost;
    found(disk_, text, &cost);
    return cost.plan;
  }
  void put(const std::string& id, Document fields) {
    fields.fields.push_back({"_id", Value(id)});
    node_.write([&](Draft& d) { must(d.put(kFridge, fields)); });
  }
  void expect_same(const std::string& text) {
    SearchCost cost;
    const Ids wanted = scanned(disk_, text);
    EXPECT_EQ(found(disk_, text, &cost), wanted) << text << "\n" << cost.plan;
    EXPECT_EQ(found(disk_, text, &cost, query::Needed::all), wanted) << text << "\n" << cost.plan;
  }
  // Exactly the entries of what is shown, no more and no fewer. Requires: all are built.
  void expect_exact() {
    std::set<Bytes> wanted;
    for (const IndexRecord& index : must(read_indexes(disk_))) {
      EXPECT_TRUE(index.ready);
      must(visit_objects(disk_, index.type, false, [&](const ObjectKey& key, const Row& row) {
        for (const Bytes& entry : index_entries(*schema(), index, key, row)) wanted.insert(entry);
        return true;
      }));
    }
    std::set<Bytes> there;
    const Bytes from = node_keys::all(Keyspace::node_index);
    for (auto walk = disk_.scan(from, prefix_end(from)); walk->valid(); walk->next())
      there.insert(Bytes(walk->key()));
    EXPECT_EQ(there, wanted);
  }

  MemoryStore disk_;
  Node node_;
  Authority authority_;
};

TEST_F(IndexesTest, AreBuiltOnWhatIsThereAndKept) {
  for (int i = 0; i < 20; ++i) put(fmt::format("f{:02}", i), {{"celsius", i % 5 * 1.0}});
  EXPECT_EQ(plan_of("celsius == 3"), "scan");
  declare({{"Fridge", {"celsius"}}});
  EXPECT_EQ(plan_of("celsius == 3"), "scan");  // not yet
  put("new", {{"celsius", 3.0}});
  build();
  EXPECT_EQ(plan_of("celsius == 3"), "index Fridge(celsius): celsius == 3");
  SearchCost cost;
  EXPECT_THAT(found(disk_, "celsius == 3", &cost), ElementsAre("f03", "f08", "f13", "f18", "new"));
  EXPECT_EQ(cost.examined, 5u);
  EXPECT_EQ(cost.matched, 5u);
  node_.write([](Draft& d) { must(d.remove(kFridge, Value("f08"))); });
  put("f13", {{"celsius", 4.0}});
  EXPECT_THAT(found(disk_, "celsius == 3", &cost), ElementsAre("f03", "f18", "new"));
  expect_exact();
}

TEST_F(IndexesTest, OfARefusedWriteGoWithIt) {
  declare({{"Fridge", {"celsius"}}});
  build();
  const ChangesetName name = node_.write_fridge("mine", 7);
  EXPECT_EQ(entries(), 1u);
  Delta delta = authority_.delta(node_, 5);
  delta.decisions.push_back(refused(name, pending_hash(disk_, name), 5, {0}));
  node_.receive(delta);
  EXPECT_FALSE(node_.shown("mine"));
  EXPECT_EQ(entries(), 0u);
}

TEST_F(IndexesTest, FindByIdWithoutAny) {
  for (int i = 0; i < 20; ++i) put(fmt::format("f{:02}", i), {{"celsius", 1.0}});
  SearchCost cost;
  EXPECT_THAT(found(disk_, "_id IN {'f03', 'f17', 'gone'} AND celsius == 1", &cost),
              ElementsAre("f03", "f17"));
  EXPECT_EQ(cost.examined, 2u);
  EXPECT_EQ(cost.plan, "objects by _id: _id IN {'f03', 'f17', 'gone'}");
}

TEST_F(IndexesTest, GoOnBuildingAfterARestart) {
  const size_t count = 2 * kBuildObjectsMax + 10;
  Delta delta = authority_.delta(node_, 5);
  for (size_t i = 0; i < count; ++i)
    delta.objects.push_back(enter(fridge_row(fmt::format("f{:05}", i), static_cast<double>(i), 5)));
  node_.receive(delta);
  declare({{"Fridge", {"celsius"}}});
  ASSERT_TRUE(build_once());
  EXPECT_EQ(entries(), kBuildObjectsMax);
  node_.kill();
  node_.timers.clear();
  node_.open(2);
  greet();
  EXPECT_EQ(must(read_indexes(disk_))[0].objects, kBuildObjectsMax);
  // Behind and before the place that it has come to.
  put("f00001", {{"celsius", -1.0}});
  put("f99999", {{"celsius", -2.0}});
  build();
  EXPECT_EQ(entries(), count + 1);
  expect_exact();
  expect_same("celsius < 0");
}

TEST_F(IndexesTest, AreBuiltAnewAfterAVeryLargeIngestion) {
  declare({{"Fridge", {"celsius"}}});
  build();
  uint32_t number = 0;
  for (uint64_t at = 0; at <= kChangesListedMax; at += 5000) {
    Delta delta = authority_.delta(node_, 9);
    delta.kind = Delta::Kind::bootstrap;
    delta.part = number++;
    delta.last = at + 5000 > kChangesListedMax;
    for (uint64_t i = at; i < at + 5000; ++i)
      delta.objects.push_back(
          enter(fridge_row("f" + std::to_string(100000 + i), static_cast<double>(i), 8)));
    node_.receive(delta);
  }
  ASSERT_TRUE(node_.last.everything_changed);
  EXPECT_EQ(plan_of("celsius == 7"), "scan");
  build();
  SearchCost cost;
  EXPECT_THAT(found(disk_, "celsius == 7", &cost), ElementsAre("f100007"));
  EXPECT_EQ(cost.examined, 1u);
}

TEST_F(IndexesTest, AreMadeAndDroppedByDeclaration) {
  put("a", {{"celsius", 1.0}, {"name", "x"}});
  declare({{"Fridge", {"celsius"}}, {"Fridge", {"name"}}});
  build();
  const auto before = must(read_indexes(disk_));
  ASSERT_EQ(before.size(), 2u);
  declare({{"Fridge", {"name"}}, {"Fridge", {"celsius"}}, {"Fridge", {"celsius"}}});
  EXPECT_EQ(must(read_indexes(disk_)), before);
  declare({{"Fridge", {"name"}}});
  EXPECT_EQ(entries(), 1u);
  ASSERT_EQ(must(read_indexes(disk_)).size(), 1u);
  // Who opens the store and declares nothing leaves what is there.
  node_.kill();
  node_.open(2);
  greet();
  EXPECT_EQ(must(read_indexes(disk_)).size(), 1u);
  declare({});
  EXPECT_EQ(entries(), 0u);
  EXPECT_THAT(must(read_indexes(disk_)), IsEmpty());
}

TEST_F(IndexesTest, OfTheSchemaComeAndGoWithIt) {
  put("a", {{"celsius", 1.0}, {"name", "x"}});
  declare({{"Fridge", {"name"}}});
  build();
  Schema next = *schema();
  const auto hear_of = [&](std::vector<IndexDef> indexes) {
    ++next.revision;
    for (TypeDef& type : next.types)
      if (type.number == kFridge) type.indexes = indexes;
    authority_.session = SessionNonce(authority_.session.value + 1);
    node_.step(replica_input::Disconnected{});
    node_.now.monotonic_ms += 1'000'000;
    Welcome welcome = authority_.welcome(node_.connect());
    welcome.schema = encode_schema(next);
    welcome.schema_mark = next.mark();
    node_.receive(welcome);
    build();
  };
  const auto plan_under = [&](const std::string& text) {
    ShownObjects objects(disk_);
    SearchCost cost;
    must(visit_matching(
        disk_, *bound(text, std::make_shared<const Schema>(next)), objects, query::Needed::all,
        [](const FoundObject&) { return true; }, &cost));
    return cost.plan;
  };
  hear_of({{IndexKind::values, {"celsius"}}, {IndexKind::values, {"name"}}});
  EXPECT_EQ(plan_under("celsius == 1"), "index Fridge(celsius): celsius == 1");
  EXPECT_EQ(plan_under("name == 'x'"), "index Fridge(name): name == 'x'");
  EXPECT_EQ(must(read_indexes(disk_)).size(), 2u);
  // A query of the schema before may not trust them.
  EXPECT_EQ(plan_of("celsius == 1"), "scan");
  hear_of({});
  EXPECT_EQ(plan_under("celsius == 1"), "scan");
  EXPECT_EQ(plan_under("name == 'x'"), "index Fridge(name): name == 'x'");
  // What is missing reads as something else now: the entries must be others.
  put("b", {{"celsius", 1.0}});
  for (TypeDef& type : next.types)
    if (type.number == kFridge)
      for (FieldDef& field : type.fields)
        if (field.number == fridge::kName) {
          field.required = true;
          field.default_value = Value("new");
        }
  hear_of({});
  ShownObjects objects(disk_);
  SearchCost cost;
  Ids ids;
  must(visit_matching(
      disk_, *bound("name == 'new'", std::make_shared<const Schema>(next)), objects,
      query::Needed::all,
      [&](const FoundObject& object) {
        ids.push_back(object.read.id.get<std::string>());
        return true;
      },
      &cost));
  EXPECT_THAT(cost.plan, HasSubstr("index"));
  EXPECT_THAT(ids, ElementsAre("b"));
  // The field goes, and the index with it.
  for (TypeDef& type : next.types)
    if (type.number == kFridge)
      std::erase_if(type.fields, [](const FieldDef& f) { return f.number == fridge::kName; });
  hear_of({});
  EXPECT_EQ(entries(), 0u);
  EXPECT_THAT(must(read_indexes(disk_)), IsEmpty());
}

TEST_F(IndexesTest, ServeOrdersWithoutReadingAll) {
  Delta delta = authority_.delta(node_, 5);
  for (int i = 0; i < 500; ++i)
    delta.objects.push_back(enter(fridge_row(fmt::format("f{:03}", i), (i * 7) % 100, 5)));
  node_.receive(delta);
  declare({{"Fridge", {"celsius"}}});
  build();
  SearchCost cost;
  const std::string text = "TRUEPREDICATE SORT(celsius DESC) LIMIT(7)";
  EXPECT_EQ(found(disk_, text, &cost), scanned(disk_, text));
  EXPECT_EQ(cost.plan, "index Fridge(celsius), in falling order until 7 match");
  EXPECT_LE(cost.examined, 10u);  // ties are read to their end
  expect_same("celsius > 50 SORT(celsius ASC) LIMIT(3)");
  expect_same("opened == 1 SORT(celsius ASC) LIMIT(3)");
}

// Links backwards are followed by an index on the field that links, and found without one too.
TEST_F(IndexesTest, LeadToWhatLinksHere) {
  for (const char* id : {"a", "b", "c"}) put(id, {{"celsius", 1.0}});
  const auto note = [&](int64_t id, const std::string& text, const Value& fridge, List seen) {
    node_.write([&](Draft& d) {
      must(d.put(kNote, Document{{"_id", id}, {"text", text}, {"fridge", fridge}, {"seen", seen}}));
    });
  };
  note(1, "x", Value("a"), {Value("b"), Value("c")});
  note(2, "y", Value("a"), {});
  note(3, "x", Value(), {Value("c")});
  const std::vector<std::pair<std::string, Ids>> cases = {
      {"@links.Note.fridge.text == 'y'", {"a"}},
      {"@links.Note.fridge.@count == 2", {"a"}},
      {"@links.Note.seen.@count == 2", {"c"}},
      {"ANY @links.Note.seen.text == 'x'", {"b", "c"}}};
  const auto expect_all = [&] {
    for (const auto& [text, wanted] : cases) {
      SearchCost cost;
      EXPECT_EQ(found(disk_, text, &cost), wanted) << text;
    }
  };
  expect_all();
  declare({{"Note", {"fridge", "text"}}, {"Note", {"seen"}}});
  build();
  expect_all();
  note(2, "y", Value("b"), {Value("c")});
  SearchCost cost;
  EXPECT_THAT(found(disk_, "@links.Note.fridge.text == 'y'", &cost), ElementsAre("b"));
  EXPECT_THAT(found(disk_, "@links.Note.seen.@count == 3", &cost), ElementsAre("c"));
}

TEST_F(IndexesTest, AreLeftWhereTheyLeadToTooMany) {
  declare({{"Fridge", {"celsius"}}});
  build();
  // Made while there was nothing: how many there are is noted as they come.
  const size_t count = 10 * kCandidatesMin;
  for (size_t i = 0; i < count;) {
    Delta delta = authority_.delta(node_, 5 + i);
    for (const size_t end = i + 1000; i < end; ++i)
      delta.objects.push_back(enter(
          fridge_row(fmt::format("f{:05}", i), static_cast<double>(i % 100), delta.to.seq.value)));
    node_.receive(delta);
  }
  const uint64_t noted = must(read_indexes(disk_))[0].objects;
  EXPECT_GE(noted, count * 3 / 4);
  EXPECT_LE(noted, count);
  EXPECT_THAT(plan_of("celsius >= 0"), testing::StartsWith("scan, for too many"));
  EXPECT_THAT(plan_of("celsius == 7"), testing::StartsWith("index"));
  expect_same("celsius >= 0");
}

TEST_F(IndexesTest, CutLongKeysAndFindNonetheless) {
  const std::string head(kIndexKeyBytesMax + 50, 'a');
  for (const char* tail : {"", "b", "c", "d"})
    put(fmt::format("f{}", tail), {{"name", head + tail}});
  put("short", {{"name", std::string(kIndexKeyBytesMax - 1, 'a')}});
  declare({{"Fridge", {"name"}}});
  build();
  for (const char* op : {"==", "<", "<=", ">", ">="})
    for (const std::string& value : {head, head + "b", std::string(kIndexKeyBytesMax - 1, 'a'),
                                     std::string(kIndexKeyBytesMax - 2, 'a')})
      expect_same(fmt::format("name {} '{}'", op, value));
  expect_same(fmt::format("name BEGINSWITH '{}'", head + "b"));
  expect_same("TRUEPREDICATE SORT(name DESC) LIMIT(2)");
}

// Behind a cut key the next column decides in the index, and not in SORT.
TEST_F(IndexesTest, OrderByMoreThanACutKeyAsSortDoes) {
  const std::string head(kIndexKeyBytesMax + 50, 'a');
  put("x", {{"name", head + "b"}, {"celsius", 1.0}});
  put("y", {{"name", head + "a"}, {"celsius", 2.0}});
  put("z", {{"name", "b"}, {"celsius", 0.0}});
  declare({{"Fridge", {"name", "celsius"}}});
  build();
  for (const char* order : {"name ASC, celsius ASC", "name DESC, celsius DESC"})
    for (int limit : {1, 2, 3})
      expect_same(fmt::format("TRUEPREDICATE SORT({}) LIMIT({})", order, limit));
}

TEST_F(IndexesTest, AreDeclaredByNamesThatThereAre) {
  const auto refusal = [](Index index) {
    const auto made = define_index(*schema(), index);
    EXPECT_FALSE(made.has_value());
    return made ? "" : made.error().message;
  };
  EXPECT_THAT(refusal({"Fridg", {"celsius"}}), HasSubstr("did you mean 'Fridge'?"));
  EXPECT_THAT(refusal({"Fridge", {"celcius"}}), HasSubstr("did you mean 'celsius'?"));
  EXPECT_THAT(refusal({"Fridge", {"name.x"}}), HasSubstr("'name' is none"));
  EXPECT_THAT(refusal({"Fridge", {"door"}}), HasSubstr("one of its fields"));
  EXPECT_THAT(refusal({"Fridge", {"door"}, IndexKind::geo}), HasSubstr("no GeoJSON point"));
  EXPECT_THAT(refusal({"Fridge", {"celsius"}, IndexKind::text}), HasSubstr("no string"));
  EXPECT_THAT(refusal({"Fridge", {"_id"}}), HasSubstr("without an index"));
  EXPECT_THAT(refusal({"Fridge", {"tags", "labels"}}), HasSubstr("one list"));
  EXPECT_THAT(refusal({"Fridge", {"name", "name"}}), HasSubstr("twice"));
  EXPECT_THAT(refusal({"Fridge", {}}), HasSubstr("1 to 8"));
  EXPECT_THAT(refusal({"Door", {"color"}}), HasSubstr("no type"));
  EXPECT_TRUE(define_index(*schema(), {"Fridge", {"door.color", "opened"}}).has_value());
  EXPECT_TRUE(define_index(*schema(), {"Fridge", {"spot"}, IndexKind::geo}).has_value());
  std::vector<Index> many;
  const std::vector<std::string> names = {"name",  "celsius", "opened",
                                          "small", "any",     "door.color"};
  for (const std::string& a : names)
    for (const std::string& b : names)
      if (a != b) many.push_back({"Fridge", {a, b}});
  many.push_back({"Fridge", {"name", "opened", "small"}});
  many.push_back({"Fridge", {"name", "opened", "any"}});
  ASSERT_EQ(many.size(), limits::kIndexesPerTypeMax);
  EXPECT_TRUE(define_indexes(*schema(), many).has_value());
  many.push_back({"Fridge", {"name"}});
  EXPECT_EQ(define_indexes(*schema(), many).error().code, ErrorCode::kTooLarge);
}

// Random objects, writes, decisions, transfers, restarts, index sets and queries.
class RandomHistory : public IndexesTest, public testing::WithParamInterface<uint32_t> {
 protected:
  int below(int n) { return std::uniform_int_distribution<int>(0, n - 1)(random_); }
  std::string word() {
    static const char* const kWords[] = {"Milk",  "milch",    "Müsli fresh",
                                         "fresh", "old milk", "a b"};
    return kWords[below(6)];
  }
  std::string id() { return fmt::format("f{:02}", below(25)); }
  double place(double most) { return (below(2001) - 1000) / 1000.0 * most; }

  Document fields() {
    Document out;
    const auto maybe = [&](const char* name, Value value) {
      if (below(4) > 0) out.fields.push_back({name, below(6) == 0 ? Value() : std::move(value)});
    };
    maybe("name", Value(word()));
    maybe("celsius", Value(static_cast<double>(below(5) - 2)));
    maybe("opened", Value(int64_t{below(4)}));
    maybe("any", below(2) == 0 ? Value(word()) : Value(int64_t{below(3)}));
    if (below(2) == 0) out.fields.push_back({"tags", Value(List{Value(word()), Value(word())})});
    if (below(2) == 0)
      out.fields.push_back(
          {"door", Value(Document{{"color", word()}, {"knocks", int64_t{below(3)}}})});
    if (below(2) == 0)
      out.fields.push_back(
          {"spot",
           Value(Document{{"type", "Point"},
                          {"coordinates", Value(List{Value(place(180)), Value(place(90))})}})});
    return out;
  }

  Row confirmed_row(uint64_t seq) {
    Row row = fridge_row(id(), below(5) - 2, seq);
    if (below(2) == 0) row.fields.put(fridge::kName, Item(Value(word())));
    if (below(2) == 0) row.fields.put(fridge::kOpened, Item(Value(int64_t{below(4)})));
    return row;
  }

  std::vector<Index> some_indexes() {
    const std::vector<Index> all = {{"Fridge", {"celsius"}},
                                    {"Fridge", {"name"}},
                                    {"Fridge", {"opened", "celsius"}},
                                    {"Fridge", {"celsius", "name", "opened"}},
                                    {"Fridge", {"tags"}},
                                    {"Fridge", {"opened", "tags"}},
                                    {"Fridge", {"door.color", "door.knocks"}},
                                    {"Fridge", {"any"}},
                                    {"Fridge", {"name"}, IndexKind::text},
                                    {"Fridge", {"tags"}, IndexKind::text},
                                    {"Fridge", {"spot"}, IndexKind::geo}};
    std::vector<Index> out;
    for (const Index& index : all)
      if (below(3) > 0) out.push_back(index);
    return out;
  }

  std::string region() {
    const double x = place(180);
    const double y = place(85);
    switch (below(3)) {
      case 0:
        return fmt::format("geoCircle([{}, {}], {})", x, y, below(1000) / 500.0);
      case 1:
        return fmt::format("geoBox([{}, {}], [{}, {}])", x, std::min(y, 0.0), place(180),
                           std::max(y, 0.0));
      default:
        return fmt::format("geoPolygon({{[{0}, {1}], [{2}, {1}], [{2}, {3}], [{0}, {1}]}})", x, y,
                           x > 0 ? x - 60 : x + 60, y > 0 ? y - 40 : y + 40);
    }
  }

  std::string condition(int depth) {
    switch (below(depth > 0 ? 16 : 13)) {
      case 0:
        return fmt::format("celsius {} {}", below(2) == 0 ? "==" : "<=", below(5) - 2);
      case 1:
        return fmt::format("celsius > {} AND celsius < {}", below(4) - 3, below(4));
      case 2:
        return fmt::format("name == '{}'", word());
      case 3:
        return fmt::format("name BEGINSWITH '{}'", word().substr(0, 1));
      case 4:
        return fmt::format("opened IN {{{}, {}}}", below(4), below(4));
      case 5:
        return fmt::format("opened == {}", below(5) == 0 ? "NULL" : std::to_string(below(4)));
      case 6:
        return fmt::format("{} tags == '{}'", below(3) == 0 ? "ALL" : "ANY", word());
      case 7:
        return fmt::format("name TEXT '{}'", text_search());
      case 8:
        return fmt::format("tags TEXT '{}'", text_search());
      case 9:
        return fmt::format("spot geoWithin {}", region());
      case 10:
        return fmt::format("door.color == '{}' AND door.knocks >= {}", word(), below(3));
      case 11:
        return fmt::format("`any` == {}", below(2) == 0 ? "'Milk'" : std::to_string(below(3)));
      case 12:
        return fmt::format("_id IN {{'{}', '{}'}}", id(), id());
      case 13:
        return fmt::format("({} AND {})", condition(depth - 1), condition(depth - 1));
      case 14:
        return fmt::format("({} OR {})", condition(depth - 1), condition(depth - 1));
      default:
        return fmt::format("NOT ({})", condition(depth - 1));
    }
  }
  std::string text_search() {
    static const char* const kSearches[] = {"milk",  "mil*",  "fresh -milk",
                                            "m* f*", "mUsli", "-old"};
    return kSearches[below(6)];
  }
  std::string suffix() {
    static const char* const kKeys[] = {"celsius ASC",
                                        "celsius DESC",
                                        "name ASC",
                                        "opened DESC",
                                        "celsius ASC, name ASC",
                                        "celsius DESC, name ASC",
                                        "`any` ASC",
                                        "door.color DESC, door.knocks DESC"};
    switch (below(4)) {
      case 0:
        return "";
      case 1:
        return fmt::format(" LIMIT({})", below(5));
      default:
        return fmt::format(" SORT({}){}", kKeys[below(8)],
                           below(4) == 0 ? "" : fmt::format(" LIMIT({})", below(6)));
    }
  }
  void ask() {
    const std::string head = below(6) == 0 ? "TRUEPREDICATE" : condition(2);
    expect_same(head + suffix());
  }

  void decide(Delta* delta) {
    for (const ChangesetName& name : must(read_pending_names(disk_))) {
      if (below(3) == 0) break;
      const Hash hash = pending_hash(disk_, name);
      delta->decisions.push_back(below(2) == 0 ? committed(name, hash, delta->to.seq.value)
                                               : refused(name, hash, delta->to.seq.value, {0}));
    }
  }
  void hear(Delta::Kind kind, bool last, uint32_t part) {
    Delta delta = authority_.delta(node_, seq_);
    delta.kind = kind;
    delta.part = part;
    delta.last = last;
    std::map<std::string, Row> rows;
    for (int i = below(6); i > 0; --i) {
      Row row = confirmed_row(seq_);
      rows.insert_or_assign(row.id.get<std::string>(), row);
    }
    for (const auto& [name, row] : rows) delta.objects.push_back(enter(row));
    if (last) decide(&delta);
    node_.receive(delta);
  }
  void happen() {
    switch (below(10)) {
      case 0:
      case 1:
      case 2:
        put(id(), fields());
        break;
      case 3: {
        const std::string which = id();
        if (node_.shown(which))
          node_.write([&](Draft& d) { must(d.remove(kFridge, Value(which))); });
        break;
      }
      case 4:
      case 5:
        ++seq_;
        hear(Delta::Kind::live, true, 0);
        break;
      case 6: {
        ++seq_;
        const auto kind = below(2) == 0 ? Delta::Kind::bootstrap : Delta::Kind::catch_up;
        hear(kind, false, 0);
        hear(kind, true, 1);
        break;
      }
      case 7:
        declare(some_indexes());
        break;
      case 8:
        node_.kill();
        node_.timers.clear();
        node_.open(++opened_);
        greet();
        break;
      default:
        build_once();
    }
  }

  std::mt19937 random_{GetParam()};
  uint64_t seq_ = 10;
  uint8_t opened_ = 1;
};

TEST_P(RandomHistory, FindsTheSameWithIndexesAsWithout) {
  uint64_t looked_up = 0;
  for (int i = 0; i < 150; ++i) {
    happen();
    if (below(3) == 0) build();
    for (int k = 0; k < 6; ++k) ask();
    SearchCost cost;
    found(disk_, condition(1), &cost);
    looked_up += cost.plan.starts_with("index") ? 1 : 0;
    if (HasFailure()) return;
  }
  EXPECT_GT(looked_up, 20u);  // else nothing was tried
  build();
  expect_exact();
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomHistory, testing::Range(1u, 13u));

}  // namespace
}  // namespace syncline::test
