// Notes on one file of an app: what was found wrong or ignored, and which keys something has read.
//
//   ObjectView role(notes, json, pointer);
//   const Json* name = role.get("name");        // now accounted for
//   role.finish({"name", "read"}, Severity::error, "a role");   // what nothing read is an unknown
//   key
//
// The rule that nothing is ignored silently is held here: close() walks the whole file, and a key
// that no code read, ignored with a reason, or called wrong becomes a message of its own. One
// thread, during load_app.
#pragma once

#include <initializer_list>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "node/model/app.h"
#include "node/model/app_json.h"

namespace syncline::app {

using Severity = AppMessage::Severity;

class Notes {
 public:
  Notes(std::string path, std::string kind);

  const std::string& path() const { return path_; }

  // A "wrong_kind" covers what is below it too.
  void error(std::string code, std::string pointer, std::string text, std::string remedy);
  void warning(std::string code, std::string pointer, std::string text, std::string remedy);
  void info(std::string code, std::string pointer, std::string text, std::string remedy = "");
  void add(Severity severity, std::string code, std::string pointer, std::string text,
           std::string remedy);

  // The key at the pointer was read (what is below it was not). read_all: everything below it too.
  void read(const std::string& pointer) { read_.insert(pointer); }
  void read_all(const std::string& pointer) { covered_.insert(pointer); }
  bool is_read(const std::string& pointer) const {
    return read_.contains(pointer) || covered_.contains(pointer);
  }
  // The key and all below it has no effect: an info that says why.
  void ignored(const std::string& pointer, std::string code, std::string reason);
  // Nothing in the file has an effect, and why.
  void ignore_file(std::string reason, Severity severity = Severity::info,
                   std::string code = "ignored", std::string remedy = "");
  bool ignored_file() const { return ignored_file_; }
  // Something in the file has no effect.
  void set_partly() { partly_ = true; }
  // As many messages of the code as are kept: no more work need go into the next.
  bool has_enough(const std::string& code) const;
  bool has_errors() const { return errors_ > 0; }

  // Accounts for every key of the file's value (null: it was not read) and gives the report's row.
  AppFileReport close(const Json* value, int* errors, int* warnings);

 private:
  void account(const Json& value, const std::string& pointer);

  std::string path_;
  std::string kind_;
  std::vector<AppMessage> messages_;
  std::map<std::string, size_t> by_code_;  // how many messages, those not kept too
  std::set<std::string> read_;
  std::set<std::string> covered_;
  int errors_ = 0;
  int warnings_ = 0;
  bool ignored_file_ = false;
  bool partly_ = false;
};

// One object of a file while it is read key by key.
class ObjectView {
 public:
  // A value that is no object has no keys; the caller has said so before.
  ObjectView(Notes& notes, const Json& value, std::string pointer);

  // The value of a key, or null if the object has none; the key counts as read.
  const Json* get(std::string_view key);
  // The same with all below it read.
  const Json* get_all(std::string_view key);
  // The value if it has the kind; a value of another kind is an error ("wrong_kind") and read as
  // absent.
  std::optional<std::string> string(std::string_view key);
  std::optional<bool> boolean(std::string_view key);
  const Json* array(std::string_view key);
  const Json* object(std::string_view key);
  // The key is known and without effect.
  void ignore(std::string_view key, std::string code, std::string reason);
  std::string at(std::string_view key) const { return below(pointer_, key); }
  const std::string& pointer() const { return pointer_; }
  // Every key not asked for is unknown; `known` is what it may have been meant to be. True if there
  // is none.
  bool finish(std::initializer_list<std::string_view> known, Severity severity,
              std::string_view what);

 private:
  const Json* of_kind(std::string_view key, Json::value_t kind, std::string_view expected);

  Notes& notes_;
  const Json& value_;
  std::string pointer_;
  std::set<std::string, std::less<>> asked_;
};

}  // namespace syncline::app
