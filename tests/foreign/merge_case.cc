#include "tests/foreign/merge_case.h"

#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include <fmt/format.h>

#include "proto/extended_json.h"
#include "tests/foreign/case_operations.h"

namespace syncline::foreign {
namespace {

constexpr int64_t kServer = 1;
// Clocks: far more than the virtual world takes for anything, so that they decide.
constexpr int64_t kSecondsATime = 3'600;
constexpr int64_t kSecondsAPeer = 10;
constexpr int64_t kPeersMax = 300;  // below kSecondsATime / kSecondsAPeer

int64_t number_at(const Document& document, const char* key, int64_t missing) {
  const Value* value = document.find(key);
  return value != nullptr && value->is_integer() ? value->as_integer() : missing;
}
const Document* document_at(const Document& document, const char* key) {
  const Value* value = document.find(key);
  return value == nullptr ? nullptr : value->get_if<Document>();
}
const List* list_at(const Document& document, const char* key) {
  const Value* value = document.find(key);
  return value == nullptr ? nullptr : value->get_if<List>();
}

class CaseTranslation {
 public:
  explicit CaseTranslation(const Document& foreign) : case_(foreign) {}

  Result<Translated> translate() {
    done_.id = text_of(case_, "id");
    SYNCLINE_TRY(read_schema());
    if (case_.find("local_ops") != nullptr) {
      SYNCLINE_TRY(translate_reset());
    } else {
      SYNCLINE_TRY(translate_steps());
    }
    done_.scenario = Document{{"title", done_.id},
                              {"app", Document{{"types", schema_.plain_types()}}},
                              {"nodes", nodes()},
                              {"script", std::move(script_)}};
    return std::move(done_);
  }

 private:
  // Each instruction of each commit.
  Status each_instruction(const std::function<Status(int64_t peer, const Document&)>& visit) {
    const List* steps = list_at(case_, "steps");
    for (size_t i = 0; steps != nullptr && i < steps->elements.size(); ++i) {
      const Document* step = steps->elements[i].get_if<Document>();
      const Document* commit = step == nullptr ? nullptr : document_at(*step, "commit");
      const List* instructions = commit == nullptr ? nullptr : list_at(*commit, "instructions");
      for (size_t j = 0; instructions != nullptr && j < instructions->elements.size(); ++j)
        if (const Document* instruction = instructions->elements[j].get_if<Document>())
          SYNCLINE_TRY(visit(number_at(*commit, "peer", 0), *instruction));
    }
    return {};
  }

  Status read_schema() {
    SYNCLINE_TRY(each_instruction([&](int64_t, const Document& in) -> Status {
      return text_of(in, "op") == "AddTable" ? schema_.add_table(in) : Status();
    }));
    SYNCLINE_TRY(each_instruction([&](int64_t, const Document& in) -> Status {
      return text_of(in, "op") == "AddColumn" ? schema_.add_column(in) : Status();
    }));
    if (const Value* schema = case_.find("schema")) SYNCLINE_TRY(schema_.add_schema(*schema));
    return each_instruction([&](int64_t, const Document& in) -> Status {
      if (const Value* key = in.find("pk")) schema_.note_key(text_of(in, "table"), *key);
      return {};
    });
  }

  List nodes() const {
    List subscriptions;
    for (const auto& [name, table] : schema_.tables())
      if (!table.embedded && !table.asymmetric) subscriptions.elements.push_back(name);
    List nodes;
    for (int64_t peer : peers_)
      if (peer != kServer)
        nodes.elements.push_back(
            Document{{"name", name_of(peer)}, {"subscriptions", subscriptions}, {"held", true}});
    return nodes;
  }
  static std::string name_of(int64_t peer) {
    return peer == kServer ? "authority" : fmt::format("peer {}", peer);
  }

  void step(const char* verb, Value value) {
    script_.elements.push_back(Document{{verb, std::move(value)}});
  }

  // ---- steps ----

  Status translate_steps() {
    const List* steps = list_at(case_, "steps");
    if (steps == nullptr) return fail(ErrorCode::kBadData, "the case has no steps");
    SYNCLINE_TRY(read_peers_and_times(*steps));
    // Nothing is stamped above the authority's clock: all commits' clocks lie behind it.
    step("run", fmt::format("{}s", static_cast<int64_t>(times_.size() + 2) * kSecondsATime));
    for (const Value& value : steps->elements) {
      const Document* one = value.get_if<Document>();
      if (one == nullptr) return fail(ErrorCode::kBadData, "a step is no object");
      if (const Document* commit = document_at(*one, "commit")) {
        SYNCLINE_TRY(translate_commit(*commit));
      } else if (const Document* integrate = document_at(*one, "integrate")) {
        translate_integrate(*integrate);
      } else if (const Document* checkpoint = document_at(*one, "checkpoint")) {
        translate_checkpoint(*checkpoint);
      } else {
        done_.untranslatable.push_back("a step of an unknown kind");
      }
    }
    if (const Document* expected = document_at(case_, "expected")) expect_everywhere(*expected);
    expect_by_peer(case_, "expected_by_peer");
    return {};
  }

