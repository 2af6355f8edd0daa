// Queries, their results, and what happens to them, as a user of the API has them.
#include <random>

#include "tests/node/runtime/api_fleet.h"

namespace syncline::testing::api {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// The app with people, whom tasks have as their owner and helpers.
AppFiles app_with_people() {
  AppFiles app = api_app();
  const std::string base = "data_sources/mongodb-atlas/api/";
  std::string& tasks = app[base + "tasks/schema.json"];
  const std::string links =
      R"("owner": {"bsonType": "string"},
         "helpers": {"bsonType": "array", "items": {"bsonType": "string"}}, )";
  tasks.insert(tasks.find("\"title\": {\"bsonType\""), links);
  app[base + "tasks/relationships.json"] = R"({
    "owner": {"ref": "#/relationship/mongodb-atlas/api/people", "foreign_key": "_id", "is_list": false},
    "helpers": {"ref": "#/relationship/mongodb-atlas/api/people", "foreign_key": "_id", "is_list": true}})";
  app[base + "people/schema.json"] = R"({
    "title": "Person", "bsonType": "object", "required": ["_id"],
    "properties": {"_id": {"bsonType": "string"}, "name": {"bsonType": "string"}}})";
  app[base + "people/rules.json"] = R"({"database": "api", "collection": "people", "roles": [
    {"name": "all", "apply_when": {}, "document_filters": {"read": true, "write": true}, "read": true,
     "write": true, "insert": true, "delete": true}]})";
  return app;
}

std::string id_of(const Document& object) { return object.find("_id")->get<std::string>(); }

std::vector<std::string> ids(const Results& results) {
  std::vector<std::string> out;
  good(results.each([&](const Document& object) {
    out.push_back(id_of(object));
    return true;
  }));
  return out;
}

// A list that applies what it is told, as a screen does.
class Screen {
 public:
  explicit Screen(const Results& results, const std::vector<std::string>& key_paths = {})
      : observation_(good(results.observe(
            [this](const Results& now, const ResultsChange& change) { apply(now, change); },
            key_paths))) {}

  [[nodiscard]] bool until_shows(const std::vector<std::string>& wanted) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kApiPatience, [&] { return rows_ == wanted; });
  }
  std::vector<ResultsChange> changes() {
    std::lock_guard lock(mutex_);
    return changes_;
  }
  [[nodiscard]] bool until_changes(size_t count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kApiPatience, [&] { return changes_.size() >= count; });
  }

 private:
  void apply(const Results& now, const ResultsChange& change) {
    const std::vector<std::string> wanted = ids(now);
    std::lock_guard lock(mutex_);
    EXPECT_FALSE(change.error.has_value());
    if (change.initial) {
      EXPECT_THAT(changes_, IsEmpty());
      rows_ = wanted;
    } else {
      std::set<uint64_t> out(change.deletions.begin(), change.deletions.end());
      std::set<uint64_t> in(change.insertions.begin(), change.insertions.end());
      for (const ResultsChange::Move& move : change.moves) {
        out.insert(move.from);
        in.insert(move.to);
      }
      for (auto at = out.rbegin(); at != out.rend(); ++at) rows_.erase(rows_.begin() + *at);
      for (uint64_t at : in) {
        ASSERT_LE(at, rows_.size());
        rows_.insert(rows_.begin() + at, wanted[at]);
      }
      EXPECT_EQ(rows_, wanted) << "what is told makes the one list of the other";
    }
    changes_.push_back(change);
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> rows_;
  std::vector<ResultsChange> changes_;
  Observation observation_;
};

class ApiResults : public ::testing::Test {
 protected:
  ApiResults() : a_(fleet_.open_subscribed(device_)) {
    good(a_.subscribe("Person", "", {.wait = WaitMode::first_time, .timeout = kApiPatience}));
    good(a_.pause());
  }
  void put(const std::string& id, const std::string& title, int64_t votes) {
    good(a_.write([&](Transaction& t) {
      return t.put("Task", Document{{"_id", id}, {"title", title}, {"votes", votes}});
    }));
  }
  Results query(const std::string& text, const std::vector<Value>& arguments = {}) {
    return good(a_.query("Task", text, arguments));
  }

  ApiFleet fleet_{app_with_people()};
  ApiFleet::Device device_ = fleet_.enrol("a", "manager");
  Node a_;
};

