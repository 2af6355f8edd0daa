#include "sim/script/compare.h"

#include <algorithm>

#include <fmt/format.h>

#include "node/model/documents.h"
#include "proto/extended_json.h"

namespace syncline::sim {
namespace {

std::string shown(const Value* value) {
  return value == nullptr ? "nothing" : print_extended_json(*value, JsonForm::relaxed, true);
}

bool same(const Value& a, const Value& b) {
  return print_extended_json(a, JsonForm::exact, true) ==
         print_extended_json(b, JsonForm::exact, true);
}

// As a store would give it back: sets in their order, dictionaries too.
Result<Document> normal(const Schema& schema, const TypeDef& type, const Document& document) {
  SYNCLINE_ASSIGN(ObjectDocument object,
                  object_of_document(schema, type.number, document, ChangesetName{}));
  return document_of_object(schema, type.number, Row{object.id, {}, {}, std::move(object.fields)});
}

// Both sides are tidied in the same way before they are compared.
class Tidy {
 public:
  explicit Tidy(const Comparison& how) : how_(how) {}

  Document object(const TypeDef& type, const Document& document) const {
    Document out;
    for (const DocumentField& field : document.fields) {
      const FieldDef* declared = type.field(std::string_view(field.name));
      Value value = declared == nullptr ? field.value : field_of(*declared, field.value);
      if (how_.named && counts_as_absent(declared, value)) continue;
      out.fields.push_back({field.name, std::move(value)});
    }
    return out;
  }

 private:
  static bool counts_as_absent(const FieldDef* declared, const Value& value) {
    if (value.is_null()) return true;
    if (declared == nullptr || declared->collection == Collection::none) return false;
    const List* list = value.get_if<List>();
    const Document* document = value.get_if<Document>();
    return (list != nullptr && list->elements.empty()) ||
           (document != nullptr && document->fields.empty());
  }

  Value field_of(const FieldDef& field, const Value& value) const {
    if (const List* list = value.get_if<List>(); list && field.collection != Collection::none) {
      List out;
      for (const Value& element : list->elements)
        if (!dangles(field, element)) out.elements.push_back(one(field, element));
      return out;
    }
    if (const Document* document = value.get_if<Document>();
        document && field.collection == Collection::dictionary) {
      Document out;
      for (const DocumentField& entry : document->fields)
        out.fields.push_back(
            {entry.name, dangles(field, entry.value) ? Value() : one(field, entry.value)});
      return out;
    }
    return dangles(field, value) ? Value() : one(field, value);
  }

  Value one(const FieldDef& field, const Value& value) const {
    const Document* document = value.get_if<Document>();
    const TypeDef* type =
        field.type == ScalarType::embedded ? how_.schema->type(field.target) : nullptr;
    return document != nullptr && type != nullptr ? Value(object(*type, *document)) : value;
  }

  bool dangles(const FieldDef& field, const Value& value) const {
    return how_.resolves && field.type == ScalarType::link && !value.is_null() &&
           !how_.resolves(field.target, value);
  }

  const Comparison& how_;
};

std::vector<std::string> by_field(const Comparison& how, const std::string& type,
                                  const Document& expected, const Document& got) {
  std::vector<std::string> lines;
  const std::string object = fmt::format("{} {}", type, shown(expected.find("_id")));
  for (const DocumentField& field : expected.fields) {
    const Value* held = got.find(field.name);
    if (held != nullptr && same(*held, field.value)) continue;
    lines.push_back(fmt::format("{}: {}: expected {}, got {}", object, field.name,
                                shown(&field.value), shown(held)));
  }
  for (const DocumentField& field : got.fields)
    if (expected.find(field.name) == nullptr)
      lines.push_back(
          fmt::format("{}: {}: expected nothing, got {}", object, field.name, shown(&field.value)));
  return lines;
}

}  // namespace

Result<std::vector<std::string>> difference(const Comparison& how, const std::string& type_name,
                                            const Document& expected, const Document& got) {
  const TypeDef* type = how.schema->type(type_name);
  if (type == nullptr) return fail(ErrorCode::kBadData, "the app has no type " + type_name);
  Result<Document> whole = normal(*how.schema, *type, expected);
  if (!whole) return std::unexpected(whole.error().within("the expected object"));
  const Tidy tidy(how);
  Document seen = tidy.object(*type, got);
  if (how.named)
    std::erase_if(seen.fields,
                  [&](const DocumentField& field) { return expected.find(field.name) == nullptr; });
  return by_field(how, type_name, tidy.object(*type, *whole), seen);
}

Result<std::vector<std::string>> differences(const Comparison& how, const std::string& type,
                                             const std::vector<Document>& expected,
                                             const Documents& got) {
  std::vector<std::string> lines;
  Documents left = got;
  for (const Document& document : expected) {
    const Value* id = document.find("_id");
    auto held = left.find(text_of_id(id == nullptr ? Value() : *id));
    if (held == left.end()) {
      const Value whole(document);
      lines.push_back(
          fmt::format("{} {}: expected {}, got nothing", type, shown(id), shown(&whole)));
      continue;
    }
    SYNCLINE_ASSIGN(std::vector<std::string> more, difference(how, type, document, held->second));
    lines.insert(lines.end(), more.begin(), more.end());
    left.erase(held);
  }
  for (const auto& [id, document] : left) {
    const Value whole(document);
    lines.push_back(fmt::format("{} {}: expected nothing, got {}", type,
                                shown(document.find("_id")), shown(&whole)));
  }
  return lines;
}

}  // namespace syncline::sim
