// The store's side of an import: some lines as one transaction.
//
//   -> {"command": "import", "type": T, "lines": [text...], "numbers": [line number...],
//       "strict": true?}
//   <- {"imported": n, "queued": n (of these, not decided yet), "rejected": [{"line", "kind",
//       "error"}], "refused": [{"line", "reason", "text"}]}, in the order of the lines
//
// strict: nothing after the first line that is rejected or refused is written.
#pragma once

#include "node/cli/data_port.h"
#include "node/cli/handler.h"

namespace syncline {

Result<int> import_documents(DataPort* port, const Request& request, const Output& output);

}  // namespace syncline