TEST_F(ApiResults, AreOneListWhateverIsWrittenMeanwhile) {
  put("a", "x", 3);
  put("b", "y", 1);
  put("c", "x", 2);
  const Results results = query("votes >= $0 SORT(votes DESC)", {Value(int64_t{2})});
  EXPECT_EQ(results.type(), "Task");
  EXPECT_THAT(results.query(), HasSubstr("votes >= 2"));
  put("d", "z", 9);
  EXPECT_THAT(ids(results), ElementsAre("d", "a", "c")) << "nothing is looked up before";
  put("e", "z", 7);
  good(a_.write([](Transaction& t) { return t.remove("Task", "a"); }));
  EXPECT_THAT(ids(results), ElementsAre("d", "a", "c")) << "and then it stays";
  EXPECT_EQ(good(results.size()), 3u);
  EXPECT_EQ(id_of(good(results.at(1))), "a");
  EXPECT_EQ(id_of(*good(results.first())), "d");
  EXPECT_EQ(code_of(results.at(3)), ErrorCode::kNotFound);
  EXPECT_THAT(ids(results.again()), ElementsAre("d", "e", "c"));
  EXPECT_EQ(good(query("title == 'nothing'").first()), std::nullopt);
  EXPECT_EQ(good(query("").size()), 4u);
  std::thread([copy = results] { EXPECT_EQ(good(copy.size()), 3u); }).join();
}

TEST_F(ApiResults, SayWhatIsWrongWithAQuery) {
  const auto wrong = [&](const std::string& text) { return a_.query("Task", text); };
  EXPECT_EQ(code_of(wrong("votes >")), ErrorCode::kBadQuery);
  EXPECT_THAT(wrong("votes >").error().message, HasSubstr("column"));
  EXPECT_EQ(code_of(wrong("voters > 1")), ErrorCode::kBadQuery);
  EXPECT_EQ(code_of(wrong("votes > $0")), ErrorCode::kBadQuery);
  EXPECT_EQ(code_of(a_.query("Tusk", "")), ErrorCode::kNotFound);
  const Results all = query("");
  const auto observe = [&](const std::string& path) {
    return all.observe([](const Results&, const ResultsChange&) {}, {path});
  };
  EXPECT_EQ(code_of(observe("owner.name")), ErrorCode::kBadQuery) << "beyond the object";
  EXPECT_EQ(code_of(observe("")), ErrorCode::kBadQuery);
}

TEST_F(ApiResults, AreToldByIndexWhatHappened) {
  put("a", "x", 1);
  put("b", "y", 2);
  put("c", "z", 3);
  Screen screen(query("votes > 0 SORT(votes ASC)"));
  ASSERT_TRUE(screen.until_shows({"a", "b", "c"}));
  good(a_.write([](Transaction& t) -> Status {
    SYNCLINE_TRY(t.set("Task", "a", {"votes"}, int64_t{9}));
    SYNCLINE_TRY(t.set("Task", "b", {"votes"}, int64_t{0}));
    SYNCLINE_TRY(t.set("Task", "c", {"title"}, "new"));
    return t.put("Task", Document{{"_id", "d"}, {"votes", int64_t{1}}});
  }));
  ASSERT_TRUE(screen.until_shows({"d", "c", "a"}));
  ASSERT_EQ(screen.changes().size(), 2u);
  const ResultsChange change = screen.changes()[1];
  EXPECT_THAT(change.deletions, ElementsAre(1));
  EXPECT_THAT(change.insertions, ElementsAre(0));
  EXPECT_THAT(change.modifications, ElementsAre(1, 2));
  ASSERT_EQ(change.moves.size(), 1u);
  EXPECT_EQ(change.moves[0].from, 0u);
  EXPECT_EQ(change.moves[0].to, 2u);
  // What does not concern it is not told.
  good(a_.write([](Transaction& t) { return t.set("Task", "b", {"title"}, "out"); }));
  good(a_.write([](Transaction& t) { return t.put("Person", Document{{"_id", "p"}}); }));
  put("e", "e", 5);
  ASSERT_TRUE(screen.until_shows({"d", "c", "e", "a"}));
  EXPECT_EQ(screen.changes().size(), 3u);
}

