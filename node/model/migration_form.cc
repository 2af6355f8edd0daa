#include "node/model/migration_form.h"

#include <fmt/format.h>

#include <algorithm>

#include "node/model/app_names.h"
#include "proto/extended_json.h"
#include "proto/limits.h"
#include "proto/number_text.h"

namespace syncline {
namespace app {
namespace {

using PlanStep = MigrationPlan::Step;
using StepKind = PlanStep::Kind;

constexpr int kVersionMax = 1'000'000;
constexpr size_t kPiecesMax = 100;  // that one field is split into, or that are merged
constexpr size_t kSeparatorBytesMax = 1024;
constexpr size_t kMappedValuesMax = 10'000;
constexpr size_t kPathFieldsMax = limits::kDepthMax;  // of "address.city": as objects may nest
constexpr std::string_view kDirectory = "migrations/";

struct KindName {
  StepKind kind;
  std::string_view name;
};
constexpr KindName kKinds[] = {
    {StepKind::rename, "rename"}, {StepKind::convert, "convert"}, {StepKind::split, "split"},
    {StepKind::merge, "merge"},   {StepKind::move, "move"},       {StepKind::require, "require"},
    {StepKind::relax, "relax"},   {StepKind::drop, "drop"},
};
constexpr std::string_view kKindList =
    "\"rename\", \"convert\", \"split\", \"merge\", \"move\", \"require\", \"relax\" or \"drop\"";

bool takes_paths(StepKind kind) {
  return kind == StepKind::convert || kind == StepKind::split || kind == StepKind::merge ||
         kind == StepKind::move;
}

std::optional<int> version_number(std::string_view text) {
  if (text.empty() || text.size() > 7 || text[0] == '0' ||
      !std::ranges::all_of(text, [](char c) { return is_digit(c); }))
    return std::nullopt;
  const std::optional<int64_t> number = parse_integer_text(text);
  if (!number || *number < 1 || *number > kVersionMax) return std::nullopt;
  return static_cast<int>(*number);
}

class PlanReader {
 public:
  PlanReader(Notes& notes, MigrationPlan* plan) : notes_(notes), plan_(plan) {}

  void read(const Json& value) {
    ObjectView view(notes_, value, "");
    if (const Json* types = view.object("types")) {
      if (types->size() > limits::kTypesMax)
        return too_many(view.at("types"), "types", limits::kTypesMax);
      for (const auto& [name, one] : types->items()) {
        const std::string pointer = below(view.at("types"), name);
        notes_.read(pointer);
        if (!check_type_name(notes_, pointer, name)) continue;
        if (one.is_object())
          type(name, one, pointer);
        else
          wrong_kind(pointer, "what becomes of a type", one, "an object");
      }
    }
    view.finish({"types"}, Severity::error, "a migration");
  }

 private:
  void too_many(const std::string& pointer, std::string_view what, size_t max) {
    notes_.read_all(pointer);
    notes_.error("too_large", pointer, fmt::format("more than {} {}", max, what),
                 "split the migration into several versions");
  }

  void wrong_kind(const std::string& pointer, std::string_view what, const Json& value,
                  std::string_view expected) {
    notes_.error("wrong_kind", pointer,
                 fmt::format("{} is {}, expected {}", what, kind_of(value), expected),
                 fmt::format("write {}", expected));
  }

  void type(const std::string& name, const Json& value, const std::string& pointer) {
    MigrationPlan::Type out;
    out.before = out.after = name;
    out.pointer = pointer;
    ObjectView view(notes_, value, pointer);
    out.drop = view.boolean("drop").value_or(false);
    if (const std::optional<std::string> after = view.string("rename");
        after && check_type_name(notes_, view.at("rename"), *after))
      out.after = *after;
    if (const Json* fields = view.array("fields")) {
      if (fields->size() > limits::kFieldsPerTypeMax)
        too_many(view.at("fields"), "steps of one type", limits::kFieldsPerTypeMax);
      else
        for (size_t i = 0; i < fields->size(); ++i)
          step((*fields)[i], below(view.at("fields"), i), &out);
    }
    view.finish({"rename", "fields", "drop"}, Severity::error, "a type's migration");
    if (out.drop && (out.after != out.before || !out.steps.empty()))
      notes_.error("bad_step", pointer, "a type that is dropped has no other steps",
                   "take \"drop\" away, or \"rename\" and \"fields\"");
    plan_->types.push_back(std::move(out));
  }

