// Reads the schema of one field, and of the embedded types below it.
// Called by read_schemas, once for each property of each type. One thread.
#pragma once

#include <set>
#include <string>

#include "node/model/app_schema.h"

namespace syncline::app {

class FieldReader {
 public:
  // `types`: embedded types are added here. `top_level`: names that embedded types cannot have.
  // `embedded_titles`: titles of objects with properties anywhere in the app; an object that has
  // such a title and nothing else refers to it.
  FieldReader(TypeDrafts* types, const std::set<std::string>* top_level,
              const std::set<std::string>* embedded_titles)
      : types_(types), top_level_(top_level), embedded_titles_(embedded_titles) {}

  // The fields, required names, openness and constraints of an object schema, into `type`.
  // Requires: its name is set.
  void read_object(Notes& notes, const Json& schema, const std::string& pointer, TypeDraft& type);

 private:
  struct Where {
    Notes& notes;
    std::string pointer;
    std::string parent;  // the type's name
    std::string field;
  };

  FieldDraft read_field(const Where& where, const Json& schema, Json* constraints);
  void read_properties(Notes& notes, ObjectView& schema, TypeDraft& type);
  void read_required(Notes& notes, ObjectView& schema, TypeDraft& type);
  void read_openness(Notes& notes, ObjectView& schema, TypeDraft& type);
  void object_field(const Where& where, const Json& schema, ObjectView& view, FieldDraft& field,
                    Json* constraints);
  void array_field(const Where& where, const Json& schema, ObjectView& view, FieldDraft& field,
                   Json* constraints);
  void dictionary_field(const Where& where, ObjectView& view, FieldDraft& field, Json* constraints);
  void union_field(const Where& where, const TypeReading& reading, ObjectView& view,
                   const Json& schema, FieldDraft& field, Json* constraints);
  // Makes `field` a collection of what the element is.
  void set_element(const Where& where, const FieldDraft& element, Collection collection,
                   FieldDraft& field);
  std::string embed(const Where& where, const Json& schema, Json* constraints);

  TypeDrafts* types_;
  const std::set<std::string>* top_level_;
  const std::set<std::string>* embedded_titles_;
  std::map<std::string, Json>
      shapes_;     // of each embedded type: what must be equal for two to be one
  int depth_ = 1;  // of the object that is read: a collection's own is 1
};

}  // namespace syncline::app
