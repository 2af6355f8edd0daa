// The smallest app: one node that keeps a fridge's temperature, online or not.
//
//   quickstart STORE     a directory that `syncline init --node` made, of a node enrolled for a
//   user of examples/cold_chain
#include <chrono>
#include <cstdio>
#include <string>

#include "syncline/node.h"

using namespace syncline;
using namespace std::chrono_literals;

// Sets the first fridge's temperature and says what became of it.
static Result<ReceiptStatus> run(const char* store) {
  SYNCLINE_ASSIGN(Node node, Node::open(store));

  // The schema comes with the first connection; a node holds what it subscribes to.
  SYNCLINE_TRY(node.wait_for_download(30s));
  SYNCLINE_TRY(node.subscribe("Fridge", "", {.name = "all fridges", .wait = WaitMode::always}));

  const Observation watching = node.observe("Fridge", [](const ObjectChangeSet& set) {
    for (const auto& change : set.changes)
      for (const std::string& field : change.fields) std::printf("%s changed\n", field.c_str());
  });

  Value id;
  SYNCLINE_TRY(node.each("Fridge", [&](const Document& fridge) {
    id = *fridge.find("_id");
    return false;  // the first will do
  }));

  // Shown here at once, and on every device once the authority has committed it.
  SYNCLINE_ASSIGN(Receipt receipt, node.write([&](Transaction& transaction) {
    return transaction.set("Fridge", id, {"last_celsius"}, -18.5);
  }));
  return receipt.wait(ReceiptState::committed, 30s);
}

int main(int count, char** arguments) {
  const Result<ReceiptStatus> done = run(count > 1 ? arguments[1] : ".");
  if (!done) {
    std::fprintf(stderr, "quickstart: %s\n", done.error().message.c_str());
    return exit_code_of(done.error().code);
  }
  std::printf("%s\n", std::string(name_of(done->state)).c_str());
  for (const OperationOutcome& outcome : done->outcomes) std::printf("%s\n", outcome.text.c_str());
}