  void step(const Json& value, const std::string& pointer, MigrationPlan::Type* type) {
    if (!value.is_object()) return wrong_kind(pointer, "a step", value, "an object");
    const KindName* kind = nullptr;
    for (const KindName& one : kKinds) {
      if (!value.contains(one.name)) continue;
      if (kind != nullptr) {
        notes_.read_all(pointer);
        return notes_.error("bad_step", pointer,
                            fmt::format("the step is a \"{}\" and a \"{}\"", kind->name, one.name),
                            "make two steps of it");
      }
      kind = &one;
    }
    if (kind == nullptr) {
      notes_.read_all(pointer);
      return notes_.error("bad_step", pointer, "the step does not say what it does",
                          fmt::format("give it one of {}", kKindList));
    }
    const int errors_before = errors_;
    PlanStep out;
    out.kind = kind->kind;
    out.pointer = pointer;
    ObjectView view(notes_, value, pointer);
    read_keys(*kind, view, &out);
    if (errors_ == errors_before) type->steps.push_back(std::move(out));
  }

  void read_keys(const KindName& kind, ObjectView& view, PlanStep* out) {
    const std::string what = fmt::format("a \"{}\"", kind.name);
    switch (kind.kind) {
      case StepKind::rename:
        one_name(view, kind, "rename", &out->before);
        one_name(view, kind, "to", &out->after);
        finish(view, {"rename", "to"}, what);
        break;
      case StepKind::convert:
        one_name(view, kind, "convert", &out->before);
        if (view.get("to") != nullptr)
          one_name(view, kind, "to", &out->after);
        else
          out->after = out->before;
        mapped_values(view, out);
        values_without_counterpart(view, out);
        finish(view, {"convert", "to", "values", "otherwise", "otherwise_back"}, what);
        break;
      case StepKind::split:
        one_name(view, kind, "split", &out->before);
        names(view, kind, "into", &out->after);
        separator(view, out);
        finish(view, {"split", "into", "separator"}, what);
        break;
      case StepKind::merge:
        names(view, kind, "merge", &out->before);
        one_name(view, kind, "into", &out->after);
        separator(view, out);
        finish(view, {"merge", "into", "separator"}, what);
        break;
      case StepKind::move:
        one_name(view, kind, "move", &out->before);
        one_name(view, kind, "to", &out->after);
        values_without_counterpart(view, out);
        finish(view, {"move", "to", "otherwise", "otherwise_back"}, what);
        break;
      case StepKind::require:
      case StepKind::relax:
        one_name(view, kind, kind.name, &out->before);
        out->after = out->before;
        value(view, "default",
              kind.kind == StepKind::require ? &out->otherwise : &out->otherwise_back);
        finish(view, {kind.name, "default"}, what);
        break;
      case StepKind::drop:
        one_name(view, kind, "drop", &out->before);
        value(view, "default", &out->otherwise);
        finish(view, {"drop", "default"}, what);
        break;
    }
  }

  void finish(ObjectView& view, std::initializer_list<std::string_view> keys,
              std::string_view what) {
    if (!view.finish(keys, Severity::error, what)) ++errors_;
  }

  void error(const std::string& pointer, std::string text, std::string remedy) {
    ++errors_;
    notes_.error("bad_step", pointer, std::move(text), std::move(remedy));
  }

  // A field's name, dotted into embedded objects where the step may be.
  bool check_path(const KindName& kind, const std::string& pointer, const std::string& path) {
    size_t fields = 0;
    for (size_t begin = 0; begin <= path.size(); ++fields) {
      const size_t end = std::min(path.find('.', begin), path.size());
      if (!check_field_name(notes_, pointer, std::string_view(path).substr(begin, end - begin))) {
        ++errors_;
        return false;
      }
      if (fields == kPathFieldsMax) {
        error(pointer, fmt::format("the path has more than {} fields", kPathFieldsMax),
              "name a field that objects can have");
        return false;
      }
      begin = end + 1;
    }
    if (fields == 1 || takes_paths(kind.kind)) return true;
    error(pointer,
          fmt::format("a \"{}\" takes a field of the type itself, not {}", kind.name, shown(path)),
          "state the step below the embedded type's own name");
    return false;
  }

