// Models: an app's types as any language would declare them. Made from a loaded app, given names of
// one language (names.h), then only formatted by that language's emitter.
//
//   SYNCLINE_ASSIGN(Models models, models_of(*app, {}));
//
// Pure and deterministic; any thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "node/model/app.h"
#include "proto/schema.h"

namespace syncline::generate {

struct Property {
  std::string name;        // as stored
  std::string identifier;  // in the language; by give_names
  // What the field, or an element of the collection, is. A link holds the target's _id.
  ScalarType type = ScalarType::mixed;
  Collection collection = Collection::none;
  bool primary_key = false;
  // May be missing or null. Links and embedded objects always are optional, collections never.
  bool optional = true;
  bool element_optional = false;  // the same of a collection's elements
  bool required = false;          // must be present, if only as null or empty
  size_t target = 0;              // embedded and link: its place in Models::classes
  std::optional<Value> default_value;
  // For people, of hostile origin: see text.h before writing them anywhere.
  std::string description;
  std::string allowed;  // the values of "enum", "" if any

  bool names_class() const { return type == ScalarType::embedded || type == ScalarType::link; }
  bool differs() const { return name != identifier; }
};

struct Class {
  std::string name;        // as stored: the title
  std::string identifier;  // in the language; by give_names
  std::string collection;  // "database.collection"; empty if embedded
  bool embedded = false;
  bool asymmetric = false;
  bool geo_point = false;  // has what GeoJSON needs of a Point
  std::string description;
  std::vector<Property> properties;  // _id first, then as the schema numbers them

  bool differs() const { return name != identifier; }
  const Property* primary_key() const;
};

struct Models {
  std::string app;             // its name; for people
  std::vector<Class> classes;  // by name

  const Class& target(const Property& property) const { return classes[property.target]; }
  // The type of a link's value: of the _id of what it links to.
  ScalarType key_type(const Property& link) const;
};

// Those of the app, or those named and all that they reach by links and embedding. kUsage: a name
// that is no type's.
Result<Models> models_of(const App& app, const std::vector<std::string>& names);

}  // namespace syncline::generate
