#include "node/cli/import_documents.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "node/model/documents.h"
#include "proto/extended_json.h"

namespace syncline {
namespace {

constexpr auto kImportDecisionWait = std::chrono::seconds(30);
// Lines taken out of a chunk one after the other before each is tried alone: a chunk is drafted
// anew after each.
constexpr int kRetriesMax = 20;

struct ImportLine {
  uint64_t number = 0;
  UserOperation operation;
};

bool is_of_the_line(ErrorCode code) {
  return code == ErrorCode::kBadData || code == ErrorCode::kTooLarge;
}

// Takes "operation 17: " off the text.
std::optional<size_t> take_operation(std::string* text) {
  constexpr std::string_view kWord = "operation ";
  if (!text->starts_with(kWord)) return std::nullopt;
  size_t number = 0;
  const char* end_of_text = text->data() + text->size();
  const auto [end, error] = std::from_chars(text->data() + kWord.size(), end_of_text, number);
  if (error != std::errc() || !std::string_view(end, end_of_text).starts_with(": "))
    return std::nullopt;
  text->erase(0, static_cast<size_t>(end - text->data()) + 2);
  return number;
}

class Import {
 public:
  Import(DataPort* port, bool strict) : port_(port), strict_(strict) {}

  Status run(const Request& request) {
    SYNCLINE_ASSIGN(const std::shared_ptr<const Schema> schema, port_->schema());
    SYNCLINE_ASSIGN(const TypeDef* type, port_->type_of(*schema, text_in(request, "type")));
    const nlohmann::json texts = request.value("lines", nlohmann::json::array());
    const nlohmann::json numbers = request.value("numbers", nlohmann::json::array());
    std::vector<ImportLine> lines;
    for (size_t i = 0; i < texts.size() && !stopped_; ++i) {
      const uint64_t number = i < numbers.size() ? numbers[i].get<uint64_t>() : i + 1;
      read(*schema, *type, number, texts[i].is_string() ? texts[i].get<std::string>() : "", &lines);
    }
    // What was wrong comes after the lines before it, which are written.
    return strict_ ? write_strictly(lines) : write(std::move(lines));
  }

  std::string answer() {
    for (auto* each : {&rejected_, &refused_})
      std::stable_sort(each->begin(), each->end(),
                       [](const nlohmann::json& a, const nlohmann::json& b) {
                         return a["line"].get<uint64_t>() < b["line"].get<uint64_t>();
                       });
    return nlohmann::json{{"imported", imported_},
                          {"queued", queued_},
                          {"rejected", rejected_},
                          {"refused", refused_}}
        .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  }

 private:
  void reject(uint64_t line, std::string kind, const std::string& why) {
    rejected_.push_back({{"line", line}, {"kind", std::move(kind)}, {"error", why}});
    stopped_ = strict_;
  }

  void read(const Schema& schema, const TypeDef& type, uint64_t number, const std::string& text,
            std::vector<ImportLine>* lines) {
    Result<Value> value = parse_extended_json(text);
    Document* document = value ? value->get_if<Document>() : nullptr;
    if (!value) return reject(number, "not_json", value.error().message);
    const Value* id = document == nullptr ? nullptr : document->find("_id");
    if (id == nullptr)
      return reject(number, "missing_id",
                    "a document needs an _id; export it with its _id, or add one");
    if (const Status fits = check_id(type, *id); !fits)
      return reject(number, "bad_id", fits.error().message);
    if (Result<ObjectDocument> object = object_of_document(schema, type.number, *document, {});
        !object)
      return reject(number, object.error().code == ErrorCode::kTooLarge ? "too_large" : "schema",
                    object.error().message);
    lines->push_back({number, {"put", type.name, *id, {}, std::move(*value), {}}});
  }

