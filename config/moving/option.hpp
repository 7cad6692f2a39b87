/// One option of another server, and what it is called here. Internal to
/// config/moving/.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace tidewire::config::moving {

/// How a value of theirs becomes one of ours.
enum class reading : std::uint8_t {
  text,
  flag,
  count,
  limit, // a count of which a negative one means none; ours is 0
  bytes,
  kilobytes, // of 1,024 bytes, fractions allowed
  megabytes,
  seconds,
  milliseconds,
  own_way // a function of its own knows
};

/// A row of the table. Exactly one of `key` and `remark` may be empty, and a
/// row without a key is an option that is ignored, for the reason in `remark`.
struct option {
  std::string_view path;     // in their file: `metrics.port`; empty: not there
  std::string_view variable; // without prefix; empty: there is none
  std::string_view key;      // ours; of an app's option, inside of an app
  reading how = reading::text;
  std::string_view remark = {};
};

/// A remark about options of either.
inline constexpr std::string_view no_redis = "Tidewire needs no Redis";

/// Every option of soketi 1.x but those of an app: its documents, the
/// variables that its command line reads, and its `Options` interface.
std::span<const option> soketi_options();

/// What an app of soketi's array driver may hold; variables are
/// `SOKETI_DEFAULT_APP_…`, of the first app.
std::span<const option> soketi_app_options();

/// Another spelling of an app's option, as databases have them
/// (`max_client_events_per_sec`, `AppId`), told apart by letters alone.
std::string_view soketi_app_option_of(std::string_view spelling);

/// Every `REVERB_…` variable of Laravel Reverb's configuration file.
std::span<const option> reverb_options();

} // namespace tidewire::config::moving
