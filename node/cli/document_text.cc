#include "node/cli/document_text.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "node/model/findings.h"
#include "proto/extended_json.h"
#include "proto/json_scanner.h"
#include "proto/limits.h"

namespace syncline {
namespace {

constexpr const char* kOneALine =
    "write one document a line, as mongoexport does without --jsonArray and --pretty";

// The first byte that begins no character of UTF-8, and its column.
std::optional<DocumentFault> fault_of_utf8(std::string_view text) {
  uint64_t column = 1;
  for (size_t at = 0; at < text.size(); ++column) {
    if (static_cast<unsigned char>(text[at]) < 0x80) {
      ++at;
      continue;
    }
    const size_t length = utf8_character_length(text.substr(at));
    if (length == 0)
      return DocumentFault{"not_utf8", column,
                           fmt::format("the byte 0x{:02X} begins no character of UTF-8",
                                       static_cast<unsigned char>(text[at])),
                           "convert the file to UTF-8 (iconv -f WINDOWS-1252 -t UTF-8)"};
    at += length;
  }
  return std::nullopt;
}

// Values of which a document certainly has too many: a wrapper has at most one comma.
constexpr size_t kSeparatorsMax = 2 * limits::kValuesPerChangesetMax;

// Whether the text has more values than a changeset may: decoded, the smallest takes fifty times
// its text, so that this is asked before.
bool has_too_many_values(std::string_view text) {
  if (text.size() <= kSeparatorsMax) return false;
  size_t separators = 0;
  bool in_string = false;
  for (size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '"') {
      in_string = !in_string;
    } else if (in_string && text[at] == '\\') {
      ++at;
    } else if (!in_string && text[at] == ',') {
      ++separators;
    }
  }
  return separators > kSeparatorsMax;
}

// Takes "line 1, column 5: " off the text: there is one line, whose number is the file's to say.
uint64_t take_column(std::string* text) {
  constexpr std::string_view kPlace = "line 1, column ";
  if (!text->starts_with(kPlace)) return 0;
  uint64_t column = 0;
  const char* begin = text->data() + kPlace.size();
  const auto [end, error] = std::from_chars(begin, text->data() + text->size(), column);
  if (error != std::errc() || !std::string_view(end, text->data() + text->size()).starts_with(": "))
    return 0;
  text->erase(0, static_cast<size_t>(end - text->data()) + 2);
  return column;
}

// Which of the parser's refusals it is, by its words: tests/node/cli/document_text_test.cc holds
// the two together.
DocumentFault fault_of_error(const Error& error) {
  DocumentFault fault{"not_json", 0, error.message, kOneALine};
  fault.column = take_column(&fault.text);
  if (error.code == ErrorCode::kTooLarge) {
    fault.kind = "too_deep";
    fault.remedy = "make the inner documents objects of their own";
  } else if (fault.text.contains("is there twice")) {
    fault.kind = "duplicate_key";
    fault.remedy = "readers disagree on which one counts";
  } else if (fault.text.contains("NaN and infinity are written")) {
    fault.kind = "bare_nan";
    fault.remedy = "or null, if no number is meant";
  } else if (fault.text.starts_with("$date")) {
    fault.kind = "bad_date";
    fault.remedy =
        "write {\"$date\": \"2024-05-01T12:00:00Z\"}, or {\"$date\": {\"$numberLong\": "
        "\"milliseconds since 1970\"}} for years beyond 9999";
  } else if (fault.text.starts_with("$")) {
    fault.kind = "bad_value";
    fault.remedy = "correct it, or rename the key if no Extended JSON is meant";
  }
  return fault;
}

}  // namespace

std::string place_text(const std::string& file, uint64_t line, const DocumentFault& fault) {
  const std::string column = fault.column == 0 ? "" : fmt::format("{}:", fault.column);
  return fmt::format("{}:{}:{} {}{}{}", file, line, column, fault.text,
                     fault.remedy.empty() ? "" : "; ", fault.remedy);
}

std::expected<Document, DocumentFault> read_document(const DocumentLine& line) {
  const size_t begins = line.text.find_first_not_of(" \t");
  const bool array = begins != std::string_view::npos && line.text[begins] == '[';
  if (line.too_long)
    return std::unexpected(
        DocumentFault{"too_long", 0,
                      fmt::format("a line of {} bytes{}; documents have at most {} MiB", line.bytes,
                                  array ? " that is an array" : "", limits::kObjectBytesMax >> 20),
                      array ? kOneALine : "split the document, or keep large binaries elsewhere"});
  if (auto fault = fault_of_utf8(line.text)) return std::unexpected(std::move(*fault));
  if (has_too_many_values(line.text))
    return std::unexpected(
        DocumentFault{"too_large", 0,
                      fmt::format("more values than the {} that one transaction may have",
                                  limits::kValuesPerChangesetMax),
                      array ? kOneALine : "split the document"});
  Result<Value> value = parse_extended_json(line.text);
  if (!value) return std::unexpected(fault_of_error(value.error()));
  if (Document* document = value->get_if<Document>()) return std::move(*document);
  return std::unexpected(
      DocumentFault{"not_an_object", static_cast<uint64_t>(begins + 1),
                    fmt::format("expected a document in braces, found {}",
                                array ? "an array" : "the value " + shown(*value)),
                    kOneALine});
}

}  // namespace syncline
