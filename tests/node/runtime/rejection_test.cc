// What the journal keeps of a refusal, as people read it.
#include <gtest/gtest.h>

#include "node/runtime/node_impl.h"

namespace syncline {
namespace {

constexpr TypeNumber kStore{16}, kAddress{17};
constexpr FieldNumber kMain{5}, kOthers{6}, kByName{7};  // addresses of a store
constexpr FieldNumber kStreet{5}, kCity{6}, kFormer{7};  // numbered as those, on purpose

FieldDef field(FieldNumber number, std::string name, ScalarType type,
               Collection collection = Collection::none) {
  FieldDef def;
  def.number = number;
  def.name = std::move(name);
  def.type = type;
  def.collection = collection;
  if (type == ScalarType::embedded) def.target = kAddress;
  return def;
}

Schema stores() {
  TypeDef store;
  store.number = kStore;
  store.name = "Store";
  store.fields = {field(kMain, "address", ScalarType::embedded),
                  field(kOthers, "others", ScalarType::embedded, Collection::list),
                  field(kByName, "by_name", ScalarType::embedded, Collection::dictionary)};
  TypeDef address;
  address.number = kAddress;
  address.name = "Address";
  address.embedded = true;
  address.fields = {field(kStreet, "street", ScalarType::string),
                    field(kCity, "city", ScalarType::string)};
  address.retired = {field(kFormer, "$1.zip", ScalarType::string)};
  Schema schema;
  schema.types = {store, address};
  return schema;
}

Rejection::Operation told(Path path, Item item) {
  Operation operation;
  operation.kind = OperationKind::set;
  operation.path = std::move(path);
  operation.item = std::move(item);
  Group group;
  group.object.type = kStore;
  group.id = Value("s");
  group.operations = {std::move(operation)};
  JournalRecord record;
  record.changeset.groups = {std::move(group)};
  const Schema schema = stores();
  return rejection_of(&schema, record).operations.at(0);
}

Item address_item() {
  Scope address{ScopeKind::object, {}};
  address.put(kStreet, Item(Value("Storgata")));
  address.put(kFormer, Item(Value("0155")));
  return Item(std::move(address));
}

TEST(RejectionText, NamesAFieldByTheTypeThatItStandsIn) {
  const ElementId element{{}, 1};
  EXPECT_EQ(told({kMain, kStreet}, Item(Value("x"))).path, "address.street");
  EXPECT_EQ(told({kOthers, element, kCity}, Item(Value("x"))).path, "others.[element].city");
  EXPECT_EQ(told({kByName, "by_name", kCity}, Item(Value("x"))).path, "by_name.by_name.city");
  EXPECT_EQ(told({kMain, "lane", "x"}, Item(Value("x"))).path, "address.lane.x");
  EXPECT_EQ(told({kMain, FieldNumber(40)}, Item(Value("x"))).path, "address.#40");
}

TEST(RejectionText, ShowsAValueInTheWordsOfTheSchema) {
  const Value address(Document{{"street", "Storgata"}});
  EXPECT_EQ(told({kMain}, address_item()).value, address);
  EXPECT_EQ(told({kOthers, ElementId{{}, 1}}, address_item()).value, address);
  EXPECT_EQ(told({kByName, "x"}, address_item()).value, address);
  EXPECT_EQ(told({kByName, "x", kCity}, Item(Value("Oslo"))).value, Value("Oslo"));
}

}  // namespace
}  // namespace syncline
