// What the next owner of a channel is told of it, as webhooks_copies.cpp does.
#include "tests/sim/sim_node.hpp"
#include "tests/sim/sim_webhooks.hpp"

#include <utility>

namespace tidewire::sim {

void sim_webhooks::copy_all(const next_of_channel& next_of) {
  auto add = [&](const channel_key& key, const std::string& user) {
    if (auto next = next_of(key))
      to_copy_[*next].push_back(as_copy(key, user, true));
  };
  state_.for_each_announced([&](const channel_key& key) { add(key, {}); }, add);
  gone_.for_each([&](const std::string& app, const std::string& channel,
                     const std::string& user) {
    channel_key key{app_by_id(app), channel};
    if (auto next = next_of(key))
      to_copy_[*next].push_back(as_copy(key, user, false));
  });
}

sim_webhooks::fact sim_webhooks::as_copy(const channel_key& key,
                                         const std::string& user,
                                         bool so) const {
  fact result{app_names[key.app], key.name, user, so};
  result.apart = so && state_.in_doubt(key, user);
  return result;
}

void sim_webhooks::copy(const channel_key& key, const std::string& user,
                        bool so) {
  if (!placed_)
    return;
  auto what = as_copy(key, user, so);
  if (so)
    gone_.forget(what);
  else
    gone_.note(what, home_.now_ns());
  if (auto next = next_of(key, *placed_))
    to_copy_[*next].push_back(std::move(what));
}

void sim_webhooks::tell_copies() {
  for (auto& [node, facts] : std::exchange(to_copy_, {}))
    for (auto& record : cluster::write(facts))
      tell(node, cluster::announced_copy_kind, std::move(record));
}

// The owner may have announced otherwise since those who left said it.
void sim_webhooks::at_second_hand(fact what) {
  what.apart = true;
  inherited_.push_back(std::move(what));
}

} // namespace tidewire::sim
