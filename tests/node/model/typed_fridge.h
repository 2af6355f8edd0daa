// Structs with a member of every kind, for the tests of object models.
#pragma once

#include <chrono>

#include "syncline/objects.h"

namespace syncline::testing::typed {

enum class Mode : uint8_t { off = 0, cooling = 1, defrost = 200 };

struct Alarm {
  std::string side;
  std::optional<int32_t> level;
};
constexpr auto schema_of(Model<Alarm>) {
  return embedded_schema("Alarm", field("side", &Alarm::side), field("level", &Alarm::level));
}

struct Place {
  std::string aisle;
  std::vector<Alarm> alarms;
};
constexpr auto schema_of(Model<Place>) {
  return embedded_schema("Place", field("aisle", &Place::aisle), field("alarms", &Place::alarms));
}

struct Fridge;

struct Store {
  ObjectId id;
  std::string name;
  std::vector<Link<Fridge>> fridges;  // each links to the other
};

struct Fridge {
  std::string id;
  bool running = false;
  int32_t shelves = 0;
  int64_t serial = 0;
  double celsius = 4;
  std::string label = "unnamed";
  Date made;
  std::chrono::system_clock::time_point checked;
  ObjectId model;
  Uuid owner;
  Decimal128 price;
  Binary picture;
  std::vector<uint8_t> key;
  Timestamp stamp;
  Regex pattern;
  Value extra;
  Counter openings;
  Mode mode = Mode::off;
  std::optional<std::string> note;
  std::optional<Date> broken;
  std::vector<std::string> tags;
  std::vector<std::optional<double>> samples;
  std::vector<bool> switches;
  std::set<int64_t> channels;
  std::map<std::string, int64_t> limits;
  std::map<std::string, std::optional<std::string>> remarks;
  Place place;
  std::optional<Place> spare;
  std::vector<Alarm> alarms;
  std::map<std::string, Alarm> by_name;
  Link<Store> store;
  std::vector<Link<Store>> former;
  int64_t visits = 7;
  int not_stored = 0;
};

constexpr auto schema_of(Model<Store>) {
  return object_schema("Store", field("_id", &Store::id), field("name", &Store::name),
                       field("fridges", &Store::fridges));
}
constexpr auto schema_of(Model<Fridge>) {
  return object_schema("Fridge", field("_id", &Fridge::id), field("running", &Fridge::running),
                       field("shelves", &Fridge::shelves), field("serial", &Fridge::serial),
                       field("celsius", &Fridge::celsius), field("label", &Fridge::label),
                       field("made", &Fridge::made), field("checked", &Fridge::checked),
                       field("model", &Fridge::model), field("owner", &Fridge::owner),
                       field("price", &Fridge::price), field("picture", &Fridge::picture),
                       field("key", &Fridge::key), field("stamp", &Fridge::stamp),
                       field("pattern", &Fridge::pattern), field("extra", &Fridge::extra),
                       field("doorOpenings", &Fridge::openings), field("mode", &Fridge::mode),
                       field("note", &Fridge::note), field("broken", &Fridge::broken),
                       field("tags", &Fridge::tags), field("samples", &Fridge::samples),
                       field("switches", &Fridge::switches), field("channels", &Fridge::channels),
                       field("limits", &Fridge::limits), field("remarks", &Fridge::remarks),
                       field("place", &Fridge::place), field("spare", &Fridge::spare),
                       field("alarms", &Fridge::alarms), field("byName", &Fridge::by_name),
                       field("store", &Fridge::store), field("former", &Fridge::former),
                       field("visits", &Fridge::visits, defaulted));
}

inline Store oslo() {
  Store store;
  store.id.bytes[11] = 7;
  store.name = "Oslo";
  return store;
}

// Nothing in it is what an empty one has.
inline Fridge full_fridge() {
  Fridge fridge;
  fridge.id = "f7";
  fridge.running = true;
  fridge.shelves = -3;
  fridge.serial = int64_t{1} << 40;
  fridge.celsius = -18.5;
  fridge.label = "Kjøl \"A\"";
  fridge.made = Date{-5, 999'999'999};
  fridge.checked =
      std::chrono::system_clock::time_point(std::chrono::seconds(-2) + std::chrono::nanoseconds(1));
  fridge.model.bytes[0] = 0xFF;
  fridge.owner.bytes[3] = 9;
  fridge.price = Decimal128{0x3040000000000000, 999};
  fridge.picture = Binary{5, std::string("\x00\xFF", 2)};
  fridge.key = {0, 1, 255};
  fridge.stamp = Timestamp{1, 2};
  fridge.pattern = Regex{"^a", "i"};
  fridge.extra = List{Value(1), Value(), Document{{"a", 2.5}}};
  fridge.openings = Counter(12);
  fridge.mode = Mode::defrost;
  fridge.note = "";
  fridge.broken = Date{1, 0};
  fridge.tags = {"b", "a", "b"};
  fridge.samples = {1.5, std::nullopt, -0.0};
  fridge.switches = {true, false, true};
  fridge.channels = {3, -1};
  fridge.limits = {{"high", 8}, {"low", -30}};
  fridge.remarks = {{"x", std::nullopt}, {"y", "z"}};
  fridge.place = {"3", {{"left", 2}}};
  fridge.spare = Place{"9", {}};
  fridge.alarms = {{"left", std::nullopt}, {"right", -1}};
  fridge.by_name = {{"door", {"front", 1}}};
  fridge.store = oslo();
  fridge.former = {Link<Store>(oslo()), Link<Store>::to(ObjectId{})};
  fridge.visits = 8;
  return fridge;
}

}  // namespace syncline::testing::typed
