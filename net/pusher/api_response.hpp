/// Bodies of the HTTP API's answers (protocol.md §9). Every function appends
/// JSON to `out`. Pure; callable from any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tidewire::pusher {

/// What is told about one channel; only what was asked for is set.
struct channel_figures {
  std::optional<std::uint64_t> user_count;
  std::optional<std::uint64_t> subscription_count;
};

struct named_figures {
  std::string_view channel;
  channel_figures figures;
};

/// The cached event of a channel and the whole seconds it has left, ≥ 1.
struct cached_event {
  std::string_view data;
  std::uint64_t ttl = 1;
};

/// `{}`: the answer to a publish that asked for no info.
void render_empty_object(std::string& out);

/// `{"channels":{…}}`: a publish with info, and `GET /channels`.
void render_channels(std::string& out, std::span<const named_figures> channels);

/// `{"batch":[…]}`: the i-th entry belongs to the i-th event.
void render_batch(std::string& out, std::span<const channel_figures> events);

/// `GET /channels/{name}`. `cache_wanted` without a `cached` event is null.
void render_channel(std::string& out, bool occupied,
                    const channel_figures& figures, bool cache_wanted = false,
                    const std::optional<cached_event>& cached = {});

/// `GET /channels/{name}/stats`, deprecated: there a count of subscriptions is
/// called `connection_count`.
void render_stats(std::string& out, bool occupied,
                  const channel_figures& figures);

/// `GET /connections`: `{"connections":2}`.
void render_connections(std::string& out, std::uint64_t count);

/// `GET /channels/{name}/users`.
void render_users(std::string& out, std::span<const std::string_view> user_ids);

} // namespace tidewire::pusher