TEST_F(ApiResults, AreToldOfTheFieldsThatAreAskedFor) {
  put("a", "x", 1);
  Screen screen(query("votes > 0"), {"title", "place.room"});
  ASSERT_TRUE(screen.until_shows({"a"}));
  const auto set = [&](const UserPath& path, const Value& value) {
    good(a_.write([&](Transaction& t) { return t.set("Task", "a", path, value); }));
  };
  set({"votes"}, Value(int64_t{5}));
  set({"place"}, Value(Document{{"floor", int64_t{1}}}));
  set({"title"}, Value("y"));
  set({"place", "floor"}, Value(int64_t{2}));
  set({"place", "room"}, Value("attic"));
  ASSERT_TRUE(screen.until_changes(3));
  set({"votes"}, Value(int64_t{0}));
  ASSERT_TRUE(screen.until_shows({}));
  EXPECT_EQ(screen.changes().size(), 4u) << "the first list, two of five, and that it is gone";
}

TEST_F(ApiResults, FollowLinks) {
  good(a_.write([](Transaction& t) -> Status {
    SYNCLINE_TRY(t.put("Task", Document{{"_id", "a"}, {"owner", "ann"}}));
    SYNCLINE_TRY(t.put("Task", Document{{"_id", "b"}, {"owner", "bob"}}));
    SYNCLINE_TRY(t.put("Task", Document{{"_id", "c"}}));
    return t.put("Person", Document{{"_id", "ann"}, {"name", "Ann"}});
  }));
  Screen by_name(query("owner.name == 'Ann'"));
  Screen sorted(query("owner != null SORT(owner.name DESC)"));
  ASSERT_TRUE(by_name.until_shows({"a"}));
  ASSERT_TRUE(sorted.until_shows({"a"}));
  good(a_.write(
      [](Transaction& t) { return t.put("Person", Document{{"_id", "bob"}, {"name", "Zoe"}}); }));
  ASSERT_TRUE(sorted.until_shows({"b", "a"})) << "a link to what comes is one";
  good(a_.write([](Transaction& t) -> Status {
    SYNCLINE_TRY(t.set("Person", "bob", {"name"}, "Ann"));
    return t.set("Person", "ann", {"name"}, "Bea");
  }));
  ASSERT_TRUE(by_name.until_shows({"b"}));
  ASSERT_TRUE(sorted.until_shows({"a", "b"}));
}

TEST_F(ApiResults, TellWhereALinkLeads) {
  good(a_.write([](Transaction& t) -> Status {
    SYNCLINE_TRY(
        t.put("Task", Document{{"_id", "a"}, {"owner", "ann"}, {"helpers", List{"bob", "ann"}}}));
    SYNCLINE_TRY(t.put("Task", Document{{"_id", "b"}, {"owner", Null()}}));
    return t.put("Person", Document{{"_id", "ann"}, {"name", "Ann"}});
  }));
  const LinkTarget there = good(a_.follow("Task", "a", {"owner"}));
  EXPECT_EQ(there.state, LinkTarget::State::resolved);
  EXPECT_EQ(there.type, "Person");
  EXPECT_EQ(*there.target->find("name"), Value("Ann"));
  const LinkTarget away = good(a_.follow("Task", "a", {"helpers", uint64_t{0}}));
  EXPECT_EQ(away.state, LinkTarget::State::unresolved);
  EXPECT_EQ(away.id, Value("bob"));
  EXPECT_FALSE(away.target.has_value());
  EXPECT_EQ(good(a_.follow("Task", "b", {"owner"})).state, LinkTarget::State::null);
  EXPECT_EQ(good(a_.follow("Task", "b", {"helpers", uint64_t{0}})).state, LinkTarget::State::null);
  EXPECT_EQ(code_of(a_.follow("Task", "z", {"owner"})), ErrorCode::kNotFound);
  EXPECT_EQ(code_of(a_.follow("Task", "a", {"title"})), ErrorCode::kUsage) << "it is no link";
}

