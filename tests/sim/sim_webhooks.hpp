// WEBHOOKS' part of a process: what backends are told of channels. As
// webhooks.cpp does it, without queue and endpoints.
#pragma once

#include "actors/state/announcer.hpp"
#include "tests/sim/time.hpp"

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tidewire::sim {

class sim_node;

app_index app_by_id(std::string_view id);

class sim_webhooks final : announcer_home {
public:
  explicit sim_webhooks(sim_node& home);

  void view_is(std::shared_ptr<const cluster::placement> now) {
    among_.view_is(std::move(now));
  }
  void take(node_number from, cluster::record_kind kind,
            std::string_view bytes);
  void line_is(node_number with) { among_.line_is(with); }
  void life_over(node_number which) { among_.life_over(which); }
  /// `settled`: 0, or a view: see `reports_told`.
  void reported(std::vector<channel_report> what, std::uint64_t settled);
  /// Whether it has taken over what a node had announced that is gone.
  bool took(const channel_key& key, const std::string& user) const;
  void hold_departures() { state_.hold_departures(); }
  void end_turn();
  std::int64_t due_ns() const;

private:
  using fact = cluster::announced_fact;

  static constexpr std::int64_t delay_ns = 3 * second;
  static constexpr announcer::settings times{.patience_ns = 15 * second,
                                             .settle_ns = 6 * second,
                                             .lost_after_ns = 20 * second};

  void handle(const std::vector<channel_report>& what, std::uint64_t settled);
  void announce(const webhook_state::announcements& what);

  std::int64_t now_ns() const noexcept override;
  std::string_view id_of(app_index app) const override;
  app_index by_id(std::string_view id) const override { return app_by_id(id); }
  void tell(node_number to, cluster::record_kind kind,
            std::string bytes) override;
  void remember(const fact& what) override;
  void took_over(const fact& what) override;
  bool tell_unsent() override { return true; }

  sim_node& home_;
  webhook_state state_{delay_ns};
  announcer among_{*this, times};
  std::vector<std::pair<std::vector<channel_report>, std::uint64_t>> held_;
  std::set<std::string> took_; // keys of facts
};

} // namespace tidewire::sim
