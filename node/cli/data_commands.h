// The commands that read and write objects, on a node's store or an authority's alike.
#pragma once

#include <optional>

#include "node/cli/data_port.h"
#include "node/cli/handler.h"

namespace syncline {

// nullopt: not one of these commands.
std::optional<Result<int>> handle_data(DataPort* port, const Request& request,
                                       const Output& output);

nlohmann::json to_json(const ReceiptStatus& status);
// Prints the receipt; nullopt: all was so already. The exit code. `operations`: how many there were
// as they were given, so that those that were applied are listed too; 0: they were not given.
Result<int> tell_receipt(const std::optional<ReceiptStatus>& status, bool json,
                         const Output& output, size_t operations = 0);
// "committed", or what was refused and why, for a person.
std::string to_text(const ReceiptStatus& status);
std::string document_line(const Schema& schema, TypeNumber type, const Row& row, bool canonical);

}  // namespace syncline