  void one_name(ObjectView& view, const KindName& kind, std::string_view key,
                std::vector<std::string>* out) {
    const Json* given = view.get(key);
    if (given == nullptr)
      return error(view.pointer(), fmt::format("a \"{}\" without \"{}\"", kind.name, key),
                   fmt::format("add \"{}\" with the name of a field", key));
    if (!given->is_string()) {
      ++errors_;
      return wrong_kind(view.at(key), fmt::format("\"{}\"", key), *given, "a string");
    }
    const auto& name = given->get_ref<const std::string&>();
    if (check_path(kind, view.at(key), name)) out->push_back(name);
  }

  void names(ObjectView& view, const KindName& kind, std::string_view key,
             std::vector<std::string>* out) {
    const Json* given = view.get(key);
    if (given == nullptr || !given->is_array() || given->size() < 2 || given->size() > kPiecesMax) {
      if (given != nullptr) notes_.read_all(view.at(key));
      return error(
          given == nullptr ? view.pointer() : view.at(key),
          fmt::format("\"{}\" of a \"{}\" is a list of 2 to {} fields", key, kind.name, kPiecesMax),
          "name them in the order of their texts");
    }
    for (size_t i = 0; i < given->size(); ++i) {
      const std::string pointer = below(view.at(key), i);
      const Json& one = (*given)[i];
      if (!one.is_string()) {
        ++errors_;
        wrong_kind(pointer, "a field", one, "a string");
        continue;
      }
      const auto& name = one.get_ref<const std::string&>();
      if (check_path(kind, pointer, name)) out->push_back(name);
    }
  }

  void separator(ObjectView& view, PlanStep* out) {
    const Json* given = view.get("separator");
    if (given != nullptr && given->is_string())
      out->separator = given->get_ref<const std::string&>();
    if (!out->separator.empty() && out->separator.size() <= kSeparatorBytesMax) return;
    if (given != nullptr) notes_.read_all(view.at("separator"));
    error(given == nullptr ? view.pointer() : view.at("separator"),
          fmt::format("\"separator\" is a text of 1 to {} bytes that stands between the parts",
                      kSeparatorBytesMax),
          "add it, such as \"separator\": \" \"");
  }

  std::optional<Value> value_of_json(const Json& json, const std::string& pointer) {
    Result<Value> read =
        parse_extended_json(json.dump(-1, ' ', false, Json::error_handler_t::replace));
    if (read) return std::move(*read);
    error(pointer, read.error().message, "write the value in Extended JSON");
    return std::nullopt;
  }

  void value(ObjectView& view, std::string_view key, std::optional<Value>* out) {
    if (const Json* given = view.get_all(key)) *out = value_of_json(*given, view.at(key));
  }

  void values_without_counterpart(ObjectView& view, PlanStep* out) {
    value(view, "otherwise", &out->otherwise);
    value(view, "otherwise_back", &out->otherwise_back);
  }

  void mapped_values(ObjectView& view, PlanStep* out) {
    const Json* given = view.get_all("values");
    if (given == nullptr) return;
    const std::string pointer = view.at("values");
    if (!given->is_array() || given->empty() || given->size() > kMappedValuesMax)
      return error(pointer, fmt::format("\"values\" is a list of 1 to {} pairs", kMappedValuesMax),
                   "write [[earlier, later], ...]");
    for (size_t i = 0; i < given->size(); ++i) {
      const Json& pair = (*given)[i];
      if (!pair.is_array() || pair.size() != 2)
        return error(below(pointer, i), "not a pair of an earlier and a later value",
                     "write [earlier, later]");
      std::optional<Value> earlier = value_of_json(pair[0], below(pointer, i));
      std::optional<Value> later = value_of_json(pair[1], below(pointer, i));
      if (!earlier || !later) return;
      out->values.emplace_back(std::move(*earlier), std::move(*later));
    }
  }

