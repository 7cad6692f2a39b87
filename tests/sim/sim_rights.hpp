// The keeper of rights in a process: permits of the app with a hard limit, and
// the door that lets in by them.
#pragma once

#include "actors/state/cluster/permits.hpp"
#include "tests/sim/network.hpp"
#include "tests/sim/world.hpp"

#include <deque>
#include <string>
#include <vector>

namespace tidewire::sim {

class sim_node;

class sim_rights final : cluster::permit_door {
public:
  explicit sim_rights(sim_node& home);

  // -- from the door ----------------------------------------------------------

  void knock(visit v);
  /// An open connection is gone.
  void closed();
  /// One who waits, perhaps, is gone.
  void gave_up(visit v);

  // -- from NODE --------------------------------------------------------------

  void view_is(std::shared_ptr<const cluster::view> now);
  void gone(const cluster::life& who);
  void may_found(bool yes);

  void take(process from, cluster::record_kind kind, std::string_view bytes);
  void timer();
  void end_turn();

  std::uint32_t held() const noexcept { return held_; }
  std::uint32_t used() const noexcept { return used_; }
  cluster::permit_standing standing();

private:
  static constexpr std::int64_t patience_ns = 500'000'000;

  struct waiter {
    visit who;
    std::int64_t since_ns;
  };

  std::uint32_t used(const std::string& app) override;
  std::uint32_t hold(const std::string& app, std::uint32_t permits) override;
  void free(const std::string& app) override;

  void let_in();
  void refuse_before(std::int64_t asked_ns);
  void waiting();

  sim_node& home_;
  std::string app_;
  cluster::permits permits_;
  cluster::permit_effects effects_;
  std::uint32_t held_ = 0;
  std::uint32_t used_ = 0;
  std::deque<waiter> waiters_; // oldest first
  instant planned_ = never;
};

} // namespace tidewire::sim
