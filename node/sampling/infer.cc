#include "node/sampling/infer.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "node/model/app_names.h"
#include "node/sampling/lattice.h"
#include "proto/limits.h"

namespace syncline::sampling {
namespace {

using Pointer = SchemaJson::json_pointer;

// Embedded types that are declared in one type: beyond, objects are mixed. All types of an app have
// one limit.
constexpr size_t kEmbeddedTypesMax = limits::kTypesMax / 2;

std::string counts_text(const Place& place) {
  std::vector<std::string> parts;
  for (const auto& [kind, tally] : place.kinds)
    if (kind != ValueKind::null)
      parts.push_back(fmt::format("{} {} (as in {})", tally.count, text_of(kind),
                                  fmt::join(tally.examples, ", ")));
  return fmt::format("{}", fmt::join(parts, "; "));
}

bool is_id_type(std::string_view type) {
  return type == "int" || type == "long" || type == "string" || type == "objectId" ||
         type == "uuid";
}

bool holds_ids_only(const Place& place) {
  return std::all_of(place.kinds.begin(), place.kinds.end(), [](const auto& each) {
    return each.first == ValueKind::null || is_id_type(bson_type_of(each.first));
  });
}

// "array" of "array" and of ["array", "null"].
std::string type_in(const SchemaJson& schema) {
  const SchemaJson& type = schema["bsonType"];
  return type.is_array() ? type[0].get<std::string>() : type.get<std::string>();
}

bool is_collection(const SchemaJson& schema) {
  return type_in(schema) == "array" ||
         (type_in(schema) == "object" && !schema.contains("properties"));
}

// The place that is described.
struct Where {
  std::string path;
  std::string parent;  // the title of the type it belongs to
  std::string field;   // the nearest field's name
  size_t row = 0;
  Pointer parent_schema;
  Pointer schema;        // of what is described
  bool element = false;  // of an array or dictionary
};

class Inference {
 public:
  Inference(SampledType* out, EmbeddedNames* names) : out_(out), names_(names) {}

  void root(Sampler& sampler) {
    out_->documents = sampler.documents();
    out_->sampled = sampler.root().documents;
    out_->schema = SchemaJson{{"title", out_->title},
                              {"bsonType", "object"},
                              {"required", SchemaJson::array({"_id"})},
                              {"properties", {{"_id", id(sampler)}}}};
    fields_of(sampler.root(), out_->title, "", Pointer(), true, &out_->schema);
    if (out_->sampled < out_->documents)
      inform("sampled", "",
             fmt::format("types and what is required are those of {} of {} documents",
                         out_->sampled, out_->documents),
             "`syncline schema validate` tells whether all of them fit");
    if (sampler.names_left_out() > 0)
      warn("too_many_names", "",
           fmt::format("there are more than {} places in all; the names that came later are not "
                       "declared",
                       kPlacesMax),
           "make dictionaries of the objects whose names are data: they keep their values "
           "meanwhile, "
           "outside the schema");
  }

 private:
  void warn(std::string code, std::string path, std::string text, std::string remedy) {
    out_->messages.push_back(
        {true, std::move(code), std::move(path), std::move(text), std::move(remedy)});
  }
  void inform(std::string code, std::string path, std::string text, std::string remedy = "") {
    out_->messages.push_back(
        {false, std::move(code), std::move(path), std::move(text), std::move(remedy)});
  }
  FieldRow& row(const Where& where) { return out_->rows[where.row]; }

  size_t add_row(std::string path, const Place& place, uint64_t documents) {
    FieldRow row;
    row.path = std::move(path);
    row.null = place.nulls();
    row.seen = place.values() - row.null;
    row.missing = documents - std::min(documents, place.values());
    for (const auto& [kind, tally] : place.kinds)
      if (kind != ValueKind::null)
        row.kinds.push_back({std::string(text_of(kind)), tally.count, tally.examples});
    out_->rows.push_back(std::move(row));
    return out_->rows.size() - 1;
  }

  // ---- _id ----

