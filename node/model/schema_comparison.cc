#include "node/model/schema_comparison.h"

#include <algorithm>

#include <fmt/format.h>

#include "node/model/type_table.h"
#include "proto/codec.h"
#include "proto/limits.h"

namespace syncline {
namespace {

using Kind = SchemaDifference::Kind;

std::string declared_text(const DeclaredField& field) {
  const bool collection = field.collection != Collection::none;
  std::string text =
      text_of_type(field.type, field.collection, collection && field.nullable, field.target);
  if (collection || field.type == ScalarType::mixed || field.type == ScalarType::link) return text;
  return text + (field.nullable || field.default_value ? ", optional" : ", required");
}

std::string join(const std::vector<ScalarType>& key_types) {
  std::string text;
  for (const ScalarType type : key_types)
    text += (text.empty() ? "" : " or ") + std::string(type == ScalarType::mixed
                                                           ? "long, string, objectId or uuid"
                                                           : row_of(type).bson);
  return text;
}

// At most so many bytes in a message: names, and a few for what else is said of each.
size_t encoded_bytes_max(const DeclaredType& type) {
  constexpr size_t kOtherBytes = 16;
  size_t bytes = type.name.size() + kOtherBytes;
  for (const DeclaredField& field : type.fields) {
    bytes += field.name.size() + field.target.size() + kOtherBytes;
    if (field.default_value) bytes += encode_value(*field.default_value).size();
  }
  return bytes;
}

class Comparison {
 public:
  Comparison(const DeclaredSchema& declared, const Schema& authority)
      : declared_(declared), authority_(authority) {}

  std::vector<SchemaDifference> run() {
    for (const DeclaredType& type : declared_.types)
      if (!type.embedded) whole_type(type);
    // What is embedded nowhere in the code is looked for by its name.
    for (const DeclaredType& type : declared_.types)
      if (type.embedded && !reached_.contains(type.name)) whole_type(type);
    return std::move(out_);
  }

 private:
  SchemaDifference& tell(Kind kind, const DeclaredType& type, std::string_view field,
                         std::string declared, std::string authority, std::string remedy,
                         bool usable = false) {
    return out_.emplace_back(SchemaDifference{kind, type.name, std::string(field),
                                              std::move(declared), std::move(authority),
                                              std::move(remedy), usable});
  }

  void whole_type(const DeclaredType& type) {
    const TypeDef* def = authority_.type(std::string_view(type.name));
    if (def != nullptr && is_system(def->number)) def = nullptr;
    if (def == nullptr) {
      tell(Kind::type_missing, type, "", kind_text(type.embedded, type.asymmetric), "",
           fmt::format("deploy a schema with the title \"{0}\", or take the struct out of the "
                       "node's models; if the authority has it by another name, write that in the "
                       "struct's schema_of()",
                       type.name));
      return;
    }
    if (type.embedded != def->embedded) {
      tell(Kind::embedded, type, "", kind_text(type.embedded, type.asymmetric),
           kind_text(def->embedded, def->asymmetric),
           def->embedded ? "make it an embedded_schema and hold it by value in what it is part of"
                         : "make it an object_schema with an _id and hold a Link to it");
      return;
    }
    if (type.asymmetric != def->asymmetric)
      tell(Kind::asymmetric, type, "", kind_text(type.embedded, type.asymmetric),
           kind_text(def->embedded, def->asymmetric),
           def->asymmetric
               ? "make it an asymmetric_schema: nodes only write its objects"
               : fmt::format("make it an object_schema, or name {} in \"asymmetric_tables\" of "
                             "sync/config.json and deploy",
                             type.name));
    fields_of(type, *def);
  }

  static std::string kind_text(bool embedded, bool asymmetric) {
    return embedded     ? "embedded objects"
           : asymmetric ? "objects that are only written (asymmetric)"
                        : "objects of their own";
  }

  void fields_of(const DeclaredType& type, const TypeDef& def) {
    if (!compared_.insert({type.name, def.number}).second) return;
    for (const DeclaredField& field : type.fields) {
      if (!def.embedded && field.name == "_id") {
        key(type, field, def);
        continue;
      }
      const FieldDef* there = def.field(std::string_view(field.name));
      if (there == nullptr) {
        tell(
            Kind::field_missing, type, field.name, declared_text(field), "",
            fmt::format("add \"{}\": {} to the properties of {} and deploy, or leave the field "
                        "out of the code",
                        field.name, schema_text_of_type(field.type, field.collection, field.target),
                        def.name));
      } else {
        one_field(type, def, field, *there);
      }
    }
    for (const FieldDef& there : def.fields)
      if (there.required && !there.default_value && there.collection == Collection::none &&
          there.name != "_id" && type.field(there.name) == nullptr)
        tell(Kind::required_unknown, type, there.name, "", text_of(there),
             fmt::format("objects can be read and changed; those that this code creates are "
                         "refused: add {} to the struct, or give the property a \"default\"",
                         cpp_of(there)),
             true);
  }

