// An authority's machine alone, its state in memory, with objects and sessions: for suites that
// measure the machine and nothing of disks and networks.
#pragma once

#include <fmt/format.h>

#include <deque>

#include "node/authority/deploying.h"
#include "node/authority/recovery.h"
#include "node/bench/suites.h"
#include "node/bench/wait.h"
#include "node/driver/authority_draft.h"
#include "node/driver/authority_driver.h"
#include "node/replica/subscriptions.h"
#include "storage/memory_commit_log.h"
#include "storage/memory_store.h"

namespace syncline::bench {

inline constexpr uint64_t kObjects = 10'000;
inline constexpr uint64_t kPerTransaction = 500;

inline constexpr const char* kItemSchema = R"({
  "title": "Item", "bsonType": "object", "required": ["_id"],
  "properties": {"_id": {"bsonType": "long"}, "owner_id": {"bsonType": "string"},
                 "lot": {"bsonType": "long"}, "value": {"bsonType": "long"}}})";
// The keys of a role beside its name and apply_when.
inline AppFiles item_app(const std::string& role) {
  const std::string base = "data_sources/mongodb-atlas/";
  return {
      {"root_config.json", R"({"name": "bench", "config_version": 20210101})"},
      {base + "config.json",
       R"({"name": "mongodb-atlas", "type": "mongodb-atlas", "config": {"clusterName": "c"}})"},
      {base + "bench/items/schema.json", kItemSchema},
      {base + "bench/items/rules.json",
       R"({"database": "bench", "collection": "items", "roles": [{"name": "all", "apply_when": {}, )" +
           role + "}]}"},
      {"sync/config.json",
       R"({"type": "flexible", "state": "enabled", "service_name": "mongodb-atlas", "database_name": "bench"})"}};
}
inline constexpr const char* kEverythingAllowed =
    R"("document_filters": {"read": true, "write": true}, "read": true, "write": true)";

// An authority in memory, under its driver; what it sends is counted.
class Machine {
 public:
  // The app's type is Item (kItemSchema); there is one user, everybody; query: of the n-th session.
  using Query = std::function<std::string(uint64_t)>;
  static Result<std::unique_ptr<Machine>> start(AppFiles app, const Document& custom_data,
                                                uint64_t sessions, const Query& query) {
    auto machine = std::unique_ptr<Machine>(new Machine());
    SYNCLINE_TRY(machine->open(app, custom_data));
    SYNCLINE_TRY(machine->fill());
    SYNCLINE_TRY(machine->greet(sessions, query));
    return machine;
  }

  // So many changes of one object each, of owner after owner. Seconds.
  Result<double> change(uint64_t count, uint64_t owners) {
    const auto start = Clock::now();
    for (uint64_t n = 0; n < count; ++n) {
      const auto id = static_cast<int64_t>(++changed_ % owners);
      SYNCLINE_TRY(write([&](Draft& draft) {
        return draft.set(item_, id, {"value"}, static_cast<int64_t>(changed_));
      }));
    }
    return seconds_since(start);
  }

  uint64_t deltas() const { return deltas_; }
  const Store& state() const { return state_; }
  Authority& authority() { return driver_->machine(); }
  TypeNumber item() const { return item_; }
  // The node of the n-th session.
  static NodeId id_of(uint64_t n) { return NodeId(1000 + n); }

 private:
  Status open(const AppFiles& app, const Document& custom_data) {
    SYNCLINE_TRY(initialise_state(&state_, Incarnation(1)));
    AuthorityOptions options;
    options.id = NodeId(1);
    options.server_key = Bytes(32, 'K');
    SYNCLINE_ASSIGN(options.fence, log_.acquire());
    SYNCLINE_ASSIGN(options.log_head, log_.head());
    SYNCLINE_ASSIGN(auto authority, Authority::open(options, &state_));
    AuthorityWorld world;
    world.append = [this](const std::shared_ptr<const LogAppend>& append) {
      inbox_.push_back(authority_input::CommitAnswered{log_.append(*append)});
    };
    world.send = [this](const Send& send) { note(send); };
    world.arm = [](const Timer&) {};
    world.decided_local = [this](uint64_t, const Decision& decision) {
      refused_ = decision.state == DecisionState::refused;
    };
    world.event = [](const AuthorityEvent&) {};
    world.directory_changed = [] {};
    world.flush = [](LogIndex) {};
    world.trim = [](LogIndex) {};
    driver_ = std::make_unique<AuthorityDriver>(std::move(authority), &state_, std::move(world));
    inbox_.push_back(authority_input::Opened{});
    SYNCLINE_TRY(run());
    SYNCLINE_ASSIGN(const Deployment deployment,
                    plan_deployment(app, nullptr, RolesWithoutFilters::deny));
    SYNCLINE_TRY(write([&](Draft& draft) -> Status {
      SYNCLINE_TRY(draft.put(system_type::kApp, deployment.record));
      return draft.put(system_type::kUser,
                       Document{{"_id", "everybody"}, {"custom_data", custom_data}});
    }));
    item_ = driver_->machine().deployed()->schema().type("Item")->number;
    return {};
  }

