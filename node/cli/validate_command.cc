#include "node/cli/validate_command.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "node/cli/commands.h"
#include "node/cli/document_text.h"
#include "node/cli/progress_line.h"
#include "node/model/documents.h"
#include "node/model/validator.h"
#include "proto/codec.h"
#include "proto/extended_json.h"
#include "proto/limits.h"

namespace syncline {
namespace {

// Rows of the table; violations of further fields are counted together.
constexpr size_t kRowsMax = 5'000;
constexpr size_t kSamplesMax = 5;
constexpr size_t kViolationsPerDocumentMax = 1'000;
// As an object a text takes at most some thirty times its bytes.
constexpr size_t kSmallTextBytes = limits::kObjectBytesMax / 32;

// Of a place in every document: "doors.[].side", which names no index and no key.
std::string field_of(const Schema& schema, const TypeDef& root, const Path& path) {
  std::string text;
  const TypeDef* type = &root;
  const FieldDef* collection = nullptr;  // the last step led into it
  const auto add = [&](std::string_view step) {
    text += (text.empty() ? "" : ".") + std::string(step);
  };
  for (const Step& step : path) {
    if (const auto* number = std::get_if<FieldNumber>(&step)) {
      const FieldDef* field = type == nullptr ? nullptr : type->field(*number);
      add(field == nullptr ? fmt::format("{}", number->value) : field->name);
      const bool embeds = field != nullptr && field->type == ScalarType::embedded;
      collection = field != nullptr && field->collection != Collection::none ? field : nullptr;
      type = embeds && collection == nullptr ? schema.type(field->target) : nullptr;
      continue;
    }
    const auto* key = std::get_if<std::string>(&step);
    add(key != nullptr && collection == nullptr ? *key : "[]");
    type = collection != nullptr && collection->type == ScalarType::embedded
               ? schema.type(collection->target)
               : nullptr;
    collection = nullptr;
  }
  return text;
}

struct ViolationSample {
  uint64_t line = 0;
  std::string id;  // as Extended JSON; empty: it has none
  std::string text;
};

struct ViolationRow {
  uint64_t count = 0;
  uint64_t documents = 0;
  uint64_t last_line = 0;
  std::vector<ViolationSample> samples;
};

class Validation {
 public:
  Validation(const App& app, const TypeDef& type, const Validator& validator)
      : schema_(app.schema), type_(type), validator_(validator) {}

  void look_at(const DocumentLine& line, const std::string& file) {
    ++documents_;
    bool valid = true;
    const auto wrong = [&](const std::string& kind, const std::string& field,
                           ViolationSample sample) {
      valid = false;
      add(kind, field, std::move(sample));
    };
    const auto document = read_document(line);
    if (!document) {
      wrong(document.error().kind, "",
            {line.number, "", place_text(file, line.number, document.error())});
    } else {
      check(*document, line, wrong);
    }
    if (valid) ++valid_;
  }

  nlohmann::json to_json() const {
    nlohmann::json json{{"type", type_.name},
                        {"documents", documents_},
                        {"valid", valid_},
                        {"invalid", documents_ - valid_},
                        {"violations", nlohmann::json::array()}};
    for (const auto& [key, row] : rows_) {
      nlohmann::json one{{"kind", key.first},
                         {"field", key.second},
                         {"count", row.count},
                         {"documents", row.documents},
                         {"samples", nlohmann::json::array()}};
      for (const ViolationSample& sample : row.samples) {
        nlohmann::json id;
        if (!sample.id.empty()) id = nlohmann::json::parse(sample.id, nullptr, false);
        one["samples"].push_back({{"line", sample.line}, {"id", id}, {"text", sample.text}});
      }
      json["violations"].push_back(std::move(one));
    }
    return json;
  }

  std::string to_text() const {
    std::string text;
    if (!rows_.empty())
      text +=
          fmt::format("{:<28} {:<28} {:>9} {:>9}  first\n", "kind", "field", "count", "documents");
    for (const auto& [key, row] : rows_) {
      text += fmt::format("{:<28} {:<28} {:>9} {:>9} ", key.first, key.second, row.count,
                          row.documents);
      for (const ViolationSample& sample : row.samples)
        text += sample.id.empty() ? fmt::format(" line {}", sample.line)
                                  : fmt::format(" {} (line {})", sample.id, sample.line);
      text += fmt::format("\n    {}\n", row.samples.front().text);
    }
    return text + fmt::format("{} documents of {}: {} valid, {} not", documents_, type_.name,
                              valid_, documents_ - valid_);
  }