  void key(const DeclaredType& type, const DeclaredField& field, const TypeDef& def) {
    if (field.type == ScalarType::mixed) return;
    const auto holds = [&](ScalarType there) {
      return there == field.type || (there == ScalarType::int32 && field.type == ScalarType::int64);
    };
    if (std::all_of(def.key_types.begin(), def.key_types.end(), holds)) return;
    tell(Kind::key_type, type, "_id", std::string(row_of(field.type).bson), join(def.key_types),
         def.key_types.size() == 1 && def.key_types[0] != ScalarType::mixed
             ? fmt::format("make the member {}",
                           row_of(def.key_types[0] == ScalarType::int32 ? ScalarType::int64
                                                                        : def.key_types[0])
                               .cpp)
             : "make the member a Value, which holds a key of any of these");
  }

  void one_field(const DeclaredType& type, const TypeDef& def, const DeclaredField& field,
                 const FieldDef& there) {
    const std::string make_it = fmt::format("make the member {}", cpp_of(there));
    if (field.collection != there.collection) {
      tell(Kind::collection, type, field.name, declared_text(field), text_of(there), make_it);
      return;
    }
    if (!type_fits(field, there)) {
      const bool embedding =
          (field.type == ScalarType::embedded) != (there.type == ScalarType::embedded);
      tell(embedding ? Kind::embedded : Kind::field_type, type, field.name, declared_text(field),
           text_of(there),
           fmt::format("{}, or change the property to {} in the schema, while nothing uses it yet",
                       make_it, schema_text_of_type(field.type, field.collection, field.target)));
      return;
    }
    if (!target(type, def, field, there)) return;
    nullability(type, def, field, there, make_it);
  }

  static bool type_fits(const DeclaredField& field, const FieldDef& there) {
    if (field.type == there.type) return true;
    // A long holds every int, and any value is a Value.
    if (field.type == ScalarType::int64 && there.type == ScalarType::int32) return true;
    return field.type == ScalarType::mixed &&
           (there.type == ScalarType::number || there.type == ScalarType::null);
  }

  // Whether what it leads to is the same; told if not.
  bool target(const DeclaredType& type, const TypeDef& def, const DeclaredField& field,
              const FieldDef& there) {
    if (field.type != ScalarType::link && field.type != ScalarType::embedded) return true;
    const TypeDef* to = authority_.type(there.target);
    if (to == nullptr) return true;
    if (field.type == ScalarType::link) {
      if (to->name == field.target) return true;
      tell(Kind::target, type, field.name, declared_text(field), text_of(there),
           fmt::format("make the member {}", cpp_of(there)));
      return false;
    }
    reached_.insert(field.target);
    if (to->name != field.target)
      tell(Kind::target, type, field.name, declared_text(field), text_of(there),
           fmt::format("nothing needs to be done: what it holds is compared. To have one name, "
                       "give the property the title \"{}\"",
                       field.target),
           true);
    if (const DeclaredType* inner = declared_.type(field.target)) fields_of(*inner, *to);
    return true;
  }

  void nullability(const DeclaredType& type, const TypeDef& def, const DeclaredField& field,
                   const FieldDef& there, const std::string& make_it) {
    // Null is one of the values that any of these holds.
    if (field.type == ScalarType::mixed || field.type == ScalarType::link) return;
    if (field.collection != Collection::none) {
      if (field.nullable == there.nullable) return;
      // App Services has it that an embedded object under a key may be null; one that is, is an
      // error to read.
      if (field.collection == Collection::dictionary && field.type == ScalarType::embedded) return;
      tell(Kind::nullability, type, field.name, declared_text(field), text_of(there), make_it);
      return;
    }
    const bool optional_there = !there.required || there.nullable;
    if (field.nullable == optional_there) return;
    if (optional_there && field.default_value) return;
    tell(Kind::nullability, type, field.name, declared_text(field), text_of(there),
         optional_there
             ? fmt::format("{}, mark its field `defaulted` if the member's initialiser will do, or "
                           "name it in \"required\" of {} in the schema, while nothing uses it yet",
                           make_it, def.name)
             : fmt::format("{}, or take it out of \"required\" of {} in the schema, while nothing "
                           "uses it yet",
                           make_it, def.name));
  }

