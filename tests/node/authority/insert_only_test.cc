// Asymmetric types at the authority: what nodes insert stays with it, as it was inserted.
#include "storage/keyspace.h"
#include "tests/node/authority/harness.h"

namespace syncline::authority_test {
namespace {

constexpr const char* kReadingSchema = R"({
  "title": "Reading", "bsonType": "object", "required": ["_id", "celsius"],
  "properties": {
    "_id": {"bsonType": "string"}, "celsius": {"bsonType": "double"},
    "tags": {"bsonType": "array", "items": {"bsonType": "string"}}}})";
constexpr const char* kReadingRules = R"({"database": "d", "collection": "readings", "roles": [
  {"name": "boss", "apply_when": {"%%user.custom_data.boss": true},
   "document_filters": {"read": true, "write": true}, "read": true, "write": true, "insert": true, "delete": true},
  {"name": "clerk", "apply_when": {}, "document_filters": {"read": true, "write": true}, "read": true, "write": true,
   "insert": false, "delete": false}]})";

AppFiles app_with_readings() {
  AppFiles app = small_app();
  app["data_sources/mongodb-atlas/d/readings/schema.json"] = kReadingSchema;
  app["data_sources/mongodb-atlas/d/readings/rules.json"] = kReadingRules;
  app["sync/config.json"] =
      R"({"type": "flexible", "state": "enabled", "service_name": "mongodb-atlas", "database_name": "d",
         "queryable_fields_names": ["count"], "collection_queryable_fields_names": {"Box": ["name", "note"]},
         "asymmetric_tables": ["Reading"]})";
  return app;
}

class InsertOnly : public testing::Test {
 protected:
  InsertOnly() {
    site_.deploy(app_with_readings());
    for (Device* device : {&ann_, &bob_}) site_.connect(*device);
  }

  Edit insert(const std::string& id, double celsius = 4.5) const {
    return [=, this](Draft& draft) {
      must(draft.create(site_.type("Reading"),
                        Document{{"_id", id}, {"celsius", celsius}, {"tags", List{"a", "b"}}}));
    };
  }
  // A node that does not check anything: its draft is as free as the authority's own.
  Decision upload(Device& device, const Edit& edit) {
    return site_.decision(site_.upload(device, edit));
  }
  ObjectName name(const std::string& id) const { return site_.name_of("Reading", id); }
  void expect_refused(const Decision& decision, const char* text) const {
    EXPECT_EQ(decision.state, DecisionState::refused);
    ASSERT_EQ(decision.outcomes.size(), 1u);
    EXPECT_EQ(decision.outcomes[0].reason, Reason::insert_only);
    EXPECT_THAT(decision.outcomes[0].text, testing::HasSubstr(text));
  }
  // Has it merge state, or a place in the by-seq index?
  bool has_marks(const ObjectName& object) const {
    if (must(get_object(site_.disk, object)).merge) return true;
    const Bytes index = state_keys::by_seq_of(object.type);
    for (auto at = site_.disk.scan(index, prefix_end(index)); at->valid(); at->next())
      if (state_keys::parts_of_by_seq(at->key()).second == object.key) return true;
    return false;
  }

  Site site_;
  Device& ann_ = site_.enrol("boss");
  Device& bob_ = site_.enrol("boss");
};

TEST_F(InsertOnly, TakesACreateAndKeepsTheRowAlone) {
  const Decision decision = upload(ann_, insert("r1"));
  EXPECT_EQ(decision.state, DecisionState::committed);
  EXPECT_TRUE(site_.row(name("r1")));
  EXPECT_FALSE(has_marks(name("r1")));
  EXPECT_FALSE(site_.entries().back().objects.front().merge);
}

TEST_F(InsertOnly, RefusesWhateverIsNotACreate) {
  upload(ann_, insert("r1"));
  const TypeNumber type = site_.type("Reading");
  const Row before = *site_.row(name("r1"));
  const std::vector<Edit> edits = {
      [&](Draft& d) { must(d.set(type, Value("r1"), {"celsius"}, 9.0)); },
      [&](Draft& d) { must(d.unset(type, Value("r1"), {"tags"})); },
      [&](Draft& d) { must(d.set(type, Value("r1"), {"celsius"}, 4.5)); },
      [&](Draft& d) { must(d.insert(type, Value("r1"), {"tags"}, 0, "c")); },
      [&](Draft& d) { must(d.remove(type, Value("r1"))); }};
  for (const Edit& edit : edits)
    for (Device* device : {&ann_, &bob_})
      expect_refused(upload(*device, edit), "nodes insert its objects as a whole");
  EXPECT_EQ(site_.row(name("r1")), before);
  // Nor of what the same transaction makes: an object is inserted by one create.
  const Decision both = upload(ann_, [&](Draft& d) {
    must(d.create(type, Document{{"_id", "r2"}, {"celsius", 1.0}}));
    must(d.set(type, Value("r2"), {"celsius"}, 2.0));
  });
  EXPECT_EQ(both.state, DecisionState::refused);
  for (const Outcome& outcome : both.outcomes) EXPECT_EQ(outcome.reason, Reason::insert_only);
  EXPECT_EQ(both.outcomes.size(), 2u);
  EXPECT_FALSE(site_.row(name("r2")));
}

TEST_F(InsertOnly, OfTwoWithOneIdTheFirstThatIsDecidedStands) {
  EXPECT_EQ(upload(ann_, insert("r1", 1.0)).state, DecisionState::committed);
  const Row first = *site_.row(name("r1"));
  expect_refused(upload(bob_, insert("r1", 2.0)), "an object with this _id was inserted before");
  // The same content under another name is another object all the same.
  expect_refused(upload(bob_, insert("r1", 1.0)), "insert it with another _id");
  EXPECT_EQ(site_.row(name("r1")), first);
}

