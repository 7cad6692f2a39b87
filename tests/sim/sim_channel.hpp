// A CHANNEL of a process: its state behind an inbox.
#pragma once

#include "actors/state/directory_state.hpp"

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace tidewire::sim {

class sim_channels;

/// As actors/channel.hpp, without an actor: the process runs it.
class sim_channel final : public resident_channel, channel_output {
public:
  sim_channel(sim_channels& home, const channel_key& key);

  const channel_state& state() const noexcept override { return *state_; }
  void hand(directory_record record) override;
  std::uint64_t handled() const noexcept override { return handled_; }
  void gather(std::vector<place> edges, std::uint64_t round) override {
    state_->gather(std::move(edges), round);
  }
  void give_up_waiting() override { state_->give_up_waiting(*this); }
  std::vector<place> ask_again(std::uint64_t round) override {
    return state_->ask_again(round);
  }
  void wake() override;
  void state_report() override { state_->state_report(*this); }
  std::optional<event_handed_over> resign() override {
    return state_->resign(*this);
  }
  void end() override;

  /// Handles all that is in its inbox.
  void run();

private:
  void settle();

  void add_reference() const noexcept override { ++references_; }
  void drop_reference() const noexcept override;

  void to_edge(place where, edge_record record) override;
  void published(const ticket& reply_to) override;
  void answer(const ticket& reply_to, ticket_answer what) override;
  void copy(event_copied what) override;
  void report(channel_fact what) override;
  std::int64_t now_ns() const noexcept override;

  sim_channels& home_;
  std::unique_ptr<channel_state> state_;
  std::deque<directory_record> inbox_;
  std::uint64_t handled_ = 0;
  bool ended_ = false;
  mutable std::uint32_t references_ = 0;
};

} // namespace tidewire::sim