  Status fill() {
    return in_transactions(kObjects, [&](Draft& draft, uint64_t n) {
      return draft.create(item_, Document{{"_id", static_cast<int64_t>(n)},
                                          {"owner_id", fmt::format("user {}", n)},
                                          {"lot", static_cast<int64_t>(n)},
                                          {"value", int64_t(0)}});
    });
  }

  Status greet(uint64_t sessions, const Query& query) {
    SYNCLINE_TRY(in_transactions(sessions, [&](Draft& draft, uint64_t n) -> Status {
      SYNCLINE_TRY(draft.put(system_type::kNode, Document{{"_id", to_string(id_of(n))},
                                                          {"name", to_string(id_of(n))},
                                                          {"user", "everybody"},
                                                          {"node_key", "-"},
                                                          {"identity_key", Bytes(64, '0')}}));
      return draft.put(system_type::kSubscription,
                       Document{{"_id", fmt::format("{}/own", to_string(id_of(n)))},
                                {"node", to_string(id_of(n))},
                                {"name", "own"},
                                {"type", "Item"},
                                {"query", query(n)}});
    }));
    for (uint64_t n = 0; n < sessions; ++n) {
      Hello hello;
      hello.node = id_of(n);
      hello.nonce = SessionNonce(n + 1);
      inbox_.push_back(
          authority_input::Frame{ConnectionId(n + 1), hello.node, Arrived(std::move(hello))});
      if (inbox_.size() >= kPerTransaction) SYNCLINE_TRY(run());
    }
    return run();
  }

  Status in_transactions(uint64_t count, const std::function<Status(Draft&, uint64_t)>& add) {
    for (uint64_t n = 0; n < count;) {
      const uint64_t end = std::min(count, n + kPerTransaction);
      SYNCLINE_TRY(write([&](Draft& draft) -> Status {
        for (uint64_t i = n; i < end; ++i) SYNCLINE_TRY(add(draft, i));
        return {};
      }));
      n = end;
    }
    return {};
  }

  Status write(const std::function<Status(Draft&)>& body) {
    Draft draft = authority_draft(driver_->machine(), state_);
    SYNCLINE_TRY(body(draft));
    const ChangesetName name = draft.name();
    inbox_.push_back(
        authority_input::Local{1, name, take_changeset(std::move(draft), now().clock())});
    SYNCLINE_TRY(run());
    if (refused_) return fail(ErrorCode::kInternal, "a change was refused");
    return {};
  }

  // Until nothing is left to do.
  Status run() {
    for (;;) {
      std::vector<AuthorityInput> inputs(std::make_move_iterator(inbox_.begin()),
                                         std::make_move_iterator(inbox_.end()));
      inbox_.clear();
      SYNCLINE_ASSIGN(const AuthorityDriver::Next next, driver_->step(now(), std::move(inputs)));
      if (next == AuthorityDriver::Next::wait && inbox_.empty()) return {};
    }
  }

  void note(const Send& send) {
    if (Result<Message> message = decode_message(send.frame))
      deltas_ += std::holds_alternative<Delta>(*message);
  }

  Instant now() {
    ++ms_;
    return Instant{ms_, ms_};
  }

  MemoryStore state_;
  MemoryCommitLog log_;
  std::unique_ptr<AuthorityDriver> driver_;
  std::deque<AuthorityInput> inbox_;
  TypeNumber item_;
  int64_t ms_ = 1'700'000'000'000;
  uint64_t changed_ = 0;
  uint64_t deltas_ = 0;
  bool refused_ = false;
};

}  // namespace syncline::bench
