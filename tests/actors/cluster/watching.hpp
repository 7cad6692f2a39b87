// What clients see while nodes come, go and fail.
#pragma once

#include "tests/actors/cluster/nodes.hpp"
#include "tests/actors/support/event_names.hpp"
#include "tests/catch.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tidewire::testing {

/// Publishes until it is accepted, and says under which name that was: what was
/// answered with 503 may have reached somebody.
[[nodiscard]] inline std::string put(harness& node, std::string_view channel,
                                     std::string_view name) {
  std::string tried;
  REQUIRE(eventually([&] {
    tried = tried.empty() ? std::string{name} : tried + "'";
    return node.api().publish(channel, tried, "x").status == 200;
  }));
  return tried;
}

inline void check_all_get(const std::vector<client_ptr>& all,
                          std::string_view channel, std::string_view name) {
  for (auto& c : all) {
    c->wait_for(name, channel);
    c->sync();
    CHECK(c->count(name, channel) == 1);
    CHECK_FALSE(c->ended());
  }
}

/// Nobody was told of anybody, beyond those who came after him.
inline void check_members(const std::vector<client_ptr>& all,
                          const std::string& channel) {
  for (std::size_t i = 0; i < all.size(); ++i) {
    CAPTURE(i);
    all[i]->sync();
    CHECK(all[i]->count(added, channel) == all.size() - 1 - i);
    CHECK(all[i]->count(removed, channel) == 0);
  }
}

inline std::string user(std::size_t i) {
  return "user-" + std::to_string(i);
}

} // namespace tidewire::testing
