// The CHANNEL: exactly one per channel, on the reactor that owns it.
#pragma once

#include "actors/lean_actor.hpp"
#include "actors/state/directory_state.hpp"

#include <memory>

namespace tidewire {

struct shard;

/// Runs a `channel_state`. Takes `directory_record`s, from its DIRECTORY only.
/// Retires when it has nothing left to know.
class channel final : public lean_actor,
                      public resident_channel,
                      private channel_output {
public:
  channel(caf::actor_config& cfg, shard& home,
          std::unique_ptr<channel_state> state);

  const char* name() const override { return "CHANNEL"; }

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
  void end() override { cleanup({}, &host()); }

private:
  bool handle(caf::mailbox_element& what) override;
  void on_end(const caf::error& reason) noexcept override;
  void on_leftover(caf::mailbox_element_ptr what) override;

  void add_reference() const noexcept override;
  void drop_reference() const noexcept override;

  void to_edge(place where, edge_record record) override;
  void published(const ticket& reply_to) override;
  void answer(const ticket& reply_to, ticket_answer what) override;
  void copy(event_copied what) override;
  void report(channel_fact what) override;
  std::int64_t now_ns() const noexcept override;

  /// After whatever may have changed its state.
  void settle();
  void count_user(bool online) noexcept;

  shard& home_;
  std::unique_ptr<channel_state> state_;
  std::uint64_t handled_ = 0;
  bool counted_ = false; // among the users of its app
};

} // namespace tidewire
