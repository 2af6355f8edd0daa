// Addresses of the link: tcp://HOST:PORT, as the command line and syncline.toml take them. Checked
// where they are given, so that a wrong one is not found only when something starts.
//
//   SYNCLINE_TRY(check_listen_address("tcp://0.0.0.0:7100"));
//
// kUsage: with what was expected. Any thread; nothing is looked up on the network.
#pragma once

#include <string_view>

#include "syncline/result.h"

namespace syncline {

// What an authority listens on. HOST is an IP address of this machine (IPv6 in brackets), * for all
// of them, or the name of a network interface that is there; PORT is 1 to 65535, or * for a free
// one.
Status check_listen_address(std::string_view address);

// What a node connects to. HOST is a name or an IP address (IPv6 in brackets); PORT is 1 to 65535.
// Names are looked up with each attempt to connect.
Status check_authority_address(std::string_view address);

// Is its HOST a name? Requires: a right address.
bool has_host_name(std::string_view address);

}  // namespace syncline