  SchemaJson id(const Sampler& sampler) {
    FieldRow row;
    row.path = "_id";
    row.required = true;
    row.missing = sampler.without_id().count;
    std::set<std::string> types;
    uint64_t most = 0, good = 0;
    for (const auto& [kind, tally] : sampler.id_kinds()) {
      types.insert(std::string(bson_type_of(kind)));
      row.kinds.push_back({std::string(text_of(kind)), tally.count, tally.examples});
      most = std::max(most, tally.count);
      good += tally.count;
    }
    uint64_t bad = 0;
    for (const auto& [kind, tally] : sampler.bad_ids()) {
      bad += tally.count;
      row.kinds.push_back({std::string(text_of(kind)), tally.count, tally.examples});
      bad_id(kind, tally);
    }
    if (types.contains("long")) types.erase("int");
    std::string type = types.size() == 1 ? *types.begin() : types.empty() ? "objectId" : "mixed";
    row.conflicting = types.size() > 1 ? good - most + bad : bad;
    if (types.size() > 1) {
      std::vector<std::string> parts;
      for (const KindCount& kind : row.kinds)
        parts.push_back(
            fmt::format("{} {} (as {})", kind.count, kind.kind, fmt::join(kind.examples, ", ")));
      warn("mixed_ids", "_id",
           fmt::format("the _ids are of several types: {}; declared mixed, so that all are taken "
                       "as they are",
                       fmt::join(parts, "; ")),
           "give all documents _ids of one type if programs should know it");
    }
    row.type = type;
    row.seen = good + bad;
    out_->rows.push_back(std::move(row));
    const Tally& without = sampler.without_id();
    if (without.count > 0)
      warn("missing_id", "_id",
           fmt::format("{} documents have no _id (as {}): they cannot be imported", without.count,
                       fmt::join(without.examples, ", ")),
           "export them with their _id (mongoexport --fields leaves it in unless told otherwise), "
           "or add one to each: {\"_id\": {\"$oid\": \"...\"}}");
    const Tally& repeated = sampler.repeated();
    if (repeated.count > 0)
      warn("repeated_id", "_id",
           fmt::format("{} documents have an _id that one before them had (as {}): of an import "
                       "the last stays",
                       repeated.count, fmt::join(repeated.examples, ", ")),
           "give each document an _id of its own");
    return {{"bsonType", type}};
  }

  void bad_id(ValueKind kind, const Tally& tally) {
    std::string remedy = "give them an _id that is an objectId, a uuid, a string or an integer";
    if (kind == ValueKind::floating)
      remedy = "write whole numbers as integers ({\"$numberLong\": \"1\"}), others as strings";
    if (kind == ValueKind::document)
      remedy = "keep the parts as fields, and join them to a string for the _id";
    if (kind == ValueKind::string)
      remedy = fmt::format("shorten them: at most {} bytes of UTF-8", limits::kKeyBytesMax);
    warn("bad_id", "_id",
         fmt::format("{} documents have an _id of type {} that cannot be a key (as in {}): they "
                     "cannot be imported",
                     tally.count, text_of(kind), fmt::join(tally.examples, ", ")),
         std::move(remedy));
  }

  // ---- fields ----

  // Fills in the schema of documents, which lies at `pointer`.
  void fields_of(Members& members, const std::string& title, const std::string& prefix,
                 const Pointer& pointer, bool root, SchemaJson* schema) {
    for (auto& [name, place] : members.fields) {
      if ((root && name == "_id") || !is_declarable(name, prefix)) continue;
      const std::string path = prefix + name;
      const size_t row = add_row(path, place, members.documents);
      SchemaJson field =
          describe(place, {path, title, name, row, pointer, pointer / "properties" / name, false});
      FieldRow& told = out_->rows[row];
      told.required = told.missing == 0 && told.null == 0 && !is_collection(field);
      if (told.required) (*schema)["required"].push_back(name);
      (*schema)["properties"][name] = std::move(field);
    }
    if (members.untold.count > 0)
      warn("too_many_names", prefix,
           fmt::format("{} values stand under names beyond the first {} and are not declared (as "
                       "in {})",
                       members.untold.count, members.fields.size(),
                       fmt::join(members.untold.examples, ", ")),
           "move what is named by data into a dictionary of its own");
  }

  bool is_declarable(const std::string& name, const std::string& prefix) {
    app::Notes notes("", "");
    const bool good = app::check_field_name(notes, "", name);
    int errors = 0, warnings = 0;
    for (const AppMessage& message : notes.close(nullptr, &errors, &warnings).messages)
      warn(message.code, prefix + app::printable(name),
           good ? message.text
                : message.text + "; it is not declared, documents keep it outside the schema",
           message.remedy);
    return good;
  }

