/// `host:port`, as settings and nodes write it. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tidewire::config {

struct endpoint_parts {
  std::string host; ///< an address without brackets, or a name
  std::uint16_t port = 0;
};

/// `10.0.0.1:6101`, `[fd00::1]:6101`, `node-a:6101`; nothing if it is none.
std::optional<endpoint_parts> split_endpoint(std::string_view text);

/// The other way round.
std::string join_endpoint(std::string_view host, std::string_view port);

} // namespace tidewire::config
