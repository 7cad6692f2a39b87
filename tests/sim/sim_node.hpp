// One process of the cluster: the production's pure classes put together as
// NODE, GAUGE, DIRECTORY and the door put them together, and driven by a world.
#pragma once

#include "actors/state/cluster/life.hpp"
#include "actors/state/cluster/record.hpp"
#include "tests/sim/network.hpp"
#include "tests/sim/sim_channels.hpp"
#include "tests/sim/sim_meter.hpp"
#include "tests/sim/sim_rights.hpp"
#include "tests/sim/sim_view.hpp"
#include "tests/sim/world.hpp"

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tidewire::sim {

/// What a process sets its alarm for.
enum : std::uint32_t {
  view_timer,
  clock_timer,
  turn_timer,
  rights_timer,
  channels_timer
};
inline constexpr std::size_t timers = 5;

class sim_node {
public:
  sim_node(world& w, process self);
  ~sim_node();

  // -- told by the world ------------------------------------------------------

  void begin();
  void link_up(link l, process peer, bool dialled);
  void link_down(link l, process peer);
  void dial_over(host to, outcome how, process met);
  /// False if it has dropped that link.
  bool arrived(link l, process from, std::string_view bytes);
  void timer(std::uint32_t which);
  bool admits(process who);
  /// It was stopped and goes on; what came meanwhile is told next.
  void waking();
  /// It has seen what came meanwhile; its timers are due.
  void woke();
  /// Sends what has gathered.
  void end_turn();

  void knock(visit v, std::uint32_t app);
  void hung_up(visit v);
  /// An operator, or SIGTERM.
  void drain();
  void forget(host x);

  // -- for its parts ----------------------------------------------------------

  struct line {
    link number;
    process peer;
    std::string waiting; ///< records of this turn
    std::string late;    ///< of an earlier one, held up by a lossy network
  };

  world& around() noexcept { return world_; }
  process self() const noexcept { return self_; }
  bool draining() const noexcept { return draining_; }
  /// It was stopped, and has not stated yet what it missed.
  bool is_waking() const noexcept { return waking_; }
  host where() const noexcept { return where_; }
  const cluster::life& me() const noexcept { return me_; }
  std::int64_t now_ns() const noexcept { return world_.steady_ns(where_); }
  std::int64_t wall_ns() const noexcept { return world_.wall_ns(where_); }

  void send(process to, cluster::record_kind kind, std::string_view bytes);
  void send_all(cluster::record_kind kind, std::string_view bytes);
  void dial(host to);
  void cut(process peer);
  const std::vector<line>& lines() const noexcept { return lines_; }

  /// The life of a process, and back; nobody if there never was one.
  cluster::life life_of(process x) const;
  process process_of(const cluster::life& x) const noexcept;

  /// A connection is let in by the door.
  void admit(visit v);

  /// The parts; a world that is about something else does without some.
  sim_view& who_is_there() noexcept { return *view_; }
  sim_meter* meter() noexcept { return meter_.get(); }
  sim_rights* rights() noexcept { return rights_.get(); }
  sim_channels* channels() noexcept { return channels_.get(); }

  // -- NODE to the others -----------------------------------------------------

  void view_is(std::shared_ptr<const cluster::view> now);
  void heard(const cluster::life& who);
  void over(const cluster::life_ended& x);

private:
  friend class sim_view;
  friend class sim_rights;
  friend class sim_channels;

  void act(std::uint32_t which);
  void flush();
  std::uint64_t open_of(std::uint32_t app) const;
  void lost_line(process peer);
  instant next_tick() const;
  /// Sets an alarm, unless it is set for that time or an earlier one.
  void plan(std::uint32_t which, instant at);
  bool rings(std::uint32_t which);
  void put(line& to, cluster::record_kind kind, std::string_view bytes);
  void take(process from, cluster::record_kind kind, std::string_view bytes);

  world& world_;
  process self_;
  host where_;
  cluster::life me_;
  std::vector<line> lines_;
  std::vector<process> cut_; ///< lines that this turn has ended
  std::unique_ptr<sim_view> view_;
  std::unique_ptr<sim_meter> meter_;
  std::unique_ptr<sim_rights> rights_;
  std::unique_ptr<sim_channels> channels_;
  std::int64_t last_turn_ns_ = 0;
  std::int64_t found_ns_ = 0; ///< while waking: the last turn before the stop
  bool waking_ = false;
  std::array<instant, timers> planned_{never, never, never, never, never};
  std::vector<visit> open_;
  std::vector<visit> late_; ///< knocked while it was stopped
  bool draining_ = false;
};

} // namespace tidewire::sim
