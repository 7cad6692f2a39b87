// NODE's part of a process: who is there, and what time it is.
#pragma once

#include "actors/state/cluster/membership.hpp"
#include "actors/state/meter/cluster_clock.hpp"
#include "tests/sim/network.hpp"

#include <array>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tidewire::sim {

class sim_node;

class sim_view {
public:
  explicit sim_view(sim_node& home);

  void linked(process peer);
  void unlinked(process peer);
  void dial_over(host to, outcome how, process met);
  void take(process from, cluster::record_kind kind, std::string_view bytes);
  bool admits(process who);
  void tick();
  /// About once per second: the clock is slewed.
  void steer();
  void plan();
  void drain();
  void leave();
  void forget(host x);

  const cluster::membership& members() const noexcept { return members_; }
  const cluster::view& now() const noexcept { return *members_.now(); }
  const meter::cluster_clock& clock() const noexcept { return clock_; }
  /// Cluster time here and now.
  meter::cluster_ns cluster_time() const;
  /// What cluster time would be here and now if the clock had kept the rate
  /// that the heartbeat of that number told.
  meter::cluster_ns cluster_time_by(std::uint64_t number) const;
  /// The number of a peer's last heartbeat that came; 0 if none did.
  std::uint64_t last_of(process peer) const;
  /// The others hold this life to be over: it has to begin anew.
  bool disowned() const noexcept { return disowned_; }

private:
  void act(cluster::effects& what);
  void act(const cluster::send_record& x);
  void act(const cluster::dial& x);
  void act(const cluster::drop_link& x);
  void act(const cluster::peer_changed& x);
  void act(const cluster::life_ended& x);
  void act(const cluster::view_changed& x);
  void act(const cluster::paused& x);
  void act(const cluster::told_ended& x);
  void act(const cluster::name_clash& x);

  sim_node& home_;
  meter::cluster_clock clock_;
  std::vector<meter::cluster_clock> told_; ///< by each heartbeat
  cluster::membership members_;
  cluster::effects effects_;
  bool touched_ = true;
  bool disowned_ = false;
  std::map<process, std::string> heartbeats_; ///< the last of each peer
  std::shared_ptr<const cluster::view> before_;
};

} // namespace tidewire::sim
