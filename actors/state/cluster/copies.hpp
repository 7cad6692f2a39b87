// Copies of last events, on the node that would own their channels next. Pure.
#pragma once

#include "messages/channel_records.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <unordered_map>
#include <vector>

namespace tidewire::cluster {

/// Keeps what owners on other nodes copy to this reactor, each event as long as
/// its channel would. Belongs to a DIRECTORY.
class event_copies {
public:
  void keep(event_copied what, std::int64_t now_ns);

  /// The copy for a channel that is here from now on.
  std::optional<event_handed_over> take(const tidewire::channel_key& channel,
                                        std::int64_t now_ns);

  /// Of which channels there are copies that `ours` wants, and forgets those
  /// that are `nobodys`: neither owned here now nor to be owned here next.
  std::vector<tidewire::channel_key>
  choose(const std::function<bool(const tidewire::channel_key&)>& ours,
         const std::function<bool(const tidewire::channel_key&)>& next);

  /// Forgets what has had its time.
  void expire(std::int64_t now_ns);

  std::size_t size() const noexcept { return kept_.size(); }

private:
  struct copy {
    frame_ptr event;
    std::int64_t until_ns;
  };

  std::unordered_map<tidewire::channel_key, copy, channel_key_hash> kept_;
};

} // namespace tidewire::cluster
