#include "sim/script/object_reader.h"

#include <charconv>

#include <fmt/format.h>

#include "sim/script/limits.h"

namespace syncline::sim {
namespace {

struct Unit {
  std::string_view name;
  int64_t ms;
};
constexpr Unit kUnits[] = {
    {"ms", 1}, {"s", 1'000}, {"min", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}};

// As RFC 6901 has it.
std::string escaped(std::string_view key) {
  std::string out;
  for (char c : key) out += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
  return out;
}

constexpr std::string_view kDurationForm =
    "a duration: a whole number and ms, s, min, h or d, such as \"90s\"";

}  // namespace

Result<int64_t> parse_duration(std::string_view text) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view unit = text.substr(static_cast<size_t>(end - text.data()));
  for (const Unit& known : kUnits) {
    if (error != std::errc() || unit != known.name) continue;
    const int64_t most = script::kDurationMsMax / known.ms;
    if (number > most || number < -most) return fail(ErrorCode::kBadData, "at most ten years");
    return number * known.ms;
  }
  return fail(ErrorCode::kBadData, fmt::format("expected {}", kDurationForm));
}

Result<std::vector<std::string>> read_names(const Value& value, const std::string& pointer) {
  if (const std::string* name = value.get_if<std::string>()) return std::vector{*name};
  std::vector<std::string> names;
  const List* list = value.get_if<List>();
  const bool good = list != nullptr && list->elements.size() <= script::kNamesMax;
  for (size_t i = 0; good && i < list->elements.size(); ++i)
    if (const std::string* name = list->elements[i].get_if<std::string>()) names.push_back(*name);
  if (!good || names.size() != list->elements.size())
    return fail(ErrorCode::kBadData,
                fmt::format("{}: expected a name or a list of names", pointer));
  return names;
}

ObjectReader::ObjectReader(const Value& value, std::string pointer, std::string what)
    : document_(value.get_if<Document>()), pointer_(std::move(pointer)), what_(std::move(what)) {
  if (document_ == nullptr)
    error_ =
        fail(ErrorCode::kBadData, fmt::format("{}: {} is an object, {{...}}",
                                              pointer_.empty() ? "the scenario" : pointer_, what_));
}

std::string ObjectReader::at(std::string_view key) const { return pointer_ + "/" + escaped(key); }

void ObjectReader::take(Status status) {
  if (!status && error_) error_ = std::move(status);
}

void ObjectReader::wrong(std::string_view key, std::string_view expected) {
  take(fail(ErrorCode::kBadData, fmt::format("{}: expected {}", at(key), expected)));
}

const Value* ObjectReader::ask(std::string_view key) {
  asked_.emplace(key);
  return document_ == nullptr ? nullptr : document_->find(key);
}

bool ObjectReader::has(std::string_view key) { return ask(key) != nullptr; }

const Value* ObjectReader::value(const char* key) { return ask(key); }

std::string ObjectReader::text(const char* key, std::string missing) {
  const Value* found = ask(key);
  if (found == nullptr) return missing;
  const std::string* text = found->get_if<std::string>();
  if (text == nullptr) return wrong(key, "a string"), missing;
  return *text;
}

std::string ObjectReader::text(const char* key) {
  if (!has(key)) wrong(key, fmt::format("a string: {} has one", what_));
  return text(key, "");
}

int64_t ObjectReader::integer(const char* key, int64_t low, int64_t high, int64_t missing) {
  const Value* found = ask(key);
  if (found == nullptr) return missing;
  if (!found->is_integer() || found->as_integer() < low || found->as_integer() > high)
    return wrong(key, fmt::format("a whole number from {} to {}", low, high)), missing;
  return found->as_integer();
}

int64_t ObjectReader::integer(const char* key, int64_t low, int64_t high) {
  if (!has(key)) wrong(key, fmt::format("a whole number: {} has one", what_));
  return integer(key, low, high, low);
}

double ObjectReader::number(const char* key, double low, double high, double missing) {
  const Value* found = ask(key);
  if (found == nullptr) return missing;
  const double* real = found->get_if<double>();
  const double number = real != nullptr       ? *real
                        : found->is_integer() ? static_cast<double>(found->as_integer())
                                              : low - 1;
  if (!(number >= low && number <= high))
    return wrong(key, fmt::format("a number from {} to {}", low, high)), missing;
  return number;
}

bool ObjectReader::boolean(const char* key, bool missing) {
  const Value* found = ask(key);
  if (found == nullptr) return missing;
  if (!found->is<bool>()) return wrong(key, "true or false"), missing;
  return found->get<bool>();
}

Document ObjectReader::document(const char* key) {
  const Value* found = ask(key);
  if (found == nullptr) return {};
  if (!found->is<Document>()) return wrong(key, "an object, {...}"), Document();
  return found->get<Document>();
}

int64_t ObjectReader::duration(const char* key, int64_t missing) {
  const Value* found = ask(key);
  if (found == nullptr) return missing;
  const std::string* text = found->get_if<std::string>();
  if (text == nullptr) return wrong(key, kDurationForm), missing;
  Result<int64_t> duration = parse_duration(*text);
  if (!duration) return take(std::unexpected(duration.error().within(at(key)))), missing;
  return *duration;
}

int64_t ObjectReader::duration(const char* key) {
  if (!has(key)) wrong(key, kDurationForm);
  return duration(key, 0);
}

std::string ObjectReader::word(const char* key, const std::vector<std::string>& words,
                               std::string missing) {
  std::string found = text(key, missing);
  for (const std::string& word : words)
    if (found == word) return found;
  if (!has(key)) return missing;
  std::string all;
  for (const std::string& word : words) all += (all.empty() ? "" : ", ") + word;
  wrong(key, "one of " + all);
  return missing;
}

std::vector<std::string> ObjectReader::names(const char* key) {
  const Value* found = ask(key);
  if (found == nullptr) return {};
  Result<std::vector<std::string>> names = read_names(*found, at(key));
  if (!names) return take(std::unexpected(names.error())), std::vector<std::string>();
  return std::move(*names);
}

void ObjectReader::each(const char* key, size_t most,
                        const std::function<Status(const Value&, const std::string&)>& read) {
  const Value* found = ask(key);
  if (found == nullptr || !error_) return;
  const List* list = found->get_if<List>();
  if (list == nullptr) return wrong(key, "a list, [...]");
  if (list->elements.size() > most)
    return take(fail(ErrorCode::kTooLarge, fmt::format("{} has {} elements; at most {} are taken",
                                                       at(key), list->elements.size(), most)));
  for (size_t i = 0; i < list->elements.size() && error_; ++i)
    take(read(list->elements[i], fmt::format("{}/{}", at(key), i)));
}

Status ObjectReader::done() {
  if (!error_ || document_ == nullptr) return error_;
  for (const DocumentField& field : document_->fields) {
    if (asked_.contains(field.name)) continue;
    std::string all;
    for (const std::string& key : asked_) all += (all.empty() ? "" : ", ") + key;
    return fail(ErrorCode::kBadData,
                fmt::format("{}: {} has no such key; it may have {}", at(field.name), what_, all));
  }
  return {};
}

}  // namespace syncline::sim
