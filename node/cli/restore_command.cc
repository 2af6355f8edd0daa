// `syncline restore`: a store made anew from a backup.
#include <fmt/format.h>

#include "node/cli/commands.h"
#include "node/cli/control.h"
#include "node/runtime/restore.h"

namespace syncline {
namespace {

// Files of a database that somebody writes cannot be copied, and a store that somebody uses is not
// replaced.
Status refuse_running(const std::string& directory, std::string_view remedy) {
  if (auto connection = connect_control(directory + "/control.sock"))
    return fail(ErrorCode::kStoreInUse, fmt::format("a daemon runs on {}: {}", directory, remedy));
  return {};
}

}  // namespace

Result<int> restore(const std::string& backup, const std::string& store, bool json) {
  SYNCLINE_TRY(refuse_running(backup, "`syncline backup` makes a copy of it to restore from"));
  SYNCLINE_TRY(refuse_running(store, "stop it and move its directory away, then restore"));
  SYNCLINE_ASSIGN(RestoreReport report, restore_store(backup, store));
  if (json) {
    nlohmann::json out{{"directory", store}, {"role", report.fork ? "authority" : "node"}};
    if (report.fork) {
      out["incarnation"] = fmt::format("{:016x}", report.fork->incarnation.value);
      out["parent"] = fmt::format("{:016x}", report.fork->parent.value);
      out["fork"] = report.fork->seq.value;
    }
    terminal().line(out.dump());
    return 0;
  }
  terminal().line(
      report.fork
          ? fmt::format(
                "restored {}: its log goes on after entry {}, and nodes offer again what they "
                "wrote since",
                store, report.fork->seq.value)
          : fmt::format("restored {}", store));
  return 0;
}

}  // namespace syncline