  SchemaJson describe(Place& place, const Where& where) {
    const JoinedType joined = join(place);
    row(where).type = joined.bson_type;
    row(where).conflicting = joined.conflicting;
    SchemaJson schema;
    if (joined.bson_type == "object") {
      schema = object(place, where);
    } else if (joined.bson_type == "array") {
      schema = array(place, where);
    } else {
      schema["bsonType"] = joined.bson_type;
      tell_mixed(joined, place, where);
    }
    const std::string type = type_in(schema);
    const bool may_link = is_id_type(type) || (type == "mixed" && holds_ids_only(place));
    // Of a mixture, ids of one type alone may have been tried.
    const bool all_tried = place.probe.seen() > 0 && place.probe.seen() == row(where).seen;
    if (may_link && all_tried) add_candidate(place, where, type);
    // Of a field, null is one of the values unless it is required; of others it must be said.
    const bool says_null = where.element || is_collection(schema);
    if (place.nulls() > 0 && says_null && type != "mixed")
      schema["bsonType"] = SchemaJson::array({type, "null"});
    return schema;
  }

  void add_candidate(const Place& place, const Where& where, const std::string& type) {
    std::string path = where.path;
    if (path.ends_with(".[]")) path.resize(path.size() - 3);
    out_->candidates.push_back(
        {where.row, where.field, path, type, where.element, &place.probe, where.parent_schema});
  }

  void tell_mixed(const JoinedType& joined, const Place& place, const Where& where) {
    using Why = JoinedType::Why;
    switch (joined.why) {
      case Why::agrees:
        break;
      case Why::no_values:
        warn("only_null", where.path, "only null was seen: declared mixed",
             "name the type if you know it");
        break;
      case Why::no_name:
        warn("unnamed_type", where.path, fmt::format("{}: declared mixed", counts_text(place)),
             "nothing if it is only kept; else store it as another type");
        break;
      case Why::references:
        row(where).type = "mixed (DBRef)";
        inform("references", where.path,
               fmt::format("{}: declared mixed, in which references are kept as they are",
                           counts_text(place)),
               "store the _id alone to make it a link");
        break;
      case Why::inexact:
        warn("inexact_integers", where.path,
             fmt::format("{}: doubles beside integers that no double holds: declared mixed",
                         counts_text(place)),
             "use decimal, or one of the two");
        break;
      case Why::conflicting:
        warn("conflicting_types", where.path,
             fmt::format("several types: {}: declared mixed", counts_text(place)),
             "bring the values to one type, then name it in the schema; or leave it mixed");
        break;
    }
  }

  SchemaJson mixed(const Where& where, std::string type_text) {
    row(where).type = std::move(type_text);
    return {{"bsonType", "mixed"}};
  }

  // ---- arrays and documents ----

  SchemaJson array(Place& place, const Where& where) {
    if (where.element) {
      inform("nested_collection", where.path,
             "arrays in a collection: schemas can declare them as mixed values only",
             "embed an object that holds the inner array if its elements should have a type");
      return mixed(where, "mixed (arrays)");
    }
    SchemaJson schema{{"bsonType", "array"}};
    if (!place.elements) {
      row(where).type = "array of mixed";
      warn("only_empty", where.path,
           fmt::format("only empty arrays were seen ({}): declared an array of mixed",
                       place.empty_lists),
           "name the type of its elements if you know it");
      schema["items"] = {{"bsonType", "mixed"}};
      return schema;
    }
    schema["items"] = describe_element(*place.elements, where, "items", "array of ");
    return schema;
  }

  SchemaJson describe_element(Place& element, const Where& where, const char* keyword,
                              const std::string& text) {
    Where inner = where;
    inner.path += ".[]";
    inner.row = add_row(inner.path, element, 0);
    inner.schema = where.schema / keyword;
    inner.element = true;
    SchemaJson schema = describe(element, inner);
    row(where).type = text + row(inner).type;
    return schema;
  }

