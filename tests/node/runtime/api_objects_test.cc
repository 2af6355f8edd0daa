// Objects as structs, between nodes and an authority.
#include "syncline/objects.h"

#include "tests/node/model/typed_fridge.h"
#include "tests/node/runtime/api_fleet.h"
#include "tests/node/runtime/typed_app.h"

namespace syncline::testing::typed {
namespace {

using api::ApiFleet;
using api::code_of;
using api::good;
using api::Heard;
using api::kApiPatience;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ApiObjects : public ::testing::Test {
 protected:
  Node open(const ApiFleet::Device& device) {
    NodeOptions options;
    options.models = models<Fridge, Store>();
    Node node = fleet_.open(device, options);
    api::wait_for_schema(&node);
    for (const char* type : {"Fridge", "Store"})
      good(node.subscribe(type, "", {.name = type, .wait = WaitMode::first_time}));
    good(node.wait_for_download(kApiPatience));
    return node;
  }
  static void write(Node& node, const std::function<Status(Transaction&)>& body) {
    good(node.write(body));
  }
  // All that either wrote is decided and is here.
  void settle() {
    for (Node* node : {&a_, &b_}) good(node->wait_for_decided(kApiPatience));
    for (Node* node : {&a_, &b_}) good(node->wait_for_download(kApiPatience));
  }
  void set_connected(bool connected) {
    fleet_.set_connected(device_a_, connected);
    fleet_.set_connected(device_b_, connected);
  }
  static Fridge fridge_of(const Node& node, const std::string& id = "f7") {
    auto fridge = good(node.get<Fridge>(id));
    EXPECT_TRUE(fridge.has_value());
    return fridge ? *fridge : Fridge();
  }
  // How many operations an update is.
  uint32_t operations_of(const Fridge& before, const Fridge& after) {
    uint32_t operations = 0;
    write(a_, [&](Transaction& t) -> Status {
      SYNCLINE_TRY(t.update(before, after));
      operations = t.operations();
      return {};
    });
    EXPECT_EQ(to_document(fridge_of(a_)), to_document(after));
    return operations;
  }

  ApiFleet fleet_{typed_app()};
  ApiFleet::Device device_a_ = fleet_.enrol("a", "worker");
  ApiFleet::Device device_b_ = fleet_.enrol("b", "worker");
  Node a_ = open(device_a_);
  Node b_ = open(device_b_);
};

TEST_F(ApiObjects, EveryKindOfMemberComesToAnotherNodeAsItWas) {
  write(a_, [](Transaction& t) -> Status {
    SYNCLINE_TRY(t.create(oslo()));
    return t.put(full_fridge());
  });
  settle();
  EXPECT_TRUE(good(a_.rejections()).empty());
  EXPECT_EQ(to_document(fridge_of(b_)), to_document(full_fridge()));
  EXPECT_EQ(good(b_.get<Store>(oslo().id))->name, "Oslo");
  EXPECT_EQ(good(b_.get<Fridge>("f8")), std::nullopt);
}

TEST_F(ApiObjects, AnEmptyFridgeIsTakenToo) {
  write(a_, [](Transaction& t) { return t.create(Fridge{.id = "empty"}); });
  settle();
  EXPECT_TRUE(good(a_.rejections()).empty());
  EXPECT_EQ(to_document(fridge_of(b_, "empty")), to_document(Fridge{.id = "empty"}));
}

TEST_F(ApiObjects, AnUpdateWritesWhatChangedAndNothingElse) {
  const Fridge fridge = full_fridge();
  write(a_, [&](Transaction& t) { return t.put(fridge); });
  Fridge changed = fridge;
  changed.celsius = -20;
  EXPECT_EQ(operations_of(fridge, changed), 1U);
  Fridge next = changed;
  next.tags = {"b", "c", "b", "d"};  // one element set, one inserted
  EXPECT_EQ(operations_of(changed, next), 2U);
  Fridge third = next;
  third.note.reset();
  third.channels = {3, 4};
  third.limits = {{"high", 9}, {"mid", 0}};
  third.place.alarms[0].level = 5;
  third.spare.reset();
  third.store = {};
  // unset; add, remove; set, set, erase; set; unset; unset
  EXPECT_EQ(operations_of(next, third), 9U);
  settle();
  EXPECT_TRUE(good(a_.rejections()).empty());
  EXPECT_EQ(to_document(fridge_of(b_)), to_document(third));
}

TEST_F(ApiObjects, AnUpdateThatChangesNothingWritesNothing) {
  const Fridge fridge = full_fridge();
  write(a_, [&](Transaction& t) { return t.put(fridge); });
  EXPECT_EQ(code_of(a_.write([&](Transaction& t) { return t.update(fridge, fridge); })),
            ErrorCode::kUsage);
  EXPECT_EQ(code_of(a_.write([&](Transaction& t) { return t.put(fridge); })), ErrorCode::kUsage);
}

TEST_F(ApiObjects, ListsChangeElementByElement) {
  Fridge fridge = full_fridge();
  fridge.tags = {"a", "b", "c", "d", "e", "f"};
  write(a_, [&](Transaction& t) { return t.put(fridge); });
  const std::vector<std::pair<std::vector<std::string>, uint32_t>> steps = {
      {{"b", "c", "d", "e", "f"}, 1},       // the first goes
      {{"b", "c", "x", "d", "e", "f"}, 1},  // one comes in the middle
      {{"b", "c", "d", "e", "f", "y"}, 2},  // one goes, one comes elsewhere
      {{"b", "C", "d", "E", "f", "y"}, 2},  // two become others
      {{}, 6},
      {{"a", "a"}, 2},
      {{"a"}, 1}};
  for (const auto& [tags, operations] : steps) {
    Fridge next = fridge;
    next.tags = tags;
    EXPECT_EQ(operations_of(fridge, next), operations) << ::testing::PrintToString(tags);
    fridge = next;
  }
}

TEST_F(ApiObjects, WhatTwoChangeOfOneFridgeWhileApartBothStands) {
  write(a_, [](Transaction& t) { return t.put(full_fridge()); });
  settle();
  set_connected(false);
  write(a_, [](Transaction& t) {
    return t.update<Fridge>("f7", [](Fridge& fridge) {
      fridge.celsius = -20;
      fridge.openings += 3;
      fridge.alarms[0].level = 9;
      fridge.limits["low"] = -31;
    });
  });
  write(b_, [](Transaction& t) {
    return t.update<Fridge>("f7", [](Fridge& fridge) {
      fridge.label = "B";
      fridge.openings += 4;
      ++fridge.openings;
      fridge.alarms.push_back({"top", 1});
      fridge.limits["high"] = 7;
      fridge.channels.insert(5);
    });
  });
  set_connected(true);
  settle();
  const Fridge merged = fridge_of(a_);
  EXPECT_EQ(to_document(merged), to_document(fridge_of(b_)));
  EXPECT_EQ(merged.celsius, -20);
  EXPECT_EQ(merged.label, "B");
  EXPECT_EQ(merged.openings.value(), 12 + 3 + 5);
  ASSERT_EQ(merged.alarms.size(), 3U);
  EXPECT_EQ(merged.alarms[0].level, 9);
  EXPECT_EQ(merged.alarms[2].side, "top");
  EXPECT_EQ(merged.limits, (std::map<std::string, int64_t>{{"high", 7}, {"low", -31}}));
  EXPECT_TRUE(merged.channels.contains(5));
}

struct Counted {
  std::string id;
  Counter trips;
};
constexpr auto schema_of(Model<Counted>) {
  return object_schema("Fridge", field("_id", &Counted::id),
                       field("trips", &Counted::trips, defaulted));
}

TEST_F(ApiObjects, ACounterThatNobodySetYetIsCountedByBoth) {
  write(a_, [](Transaction& t) { return t.put(full_fridge()); });
  settle();
  set_connected(false);
  for (Node* node : {&a_, &b_})
    write(*node, [](Transaction& t) {
      return t.update<Counted>("f7", [](Counted& counted) { counted.trips += 2; });
    });
  EXPECT_EQ(good(a_.get<Counted>("f7"))->trips.value(), 2);
  set_connected(true);
  settle();
  EXPECT_EQ(good(a_.get<Counted>("f7"))->trips.value(), 4);
  EXPECT_EQ(good(b_.get<Counted>("f7"))->trips.value(), 4);
}

TEST_F(ApiObjects, APutSetsACounterAndLeavesFieldsThatTheStructDoesNotList) {
  write(a_, [](Transaction& t) -> Status {
    SYNCLINE_TRY(t.put(full_fridge()));
    SYNCLINE_TRY(t.set("Fridge", "f7", {"inspector"}, "Ann"));
    return t.set("Fridge", "f7", {"alarms", uint64_t{0}, "since"}, Date{5, 0});
  });
  Fridge fridge = full_fridge();
  fridge.openings = Counter(100);
  fridge.alarms[0].level = 3;
  write(a_, [&](Transaction& t) { return t.put(fridge); });
  settle();
  const Document document = *good(b_.get("Fridge", "f7"));
  EXPECT_EQ(*document.find("inspector"), Value("Ann"));
  EXPECT_EQ(*document.find("doorOpenings"), Value(int64_t{100}));
  const Document& alarm = document.find("alarms")->get<List>().elements[0].get<Document>();
  EXPECT_EQ(*alarm.find("since"), Value(Date{5, 0}));
  EXPECT_EQ(*alarm.find("level"), Value(int32_t{3}));
}

TEST_F(ApiObjects, APutOfACounterIsNotAddedToAnother) {
  write(a_, [](Transaction& t) { return t.put(full_fridge()); });
  settle();
  set_connected(false);
  Fridge fridge = full_fridge();
  fridge.openings = Counter(100);
  for (Node* node : {&a_, &b_}) write(*node, [&](Transaction& t) { return t.put(fridge); });
  set_connected(true);
  settle();
  EXPECT_EQ(fridge_of(a_).openings.value(), 100);
  EXPECT_EQ(fridge_of(b_).openings.value(), 100);
}

TEST_F(ApiObjects, AKeyWithNothingInItIsAKey) {
  Fridge fridge = full_fridge();
  write(a_, [&](Transaction& t) { return t.put(fridge); });
  Fridge next = fridge;
  next.remarks["none"] = std::nullopt;
  EXPECT_EQ(operations_of(fridge, next), 1U);
}

TEST_F(ApiObjects, WhatIsGoneAlreadyNeedNotBeTakenOut) {
  write(a_, [](Transaction& t) { return t.put(full_fridge()); });
  const Fridge before = fridge_of(a_);
  Fridge after = before;
  after.channels.erase(3);
  after.limits.erase("high");
  after.note.reset();
  write(a_, [&](Transaction& t) { return t.update(before, after); });
  after.label = "again";
  write(a_, [&](Transaction& t) { return t.update(before, after); });
  EXPECT_EQ(to_document(fridge_of(a_)), to_document(after));
}

TEST_F(ApiObjects, AnUpdateOnWhatChangedMeanwhileKeepsWhatItDidNotTouch) {
  write(a_, [](Transaction& t) { return t.put(full_fridge()); });
  const Fridge before = fridge_of(a_);
  write(a_, [](Transaction& t) {
    return t.update<Fridge>("f7", [](Fridge& fridge) {
      fridge.celsius = 1;
      fridge.channels.insert(100);
      fridge.limits.erase("low");
      fridge.openings += 10;
      fridge.tags.clear();
    });
  });
  Fridge after = before;
  after.label = "new";
  after.channels.insert(200);
  after.limits["low"] = 1;
  after.openings += 1;
  after.tags.push_back("z");
  write(a_, [&](Transaction& t) { return t.update(before, after); });
  const Fridge now = fridge_of(a_);
  EXPECT_EQ(now.celsius, 1);
  EXPECT_EQ(now.label, "new");
  EXPECT_EQ(now.channels, (std::set<int64_t>{-1, 3, 100, 200}));
  EXPECT_EQ(now.limits.at("low"), 1);
  EXPECT_EQ(now.openings.value(), 12 + 10 + 1);
  EXPECT_EQ(now.tags, after.tags);  // a list that was changed becomes what it was to be
}

TEST_F(ApiObjects, WhatIsNotThereCannotBeUpdatedOrHaveAnotherId) {
  EXPECT_EQ(code_of(a_.write([](Transaction& t) {
              return t.update<Fridge>("gone", [](Fridge& fridge) { fridge.celsius = 1; });
            })),
            ErrorCode::kNotFound);
  EXPECT_EQ(code_of(a_.write([](Transaction& t) {
              Fridge other = full_fridge();
              other.id = "f8";
              return t.update(full_fridge(), other);
            })),
            ErrorCode::kUsage);
  write(a_, [](Transaction& t) { return t.put(full_fridge()); });
  EXPECT_EQ(code_of(a_.write([](Transaction& t) {
              return t.update<Fridge>("f7", [](Fridge& fridge) -> Status {
                fridge.celsius = 1;
                return fail(ErrorCode::kExists, "enough");
              });
            })),
            ErrorCode::kExists);
  EXPECT_EQ(fridge_of(a_).celsius, -18.5);
  write(a_, [](Transaction& t) { return t.remove<Fridge>("f7"); });
  EXPECT_EQ(good(a_.get<Fridge>("f7")), std::nullopt);
  EXPECT_EQ(code_of(a_.write([](Transaction& t) {
              Fridge after = full_fridge();
              after.celsius = 2;
              return t.update(full_fridge(), after);
            })),
            ErrorCode::kNotFound);
}

TEST_F(ApiObjects, ConditionsFindWhatTheySay) {
  write(a_, [](Transaction& t) -> Status {
    SYNCLINE_TRY(t.put(oslo()));
    SYNCLINE_TRY(t.put(full_fridge()));
    Fridge warm{.id = "warm", .celsius = 8, .label = "W"};
    warm.mode = Mode::cooling;
    return t.put(warm);
  });
  const auto ids = [&](const Condition<Fridge>& condition) {
    std::vector<std::string> found;
    const TypedResults<Fridge> results = good(a_.query<Fridge>(condition));
    good(results.each([&](const Fridge& fridge) {
      found.push_back(fridge.id);
      return true;
    }));
    return found;
  };
  EXPECT_THAT(ids(where(&Fridge::celsius) > 4), ElementsAre("warm"));
  EXPECT_THAT(ids(where(&Fridge::celsius) <= 4), ElementsAre("f7"));
  EXPECT_THAT(ids(where(&Fridge::celsius) > -100 && !(where(&Fridge::label) == "W")),
              ElementsAre("f7"));
  EXPECT_THAT(ids(where(&Fridge::label).begins_with("W") || where(&Fridge::serial) > 5),
              ElementsAre("f7", "warm"));
  EXPECT_THAT(ids(where(&Fridge::mode) == Mode::cooling), ElementsAre("warm"));
  EXPECT_THAT(ids(where(&Fridge::note).is_null()), ElementsAre("warm"));
  EXPECT_THAT(ids(where(&Fridge::store) == oslo()), ElementsAre("f7"));
  EXPECT_THAT(ids(where(&Fridge::store) != Link<Store>()), ElementsAre("f7"));
  EXPECT_THAT(ids(where(&Fridge::store, &Store::name) == "Oslo"), ElementsAre("f7"));
  EXPECT_THAT(ids(where(&Fridge::place, &Place::aisle) == "3"), ElementsAre("f7"));
  EXPECT_THAT(ids(any(&Fridge::tags) == "a"), ElementsAre("f7"));
  EXPECT_THAT(ids(any(&Fridge::former) == oslo()), ElementsAre("f7"));
  EXPECT_THAT(ids(where(&Fridge::celsius).in({8, 9})), ElementsAre("warm"));
  EXPECT_THAT(ids(where(&Fridge::openings) == Counter(12)), ElementsAre("f7"));
  EXPECT_THAT(ids(where(&Fridge::made) < Date{}), ElementsAre("f7"));
  const auto sorted = good(a_.query<Fridge>("celsius < $0 SORT(celsius DESC)", {100.0}));
  EXPECT_EQ(good(sorted.size()), 2U);
  EXPECT_EQ(good(sorted.at(0)).id, "warm");
  EXPECT_EQ(good(sorted.first())->id, "warm");
  EXPECT_EQ(good(sorted.all()).size(), 2U);
}

TEST_F(ApiObjects, LinksAreFollowedToWhatIsHere) {
  write(a_, [](Transaction& t) -> Status {
    SYNCLINE_TRY(t.put(oslo()));
    return t.put(full_fridge());
  });
  const Fridge fridge = fridge_of(a_);
  EXPECT_EQ(good(a_.follow(fridge.store))->name, "Oslo");
  EXPECT_EQ(good(a_.follow(fridge.former[0]))->name, "Oslo");
  EXPECT_FALSE(good(a_.follow(fridge.former[1])).has_value());  // not there
  EXPECT_FALSE(good(a_.follow(Link<Store>())).has_value());
}

TEST_F(ApiObjects, ObserversAreToldStructs) {
  Heard<ObjectChanges<Fridge>::Change> heard;
  const Observation watching = b_.observe<Fridge>([&](const ObjectChanges<Fridge>& changes) {
    for (const auto& change : changes.changes) heard.add(change);
  });
  write(a_, [](Transaction& t) { return t.put(full_fridge()); });
  ASSERT_TRUE(heard.until_count(1));
  settle();
  write(a_, [](Transaction& t) {
    return t.update<Fridge>("f7", [](Fridge& fridge) { fridge.celsius = 1; });
  });
  ASSERT_TRUE(heard.until_count(2));
  const auto all = heard.all();
  using Kind = ObjectChanges<Fridge>::Kind;
  EXPECT_EQ(all[0].kind, Kind::inserted);
  EXPECT_EQ(all[0].id, "f7");
  EXPECT_FALSE(all[0].before.has_value());
  EXPECT_EQ(all[1].kind, Kind::modified);
  EXPECT_EQ(all[1].before->celsius, -18.5);
  EXPECT_EQ(all[1].after->celsius, 1);
  EXPECT_THAT(all[1].fields, ElementsAre("celsius"));
}

TEST_F(ApiObjects, AnObjectThatDoesNotFitIsAnErrorInItsPlaceAndOthersGoOn) {
  write(a_, [](Transaction& t) -> Status {
    SYNCLINE_TRY(t.put(full_fridge()));
    SYNCLINE_TRY(t.put(Fridge{.id = "good"}));
    // What the schema takes and the struct cannot hold: nothing under a key.
    return t.set("Fridge", "f7", {"byName", "door"}, Value());
  });
  settle();
  EXPECT_TRUE(good(a_.rejections()).empty());
  const std::string wrong = "Fridge/f7: byName.door: expected a document, found nothing";
  const auto read = b_.get<Fridge>("f7");
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().code, ErrorCode::kBadData);
  EXPECT_EQ(read.error().message, wrong);
  std::vector<std::string> seen;
  EXPECT_EQ(code_of(b_.each<Fridge>([&](const Fridge& fridge) {
              seen.push_back(fridge.id);
              return true;
            })),
            ErrorCode::kBadData);
  EXPECT_TRUE(seen.empty());
  good(b_.each<Fridge>([&](const Result<Fridge>& fridge) {
    seen.push_back(fridge ? fridge->id : fridge.error().message);
    return true;
  }));
  EXPECT_THAT(seen, ElementsAre(wrong, "good"));
  Heard<ObjectChanges<Fridge>::Change> heard;
  const Observation watching = b_.observe<Fridge>("f7", [&](const ObjectChanges<Fridge>& changes) {
    for (const auto& change : changes.changes) heard.add(change);
  });
  write(b_, [](Transaction& t) { return t.set("Fridge", "f7", {"celsius"}, 1.0); });
  ASSERT_TRUE(heard.until_count(1));
  EXPECT_EQ(heard.all()[0].error->message, wrong);
  EXPECT_EQ(*heard.all()[0].document.after->find("celsius"), Value(1.0));
  // A put makes it fit again.
  write(b_, [](Transaction& t) { return t.put(full_fridge()); });
  EXPECT_EQ(to_document(fridge_of(b_)), to_document(full_fridge()));
}

struct Reading {
  Uuid id;
  double celsius = 0;
};
constexpr auto schema_of(Model<Reading>) {
  return asymmetric_schema("Reading", field("_id", &Reading::id),
                           field("celsius", &Reading::celsius));
}

TEST_F(ApiObjects, AnAsymmetricTypeIsWritten) {
  const Receipt receipt =
      good(a_.write([](Transaction& t) { return t.create(Reading{full_fridge().owner, 4.5}); }));
  EXPECT_EQ(good(receipt.wait(ReceiptState::committed, kApiPatience)).state,
            ReceiptState::committed);
}

TEST_F(ApiObjects, ASubscriptionByConditionCoversWhatItSays) {
  good(b_.unsubscribe("Fridge"));
  good(b_.subscribe(where(&Fridge::celsius) > 4.0, {.name = "warm", .wait = WaitMode::always}));
  write(a_, [](Transaction& t) -> Status {
    SYNCLINE_TRY(t.put(Fridge{.id = "cold", .celsius = -1}));
    return t.put(Fridge{.id = "warm", .celsius = 8});
  });
  settle();
  EXPECT_TRUE(good(b_.get<Fridge>("warm")).has_value());
  EXPECT_FALSE(good(b_.get<Fridge>("cold")).has_value());
}

}  // namespace
}  // namespace syncline::testing::typed