TEST_F(ApiResults, SubscribeToWhatTheyShow) {
  const Results results = query("votes >= $0", {Value(int64_t{2})});
  const SubscriptionSet set = good(results.subscribe({.name = "popular"}));
  EXPECT_EQ(set.find("popular")->query, results.query());
  good(results.subscribe());
  EXPECT_EQ(good(a_.subscriptions()).list.size(), 5u);
  good(results.unsubscribe());
  EXPECT_EQ(good(a_.subscriptions()).list.size(), 4u) << "what has a name goes by it";
  EXPECT_EQ(code_of(results.unsubscribe()), ErrorCode::kNotFound);
  EXPECT_EQ(code_of(a_.subscribe("Task", "votes >")), ErrorCode::kBadQuery);
  EXPECT_EQ(code_of(a_.subscribe("Task", "vote > 1")), ErrorCode::kBadQuery);
  EXPECT_EQ(code_of(a_.subscribe("Task", "votes > 1 DISTINCT(votes)")), ErrorCode::kBadQuery)
      << "it finds objects, but is none for subscriptions";
}

TEST_F(ApiResults, OutliveTheirNodeAndSaySo) {
  put("a", "x", 1);
  const Results looked = query("votes > 0");
  const Results not_looked = query("votes > 0");
  EXPECT_EQ(good(looked.size()), 1u);
  const Observation watching = good(looked.observe([](const Results&, const ResultsChange&) {}));
  good(a_.close());
  EXPECT_EQ(code_of(looked.size()), ErrorCode::kClosed);
  EXPECT_EQ(code_of(not_looked.first()), ErrorCode::kClosed);
  EXPECT_EQ(code_of(looked.again().at(0)), ErrorCode::kClosed);
  EXPECT_EQ(code_of(a_.query("Task")), ErrorCode::kClosed);
}

// Random changes, by this node and by another one's authority: what is told is exact each time, and
// what is kept up to date is what a new run finds.
TEST_F(ApiResults, AreWhatANewRunFindsWhateverChanges) {
  const std::vector<std::string> texts = {
      "votes > 2",
      "votes > 2 SORT(title ASC)",
      "TRUEPREDICATE SORT(votes DESC, title ASC) LIMIT(5)",
      "TRUEPREDICATE SORT(votes ASC) DISTINCT(title)",
      "title IN {'a', 'b'} SORT(votes ASC) SORT(title DESC)",
      "owner.name BEGINSWITH 'a' SORT(owner.name ASC)",
      "ANY helpers.name == 'b' OR votes == 0",
  };
  std::vector<std::unique_ptr<Screen>> screens;
  for (const std::string& text : texts) screens.push_back(std::make_unique<Screen>(query(text)));
  std::mt19937 random(7);
  const auto below = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  const auto letter = [&](int n) { return std::string(1, static_cast<char>('a' + below(n))); };
  const auto person = [&] { return "p" + std::to_string(below(4)); };
  const auto change_one = [&](Transaction& t) -> Status {
    const std::string id = "t" + std::to_string(below(20));
    switch (below(5)) {
      case 0:
        if (good(t.get("Task", id))) return t.remove("Task", id);
        return {};
      case 1:
        if (good(t.get("Task", id))) return t.set("Task", id, {"votes"}, int64_t{below(6)});
        return {};
      case 2: {
        const std::string who = person();
        if (below(3) == 0 && good(t.get("Person", who))) return t.remove("Person", who);
        return t.put("Person", Document{{"_id", who}, {"name", letter(3)}});
      }
      default:
        return t.put("Task", Document{{"_id", id},
                                      {"title", letter(3)},
                                      {"votes", int64_t{below(6)}},
                                      {"owner", below(4) == 0 ? Value(Null()) : Value(person())},
                                      {"helpers", List{person(), person()}}});
    }
  };
  for (int step = 0; step < 300; ++step) {
    const auto written = a_.write([&](Transaction& t) -> Status {
      for (int n = 1 + below(step % 20 == 0 ? 30 : 3); n > 0; --n) SYNCLINE_TRY(change_one(t));
      return {};
    });
    EXPECT_TRUE(written.has_value() || written.error().code == ErrorCode::kUsage);
    if (step == 150) good(a_.resume());
    if (step % 50 != 49) continue;
    if (step > 150) good(a_.wait_for_decided(kApiPatience));
    for (size_t i = 0; i < texts.size(); ++i)
      EXPECT_TRUE(screens[i]->until_shows(ids(query(texts[i])))) << texts[i];
  }
}

}  // namespace
}  // namespace syncline::testing::api
