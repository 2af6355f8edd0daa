#include "node/cli/watch.h"

#include <condition_variable>
#include <mutex>
#include <optional>

#include "node/cli/query_command.h"
#include "proto/extended_json.h"

namespace syncline {
namespace {

// What an observer's thread leaves for the one that prints.
struct Lines {
  std::mutex mutex;
  std::condition_variable filled;
  std::vector<std::string> waiting;
  std::optional<Error> ended;
  int64_t set = 0;  // of changes that came together: the last one's number

  // Requires: mutex is held.
  void add(Document line) {
    line.set("set", Value(set));
    waiting.push_back(print_extended_json(Value(line), JsonForm::relaxed));
  }
};

void print_changes(const ObjectChangeSet& set, Lines* lines) {
  std::lock_guard lock(lines->mutex);
  ++lines->set;
  for (const ObjectChangeSet::Change& change : set.changes) {
    using Kind = ObjectChangeSet::Change::Kind;
    const char* kind = change.kind == Kind::inserted  ? "inserted"
                       : change.kind == Kind::deleted ? "deleted"
                                                      : "modified";
    Document line{{"change", kind}, {"id", change.id}};
    if (change.after) line.set("object", Value(*change.after));
    lines->add(std::move(line));
  }
  if (set.everything) lines->add(Document{{"change", "everything"}});
  lines->filled.notify_one();
}

Document line_of(const char* change, const Document& object, uint64_t index, bool whole) {
  Document line{{"change", change}, {"id", *object.find("_id")}};
  line.set("index", Value(static_cast<int64_t>(index)));
  if (whole) line.set("object", Value(object));
  return line;
}

// In the order in which a list takes them: deletions and moves as the old list counts, then
// insertions and modifications as the new one does.
Status print_results(const Results& before, const Results& now, const ResultsChange& what,
                     Lines* lines) {
  std::vector<Document> out;
  for (uint64_t at : what.deletions) {
    SYNCLINE_ASSIGN(const Document object, before.at(at));
    out.push_back(line_of("deleted", object, at, false));
  }
  for (const ResultsChange::Move& move : what.moves) {
    SYNCLINE_ASSIGN(const Document object, now.at(move.to));
    out.push_back(line_of("moved", object, move.from, false));
    out.back().set("to", Value(static_cast<int64_t>(move.to)));
  }
  for (uint64_t at : what.insertions) {
    SYNCLINE_ASSIGN(const Document object, now.at(at));
    out.push_back(line_of("inserted", object, at, true));
  }
  for (uint64_t at : what.modifications) {
    SYNCLINE_ASSIGN(const Document object, now.at(at));
    out.push_back(line_of("modified", object, at, true));
  }
  std::lock_guard lock(lines->mutex);
  ++lines->set;
  for (Document& line : out) lines->add(std::move(line));
  lines->filled.notify_one();
  return {};
}

Result<Observation> observe_query(Node* node, const Request& request,
                                  const std::shared_ptr<Lines>& lines) {
  SYNCLINE_ASSIGN(const std::vector<Value> arguments, arguments_in(request));
  SYNCLINE_ASSIGN(const Results results,
                  node->query(text_in(request, "type"), text_in(request, "query"), arguments));
  // The list before each change: it has what is gone.
  return results.observe([lines, before = std::optional<Results>()](
                             const Results& now, const ResultsChange& what) mutable {
    Status printed;
    if (what.error) printed = std::unexpected(*what.error);
    if (printed && before) printed = print_results(*before, now, what, lines.get());
    before = now;
    if (printed) return;
    std::lock_guard lock(lines->mutex);
    lines->ended = printed.error();
    lines->filled.notify_one();
  });
}

}  // namespace

Result<int> watch(Node* node, const Request& request, const Output& output) {
  // Shared with the callback, which may outlive this call by a moment.
  auto lines = std::make_shared<Lines>();
  Observation observation;
  SYNCLINE_TRY(check_query_given(request));
  if (text_in(request, "query").empty()) {
    const std::string type = text_in(request, "type");
    SYNCLINE_TRY(node->query(type));  // is there such a type?
    observation = node->observe(
        type, [lines](const ObjectChangeSet& set) { print_changes(set, lines.get()); });
  } else {
    SYNCLINE_ASSIGN(observation, observe_query(node, request, lines));
  }
  for (;;) {
    std::vector<std::string> ready;
    std::optional<Error> ended;
    {
      std::unique_lock lock(lines->mutex);
      lines->filled.wait_for(lock, std::chrono::seconds(1),
                             [&] { return !lines->waiting.empty() || lines->ended; });
      ready.swap(lines->waiting);
      ended = lines->ended;
    }
    // Also while nothing changes: a watcher that went away, or a daemon that stops, ends the watch.
    if (!output.open()) return 0;
    for (const std::string& line : ready)
      if (!output.line(line)) return 0;
    if (ended) return std::unexpected(*ended);
  }
}

}  // namespace syncline