  Status read_peers_and_times(const List& steps) {
    if (const Document* peers = document_at(case_, "peers"))
      for (const DocumentField& peer : peers->fields) peers_.insert(std::atoll(peer.name.c_str()));
    for (const Value& value : steps.elements) {
      const Document* one = value.get_if<Document>();
      if (one == nullptr) continue;
      if (const Document* commit = document_at(*one, "commit")) {
        peers_.insert(number_at(*commit, "peer", 0));
        times_.insert(number_at(*commit, "time", 0));
      }
      if (const Document* integrate = document_at(*one, "integrate"))
        for (const char* end : {"into", "from"}) peers_.insert(number_at(*integrate, end, 0));
    }
    if (*peers_.begin() < kServer || *peers_.rbegin() > kPeersMax)
      return fail(ErrorCode::kBadData, "a peer's number is not from 1 to 300");
    return {};
  }

  struct Committed {
    std::string label;  // empty: of schema only, no changeset here
    int64_t peer = 0;
    int64_t time = 0;
  };

  Status translate_commit(const Document& commit) {
    const int64_t peer = number_at(commit, "peer", 0);
    List operations;
    const List* instructions = list_at(commit, "instructions");
    for (size_t i = 0; instructions != nullptr && i < instructions->elements.size(); ++i) {
      const Document* in = instructions->elements[i].get_if<Document>();
      if (in == nullptr) return fail(ErrorCode::kBadData, "an instruction is no object");
      Result<List> some = operations_of(schema_, *in);
      if (!some) {
        done_.untranslatable.push_back(some.error().message);
        continue;
      }
      for (Value& operation : some->elements) operations.elements.push_back(std::move(operation));
    }
    Committed done{"", peer, number_at(commit, "time", 0)};
    if (!operations.elements.empty()) {
      done.label = fmt::format("c{}", ++commits_);
      note_seen(peer, done);
      step("commit", Document{{"node", name_of(peer)},
                              {"as", done.label},
                              {"clock", clock_of(done.time, peer)},
                              {"operations", std::move(operations)}});
    }
    if (peer == kServer) {
      log_.push_back(std::move(done));
    } else {
      waiting_[peer].push_back(std::move(done));
    }
    return {};
  }

  // Its own commit, or one that it is told of.
  void note_seen(int64_t peer, const Committed& commit) {
    if (commit.label.empty()) return;
    auto& latest = latest_seen_[peer];
    const std::pair clock{commit.time, commit.peer};
    if (commit.peer == peer && clock < latest) done_.clock_runs_back = true;
    latest = std::max(latest, clock);
  }

  std::string clock_of(int64_t time, int64_t peer) const {
    const auto rank = static_cast<int64_t>(std::distance(times_.begin(), times_.find(time)));
    return fmt::format("{}s", (rank + 1) * kSecondsATime + peer * kSecondsAPeer);
  }

  void translate_integrate(const Document& integrate) {
    const int64_t into = number_at(integrate, "into", 0);
    const int64_t from = number_at(integrate, "from", 0);
    const int64_t count = number_at(integrate, "changesets", 1);
    if ((into == kServer) == (from == kServer)) {
      done_.untranslatable.push_back(fmt::format(
          "peer {} integrates from peer {}: only the authority is between", into, from));
      return;
    }
    List through;
    for (int64_t i = 0; i < count; ++i) {
      const Committed next = into == kServer ? take_waiting(from) : take_from_log(into);
      note_seen(into, next);
      if (!next.label.empty()) through.elements.push_back(next.label);
    }
    if (into == kServer) {
      if (through.elements.empty()) return;
      step("upload", Document{{"node", name_of(from)}, {"through", std::move(through)}});
    } else {
      deliver(into, std::move(through));
    }
  }

  // What was recorded has no empty changesets: where nothing waits, it was one of those.
  Committed take_waiting(int64_t peer) {
    std::vector<Committed>& waiting = waiting_[peer];
    Committed next{"", peer, 0};
    if (!waiting.empty()) {
      next = waiting.front();
      waiting.erase(waiting.begin());
    }
    log_.push_back(next);
    return next;
  }
  // The next of another peer that it has not got yet.
  Committed take_from_log(int64_t peer) {
    size_t& at = read_[peer];
    while (at < log_.size() && log_[at].peer == peer) ++at;
    return at < log_.size() ? log_[at++] : Committed{"", kServer, 0};
  }
  // Here a peer is also told what became of its own: if nothing of others stands before it. There
  // it knew.
  void deliver(int64_t peer, List through) {
    for (size_t& at = read_[peer]; at < log_.size() && log_[at].peer == peer; ++at)
      if (!log_[at].label.empty()) through.elements.push_back(log_[at].label);
    if (!through.elements.empty())
      step("deliver", Document{{"node", name_of(peer)}, {"through", std::move(through)}});
  }

  // ---- expectations ----

