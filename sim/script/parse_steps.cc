#include "sim/script/parse_steps.h"

#include <array>

#include <fmt/format.h>

#include "sim/script/limits.h"

namespace syncline::sim {
namespace {

using Parsed = Result<Action>;

Parsed parse_commit(const Value& value, const std::string& pointer) {
  step::Commit commit;
  ObjectReader read(value, pointer, "a commit");
  commit.node = name_at(&read, "node");
  commit.label = read.text("as", "");
  if (read.has("clock")) commit.clock_ms = read.duration("clock");
  commit.durability = durability_of(&read, "commit");
  commit.all_or_nothing = read.boolean("all_or_nothing", false);
  commit.fails = read.text("fails", "");
  if (const Value* operations = read.value("operations"); operations == nullptr) {
    read.wrong("operations", "a list of operations, as `syncline apply` takes it");
  } else if (const List* list = operations->get_if<List>();
             list != nullptr && list->elements.size() > script::kOperationsMax) {
    read.wrong("operations", fmt::format("at most {} operations", script::kOperationsMax));
  } else {
    Result<std::vector<UserOperation>> parsed = parse_operations(*operations);
    if (parsed) {
      commit.operations = std::move(*parsed);
    } else {
      read.take(std::unexpected(parsed.error().within(read.at("operations"))));
    }
  }
  SYNCLINE_TRY(read.done());
  return commit;
}

// How far an upload or delivery goes: one of the two keys.
void parse_extent(ObjectReader* read, const char* count, uint64_t* so_many,
                  std::vector<std::string>* through) {
  *through = read->names("through");
  const bool counted = read->has(count);
  if (counted == !through->empty())
    read->wrong(count, "either this or \"through\": the commits up to which it goes");
  if (counted) *so_many = static_cast<uint64_t>(read->integer(count, 1, INT32_MAX));
}

Parsed parse_upload(const Value& value, const std::string& pointer) {
  step::Upload upload;
  ObjectReader read(value, pointer, "an upload");
  upload.node = name_at(&read, "node");
  parse_extent(&read, "changesets", &upload.changesets, &upload.through);
  SYNCLINE_TRY(read.done());
  return upload;
}

Parsed parse_deliver(const Value& value, const std::string& pointer) {
  step::Deliver deliver;
  ObjectReader read(value, pointer, "a delivery");
  deliver.node = name_at(&read, "node");
  parse_extent(&read, "entries", &deliver.entries, &deliver.through);
  SYNCLINE_TRY(read.done());
  return deliver;
}

Parsed parse_back_up(const Value& value, const std::string& pointer) {
  step::BackUp back_up;
  ObjectReader read(value, pointer, "a backup");
  back_up.node = name_at(&read, "node");
  back_up.as = name_at(&read, "as");
  SYNCLINE_TRY(read.done());
  return back_up;
}

Parsed parse_restore(const Value& value, const std::string& pointer) {
  step::Restore restore;
  ObjectReader read(value, pointer, "a restore");
  restore.node = name_at(&read, "node");
  restore.backup = name_at(&read, "backup");
  SYNCLINE_TRY(read.done());
  return restore;
}

Parsed parse_clone(const Value& value, const std::string& pointer) {
  SYNCLINE_ASSIGN(Action action, parse_restore(value, pointer));
  std::get<step::Restore>(action).clone = true;
  return action;
}

Parsed parse_set_user(const Value& value, const std::string& pointer) {
  ObjectReader read(value, pointer, "a user");
  step::SetUser set{parse_user(&read)};
  SYNCLINE_TRY(read.done());
  return set;
}

Parsed parse_deploy(const Value& value, const std::string& pointer) {
  SYNCLINE_ASSIGN(ScenarioApp app, parse_app(value, pointer));
  return step::Deploy{std::move(app)};
}

Parsed parse_subscribe(const Value& value, const std::string& pointer) {
  step::Subscribe subscribe;
  ObjectReader read(value, pointer, "a subscription");
  subscribe.node = name_at(&read, "node");
  subscribe.subscription = {read.text("name", ""), read.text("type"), read.text("query", "")};
  SYNCLINE_TRY(read.done());
  if (subscribe.subscription.name.empty())
    subscribe.subscription.name = subscribe.subscription.type;
  return subscribe;
}

Parsed parse_unsubscribe(const Value& value, const std::string& pointer) {
  step::Unsubscribe unsubscribe;
  ObjectReader read(value, pointer, "the end of a subscription");
  unsubscribe.node = name_at(&read, "node");
  unsubscribe.name = name_at(&read, "name");
  SYNCLINE_TRY(read.done());
  return unsubscribe;
}

Parsed parse_trim(const Value& value, const std::string& pointer) {
  step::Trim trim;
  ObjectReader read(value, pointer, "a trim");
  trim.keep_bytes = static_cast<uint64_t>(read.integer("keep_bytes", 0, int64_t{1} << 40, 0));
  SYNCLINE_TRY(read.done());
  return trim;
}

Parsed parse_disk(const Value& value, const std::string& pointer) {
  using Is = step::Disk::Is;
  step::Disk disk;
  ObjectReader read(value, pointer, "a disk");
  disk.node = name_at(&read, "node");
  const std::string is = read.text("is");
  if (is == "slow") {
    disk.is = Is::slow;
    disk.by_ms = read.duration("by");
    if (disk.by_ms <= 0) read.wrong("by", "a duration above 0");
  } else if (is == "full" || is == "failing") {
    disk.is = is == "full" ? Is::full : Is::failing;
  } else if (is != "well") {
    read.wrong("is", "slow, full, failing or well");
  }
  SYNCLINE_TRY(read.done());
  return disk;
}

Result<int64_t> parse_time(const Value& value, const std::string& pointer) {
  const std::string* text = value.get_if<std::string>();
  Result<int64_t> ms = text == nullptr
                           ? fail(ErrorCode::kBadData, "expected a duration, such as \"90s\"")
                           : parse_duration(*text);
  if (!ms) return std::unexpected(ms.error().within(pointer));
  if (*ms < 0)
    return fail(ErrorCode::kBadData, fmt::format("{}: time does not run backwards", pointer));
  return ms;
}

Parsed parse_run(const Value& value, const std::string& pointer) {
  SYNCLINE_ASSIGN(int64_t ms, parse_time(value, pointer));
  return step::Run{ms};
}

Parsed parse_settle(const Value& value, const std::string& pointer) {
  SYNCLINE_ASSIGN(int64_t ms, parse_time(value, pointer));
  return step::Settle{ms};
}

Parsed parse_stop(const Value& value, const std::string& pointer) {
  step::Stop stop{value == Value("writes") || value == Value("all"),
                  value == Value("faults") || value == Value("all")};
  if (!stop.writes && !stop.faults)
    return fail(ErrorCode::kBadData,
                fmt::format("{}: expected \"writes\", \"faults\" or \"all\"", pointer));
  return stop;
}

Parsed parse_count_traffic(const Value& value, const std::string& pointer) {
  if (value != Value("anew"))
    return fail(ErrorCode::kBadData, fmt::format("{}: expected \"anew\"", pointer));
  return step::CountTraffic{};
}

template <step::Nodes::What what>
Parsed parse_nodes(const Value& value, const std::string& pointer) {
  SYNCLINE_ASSIGN(std::vector<std::string> names, read_names(value, pointer));
  return step::Nodes{what, std::move(names)};
}

struct Verb {
  const char* name;
  Parsed (*parse)(const Value& value, const std::string& pointer);
};
using What = step::Nodes::What;
constexpr std::array kVerbs = {
    Verb{"commit", parse_commit},
    Verb{"upload", parse_upload},
    Verb{"deliver", parse_deliver},
    Verb{"hold", parse_nodes<What::hold>},
    Verb{"release", parse_nodes<What::release>},
    Verb{"connect", parse_nodes<What::connect>},
    Verb{"disconnect", parse_nodes<What::disconnect>},
    Verb{"crash", parse_nodes<What::crash>},
    Verb{"lose_power", parse_nodes<What::lose_power>},
    Verb{"restart", parse_nodes<What::restart>},
    Verb{"remove_node", parse_nodes<What::remove>},
    Verb{"back_up", parse_back_up},
    Verb{"restore", parse_restore},
    Verb{"clone", parse_clone},
    Verb{"user", parse_set_user},
    Verb{"deploy", parse_deploy},
    Verb{"subscribe", parse_subscribe},
    Verb{"unsubscribe", parse_unsubscribe},
    Verb{"trim", parse_trim},
    Verb{"disk", parse_disk},
    Verb{"run", parse_run},
    Verb{"settle", parse_settle},
    Verb{"stop", parse_stop},
    Verb{"count_traffic", parse_count_traffic},
    Verb{"expect", parse_expect},
};

}  // namespace

std::string name_at(ObjectReader* reader, const char* key) {
  std::string name = reader->text(key);
  if (name.empty() || name.size() > script::kNameBytesMax) reader->wrong(key, "a short name");
  return name;
}

FleetUser parse_user(ObjectReader* reader) {
  return {name_at(reader, "id"), reader->document("data"), reader->document("custom_data")};
}

Durability durability_of(ObjectReader* reader, const char* missing) {
  const std::string word = reader->word("durability", {"commit", "group", "relaxed"}, missing);
  return word == "commit"  ? Durability::commit
         : word == "group" ? Durability::group
                           : Durability::relaxed;
}

Result<Step> parse_step(const Value& value, const std::string& pointer) {
  Step step;
  step.pointer = pointer;
  ObjectReader read(value, pointer, "a step");
  step.why = read.text("why", "");
  if (read.has("at")) step.at_ms = read.duration("at");
  std::string all;
  const Verb* said = nullptr;
  for (const Verb& verb : kVerbs) {
    all += (all.empty() ? "" : ", ") + std::string(verb.name);
    if (!read.has(verb.name)) continue;
    if (said != nullptr)
      return fail(ErrorCode::kBadData,
                  fmt::format("{}: a step does one thing; this one says {} and {}", pointer,
                              said->name, verb.name));
    said = &verb;
  }
  SYNCLINE_TRY(read.done());
  if (said == nullptr)
    return fail(ErrorCode::kBadData, fmt::format("{}: a step is one of {}", pointer, all));
  SYNCLINE_ASSIGN(step.action, said->parse(*read.value(said->name), read.at(said->name)));
  return step;
}

}  // namespace syncline::sim
