// Scenario: a scenario file as plain data (README.md is the format). Made by parse_scenario, run by
// run_scenario; a program that makes scenarios (tests/foreign) writes the file.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "node/replica/user_operation.h"
#include "sim/script/groups.h"
#include "sim/world/fleet_plan.h"

namespace syncline::sim {

// The authority's name in steps and expectations.
inline constexpr const char* kAuthorityName = "authority";

// A directory, as the file writes it, or the files themselves.
struct ScenarioApp {
  std::string directory;
  AppFiles files;
};

// A number that an expectation wants.
struct Bounds {
  int64_t at_least = 0;
  int64_t at_most = INT64_MAX;
};

namespace step {

struct Commit {
  std::string node;  // or the authority
  std::string label;
  std::optional<int64_t> clock_ms;  // the device's clock, from the script's start
  Durability durability = Durability::commit;
  bool all_or_nothing = false;
  std::vector<UserOperation> operations;
  std::string fails;  // a part of the error's text; empty: it must not fail
};
// How far: so many, or until all these commits are decided (delivered).
struct Upload {
  std::string node;
  uint64_t changesets = 0;
  std::vector<std::string> through;
};
struct Deliver {
  std::string node;
  uint64_t entries = 0;
  std::vector<std::string> through;
};
// What happens to nodes, the authority among them where it makes sense.
struct Nodes {
  enum class What : uint8_t {
    hold,
    release,
    connect,
    disconnect,
    crash,
    lose_power,
    restart,
    remove
  } what;
  std::vector<std::string> names;
};
struct BackUp {
  std::string node;
  std::string as;
};
struct Restore {
  std::string node;
  std::string backup;
  bool clone = false;  // goes on as a copy of the machine: with the names that it has used since
};
struct SetUser {
  FleetUser user;
};
struct Deploy {
  ScenarioApp app;
};
struct Subscribe {
  std::string node;
  FleetSubscription subscription;
};
struct Unsubscribe {
  std::string node;
  std::string name;
};
struct Trim {
  uint64_t keep_bytes = 0;
};
struct Disk {
  std::string node;
  enum class Is : uint8_t { well, slow, full, failing } is = Is::well;
  int64_t by_ms = 0;  // slow: what a step that writes takes longer
};
struct Run {
  int64_t ms = 0;
};
struct Settle {
  int64_t at_most_ms = 0;
};
struct Stop {  // of what the groups do by themselves, for good
  bool writes = false;
  bool faults = false;  // outages, flapping, duty cycles, crashes
};
struct CountTraffic {};  // from here on

struct ExpectObjects {
  std::string place;  // a node or the authority
  bool confirmed = false;
  bool named = false;               // only fields that are named; null and empty are as absent
  bool unresolved_as_null = false;  // links to objects that are not there
  std::vector<std::pair<std::string, std::vector<Document>>> types;  // each whole
};
struct ExpectObject {
  std::string place;
  std::string type;
  Value id;
  bool confirmed = false;
  std::optional<Document> is;  // nullopt: absent
};
struct ExpectCounts {  // of objects that the place shows
  std::string place;
  std::vector<std::pair<std::string, Bounds>> types;
};
struct ExpectedOutcome {
  size_t operation = 0;  // its place in the commit
  std::string verdict;   // applied, superseded, refused
  std::string reason;    // of a refusal; empty: any
  std::string text_has;
};
struct ExpectCommit {
  std::string label;
  std::string state;  // queued, durable, committed, superseded, refused; empty: any
  std::vector<ExpectedOutcome> outcomes;
};
struct ExpectStatus {
  std::string node;
  std::optional<Bounds> pending;
  std::optional<Bounds> journal;
  std::string sync;  // a SyncState
};
struct ExpectTraffic {
  std::string node;  // empty: of all
  std::optional<Bounds> messages_up, messages_down, bytes_up, bytes_down;
};
struct ExpectMeasures {  // by their names (measures.h)
  std::vector<std::pair<std::string, Bounds>> measures;
};

}  // namespace step

using Action =
    std::variant<step::Commit, step::Upload, step::Deliver, step::Nodes, step::BackUp,
                 step::Restore, step::SetUser, step::Deploy, step::Subscribe, step::Unsubscribe,
                 step::Trim, step::Disk, step::Run, step::Settle, step::Stop, step::CountTraffic,
                 step::ExpectObjects, step::ExpectObject, step::ExpectCounts, step::ExpectCommit,
                 step::ExpectStatus, step::ExpectTraffic, step::ExpectMeasures>;

struct Step {
  std::string pointer;  // in the file
  std::string why;      // a note for people
  std::optional<int64_t> at_ms;
  Action action;
};

struct Scenario {
  std::string title;
  std::string question;
  std::string finding;
  ScenarioApp app;
  std::vector<FleetUser> users;
  std::vector<FleetNode> nodes;
  std::vector<std::string> held;  // nodes that are held from the start
  std::vector<Link> links;
  std::vector<Group> groups;    // their nodes are among `nodes`
  std::vector<Member> members;  // of groups
  AuthorityPlan authority;
  std::vector<Step> script;
};

// kBadData: naming the JSON pointer and what is allowed there; kTooLarge.
Result<Scenario> parse_scenario(std::string_view text);

}  // namespace syncline::sim