  void translate_checkpoint(const Document& checkpoint) {
    if (const Document* state = document_at(checkpoint, "state")) expect_everywhere(*state);
    for (const char* key : {"states", "state_by_peer", "by_peer"}) expect_by_peer(checkpoint, key);
  }
  void expect_everywhere(const Document& state) {
    for (int64_t peer : peers_) expect(peer, state);
  }
  void expect_by_peer(const Document& of, const char* key) {
    const Document* states = document_at(of, key);
    for (size_t i = 0; states != nullptr && i < states->fields.size(); ++i)
      if (const Document* state = states->fields[i].value.get_if<Document>())
        expect(std::atoll(states->fields[i].name.c_str()), *state);
  }
  void expect(int64_t peer, const Document& state) {
    if (peer != kServer) deliver(peer, {});
    Document objects;
    for (const DocumentField& type : state.fields) {
      const Table* table = schema_.table(type.name);
      const List* list = type.value.get_if<List>();
      if (table == nullptr || list == nullptr || table->embedded || table->asymmetric) continue;
      List documents;
      for (const Value& one : list->elements)
        if (const Document* document = one.get_if<Document>())
          documents.elements.push_back(schema_.object(*table, *document));
      objects.set(type.name, std::move(documents));
    }
    step("expect", Document{{"node", name_of(peer)},
                            {"fields", "named"},
                            {"unresolved_links", "as_null"},
                            {"objects", std::move(objects)}});
  }

  // ---- client resets ----

  Status translate_reset() {
    peers_ = {kServer, kClient};
    step("run", fmt::format("{}s", 5 * kSecondsATime));
    SYNCLINE_ASSIGN(List initial, initial_objects());
    commit_edits(kServer, 1, std::move(initial));
    step("release", name_of(kClient));
    step("settle", "1min");
    step("hold", name_of(kClient));
    SYNCLINE_ASSIGN(List local, edits("local_ops"));
    SYNCLINE_ASSIGN(List remote, edits("remote_ops"));
    // Its edits were made anew on what the server had: they are the later ones.
    commit_edits(kClient, 3, std::move(local));
    commit_edits(kServer, 2, std::move(remote));
    step("release", name_of(kClient));
    step("settle", "1min");
    const Document* expected = document_at(case_, "expected");
    const Document* recovered = expected == nullptr ? nullptr : document_at(*expected, "Recover");
    if (recovered == nullptr) {
      done_.untranslatable.push_back("no state is expected of the Recover mode");
    } else {
      expect_everywhere(*recovered);
    }
    return {};
  }
  static constexpr int64_t kClient = 2;

  Result<List> initial_objects() {
    List operations;
    const Document* initial = document_at(case_, "initial_objects");
    for (size_t i = 0; initial != nullptr && i < initial->fields.size(); ++i) {
      const Table* table = schema_.table(initial->fields[i].name);
      const List* list = initial->fields[i].value.get_if<List>();
      if (table == nullptr || list == nullptr)
        return fail(ErrorCode::kBadData, "initial objects of no table");
      for (const Value& one : list->elements) {
        const Document* document = one.get_if<Document>();
        const Value* key = document == nullptr ? nullptr : document->find(table->key);
        if (key == nullptr) return fail(ErrorCode::kBadData, "an initial object without its key");
        schema_.note_key(table->name, *key);
        for (Value& operation :
             creation_of(*table, schema_, schema_.object(*table, *document)).elements)
          operations.elements.push_back(std::move(operation));
      }
    }
    return operations;
  }

  Result<List> edits(const char* key) {
    List operations;
    const List* edits = list_at(case_, key);
    for (size_t i = 0; edits != nullptr && i < edits->elements.size(); ++i) {
      const Document* edit = edits->elements[i].get_if<Document>();
      if (edit == nullptr) return fail(ErrorCode::kBadData, "an edit is no object");
      Result<List> some = operations_of(schema_, *edit);
      if (!some) {
        done_.untranslatable.push_back(some.error().message);
        continue;
      }
      for (Value& operation : some->elements) operations.elements.push_back(std::move(operation));
    }
    return operations;
  }

  void commit_edits(int64_t peer, int64_t hour, List operations) {
    if (operations.elements.empty()) return;
    step("commit", Document{{"node", name_of(peer)},
                            {"clock", fmt::format("{}s", hour * kSecondsATime)},
                            {"operations", std::move(operations)}});
  }

  const Document& case_;
  Translated done_;
  CaseSchema schema_;
  std::set<int64_t> peers_;
  std::set<int64_t> times_;
  List script_;
  uint64_t commits_ = 0;
  std::map<int64_t, std::vector<Committed>> waiting_;           // at their peers
  std::vector<Committed> log_;                                  // the server's, in its order
  std::map<int64_t, size_t> read_;                              // how far each peer has it
  std::map<int64_t, std::pair<int64_t, int64_t>> latest_seen_;  // by each peer: time, of peer
};

}  // namespace

Result<Translated> translate_case(std::string_view text) {
  SYNCLINE_ASSIGN(const Value value, parse_extended_json(text));
  const Document* foreign = value.get_if<Document>();
  if (foreign == nullptr) return fail(ErrorCode::kBadData, "a case is an object");
  return CaseTranslation(*foreign).translate();
}

}  // namespace syncline::foreign
