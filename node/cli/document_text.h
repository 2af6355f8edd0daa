// A line of text to a document, or what exactly is wrong with it: how imports, samples and
// validations read. Pure; any thread.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "node/cli/document_lines.h"
#include "syncline/value.h"

namespace syncline {

struct DocumentFault {
  // Stable: "too_long", "not_utf8", "not_json", "duplicate_key", "bare_nan", "bad_date",
  // "bad_value", "too_deep", "not_an_object", "missing_id", "bad_id", "too_large", "schema".
  std::string kind;
  uint64_t column = 0;  // in characters, from 1; 0: of the line as a whole
  std::string text;
  std::string remedy;
};

// "FILE:17:5: text; remedy".
std::string place_text(const std::string& file, uint64_t line, const DocumentFault& fault);

std::expected<Document, DocumentFault> read_document(const DocumentLine& line);

}  // namespace syncline