  SchemaJson object(Place& place, const Where& where) {
    Members& members = *place.members;
    if (is_dictionary(members)) return dictionary(members, where);
    if (members.fields.empty()) {
      warn("only_empty", where.path,
           "only empty documents were seen: declared a dictionary of mixed",
           "list its \"properties\" if you know them");
      if (where.element) return mixed(where, "mixed (documents)");
      row(where).type = "dictionary of mixed";
      return {{"bsonType", "object"}, {"additionalProperties", true}};
    }
    if (embedded_ >= kEmbeddedTypesMax) {
      warn("too_many_types", where.path,
           fmt::format("more than {} embedded types: declared mixed", kEmbeddedTypesMax),
           "make dictionaries of the objects whose names are data");
      return mixed(where, "mixed (documents)");
    }
    return embedded(place, where);
  }

  SchemaJson dictionary(Members& members, const Where& where) {
    members.merge_names();
    if (members.bad_key) {
      warn("bad_dictionary_key", where.path,
           fmt::format("documents of {} or more keys, some of which begin with \"$\" or contain "
                       "\".\", as those of dictionaries may not: declared mixed",
                       members.names_merged),
           "write them %24 and %2E to have a dictionary");
      return mixed(where, "mixed (documents)");
    }
    if (where.element) {
      inform("nested_collection", where.path,
             "dictionaries in a collection: schemas can declare them as mixed values only",
             "embed an object that holds the inner dictionary if its values should have a type");
      return mixed(where, "mixed (documents)");
    }
    inform(
        "dictionary", where.path,
        fmt::format("{} or more distinct keys in {} documents, data rather than names of fields: "
                    "declared a dictionary",
                    members.names_merged, members.documents),
        "list them as \"properties\" if they are fields");
    SchemaJson schema{{"bsonType", "object"}};
    schema["additionalProperties"] =
        describe_element(*members.merged, where, "additionalProperties", "dictionary of ");
    return schema;
  }

  SchemaJson embedded(Place& place, const Where& where) {
    ++embedded_;
    const std::string title = names_->name_for(where.parent, where.field);
    row(where).type = title;
    SchemaJson schema{{"title", title},
                      {"bsonType", "object"},
                      {"required", SchemaJson::array()},
                      {"properties", SchemaJson::object()}};
    fields_of(*place.members, title, where.path + ".", where.schema, false, &schema);
    if (schema["required"].empty()) schema.erase("required");
    if (schema["properties"].empty()) {
      warn("no_fields", where.path, "none of its names can be a field's: declared mixed",
           "choose other names");
      return mixed(where, "mixed (documents)");
    }
    points(place, where, &schema);
    return schema;
  }

  // A type and coordinates of doubles make a GeoPoint, which every value must then be.
  void points(const Place& place, const Where& where, SchemaJson* schema) {
    SchemaJson& properties = (*schema)["properties"];
    if (!properties.contains("type") || !properties.contains("coordinates")) return;
    SchemaJson& coordinates = properties["coordinates"];
    if (type_in(properties["type"]) != "string" || type_in(coordinates) != "array") return;
    if (place.geo_points == place.members->documents) {
      coordinates["items"] = {{"bsonType", "double"}};
      row(where).type = "GeoPoint " + row(where).type;
      for (FieldRow& row : out_->rows) {
        if (row.path == where.path + ".coordinates") row.type = "array of double";
        if (row.path == where.path + ".coordinates.[]") row.type = "double";
      }
      return;
    }
    if (!coordinates.contains("items") || type_in(coordinates["items"]) != "double") return;
    coordinates["items"] = {{"bsonType", "mixed"}};
    warn("not_all_points", where.path,
         fmt::format("{} of {} values are GeoJSON points on the globe: coordinates are declared "
                     "mixed, so that the others are taken",
                     place.geo_points, place.members->documents),
         "correct the others ([longitude, latitude] in degrees), then declare the coordinates as "
         "doubles to query them by place");
  }

  SampledType* out_;
  EmbeddedNames* names_;
  size_t embedded_ = 0;
};

}  // namespace

std::string EmbeddedNames::name_for(std::string_view parent, std::string_view field) {
  std::string name = app::embedded_name(parent, field);
  for (int n = 2; !taken_.insert(name).second; ++n)
    name = app::embedded_name(parent, fmt::format("{}_{}", field, n));
  return name;
}

SampledType infer_type(std::string title, std::string collection, Sampler* sampler,
                       EmbeddedNames* names) {
  SampledType out;
  out.title = std::move(title);
  out.collection = std::move(collection);
  Inference(&out, names).root(*sampler);
  return out;
}

}  // namespace syncline::sampling
