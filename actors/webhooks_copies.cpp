// WEBHOOKS among others: what the next owner of a channel is told of it.
#include "actors/webhooks.hpp"

#include <optional>
#include <utility>

namespace tidewire {

using cluster::announced_fact;

// Also of what is gone: who was away may think otherwise.
void webhooks::copy_all(const next_of_channel& next_of) {
  auto add = [&](const channel_key& key, const std::string& user) {
    if (auto next = next_of(key))
      to_copy_[*next].push_back(as_copy(key, user, true));
  };
  state_.for_each_announced([&](const channel_key& key) { add(key, {}); }, add);
  office_.gone.for_each([&](const std::string& app, const std::string& channel,
                            const std::string& user) {
    channel_key key{office_.apps.by_id(app), channel};
    if (auto next = key.app == no_app ? std::nullopt : next_of(key))
      to_copy_[*next].push_back(as_copy(key, user, false));
  });
}

announced_fact webhooks::as_copy(const channel_key& key,
                                 const std::string& user, bool so) const {
  announced_fact result{office_.apps[key.app].id, key.name, user, so};
  result.apart = so && state_.in_doubt(key, user);
  return result;
}

void webhooks::copy(const channel_key& channel, const std::string& user,
                    bool so) {
  if (!office_.placed)
    return;
  auto what = as_copy(channel, user, so);
  if (so)
    office_.gone.forget(what);
  else
    office_.gone.note(what, host().now());
  if (auto next = office_.next_of(channel, *office_.placed))
    to_copy_[*next].push_back(std::move(what));
}

// What is unsent first: a fact whose event is lost would never be told.
void webhooks::tell_copies() {
  if (!tell_unsent())
    return;
  for (auto& [node, facts] : std::exchange(to_copy_, {}))
    if (office_.tell)
      for (auto& record : cluster::write(facts))
        office_.tell(node, cluster::announced_copy_kind, std::move(record));
}

} // namespace tidewire
