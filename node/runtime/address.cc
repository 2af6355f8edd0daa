#include "node/runtime/address.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <net/if.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>

namespace syncline {
namespace {

constexpr std::string_view kScheme = "tcp://";
constexpr uint32_t kPortMax = 65'535;

struct Parts {
  std::string host;
  std::string_view port;
};

std::optional<Parts> parts_of(std::string_view address) {
  const size_t colon = address.rfind(':');
  if (!address.starts_with(kScheme) || colon <= kScheme.size()) return std::nullopt;
  return Parts{std::string(address.substr(kScheme.size(), colon - kScheme.size())),
               address.substr(colon + 1)};
}

bool is_port(std::string_view text) {
  uint32_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc() && end == text.data() + text.size() && port >= 1 && port <= kPortMax;
}

// IPv6 addresses stand in brackets, perhaps with the interface that they are of.
bool is_ip_address(const std::string& host) {
  in6_addr storage;
  if (::inet_pton(AF_INET, host.c_str(), &storage) == 1) return true;
  if (host.size() < 2 || host.front() != '[' || host.back() != ']') return false;
  const std::string inner = host.substr(1, host.size() - 2);
  return ::inet_pton(AF_INET6, inner.substr(0, inner.find('%')).c_str(), &storage) == 1;
}

bool is_host_name(std::string_view host) {
  return std::ranges::all_of(host, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == '_';
  });
}

std::unexpected<Error> wrong(std::string_view address, std::string_view why) {
  return fail(ErrorCode::kUsage, fmt::format("'{}': {}", address, why));
}

}  // namespace

Status check_listen_address(std::string_view address) {
  const std::optional<Parts> parts = parts_of(address);
  if (!parts) return wrong(address, "expected tcp://HOST:PORT");
  if (parts->port != "*" && !is_port(parts->port))
    return wrong(address, "the port must be from 1 to 65535, or * for a free one");
  if (parts->host == "*" || is_ip_address(parts->host) ||
      ::if_nametoindex(parts->host.c_str()) != 0)
    return {};
  return wrong(address,
               "an authority listens on an IP address of this machine, or on all of them: "
               "tcp://0.0.0.0:PORT; a host name is for what nodes connect to");
}

Status check_authority_address(std::string_view address) {
  const std::optional<Parts> parts = parts_of(address);
  if (!parts) return wrong(address, "not an authority's address: expected tcp://HOST:PORT");
  if (!is_port(parts->port))
    return wrong(address, "not an authority's address: the port must be from 1 to 65535");
  if (is_ip_address(parts->host) || is_host_name(parts->host)) return {};
  return wrong(address, "not an authority's address: the host must be a name or an IP address");
}

bool has_host_name(std::string_view address) {
  const std::optional<Parts> parts = parts_of(address);
  return parts && !is_ip_address(parts->host);
}

}  // namespace syncline
