#include "actors/state/cluster/copies.hpp"

#include <utility>

namespace tidewire::cluster {

void event_copies::keep(event_copied what, std::int64_t now_ns) {
  if (!what.event || what.left_ns <= 0)
    kept_.erase(what.channel);
  else
    kept_.insert_or_assign(std::move(what.channel),
                           copy{std::move(what.event), now_ns + what.left_ns});
}

std::optional<event_handed_over>
event_copies::take(const tidewire::channel_key& channel, std::int64_t now_ns) {
  auto node = kept_.extract(channel);
  if (!node || node.mapped().until_ns <= now_ns)
    return std::nullopt;
  return event_handed_over{channel, std::move(node.mapped().event),
                           node.mapped().until_ns - now_ns};
}

std::vector<tidewire::channel_key> event_copies::choose(
    const std::function<bool(const tidewire::channel_key&)>& ours,
    const std::function<bool(const tidewire::channel_key&)>& next) {
  std::vector<tidewire::channel_key> result;
  std::erase_if(kept_, [&](auto& x) {
    if (!ours(x.first))
      return !next(x.first);
    result.push_back(x.first);
    return false;
  });
  return result;
}

void event_copies::expire(std::int64_t now_ns) {
  std::erase_if(kept_, [&](auto& x) { return x.second.until_ns <= now_ns; });
}

} // namespace tidewire::cluster
