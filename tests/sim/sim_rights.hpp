// The keeper of rights in a process: permits of the app with a hard limit, the
// door that lets in by them, and the accounts of dead nodes.
#pragma once

#include "actors/state/cluster/ended.hpp"
#include "actors/state/cluster/rights_keeper.hpp"
#include "tests/sim/network.hpp"
#include "tests/sim/world.hpp"

#include <deque>
#include <optional>
#include <string>
#include <vector>

namespace tidewire::sim {

class sim_node;

class sim_rights final : cluster::permit_door {
public:
  explicit sim_rights(sim_node& home);

  // -- from the door ----------------------------------------------------------

  /// Somebody wants into the app with a hard limit.
  void knock(visit v);
  /// One who waits, perhaps, is gone.
  void gave_up(visit v);
  /// A connection counts from now on; with it, so many do here.
  void opened(visit v, std::uint64_t open_here);
  void closed(visit v);

  // -- from NODE and the rows -------------------------------------------------

  void view_is(std::shared_ptr<const cluster::view> now);
  void over(const cluster::life_ended& x);
  void may_found(bool yes);
  void stood(const cluster::last_reading& how);
  void sent_away(std::uint32_t app, std::uint64_t more);

  void take(process from, cluster::record_kind kind, std::string_view bytes);
  void tick();
  void end_turn();
  /// Those who wait, as far as there are permits.
  void let_in();

  std::uint32_t held() const noexcept { return held_; }
  std::uint32_t used() const noexcept { return used_; }
  std::vector<cluster::episode_summary> failovers() const;

private:
  static constexpr std::int64_t patience_ns = 500'000'000;
  static constexpr std::int64_t turn_ns = 50'000'000;

  struct waiter {
    visit who;
    std::int64_t since_ns;
  };

  std::uint32_t used(const std::string& app) override;
  std::uint32_t hold(const std::string& app, std::uint32_t permits) override;
  void lift(const std::string& app) override;

  cluster::moment now() const;
  std::uint64_t user_of(visit v) const;
  void refuse_before(std::int64_t asked_ns);
  void waiting();

  sim_node& home_;
  std::string app_;
  cluster::rights_keeper keeper_;
  cluster::rights_effects effects_;
  std::uint32_t held_ = 0;
  std::uint32_t used_ = 0;
  std::deque<waiter> waiters_;    // oldest first
  std::optional<bool> may_found_; ///< as told of this view
  bool touched_ = true;
};

} // namespace tidewire::sim
