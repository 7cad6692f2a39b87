// WEBHOOKS' part of a process: what backends are told of channels. As
// webhooks.cpp and webhooks_cluster.cpp do it, without queue and endpoints.
#pragma once

#include "actors/state/cluster/announced.hpp"
#include "actors/state/cluster/hand_over.hpp"
#include "actors/state/webhook_state.hpp"
#include "tests/sim/time.hpp"

#include <map>
#include <memory>
#include <vector>

namespace tidewire::sim {

class sim_node;

class sim_webhooks {
public:
  explicit sim_webhooks(sim_node& home);

  void view_is(std::shared_ptr<const cluster::placement> now);
  void take(node_number from, cluster::record_kind kind,
            std::string_view bytes);
  void reported(std::vector<channel_report> what);
  void hold_departures() { state_.hold_departures(); }
  void tick() {}
  void end_turn();
  std::int64_t due_ns() const;

private:
  static constexpr std::int64_t delay_ns = 3 * second;
  static constexpr std::int64_t settle_ns = 6 * second;

  using fact = cluster::announced_fact;

  bool waits() const;
  node_number owner_of(const channel_key& key) const;
  node_number owner_of(std::string_view app, std::string_view channel) const;
  std::optional<node_number> next_of(const channel_key& key,
                                     const cluster::placement& in) const;
  void view_changed(const cluster::placement* before);
  void inherit();
  void copy(const channel_key& key, const std::string& user, bool so);
  void tell_copies();
  void tell(node_number to, cluster::record_kind kind, std::string bytes);
  void handle(const std::vector<channel_report>& what);
  void announce(const webhook_state::announcements& what);
  void remember(const channel_key& key, const std::string& user, bool so);

  sim_node& home_;
  webhook_state state_;
  std::shared_ptr<const cluster::placement> placed_;
  cluster::hand_over others_;
  std::map<node_number, std::uint64_t> stated_;
  cluster::announced_copies copies_;
  std::vector<fact> inherited_;
  std::vector<channel_report> held_;
  std::map<node_number, std::vector<fact>> to_copy_;
};

} // namespace tidewire::sim