  std::string_view name_of_target(const FieldDef& field) const {
    const TypeDef* to = authority_.type(field.target);
    return to == nullptr ? std::string_view("another type") : std::string_view(to->name);
  }
  std::string text_of(const FieldDef& field) const {
    const bool collection = field.collection != Collection::none;
    std::string text = text_of_type(field.type, field.collection, collection && field.nullable,
                                    name_of_target(field));
    if (collection || field.type == ScalarType::mixed || field.type == ScalarType::link)
      return text;
    return text + (!field.required || field.nullable ? ", optional" : ", required");
  }
  std::string cpp_of(const FieldDef& field) const {
    const bool nullable =
        field.collection == Collection::none ? !field.required || field.nullable : field.nullable;
    return cpp_text_of_type(field.type, field.collection, nullable, name_of_target(field));
  }

  const DeclaredSchema& declared_;
  const Schema& authority_;
  std::set<std::pair<std::string, TypeNumber>> compared_;
  std::set<std::string> reached_;  // embedded types that were compared where they are embedded
  std::vector<SchemaDifference> out_;
};

}  // namespace

std::vector<SchemaDifference> compare_schemas(const DeclaredSchema& declared,
                                              const Schema& authority) {
  return Comparison(declared, authority).run();
}

Status check_fit(const DeclaredSchema& declared, std::string_view name,
                 const std::vector<SchemaDifference>& differences) {
  std::set<std::string, std::less<>> concerned = {std::string(name)};
  std::vector<const DeclaredType*> open;
  if (const DeclaredType* type = declared.type(name)) open.push_back(type);
  while (!open.empty()) {
    const DeclaredType* type = open.back();
    open.pop_back();
    for (const DeclaredField& field : type->fields)
      if (field.type == ScalarType::embedded && concerned.insert(field.target).second)
        if (const DeclaredType* inner = declared.type(field.target)) open.push_back(inner);
  }
  std::string text;
  for (const SchemaDifference& difference : differences)
    if (!difference.usable && concerned.contains(difference.type))
      text += "\n  " + to_text(difference);
  if (text.empty()) return {};
  return fail(ErrorCode::kSchemaMismatch,
              fmt::format("{} does not fit the authority's schema:{}", name, text));
}

Status check_declared(const DeclaredSchema& declared) {
  const auto wrong = [](std::string text) { return fail(ErrorCode::kUsage, std::move(text)); };
  if (declared.types.size() > limits::kTypesMax)
    return wrong(fmt::format("{} types are declared; at most {} can be", declared.types.size(),
                             limits::kTypesMax));
  std::set<std::string_view> names;
  size_t bytes = 0;
  for (const DeclaredType& type : declared.types) {
    bytes += encoded_bytes_max(type);
    if (bytes > limits::kDeclaredSchemaBytesMax)
      return wrong(
          fmt::format("what is declared takes more than {} bytes, so that it cannot be "
                      "sent; declare the types that this code uses",
                      limits::kDeclaredSchemaBytesMax));
    if (type.name.empty() || type.name.size() > limits::kTypeNameBytesMax)
      return wrong(fmt::format("the name of type \"{}\" has {} bytes; give it 1 to {}", type.name,
                               type.name.size(), limits::kTypeNameBytesMax));
    if (!names.insert(type.name).second)
      return wrong(
          fmt::format("two types that differ are declared with the name {}; give one of "
                      "them another",
                      type.name));
    if (type.fields.size() > limits::kFieldsPerTypeMax)
      return wrong(fmt::format("{} has {} fields; at most {} are possible", type.name,
                               type.fields.size(), limits::kFieldsPerTypeMax));
    if (!type.embedded && type.field("_id") == nullptr)
      return wrong(fmt::format("{} has no field _id; give it one, or make it embedded", type.name));
    std::set<std::string_view> fields;
    for (const DeclaredField& field : type.fields) {
      if (field.name.empty() || field.name.size() > limits::kFieldNameBytesMax)
        return wrong(fmt::format("{}.{}: the name has {} bytes; give it 1 to {}", type.name,
                                 field.name, field.name.size(), limits::kFieldNameBytesMax));
      if (!fields.insert(field.name).second)
        return wrong(fmt::format("{}.{} is declared twice; leave one", type.name, field.name));
      if (field.target.size() > limits::kTypeNameBytesMax)
        return wrong(
            fmt::format("{}.{}: the name of its target has {} bytes; at most {} are "
                        "possible",
                        type.name, field.name, field.target.size(), limits::kTypeNameBytesMax));
      if (field.type != ScalarType::embedded) continue;
      const DeclaredType* target = declared.type(field.target);
      if (target == nullptr || !target->embedded)
        return wrong(fmt::format("{}.{} embeds {}, which is not declared as embedded", type.name,
                                 field.name, field.target));
    }
  }
  return {};
}

}  // namespace syncline
