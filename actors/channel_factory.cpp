#include "actors/channel_factory.hpp"

#include "actors/state/plain_channel.hpp"
#include "actors/state/presence_channel.hpp"
#include "actors/state/user_channel.hpp"

#include <algorithm>
#include <chrono>
#include <vector>

namespace tidewire {

namespace {

using pusher::channel_kind;
using limits_ref = const config::limit_settings&;
using made_channel = std::unique_ptr<channel_state>;

std::int64_t ttl_ns(limits_ref limits) {
  return std::chrono::nanoseconds{limits.cache_ttl}.count();
}

// The first row that applies wins; the last one always does.
constexpr channel_behaviour rows[] = {
    {.applies = [](std::string_view,
                   channel_kind kind) { return kind == channel_kind::user; },
     .members = false,
     .each = false,
     .keeps_events = false,
     .make = [](channel_key key, limits_ref) -> made_channel {
       return std::make_unique<user_channel>(std::move(key));
     }},
    {.applies =
         [](std::string_view, channel_kind kind) {
           return kind == channel_kind::presence_cache;
         },
     .members = true,
     .each = true,
     .keeps_events = true,
     .make = [](channel_key key, limits_ref limits) -> made_channel {
       return std::make_unique<presence_channel>(
           std::move(key), limits.presence_members, ttl_ns(limits));
     }},
    {.applies = [](std::string_view,
                   channel_kind kind) { return pusher::is_presence(kind); },
     .members = true,
     .each = true,
     .keeps_events = false,
     .make = [](channel_key key, limits_ref limits) -> made_channel {
       return std::make_unique<presence_channel>(std::move(key),
                                                 limits.presence_members);
     }},
    {.applies = [](std::string_view,
                   channel_kind kind) { return pusher::is_cache(kind); },
     .members = false,
     .each = true,
     .keeps_events = true,
     .make = [](channel_key key, limits_ref limits) -> made_channel {
       return std::make_unique<plain_channel>(std::move(key), ttl_ns(limits));
     }},
    {.applies = [](std::string_view, channel_kind) { return true; },
     .members = false,
     .each = false,
     .keeps_events = false,
     .make = [](channel_key key, limits_ref) -> made_channel {
       return std::make_unique<plain_channel>(std::move(key));
     }},
};

// Written before any reactor runs, and only read from then on.
std::vector<channel_behaviour>& added() {
  static std::vector<channel_behaviour> result;
  return result;
}

} // namespace

const channel_behaviour& behaviour_of(std::string_view name) {
  auto kind = pusher::classify(name).value_or(channel_kind::public_);
  auto applies = [&](const channel_behaviour& row) {
    return row.applies(name, kind);
  };
  auto& own = added();
  if (auto at = std::find_if(own.rbegin(), own.rend(), applies);
      at != own.rend())
    return *at;
  return *std::find_if(std::begin(rows), std::end(rows), applies);
}

void add_channel_behaviour(const channel_behaviour& kind) {
  added().push_back(kind);
}

channel_manner manner_of(std::string_view name, bool counted) {
  auto& kind = behaviour_of(name);
  return {kind.members, kind.each, counted};
}

std::unique_ptr<channel_state>
make_channel(channel_key key, const config::limit_settings& limits) {
  auto& kind = behaviour_of(key.name);
  return kind.make(std::move(key), limits);
}

} // namespace tidewire
