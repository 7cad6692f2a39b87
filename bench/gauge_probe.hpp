// Asks a server how many connections it believes to have.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "bench/target.hpp"

namespace tidewire::bench {

/// The value of tidewire_connections{app_id="ID"} in a Prometheus exposition;
/// 0 if the exposition has that metric but no series of this app (an app that
/// never had a connection), nullopt if it has no such metric at all.
std::optional<std::uint64_t> parse_gauge(std::string_view exposition,
                                         std::string_view app_id);

/// Fetches `http://host:port/path` and returns the body of a 200. Blocks for up
/// to 2 s: not for a worker's thread.
std::optional<std::string> fetch(const std::string& url);

} // namespace tidewire::bench
