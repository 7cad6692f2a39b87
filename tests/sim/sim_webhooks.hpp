// WEBHOOKS' part of a process: what backends are told of channels. As
// webhooks.cpp and webhooks_cluster.cpp do it, without queue and endpoints.
#pragma once

#include "actors/state/cluster/announced.hpp"
#include "actors/state/cluster/hand_over.hpp"
#include "actors/state/cluster/handed.hpp"
#include "actors/state/webhook_state.hpp"
#include "tests/sim/time.hpp"

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <vector>

namespace tidewire::sim {

class sim_node;

app_index app_by_id(std::string_view id);

class sim_webhooks {
public:
  explicit sim_webhooks(sim_node& home);

  void view_is(std::shared_ptr<const cluster::placement> now);
  void take(node_number from, cluster::record_kind kind,
            std::string_view bytes);
  void line_is(node_number with);
  void life_over(node_number which);
  /// `settled`: 0, or a view: see `reports_told`.
  void reported(std::vector<channel_report> what, std::uint64_t settled);
  /// Whether it has taken over what a node had announced that is gone.
  bool took(const channel_key& key, const std::string& user) const;
  void hold_departures() { state_.hold_departures(); }
  void tick() {}
  void end_turn();
  std::int64_t due_ns() const;

private:
  static constexpr std::int64_t delay_ns = 3 * second;
  static constexpr std::int64_t settle_ns = 6 * second;
  static constexpr std::int64_t lost_after_ns = 20 * second;
  static constexpr std::int64_t patience_ns = 15 * second;

  using fact = cluster::announced_fact;
  using next_of_channel =
      std::function<std::optional<node_number>(const channel_key&)>;

  bool waits() const;
  node_number owner_of(const channel_key& key) const;
  node_number owner_of(std::string_view app, std::string_view channel) const;
  std::optional<node_number> next_of(const channel_key& key,
                                     const cluster::placement& in) const;
  void view_changed(const cluster::placement* before);
  void hand(node_number to, const std::vector<fact>& facts);
  void inherit();
  void inherit(const channel_key& key, const fact& x);
  std::int64_t lost_until() const;
  bool can_judge() const;
  fact as_copy(const channel_key& key, const std::string& user, bool so) const;
  void copy(const channel_key& key, const std::string& user, bool so);
  void copy_all(const next_of_channel& next_of);
  void tell_copies();
  void at_second_hand(fact what);
  void conclude();
  void tell(node_number to, cluster::record_kind kind, std::string bytes);
  void handle(const std::vector<channel_report>& what, std::uint64_t settled);
  void announce(const webhook_state::announcements& what);
  void remember(const channel_key& key, const std::string& user, bool so);

  sim_node& home_;
  webhook_state state_;
  std::shared_ptr<const cluster::placement> placed_;
  cluster::hand_over others_;
  std::map<node_number, std::uint64_t> stated_;
  cluster::announced_copies copies_;
  std::vector<fact> inherited_;
  std::vector<std::pair<std::vector<channel_report>, std::uint64_t>> held_;
  cluster::handed_facts handed_;
  cluster::gone_facts gone_;
  cluster::gone_facts gone_copies_; // of others, whose channels would be ours
  std::map<node_number, std::uint64_t> to_confirm_;
  std::set<node_number> to_conclude_;
  std::set<std::string> took_; // keys of facts
  bool unsettled_ = false;
  bool sees_ = false;
  std::uint64_t anew_ = 0; // channels begin anew with that view
  bool judged_ = true;
  std::map<node_number, std::int64_t> missing_;
  std::set<node_number> over_;
  std::map<node_number, std::vector<fact>> to_copy_;
};

} // namespace tidewire::sim
