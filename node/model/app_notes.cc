#include "node/model/app_notes.h"

#include <algorithm>

#include <fmt/format.h>

namespace syncline::app {
namespace {

// A file may hold a million wrong keys; a person reads the first of each kind.
constexpr size_t kMessagesPerCodeMax = 500;

}  // namespace

Notes::Notes(std::string path, std::string kind) : path_(std::move(path)), kind_(std::move(kind)) {}

void Notes::error(std::string code, std::string pointer, std::string text, std::string remedy) {
  add(Severity::error, std::move(code), std::move(pointer), std::move(text), std::move(remedy));
}

void Notes::warning(std::string code, std::string pointer, std::string text, std::string remedy) {
  add(Severity::warning, std::move(code), std::move(pointer), std::move(text), std::move(remedy));
}

void Notes::info(std::string code, std::string pointer, std::string text, std::string remedy) {
  add(Severity::info, std::move(code), std::move(pointer), std::move(text), std::move(remedy));
}

void Notes::add(Severity severity, std::string code, std::string pointer, std::string text,
                std::string remedy) {
  if (code == "wrong_kind")
    read_all(pointer);  // what is below a value of the wrong kind is not looked at
  if (severity == Severity::error) ++errors_;
  if (severity == Severity::warning) ++warnings_;
  if (++by_code_[code] > kMessagesPerCodeMax) return;
  messages_.push_back(
      {severity, std::move(code), std::move(pointer), std::move(text), std::move(remedy)});
}

bool Notes::has_enough(const std::string& code) const {
  auto found = by_code_.find(code);
  return found != by_code_.end() && found->second >= kMessagesPerCodeMax;
}

void Notes::ignored(const std::string& pointer, std::string code, std::string reason) {
  read_all(pointer);
  partly_ = true;
  info(std::move(code), pointer, std::move(reason));
}

void Notes::ignore_file(std::string reason, Severity severity, std::string code,
                        std::string remedy) {
  read_all("");
  ignored_file_ = true;
  add(severity, std::move(code), "", std::move(reason), std::move(remedy));
  std::rotate(messages_.begin(), messages_.end() - 1, messages_.end());  // it explains the others
}

AppFileReport Notes::close(const Json* value, int* errors, int* warnings) {
  if (value && !covered_.contains("")) account(*value, "");
  for (const auto& [code, count] : by_code_)
    if (count > kMessagesPerCodeMax)
      messages_.push_back(
          {Severity::info, "more", "",
           fmt::format("{} more messages of the kind {}", count - kMessagesPerCodeMax, code), ""});
  std::stable_sort(
      messages_.begin(), messages_.end(),
      [](const AppMessage& a, const AppMessage& b) { return a.severity < b.severity; });
  *errors += errors_;
  *warnings += warnings_;
  std::string status = errors_ > 0     ? "error"
                       : ignored_file_ ? "ignored"
                       : partly_       ? "partly"
                                       : "used";
  return {path_, kind_, status, std::move(messages_)};
}

void Notes::account(const Json& value, const std::string& pointer) {
  if (covered_.contains(pointer)) return;
  if (value.is_array()) {
    for (size_t i = 0; i < value.size(); ++i) account(value[i], below(pointer, i));
    return;
  }
  if (!value.is_object()) return;
  for (const auto& [key, child] : value.items()) {
    std::string at = below(pointer, key);
    if (covered_.contains(at)) continue;
    if (read_.contains(at)) {
      account(child, at);
      continue;
    }
    partly_ = true;
    warning("unaccounted_key", at, fmt::format("nothing reads the key {}", shown(key)),
            "remove it, or report it as a fault of Syncline");
  }
}

ObjectView::ObjectView(Notes& notes, const Json& value, std::string pointer)
    : notes_(notes), value_(value), pointer_(std::move(pointer)) {}

const Json* ObjectView::get(std::string_view key) {
  asked_.emplace(key);
  if (!value_.is_object()) return nullptr;
  auto found = value_.find(key);
  if (found == value_.end()) return nullptr;
  notes_.read(at(key));
  return &*found;
}

const Json* ObjectView::get_all(std::string_view key) {
  const Json* found = get(key);
  if (found) notes_.read_all(at(key));
  return found;
}

const Json* ObjectView::of_kind(std::string_view key, Json::value_t kind,
                                std::string_view expected) {
  const Json* found = get(key);
  if (!found || found->type() == kind) return found;
  notes_.read_all(at(key));
  notes_.error("wrong_kind", at(key),
               fmt::format("{} is {}, expected {}", shown(key), kind_of(*found), expected),
               fmt::format("write {} here, or remove the key", expected));
  return nullptr;
}

std::optional<std::string> ObjectView::string(std::string_view key) {
  const Json* found = of_kind(key, Json::value_t::string, "a string");
  if (!found) return std::nullopt;
  return found->get<std::string>();
}

std::optional<bool> ObjectView::boolean(std::string_view key) {
  const Json* found = of_kind(key, Json::value_t::boolean, "true or false");
  if (!found) return std::nullopt;
  return found->get<bool>();
}

const Json* ObjectView::array(std::string_view key) {
  return of_kind(key, Json::value_t::array, "an array");
}

const Json* ObjectView::object(std::string_view key) {
  return of_kind(key, Json::value_t::object, "an object");
}

void ObjectView::ignore(std::string_view key, std::string code, std::string reason) {
  if (get(key)) notes_.ignored(at(key), std::move(code), std::move(reason));
}

bool ObjectView::finish(std::initializer_list<std::string_view> known, Severity severity,
                        std::string_view what) {
  if (!value_.is_object()) return true;
  bool all_known = true;
  for (const auto& [key, child] : value_.items()) {
    if (asked_.contains(key)) continue;
    all_known = false;
    notes_.read_all(at(key));
    notes_.set_partly();
    std::vector<std::string_view> missing;  // a key that is there already was not meant
    for (std::string_view name : known)
      if (!value_.contains(name)) missing.push_back(name);
    std::string meant = notes_.has_enough("unknown_key") ? "" : nearest(key, missing);
    notes_.add(severity, "unknown_key", at(key),
               fmt::format("{} is no key of {}", shown(key), what),
               meant.empty() ? "remove it, or correct its name"
                             : fmt::format("did you mean \"{}\"?", meant));
  }
  return all_known;
}

}  // namespace syncline::app
