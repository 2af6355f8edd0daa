#include "node/replica/hello.h"

#include <fmt/format.h>

#include <algorithm>

#include "node/model/declared_json.h"
#include "node/model/schema_comparison.h"
#include "node/replica/progress.h"
#include "node/replica/staging.h"
#include "node/replica/upload.h"
#include "proto/check.h"
#include "proto/extended_json.h"
#include "proto/limits.h"

namespace syncline {
namespace {

constexpr int64_t kBackoffMinMs = 1'000;
constexpr int64_t kBackoffMaxMs = 300'000;

using Phase = ReplicaSession::Phase;

bool may_greet(const ReplicaState& state) {
  return state.session.phase != Phase::away && !state.paused && !state.ended;
}

int64_t wait_ms(ReplicaState* state) {
  const int64_t full = hello_backoff_ms(state->backoff.attempts);
  // Shortened by chance by up to a quarter, so that a fleet does not return in one instant.
  return full - static_cast<int64_t>(state->draw("jitter") % static_cast<uint64_t>(full / 4 + 1));
}

void forget_session(ReplicaState* state) {
  const Phase phase = state->session.phase == Phase::away ? Phase::away : Phase::waiting;
  state->session = ReplicaSession();
  state->session.phase = phase;
}

void send_hello(ReplicaStep* step) {
  ReplicaState& state = step->state;
  forget_session(&state);
  Hello hello;
  hello.node = state.identity.node;
  hello.nonce = SessionNonce(state.draw("hello"));
  hello.cursor = state.view.cursor;
  if (!state.distrusted) {
    hello.token = state.view.token;
    hello.resume = resume_of(state);
  }
  hello.schema_version = state.identity.schema_version;
  if (state.schema != nullptr && !state.schema_distrusted) hello.schema_mark = state.schema->mark();
  hello.forks = state.forks;
  hello.safe_seq = state.kept.safe;
  hello.now = step->now.clock();
  hello.signature =
      sign(state.identity.identity, hello_signing_bytes(hello, state.identity.server_key));
  state.session.phase = Phase::greeting;
  state.session.hello = hello.nonce;
  state.session.resume_offered = hello.resume.seq.value != 0;
  step->out.frames.push_back(encode_message(hello));
  step->set_state(SyncState::connecting);
  state.backoff.attempts = std::min<uint32_t>(state.backoff.attempts + 1, 62);
  state.backoff.due_ms = step->now.monotonic_ms + wait_ms(&state);
  // Should no answer come.
  step->out.timers.push_back({"hello", state.backoff.due_ms});
}

// Now, or when the backoff since the last greeting is over.
void greet(ReplicaStep* step) {
  ReplicaState& state = step->state;
  if (!may_greet(state)) return;
  if (state.backoff.due_ms <= step->now.monotonic_ms) return send_hello(step);
  forget_session(&state);
  step->set_state(SyncState::connecting);
  step->out.timers.push_back({"hello", state.backoff.due_ms});
}

Status take_schema(ReplicaStep* step, const Welcome& welcome) {
  ReplicaState& state = step->state;
  if (welcome.schema.empty()) {
    const uint64_t held = state.schema == nullptr ? 0 : state.schema->mark();
    if (held == welcome.schema_mark) return {};
    state.schema_distrusted = true;
    return fail(ErrorCode::kMalformed,
                "the authority has another schema than this node, and did not send it");
  }
  SYNCLINE_ASSIGN(Schema schema, decode_schema(welcome.schema));
  if (schema.mark() != welcome.schema_mark)
    return fail(ErrorCode::kMalformed, "the authority sent another schema than it says");
  state.schema_distrusted = false;
  if (state.schema != nullptr && *state.schema == schema) return {};
  step->out.batch.put(node_keys::meta::schema(), welcome.schema);
  step->out.schema_changed = true;
  state.schema = std::make_shared<const Schema>(std::move(schema));
  ++state.generation;
  return {};
}

// Does the authority's log go on from what the node has followed?
std::optional<Error> check_log(const ReplicaState& state, const Welcome& welcome) {
  const Cursor& cursor = state.view.cursor;
  if (cursor == Cursor()) return std::nullopt;
  constexpr std::string_view kRemedy =
      "what is pending here is kept. If the authority's store was copied back by hand, make it "
      "with "
      "`syncline restore` instead";
  const auto shared = shared_up_to(state.session.forks, position_of(cursor), welcome.incarnation);
  if (!shared)
    return Error(ErrorCode::kFork,
                 fmt::format("the authority's log is incarnation {:016x}, and nothing says that it "
                             "comes from incarnation {:016x}, which this node followed up to entry "
                             "{}; {}",
                             welcome.incarnation.value, cursor.incarnation.value, cursor.seq.value,
                             kRemedy));
  if (welcome.head < *shared)
    return Error(
        ErrorCode::kFork,
        fmt::format("the authority's log ends at entry {}, and this node followed it up to "
                    "entry {}: entries were lost; {}",
                    welcome.head.value, cursor.seq.value, kRemedy));
  return std::nullopt;
}

}  // namespace

int64_t hello_backoff_ms(uint32_t attempts) {
  if (attempts == 0) return 0;
  return std::min(kBackoffMaxMs, kBackoffMinMs << std::min<uint32_t>(attempts - 1, 30));
}

void on_connected(ReplicaStep* step) {
  ReplicaState& state = step->state;
  state.session = ReplicaSession();
  state.session.phase = Phase::waiting;
  // The transport waits between connections; but an authority that sends a node away and closes
  // would be greeted at its pace.
  if (!state.ended) state.backoff = {};
  state.ended = false;
  if (state.trouble && state.trouble->code == ErrorCode::kUnreachable) state.trouble.reset();
  greet(step);
}

void on_disconnected(ReplicaStep* step, std::optional<Error> why) {
  step->state.session = ReplicaSession();
  drop_staged_catch_up(step);
  // Every attempt says why it failed: told once. What ended the sync for good stays on display.
  if (why && !step->state.ended && step->state.trouble != why) step->tell_trouble(std::move(*why));
  if (!step->state.paused && !step->state.ended) step->set_state(SyncState::offline);
}

void on_hello_timeout(ReplicaStep* step) {
  // Not if a session came about meanwhile: timers are moved, never disarmed.
  if (step->state.session.phase != Phase::greeting && step->state.session.phase != Phase::waiting)
    return;
  greet(step);
}

void on_pause(ReplicaStep* step) {
  step->state.paused = true;
  forget_session(&step->state);
  drop_staged_catch_up(step);
  step->set_state(SyncState::paused);
}

void on_resume(ReplicaStep* step) {
  ReplicaState& state = step->state;
  if (!state.paused && !state.ended) return;
  state.paused = false;
  state.ended = false;
  state.trouble.reset();
  state.backoff = {};
  if (state.session.phase == Phase::away) {
    step->set_state(SyncState::offline);
  } else {
    greet(step);
  }
}

Status on_welcome(ReplicaStep* step, const Welcome& welcome) {
  ReplicaState& state = step->state;
  ReplicaSession& session = state.session;
  // Of an earlier greeting, or of nobody's: the answer to the last one comes.
  if (session.phase != Phase::greeting || welcome.hello != session.hello) return {};
  if (welcome.version != kProtocolVersion) {
    end_session(
        step,
        Error(
            ErrorCode::kWrongVersion,
            fmt::format(
                "the authority speaks protocol version {}, this node version {}; update the older",
                welcome.version, kProtocolVersion)));
    return {};
  }
  session.forks = state.forks;
  learn_forks(&session.forks, welcome.forks);
  if (std::optional<Error> fork = check_log(state, welcome)) {
    end_session(step, std::move(*fork));
    return {};
  }
  if (welcome.incarnation.value == 0)
    return fail(ErrorCode::kMalformed, "a welcome without a log's incarnation");
  SYNCLINE_TRY(take_schema(step, welcome));
  drop_staged_catch_up(step);
  if (state.user != welcome.user) {
    state.user = welcome.user;
    step->out.batch.put(node_keys::meta::user(), welcome.user);
  }
  session.phase = Phase::active;
  session.session = welcome.session;
  session.incarnation = welcome.incarnation;
  session.welcome_head = welcome.head;
  session.safe = welcome.safe_seq;
  session.credit_bytes = welcome.upload_credit_bytes;
  // What a greeting says of its cursor need not be on the disk: the first report does.
  session.reported = Cursor();
  note_synced(step);
  state.head = std::max(state.head, welcome.head);
  state.trouble.reset();
  const bool behind = state.view.cursor == Cursor() || state.view.cursor.seq < welcome.head ||
                      comes_from_another_log(state);
  // A bootstrap of another log is of no use.
  if (state.staging && state.staging->incarnation != welcome.incarnation) {
    drop_staging(step);
    session.resume_offered = false;
  }
  step->set_state(behind ? SyncState::catching_up : SyncState::live);
  return start_uploads(step, welcome);
}

namespace {

// To an authority that develops, once a session: another schema begins another session.
void declare(ReplicaStep* step) {
  ReplicaState& state = step->state;
  ReplicaSession& session = state.session;
  if (session.phase != Phase::active || !session.development || session.declared ||
      state.schema == nullptr)
    return;
  const std::vector<SchemaDifference> differences = compare_schemas(state.declared, *state.schema);
  if (std::none_of(differences.begin(), differences.end(), [](const SchemaDifference& one) {
        return one.kind == SchemaDifference::Kind::type_missing ||
               one.kind == SchemaDifference::Kind::field_missing;
      }))
    return;
  session.declared = true;
  Bytes text = print_extended_json(print_declared_schema(state.declared), JsonForm::relaxed);
  if (text.size() > limits::kDeclaredSchemaBytesMax)
    return step->tell_trouble(
        Error(ErrorCode::kTooLarge,
              "the code declares more than an authority in development mode can be told: deploy "
              "the app with these types instead"));
  step->out.frames.push_back(encode_message(Declare{session.session, std::move(text)}));
}

}  // namespace

Status on_rights(ReplicaStep* step, const Rights& rights) {
  ReplicaState& state = step->state;
  if (state.user != rights.user) {
    state.user = rights.user;
    step->out.batch.put(node_keys::meta::user(), rights.user);
  }
  if (state.writes_outside != rights.writes_outside_subscriptions) {
    state.writes_outside = rights.writes_outside_subscriptions;
    if (state.writes_outside) {
      step->out.batch.put(node_keys::meta::outside(), "1");
    } else {
      step->out.batch.erase(node_keys::meta::outside());
    }
  }
  // What this program cannot read is no advice, and nothing else hangs on it.
  state.advisor = nullptr;
  if (Result<RightsRecord> record = decode_rights(rights.rights))
    if (Result<Advisor> advisor = Advisor::of(*record, state.draft_schema()))
      state.advisor = std::make_shared<const Advisor>(std::move(*advisor));
  step->out.batch.put(node_keys::meta::rights(), rights.rights);
  step->out.rights_changed = true;
  state.session.development = rights.development;
  if (!rights.declaration_refused.empty())
    step->tell_trouble(
        Error(ErrorCode::kSchemaMismatch,
              "the authority does not take what the code declares: " + rights.declaration_refused));
  declare(step);
  return {};
}

void on_declare_types(ReplicaStep* step, DeclaredSchema declared) {
  step->state.declared = std::move(declared);
  declare(step);
}

void on_hello_again(ReplicaStep* step, const HelloAgain& again) {
  const ReplicaSession& session = step->state.session;
  if (session.phase != Phase::active || again.session != session.session) return;
  greet_again(step, std::nullopt, false);
}

void on_goodbye(ReplicaStep* step, const Goodbye& goodbye) {
  ReplicaState& state = step->state;
  const ReplicaSession& session = state.session;
  const bool greeting = session.phase == Phase::greeting &&
                        (goodbye.session == SessionNonce() || goodbye.session == session.hello);
  const bool active = session.phase == Phase::active &&
                      (goodbye.session == SessionNonce() || goodbye.session == session.session);
  if (!greeting && !active) return;
  if (goodbye.retry) {
    greet_again(step, goodbye.error, false);
    return;
  }
  end_session(step, goodbye.error);
}

void greet_again(ReplicaStep* step, std::optional<Error> why, bool distrust) {
  ReplicaState& state = step->state;
  if (why) step->tell_trouble(std::move(*why));
  state.distrusted |= distrust;
  drop_staged_catch_up(step);
  greet(step);
}

void end_session(ReplicaStep* step, Error why) {
  step->tell_trouble(std::move(why));
  step->state.ended = true;
  forget_session(&step->state);
  drop_staged_catch_up(step);
  step->set_state(SyncState::stopped);
}

}  // namespace syncline