TEST_F(InsertOnly, IsJudgedByTheInsertPermission) {
  Device& clerk = site_.enrol("clerk");
  site_.connect(clerk);
  const Decision decision = upload(clerk, insert("r1"));
  EXPECT_EQ(decision.state, DecisionState::refused);
  EXPECT_EQ(decision.outcomes.at(0).reason, Reason::permission);
  EXPECT_THAT(decision.outcomes.at(0).text, testing::HasSubstr("insert"));
  EXPECT_FALSE(site_.row(name("r1")));
}

TEST_F(InsertOnly, IsHeldToTheSchema) {
  const Decision decision = upload(
      ann_, [&](Draft& d) { must(d.create(site_.type("Reading"), Document{{"_id", "r1"}})); });
  EXPECT_EQ(decision.outcomes.at(0).reason, Reason::schema);
  EXPECT_FALSE(site_.row(name("r1")));
}

TEST_F(InsertOnly, IsNobodysToReadOrToSubscribeTo) {
  Device& carl = site_.enrol("boss");
  site_.connect(carl);
  const Decision asked = upload(carl, [&](Draft& d) {
    const std::string id = subscription_prefix(carl.id) + "all";
    must(d.put(system_type::kSubscription, Document{{"_id", id},
                                                    {"node", to_string(carl.id)},
                                                    {"name", Value()},
                                                    {"type", "Reading"},
                                                    {"query", "TRUEPREDICATE"}}));
  });
  ASSERT_EQ(asked.state, DecisionState::refused);
  EXPECT_THAT(asked.outcomes.at(0).text, testing::HasSubstr("cannot subscribe"));
  for (Device* device : {&ann_, &bob_, &carl}) device->forget();
  upload(ann_, insert("r1"));
  site_.disconnect(carl);
  site_.connect(carl);
  for (Device* device : {&ann_, &bob_, &carl}) {
    for (const ObjectDelta& delta : device->told) EXPECT_NE(delta.object.type, name("r1").type);
    EXPECT_FALSE(device->held.contains(name("r1")));
  }
}

TEST_F(InsertOnly, ChangesetsOfferedTwiceTakeEffectOnce) {
  const Changeset changeset = site_.changeset(ann_, insert("r1"));
  const AuthorityInput offered = site_.offer(ann_, {encode_changeset(changeset)});
  site_.run({offered});
  const LogSeq head = site_.head().seq;
  site_.run({offered});
  EXPECT_EQ(site_.head().seq, head);
  EXPECT_EQ(site_.decision(site_.entries().back().name).state, DecisionState::committed);
}

TEST_F(InsertOnly, TheOperatorMayMendAndRemoveThem) {
  const TypeNumber type = site_.type("Reading");
  for (const char* id : {"r1", "r2", "r3"}) upload(ann_, insert(id));
  // A write of what stands there is the first mark of it.
  site_.write([&](Draft& d) { must(d.set(type, Value("r2"), {"celsius"}, 4.5)); });
  for (const double celsius : {9.0, 10.0, 11.0})
    for (const char* id : {"r1", "r2"})
      site_.write([&](Draft& d) { must(d.set(type, Value(id), {"celsius"}, celsius)); });
  site_.write([&](Draft& d) { must(d.insert(type, Value("r1"), {"tags"}, 1, "between")); });
  EXPECT_TRUE(has_marks(name("r1")));
  for (const char* id : {"r1", "r3"})
    site_.write([&](Draft& d) { must(d.remove(type, Value(id))); });
  EXPECT_FALSE(site_.row(name("r1")));
  EXPECT_FALSE(site_.row(name("r3")));
  EXPECT_TRUE(site_.row(name("r2")));
  // What he removed is not inserted anew, as long as its removal is remembered.
  const Decision again = upload(bob_, insert("r1"));
  EXPECT_EQ(again.state, DecisionState::superseded);
  EXPECT_TRUE(again.outcomes.at(0).by_reset) << "its content goes to the journal";
  EXPECT_FALSE(site_.row(name("r1")));
}

TEST_F(InsertOnly, RecoveryMakesTheSameStateOfTheLog) {
  const TypeNumber type = site_.type("Reading");
  for (const char* id : {"r1", "r2", "r3", "r4"}) upload(ann_, insert(id));
  site_.write([&](Draft& d) { must(d.set(type, Value("r2"), {"celsius"}, 4.5)); });
  site_.write([&](Draft& d) { must(d.set(type, Value("r2"), {"celsius"}, 9.0)); });
  site_.write([&](Draft& d) { must(d.set(type, Value("r3"), {"celsius"}, 9.0)); });
  site_.write([&](Draft& d) { must(d.remove(type, Value("r4"))); });
  upload(bob_, insert("r1"));
  MemoryStore recovered;
  must(initialise_state(&recovered, Incarnation(77)));
  must(recover(&recovered, site_.log));
  EXPECT_EQ(state_of(site_.disk), state_of(recovered));
  // A killed authority goes on from there.
  site_.stop();
  site_.start();
  site_.connect(ann_);
  EXPECT_EQ(upload(ann_, insert("r5")).state, DecisionState::committed);
  expect_refused(upload(ann_, insert("r1")), "was inserted before");
}

}  // namespace
}  // namespace syncline::authority_test
