// A channel without members.
#pragma once

#include "actors/state/channel_state.hpp"
#include "actors/state/subscription_counter.hpp"

namespace tidewire {

/// Only which edges have subscribers matters, and how many where the app counts
/// them. Serves public, private and encrypted channels, with a cache or
/// without.
class plain_channel : public channel_state {
public:
  using channel_state::channel_state;

  void wake(channel_output& out) override;
  std::int64_t wakes_ns() const noexcept override;

protected:
  void join(const join_channel& record, channel_output& out) override;
  void leave(const left_channel& record, channel_output& out) override;
  void restate(const restate_edge& record, channel_output& out) override;
  void count(const counted_channel& record, channel_output& out) override;
  void gathered(channel_output& out) override;

private:
  /// Tells subscribers how many they are, if they are to be told now.
  void recount(channel_output& out);

  std::unique_ptr<subscription_counter> counter_; // where the app counts
};

} // namespace tidewire
