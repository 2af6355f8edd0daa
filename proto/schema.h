// What the parts below node/model need to know of an app's schema: numbered types and fields.
// Made by node/model from an app; sent to nodes in Welcome; never holds constraints (those are
// compiled validators in node/model). Immutable once made; share by shared_ptr<const Schema> (many
// threads read it).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "proto/ids.h"
#include "proto/object.h"
#include "syncline/declared_schema.h"
#include "syncline/indexes.h"

namespace syncline {

struct FieldDef {
  FieldNumber number;
  std::string name;
  ScalarType type = ScalarType::mixed;
  Collection collection = Collection::none;
  bool nullable = true;   // takes null. Collections: whether elements do
  bool required = false;  // must be present
  TypeNumber target;      // embedded: its type. link: the type whose _id it holds
  std::optional<Value> default_value;
  bool operator==(const FieldDef&) const = default;
};

// What a field reads as where an object lacks it, on every node and at the authority: its default,
// if it is required. So a field that becomes required hides no object. Null: it reads as missing.
// Valid as long as `field`.
const Value* value_when_missing(const FieldDef& field);
// What does not show: nothing, or a null that another version of the app takes and this one does
// not.
bool reads_as_missing(const FieldDef& field, const Item* item);

// An index that nodes keep over the type: Index of indexes.h without the type.
struct IndexDef {
  IndexKind kind = IndexKind::values;
  std::vector<std::string> fields;
  bool operator==(const IndexDef&) const = default;
};

struct TypeDef {
  TypeNumber number;
  std::string name;        // the schema's title: the name that users write
  std::string collection;  // "database.collection"; empty for embedded types
  bool embedded = false;
  bool asymmetric = false;
  bool open = true;                   // additionalProperties: fields outside the schema are kept
  std::vector<ScalarType> key_types;  // of _id; mixed is the four. Empty for embedded types
  std::vector<FieldDef> fields;       // sorted by number. _id is a field too
  // Fields of other versions of the app, sorted by number: objects may hold them, and nothing of
  // this version speaks of them. Their numbers are not reused. Not found by field().
  std::vector<FieldDef> retired;
  std::vector<IndexDef> indexes;  // as the app declares them

  const FieldDef* field(FieldNumber number) const;
  const FieldDef* field(std::string_view name) const;
  bool is_retired(FieldNumber number) const;
  bool operator==(const TypeDef&) const = default;
};

struct Schema {
  // Counts the deployments that changed something of any version.
  uint64_t revision = 0;
  // That code is written for: the number in migrations/<from>-<to>.json that leads to it.
  uint32_t version = 1;
  std::vector<TypeDef> types;  // sorted by number; embedded types too
  // Types of other versions, sorted by number; as TypeDef::retired. Not found by type().
  std::vector<TypeDef> retired;

  const TypeDef* type(TypeNumber number) const;
  const TypeDef* type(std::string_view name) const;
  // Tells apart all schemas of a log: which revision of which version.
  uint64_t mark() const { return revision << kVersionBits | version; }
  static uint32_t version_of(uint64_t mark) {
    return static_cast<uint32_t>(mark & ((uint64_t{1} << kVersionBits) - 1));
  }
  static constexpr int kVersionBits = 20;
  bool operator==(const Schema&) const = default;
};

// Types that every store has: what must be remembered with the log is an object. Numbers below 16
// are theirs.
namespace system_type {
inline constexpr TypeNumber kNode{
    1};  // _id: node id text; name, user, node_key, identity_key, removed
inline constexpr TypeNumber kUser{2};          // _id: user id; data, custom_data
inline constexpr TypeNumber kSubscription{3};  // _id: "<node>/<id>"; node, name, type, query
// _id: "app", what is deployed; "next/2", a schema version that is being made ready; "1", an older
// one in force. files: dictionary of path to text; schema; deployments
inline constexpr TypeNumber kApp{4};
inline constexpr TypeNumber kSetting{5};  // _id: name; value
inline constexpr uint32_t kFirstUser = 16;
}  // namespace system_type

// The system types' fields, by type. Numbers are for ever; 1 is _id in each.
namespace system_field {
inline constexpr FieldNumber kId{1};
namespace node {
inline constexpr FieldNumber kName{2};         // string
inline constexpr FieldNumber kUser{3};         // string: the _id of its user
inline constexpr FieldNumber kNodeKey{4};      // string: CURVE public key, 40 characters of Z85
inline constexpr FieldNumber kIdentityKey{5};  // string: Ed25519 public key, 64 hexadecimal digits
inline constexpr FieldNumber kRemoved{6};      // boolean; absent is false
inline constexpr FieldNumber kVersion{7};      // int32: the schema version that its code is
                                               // written for; absent: whichever is deployed
}  // namespace node
namespace user {
inline constexpr FieldNumber kData{2};        // mixed: a document, %%user.data
inline constexpr FieldNumber kCustomData{3};  // mixed: a document, %%user.custom_data
inline constexpr FieldNumber kType{4};        // string: %%user.type; absent is "normal"
}  // namespace user
namespace subscription {
inline constexpr FieldNumber kNode{2};   // string: the _id of its node
inline constexpr FieldNumber kName{3};   // string or null
inline constexpr FieldNumber kType{4};   // string: the name of the type subscribed to
inline constexpr FieldNumber kQuery{5};  // string; absent: the whole type
}  // namespace subscription
namespace app {
inline constexpr FieldNumber kFiles{2};  // dictionary of string: path in the app to text
inline constexpr FieldNumber kSchema{
    3};  // binary: the encoded Schema with the numbers that were given
inline constexpr FieldNumber kDeployments{4};  // int64: which deployment this is, from 1
}  // namespace app
namespace setting {
inline constexpr FieldNumber kValue{2};  // mixed
}  // namespace setting
}  // namespace system_field

// The system types' definitions, part of every Schema.
const std::vector<TypeDef>& system_types();
bool is_system(TypeNumber type);

}  // namespace syncline
