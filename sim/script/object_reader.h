// ObjectReader: one JSON object of a scenario file, read key by key. Strict: a key that nobody
// asked for is an error, and every error names the JSON pointer and what is allowed there.
//
//   ObjectReader read(value, "/nodes/0", "a node");
//   node.name = read.text("name");
//   node.user = read.text("user", "somebody");
//   SYNCLINE_TRY(read.done());
//
// The first error counts; after it readers answer defaults, so that callers need not look each
// time.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "syncline/result.h"
#include "syncline/value.h"

namespace syncline::sim {

// Requires of all: `value` outlives the reader.
class ObjectReader {
 public:
  // what: for messages, such as "a node".
  ObjectReader(const Value& value, std::string pointer, std::string what);

  bool has(std::string_view key);
  // Required, or with what stands if the key is missing.
  std::string text(const char* key);
  std::string text(const char* key, std::string missing);
  int64_t integer(const char* key, int64_t low, int64_t high);
  int64_t integer(const char* key, int64_t low, int64_t high, int64_t missing);
  double number(const char* key, double low, double high, double missing);
  bool boolean(const char* key, bool missing);
  Document document(const char* key);  // empty if it is missing
  // A duration such as "250ms", "90s", "-2h", "7d", in milliseconds.
  int64_t duration(const char* key);
  int64_t duration(const char* key, int64_t missing);
  // One of these words.
  std::string word(const char* key, const std::vector<std::string>& words, std::string missing);
  // A name, or a list of names.
  std::vector<std::string> names(const char* key);
  // null: it is missing.
  const Value* value(const char* key);
  // Each element of the list with its pointer; a missing list has none. kTooLarge: more than
  // `most`.
  void each(const char* key, size_t most,
            const std::function<Status(const Value&, const std::string&)>& read);

  std::string at(std::string_view key) const;
  const std::string& pointer() const { return pointer_; }
  // The value at the key is not what is expected there.
  void wrong(std::string_view key, std::string_view expected);
  void take(Status status);  // an error of a part
  // The first error; else an error if there are keys that were not asked for.
  Status done();

 private:
  const Value* ask(std::string_view key);

  const Document* document_ = nullptr;
  std::string pointer_;
  std::string what_;
  std::set<std::string, std::less<>> asked_;
  Status error_;
};

// "90s" and the like; kBadData.
Result<int64_t> parse_duration(std::string_view text);
// A name or a list of names; kBadData.
Result<std::vector<std::string>> read_names(const Value& value, const std::string& pointer);

}  // namespace syncline::sim
