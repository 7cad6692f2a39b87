/// Who may use the HTTP API (protocol.md §9, Authentication). Pure: the time is
/// an argument; callable from any thread.
#pragma once

#include "config/settings.hpp"
#include "net/pusher/api_error.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace tidewire::pusher {

/// Checks key, timestamp, version, digest of the body and signature of a
/// request. Nothing when all are right, otherwise an error with status 401.
/// `path` is what was requested, without a query and without the prefix this
/// server is configured with; `body` is the body as it came. `keys` are those
/// of the app in the path. A timestamp may lie `skew` before or after `now`.
std::optional<api_error>
authenticate(std::string_view method, std::string_view path,
             std::string_view raw_query, std::string_view body,
             std::span<const config::key_pair> keys,
             std::int64_t now_unix_seconds, std::chrono::milliseconds skew);

} // namespace tidewire::pusher