  Result<std::optional<ReceiptStatus>> put(const std::vector<ImportLine>& lines,
                                           bool all_or_nothing) {
    std::vector<UserOperation> operations;
    operations.reserve(lines.size());
    for (const ImportLine& line : lines) operations.push_back(line.operation);
    return port_->write(operations, all_or_nothing, WaitFor::queued, kImportDecisionWait);
  }

  // What became of lines that were written; an unchanged object counts as imported.
  void take(const std::vector<ImportLine>& lines, const std::optional<ReceiptStatus>& status) {
    uint64_t refused = 0;
    uint64_t last = UINT64_MAX;
    if (status) {
      for (const OperationOutcome& outcome : status->outcomes) {
        if (!outcome.refused || outcome.operation >= lines.size()) continue;
        const uint64_t line = lines[outcome.operation].number;
        if (line == last) continue;  // several operations made one document
        last = line;
        ++refused;
        refused_.push_back({{"line", line}, {"reason", outcome.reason}, {"text", outcome.text}});
      }
    }
    imported_ += lines.size() - refused;
    const bool open =
        status && (status->state == ReceiptState::queued || status->state == ReceiptState::durable);
    if (open) queued_ += lines.size();
    if (refused > 0) stopped_ = strict_;
  }

  Status reject_written(const ImportLine& line, Error error) {
    if (!is_of_the_line(error.code)) return std::unexpected(std::move(error));
    take_operation(&error.message);
    reject(line.number, error.code == ErrorCode::kTooLarge ? "too_large" : "schema", error.message);
    return {};
  }

  // All at once, without those that no transaction can hold.
  Status write(std::vector<ImportLine> lines) {
    for (int retries = 0; !lines.empty(); ++retries) {
      Result<std::optional<ReceiptStatus>> status = put(lines, false);
      if (status) {
        take(lines, *status);
        return {};
      }
      Error error = status.error();
      if (!is_of_the_line(error.code)) return std::unexpected(std::move(error));
      const std::optional<size_t> at = take_operation(&error.message);
      if (!at || *at >= lines.size() || retries >= kRetriesMax) return write_each(lines);
      SYNCLINE_TRY(reject_written(lines[*at], std::move(error)));
      lines.erase(lines.begin() + static_cast<ptrdiff_t>(*at));
    }
    return {};
  }

  // Each by itself, until one stops a strict import.
  Status write_each(const std::vector<ImportLine>& lines) {
    for (const ImportLine& line : lines) {
      Result<std::optional<ReceiptStatus>> status = put({line}, strict_);
      if (status) {
        take({line}, *status);
      } else {
        SYNCLINE_TRY(reject_written(line, status.error()));
      }
      if (stopped_) break;
    }
    return {};
  }

  Status write_strictly(const std::vector<ImportLine>& lines) {
    if (lines.empty()) return {};
    const bool stops_after = stopped_;
    const Result<std::optional<ReceiptStatus>> status = put(lines, true);
    if (!status && !is_of_the_line(status.error().code)) return std::unexpected(status.error());
    const bool whole = status && (!*status || (*status)->state != ReceiptState::refused);
    if (whole) {
      take(lines, *status);
      return {};
    }
    stopped_ = false;
    SYNCLINE_TRY(write_each(lines));
    // What comes first counts: the line that was wrong before anything was written is later.
    if (stopped_ && stops_after && rejected_.size() + refused_.size() > 1)
      rejected_.erase(rejected_.begin());
    stopped_ = stopped_ || stops_after;
    return {};
  }

  DataPort* port_;
  const bool strict_;
  bool stopped_ = false;
  uint64_t imported_ = 0;
  uint64_t queued_ = 0;
  std::vector<nlohmann::json> rejected_;
  std::vector<nlohmann::json> refused_;
};

}  // namespace

Result<int> import_documents(DataPort* port, const Request& request, const Output& output) {
  Import import(port, flag_in(request, "strict"));
  SYNCLINE_TRY(import.run(request));
  output.line(import.answer());
  return 0;
}

}  // namespace syncline
