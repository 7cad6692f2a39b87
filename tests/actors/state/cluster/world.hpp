// A few nodes, their clocks and a network, in virtual time: drives `membership`
// as NODE and LINK do, and watches that nothing untrue is ever concluded.
#pragma once

#include "actors/state/cluster/membership.hpp"
#include "tests/actors/state/cluster/units.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace tidewire::cluster::testing {

class world {
public:
  world(std::uint64_t seed, std::size_t hosts);

  // -- faults -----------------------------------------------------------------

  void start(std::size_t host);
  /// Ends the process. The others' kernels are told, if they can be reached;
  /// after a power cut they are told nothing before they ask.
  void kill(std::size_t host, bool power_cut = false);
  void pause(std::size_t host);
  void resume(std::size_t host);
  /// Nothing goes from `from` to `to` any more; what is on the way waits.
  void block(std::size_t from, std::size_t to) { blocked_.insert({from, to}); }
  void unblock(std::size_t from, std::size_t to);
  void heal();
  void reset_link(std::size_t a, std::size_t b);
  void leave(std::size_t host);
  void drain(std::size_t host, bool on);
  forget_answer forget(std::size_t host, const life& who);

  void run(std::int64_t for_ns);
  /// Runs until it holds; how long that took, at most `for_ns`.
  std::optional<std::int64_t> run_until(const std::function<bool()>& holds,
                                        std::int64_t for_ns);

  // -- what is so -------------------------------------------------------------

  bool running(std::size_t host) const {
    return hosts_[host].process != nullptr;
  }
  bool is_paused(std::size_t host) const { return hosts_[host].paused; }
  std::size_t size() const { return hosts_.size(); }
  std::size_t living() const;
  const membership& at(std::size_t host) const;
  const life& life_of(std::size_t host) const { return at(host).self(); }
  /// Lives whose process is there, and those that were, oldest first.
  const std::vector<life>& dead() const { return dead_; }
  /// Everybody who lives has the same view, and nobody else is in it.
  bool agreed() const;
  /// What a host's cluster clock shows now, and its real distance to another.
  std::int64_t clock_of(std::size_t host) const;
  time_error error_of(std::size_t host) const;
  std::vector<peer_status> peers_of(std::size_t host) const;
  std::size_t views_of(std::size_t host) const { return hosts_[host].views; }
  bool was_told_ended(std::size_t host) const { return hosts_[host].told; }
  std::int64_t now() const noexcept { return now_; }
  std::mt19937_64& chance() noexcept { return chance_; }
  /// The first thing that was found to be wrong; empty if none.
  const std::string& finding() const noexcept { return finding_; }
  /// What the nodes said and concluded, for a failing test.
  const std::string& story() const noexcept { return story_; }

private:
  struct node_process {
    membership it;
    meter::cluster_clock clock;
    view last;
    std::map<life, std::uint32_t> struck; // as its views were seen to do
  };
  struct machine {
    std::string name;
    std::int64_t mono_base = 0;
    std::int64_t drift_ppm = 0;
    std::int64_t wall_offset = 0;
    std::unique_ptr<node_process> process;
    std::uint64_t starts = 0;
    bool paused = false;
    bool told = false;
    std::size_t views = 0;
    std::vector<ended_life> disk;
    std::vector<std::pair<std::uint64_t, std::function<void()>>> waiting;
  };
  struct connection {
    std::uint64_t id;
    std::size_t host[2];
    life who[2];
    bool open[2] = {true, true};
    bool cut = false;              // a side is gone without the other's knowing
    std::int64_t last[2] = {0, 0}; // arrival, by sender
    std::vector<std::function<void()>> held[2];
  };

  static std::string address_of(std::size_t host);
  std::int64_t mono(const machine& h) const;
  std::int64_t wall(const machine& h) const;
  std::int64_t delay();
  bool can(std::size_t from, std::size_t to) const {
    return blocked_.count({from, to}) == 0;
  }
  void later(std::int64_t when, std::function<void()> what);
  /// Has a process do something with its membership, now or when it runs again.
  void deliver(std::size_t to, const life& who, std::uint64_t stream,
               std::function<void(node_process&, effects&)> what);
  void carry_out(std::size_t host, effects& what);
  void found(std::size_t host, const effect& what);
  void see_view(std::size_t host, const view_changed& what);
  void do_dial(std::size_t from, const std::string& address);
  void answer(std::size_t from, const life& who, std::size_t to,
              const std::string& address);
  void do_send(std::size_t from, const send_record& what);
  void close(connection& which, std::size_t side);
  connection* between(std::size_t a, const life& who, std::size_t b,
                      const life& other);
  connection* link_of(std::size_t a, const life& to);
  void tick(std::size_t host, const life& who);
  void second_tick(std::size_t host, const life& who);
  bool lives(const life& who) const;
  void wrong(std::string what);
  void tell(std::size_t host, const std::string& what);

  std::mt19937_64 chance_;
  std::int64_t now_ = 0;
  std::uint64_t order_ = 0;
  std::map<std::pair<std::int64_t, std::uint64_t>, std::function<void()>>
      queue_;
  std::vector<machine> hosts_;
  std::vector<std::unique_ptr<connection>> links_;
  std::set<std::pair<std::size_t, std::size_t>> blocked_;
  std::vector<life> dead_;
  std::set<life> left_;
  std::set<life> forgotten_;
  std::map<std::uint64_t, std::string> views_by_hash_;
  std::map<std::string, std::uint64_t> hashes_by_view_;
  std::string finding_;
  std::string story_;
};

} // namespace tidewire::cluster::testing