  Notes& notes_;
  MigrationPlan* plan_;
  int errors_ = 0;  // in steps
};

}  // namespace

std::optional<MigrationName> migration_name(std::string_view path) {
  if (!path.starts_with(kDirectory) || !path.ends_with(".json")) return std::nullopt;
  path.remove_prefix(kDirectory.size());
  path.remove_suffix(5);
  const size_t dash = path.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const std::optional<int> from = version_number(path.substr(0, dash));
  const std::optional<int> to = version_number(path.substr(dash + 1));
  if (!from || !to) return std::nullopt;
  return MigrationName{*from, *to};
}

bool check_migration_name(Notes& notes, std::string_view path) {
  const std::optional<MigrationName> name = migration_name(path);
  if (name && name->to == name->from + 1) return true;
  if (name)
    notes.error("migration_order", "",
                fmt::format("a migration leads from a version to the next, not from {} to {}",
                            name->from, name->to),
                name->from < kVersionMax
                    ? fmt::format("call it {}, or make a migration for each version between",
                                  migration_path(name->from))
                    : fmt::format("there are at most {} versions", kVersionMax));
  else
    notes.error("migration_name", "",
                fmt::format("no migration can have this name: versions are 1 to {}", kVersionMax),
                "call it migrations/<from>-<to>.json, such as migrations/1-2.json, or move it out "
                "of migrations/");
  return false;
}

MigrationPlan read_plan(Notes& notes, const Json& value, const std::string& path) {
  const MigrationName name = *migration_name(path);
  MigrationPlan plan;
  plan.path = path;
  plan.from = name.from;
  plan.to = name.to;
  PlanReader(notes, &plan).read(value);
  return plan;
}

}  // namespace app

namespace {

constexpr size_t kFormFaultsToldMax = 20;

Status check_notes(app::Notes& notes, const app::Json* value) {
  if (!notes.has_errors()) return {};
  int errors = 0, warnings = 0;
  const AppFileReport report = notes.close(value, &errors, &warnings);
  std::string text;
  size_t told = 0;
  for (const AppMessage& message : report.messages) {
    if (message.severity != AppMessage::Severity::error || ++told > kFormFaultsToldMax) continue;
    text += fmt::format("{}{}{}{}: {}: {}", text.empty() ? "" : "\n  ", report.path,
                        message.pointer.empty() ? "" : ": ", message.pointer, message.text,
                        message.remedy);
  }
  if (static_cast<size_t>(errors) > kFormFaultsToldMax)
    text += fmt::format("\n  and {} more", static_cast<size_t>(errors) - kFormFaultsToldMax);
  return fail(ErrorCode::kBadApp, std::move(text));
}

}  // namespace

int version_of(const AppFiles& files) {
  int version = 1;
  for (const auto& [path, text] : files)
    if (const auto name = app::migration_name(path); name && name->to == name->from + 1)
      version = std::max(version, name->to);
  return version;
}

std::string migration_path(int from) {
  return fmt::format("migrations/{}-{}.json", from, from + 1);
}

Result<MigrationPlan> read_migration(const std::string& path, std::string_view text) {
  app::Notes notes(path, "migration");
  app::ParsedJson parsed;
  if (app::check_migration_name(notes, path)) {
    parsed = app::parse_json(text);
    for (app::JsonFault& fault : parsed.faults)
      notes.error(std::move(fault.code), std::move(fault.pointer), std::move(fault.text),
                  std::move(fault.remedy));
    if (parsed.faults.empty() && !parsed.value.is_object())
      notes.error("wrong_kind", "",
                  fmt::format("the file holds {}, expected an object", app::kind_of(parsed.value)),
                  "write {\"types\": {...}}");
  }
  SYNCLINE_TRY(check_notes(notes, nullptr));
  MigrationPlan plan = app::read_plan(notes, parsed.value, path);
  SYNCLINE_TRY(check_notes(notes, &parsed.value));
  return plan;
}

}  // namespace syncline
