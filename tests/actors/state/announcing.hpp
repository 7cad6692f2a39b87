// A WEBHOOKS' state with a clock, and what it announced.
#pragma once

#include "actors/state/webhook_state.hpp"
#include "tests/actors/state/support.hpp"

#include <string>
#include <utility>
#include <variant>

namespace tidewire::testing {

inline constexpr std::int64_t second = 1'000'000'000;

struct announcing {
  explicit announcing(std::int64_t delay_ns = 3 * second) : state(delay_ns) {}

  void report(channel_fact what, std::string_view channel = "a") {
    state.handle({key(channel), std::move(what)}, who_cares, now, out);
  }

  void at(std::int64_t when) {
    now = when;
    state.tick(now, out);
  }

  // Since the last call: `a occupied`, `a +u`, `a count 3` …
  names said() {
    names result;
    for (auto& [channel, what] : std::exchange(out, {}))
      std::visit(
          [&, &name = channel.name](auto& x) {
            using fact = std::decay_t<decltype(x)>;
            if constexpr (std::is_same_v<fact, channel_occupied>)
              result.push_back(name + " occupied");
            else if constexpr (std::is_same_v<fact, channel_vacated>)
              result.push_back(name + " vacated");
            else if constexpr (std::is_same_v<fact, member_added>)
              result.push_back(name + " +" + x.user_id);
            else if constexpr (std::is_same_v<fact, member_removed>)
              result.push_back(name + " -" + x.user_id);
            else if constexpr (std::is_same_v<fact, cache_missed>)
              result.push_back(name + " miss");
            else if constexpr (std::is_same_v<fact, subscriptions_counted>)
              result.push_back(name + " count " + std::to_string(x.count));
            else
              result.push_back(name + " other");
          },
          what);
    return result;
  }

  webhook_state state;
  webhook_state::interest who_cares;
  webhook_state::announcements out;
  std::int64_t now = 0;
};

} // namespace tidewire::testing