  bool all_valid() const { return valid_ == documents_; }

 private:
  template <class Wrong>
  void check(const Document& document, const DocumentLine& of, const Wrong& wrong) {
    const uint64_t line = of.number;
    const Value* id = document.find("_id");
    if (id == nullptr) return wrong("missing_id", "_id", {line, "", "a document needs an _id"});
    const std::string shown = print_extended_json(*id, JsonForm::relaxed);
    for (const Violation& violation : validator_.check_id(type_.number, *id))
      wrong(violation.kind, "_id", {line, shown, violation.text});
    Result<ObjectDocument> object = object_of_document(schema_, type_.number, document, {});
    if (!object) {
      // An _id that is wrong was told; fields outside a closed schema and depth are told here.
      if (check_id(type_, *id))
        wrong(object.error().code == ErrorCode::kTooLarge ? "too_large"
                                                          : "additional_property_not_allowed",
              "", {line, shown, object.error().message});
      return;
    }
    if (of.text.size() > kSmallTextBytes) {
      Row row;
      row.id = *id;
      row.fields = object->fields;
      if (encode_row(row).size() > limits::kObjectBytesMax)
        wrong("too_large", "",
              {line, shown,
               fmt::format("the object is larger than {} MiB", limits::kObjectBytesMax >> 20)});
    }
    for (const Violation& violation :
         validator_.check(type_.number, object->fields, nullptr, kViolationsPerDocumentMax))
      wrong(violation.kind, field_of(schema_, type_, violation.path),
            {line, shown, violation.text});
  }

  void add(const std::string& kind, const std::string& field, ViolationSample sample) {
    auto key = std::pair(kind, field);
    if (rows_.size() >= kRowsMax && !rows_.contains(key)) key.second = "(other fields)";
    ViolationRow& row = rows_[key];
    ++row.count;
    if (row.last_line != sample.line) {
      ++row.documents;
      row.last_line = sample.line;
      if (row.samples.size() < kSamplesMax) row.samples.push_back(std::move(sample));
    }
  }

  const Schema& schema_;
  const TypeDef& type_;
  const Validator& validator_;
  uint64_t documents_ = 0;
  uint64_t valid_ = 0;
  std::map<std::pair<std::string, std::string>, ViolationRow> rows_;
};

}  // namespace

Result<int> validate_documents(const ValidateOptions& options) {
  SYNCLINE_ASSIGN(const AppFiles files, read_one_app(options.app));
  AppReport report;
  const std::shared_ptr<const App> app = load_app(files, &report);
  if (app == nullptr)
    return fail(ErrorCode::kBadApp,
                fmt::format("{} has {} errors: `syncline app check {}` tells them", options.app,
                            report.errors, options.app));
  const TypeDef* type = app->schema.type(std::string_view(options.type));
  if (type == nullptr || type->embedded || is_system(type->number)) {
    std::string known;
    for (const TypeDef& one : app->schema.types)
      if (!one.embedded && !is_system(one.number)) known += (known.empty() ? "" : ", ") + one.name;
    return fail(ErrorCode::kNotFound, fmt::format("--type: the app has no type {}; it has {}",
                                                  options.type, known.empty() ? "none" : known));
  }
  SYNCLINE_ASSIGN(const std::shared_ptr<const Validator> validator, Validator::compile(*app));
  SYNCLINE_ASSIGN(DocumentLines lines, DocumentLines::open(options.data));
  Validation validation(*app, *type, *validator);
  ProgressLine progress;
  DocumentLine line;
  for (uint64_t looked_at = 0;;) {
    SYNCLINE_ASSIGN(const bool more, lines.next(&line));
    if (!more) break;
    if (!line.too_long && line.blank()) continue;
    validation.look_at(line, lines.name());
    progress.show_bar(fmt::format("{} documents", ++looked_at), lines.part());
  }
  progress.clear();
  terminal().line(options.json ? validation.to_json().dump(-1, ' ', false,
                                                           nlohmann::json::error_handler_t::replace)
                               : validation.to_text());
  return validation.all_valid() ? 0 : 1;
}

}  // namespace syncline
