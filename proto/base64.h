// Base64 with padding, as Extended JSON has it. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "proto/bytes.h"

namespace syncline {

std::string to_base64(BytesView bytes);
// Nothing if the text is not exactly the base64 of some bytes.
std::optional<Bytes> from_base64(std::string_view text);

}  // namespace syncline
