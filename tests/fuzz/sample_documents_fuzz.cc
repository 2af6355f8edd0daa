// Any lines of documents: what is sampled of them is an app without errors, whose schema takes each
// of them whose _id can be a key.
#include <cstdint>
#include <string_view>
#include <vector>

#include "node/model/documents.h"
#include "node/model/validator.h"
#include "node/sampling/app_of_types.h"
#include "node/sampling/infer.h"
#include "proto/check.h"
#include "proto/extended_json.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace syncline;
  constexpr size_t kDocumentsMax = 64;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  std::vector<Document> documents;
  while (!text.empty() && documents.size() < kDocumentsMax) {
    const size_t end = std::min(text.find('\n'), text.size());
    Result<Value> value = parse_extended_json(text.substr(0, end));
    if (value && value->is<Document>()) documents.push_back(std::move(value->get<Document>()));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  if (documents.empty()) return 0;

  sampling::Sampler sampler({"Item", "items"});
  for (size_t i = 0; i < documents.size(); ++i) {
    sampler.count(documents[i], i + 1);
    sampler.observe(documents[i], i + 1);
  }
  sampling::EmbeddedNames names({"Item"});
  std::vector<sampling::SampledType> types;
  types.push_back(sampling::infer_type("Item", "items", &sampler, &names));
  sampling::suggest_links({&types[0]}, {&sampler}, "mongodb-atlas/app");

  AppReport report;
  const auto app =
      load_app(sampling::files_of(types, {"mongodb-atlas", "app"}, "app", {}), &report);
  CHECK(app != nullptr, "no authority would start on what was sampled");
  const auto validator = Validator::compile(*app);
  CHECK(validator.has_value(), "what was sampled cannot be validated");
  const TypeDef& type = *app->schema.type("Item");
  for (const Document& document : documents) {
    const Value* id = document.find("_id");
    if (id == nullptr || !object_key(*id)) continue;
    const auto object = object_of_document(app->schema, type.number, document, {});
    // Depth and keys beyond what any object may have.
    if (!object && object.error().code == ErrorCode::kTooLarge) continue;
    CHECK(object.has_value(), "a document that was sampled makes no object");
    CHECK((*validator)->check(type.number, object->fields).empty(),
          "a document that was sampled violates the schema");
  }
  return 0;
}
