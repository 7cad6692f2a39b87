// A cluster in virtual time: hosts, processes, clients, the network between
// them, and the oracle that sees all of it.
#pragma once

#include "actors/state/cluster/cluster_meter.hpp"
#include "actors/state/cluster/membership.hpp"
#include "actors/state/meter/tick.hpp"
#include "messages/channel_records.hpp"
#include "tests/sim/agenda.hpp"
#include "tests/sim/listeners.hpp"
#include "tests/sim/network.hpp"
#include "tests/sim/random.hpp"
#include "tests/sim/scenario.hpp"
#include "tests/sim/story.hpp"
#include "tests/sim/truth.hpp"

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace tidewire::sim {

class sim_node;

/// An invariant that did not hold.
struct finding {
  std::string invariant; ///< its short name, `I5`
  std::string sentence;
  instant at = 0;
  std::size_t step = 0; ///< of the scenario, the one after which
};

/// One life of a node.
struct life_record {
  host where;
  std::uint64_t incarnation;
  instant began;
  instant ended = never;
  bool left = false; ///< by its own will, with a goodbye
};

/// The number of one attempt to connect and, if it is accepted, of its
/// WebSocket; never given again.
using visit = std::uint32_t;
inline constexpr visit no_visit = UINT32_MAX;

struct visit_record {
  enum class standing : std::uint8_t { knocking, open, over };

  std::uint32_t client;
  std::uint32_t app;
  process server;
  standing is = standing::knocking;
  truth::socket socket = 0; ///< once it is open
};

/// Somebody with a browser.
struct sim_client {
  visit at = no_visit; ///< where he is, or knocks
  std::uint32_t app = 0;
  std::uint32_t plan = 0;     ///< counts up; older plans of him are void
  std::uint32_t channels = 0; ///< a bit for each channel he wants
};

class world final : network_user {
public:
  world(const scenario& what, story* told);
  ~world();

  /// The scenario, healing, a quiet time and what is asked after it.
  std::optional<finding> run();

  // -- used by nodes ----------------------------------------------------------

  instant now() const noexcept { return now_; }
  /// The steady clock of a host, and its wall clock (UTC).
  std::int64_t steady_ns(host x) const noexcept;
  std::int64_t wall_ns(host x) const noexcept;
  /// When a host's steady clock will show that.
  instant at_steady(host x, std::int64_t steady) const noexcept;

  network& net() noexcept { return net_; }
  random& chance() noexcept { return chance_; }
  void plan_timer(process who, instant at, std::uint32_t which) {
    plans_.plan(at, kind::timer, who, which);
  }

  /// Answers to a knock. Whoever knocked may be gone by then.
  void accepted(visit v);
  void refused(visit v);
  /// The server closes a connection, to be made elsewhere: it drains.
  void dismissed(visit v);

  /// What a host's disk holds: it outlives processes.
  struct book { ///< a life in the ledger
    cluster::life whose;
    meter::tick first;
    cluster::tick_runs known;
    std::vector<cluster::rows_to_keep::row> rows;
    std::optional<cluster::life_end> end;
  };
  struct disk {
    std::vector<cluster::ended_life> ended;
    std::vector<cluster::known_life> known;
    std::optional<meter::tick> stated; ///< the last tick of any life
    std::deque<book> books;
    struct announcement { ///< in the journal of WEBHOOKS
      channel_key channel;
      std::string user;
    };
    std::vector<announcement> announced;

    book& book_of(const cluster::life& whose);
  };
  disk& disk_of(host x) noexcept { return disks_[x]; }

  /// The process has drained and ends.
  void left(process who) { plans_.plan(now_, kind::finish, who); }

  /// A process has dialled another one, which answered.
  void reached(process who, process whom) { reached_.insert({who, whom}); }
  bool has_reached(process who, process whom) const {
    return reached_.contains({who, whom});
  }

  /// A process states a tick, of which its clock showed the end at that steady
  /// time.
  void stated(process who, meter::tick at, std::int64_t steady);
  // -- channels ---------------------------------------------------------------

  listeners& listening_to() noexcept { return listening_; }
  const listeners& listened() const noexcept { return listening_; }
  void heard(visit v, std::string_view text);
  void publish_answered(std::uint64_t number, bool complete);
  /// A backend is told: of a channel, or of a user in it.
  void announced(process who, const channel_of& c, const std::string& user,
                 bool so);
  struct announcement {
    bool so = false;
    process by = nobody;
    instant at = 0;
  };
  using announcements =
      std::map<std::pair<channel_of, std::string>, announcement>;
  const announcements& what_was_announced() const noexcept {
    return announced_;
  }
  /// Who announced that has ended before a copy can have been everywhere.
  bool was_cut_short(const announcement& x) const;
  /// Somebody who lives has taken over what another one had announced.
  bool is_taken_over(const channel_key& key, const std::string& user) const;
  bool others_live(process than) const;
  /// One of them has taken the other one, who lives, out of its view.
  void left_out(process one, process other);
  /// Two processes have ended so close to each other that what one knew for the
  /// other one may be lost.
  bool two_ended_together() const noexcept { return two_ended_together_; }
  /// A process has ended that was apart from others or had just told a backend
  /// something: nobody else may know of that.
  bool ended_apart() const noexcept { return ended_apart_; }
  bool somebody_came_back() const noexcept {
    return lives_.size() > what_.hosts;
  }
  /// When that last happened to it; before the beginning, if never.
  instant left_out_at(process x) const;
  /// One has the other one in its view from now on, and tells it what it knows;
  /// or not any more.
  void sees(process one, process other, bool so);
  /// What one sent the other one then has been read.
  void was_read(process from, process by, instant sent);
  /// Up to when one has told the other one all that it knew; before the
  /// beginning, if it never has.
  instant told_until(process one, process other) const;

  /// A meter has found out that a final tick was wrong.
  void corrected(process who, const cluster::correction& what);

  // -- looked at by invariants ------------------------------------------------

  /// When a process's clock showed the end of a tick, and when it stated it,
  /// which is later if it was stopped. In order of ticks.
  struct reading {
    meter::tick of;
    instant at;
    instant stated;
  };
  const std::vector<reading>& readings(process who) const noexcept {
    return readings_[who];
  }
  /// The first sums that any node called final, by tick, and whose.
  struct final_tick {
    std::array<std::uint64_t, apps + 1> sums;
    process by;
  };
  /// Two nodes have called a tick final with different sums.
  struct dispute_record {
    meter::tick of;
    process one, other;
    std::string sentence;
    instant found = 0;
  };
  void dispute(dispute_record x) {
    x.found = now_;
    disputes_.push_back(std::move(x));
  }
  const std::vector<dispute_record>& disputes() const noexcept {
    return disputes_;
  }
  std::map<std::int64_t, final_tick>& finals() noexcept { return finals_; }
  bool was_corrected(meter::tick at) const noexcept;

  const scenario& what() const noexcept { return what_; }
  const truth& record() const noexcept { return truth_; }
  const std::vector<life_record>& lives() const noexcept { return lives_; }
  const std::vector<sim_client>& clients() const noexcept { return clients_; }
  const std::vector<visit_record>& visits() const noexcept { return visits_; }
  /// The living process of a host, or nobody.
  process running(host x) const noexcept { return running_[x]; }
  bool alive(process who) const override { return lives_[who].ended == never; }
  /// Something else than deaths, starts and clients has happened.
  bool disturbed() const noexcept { return disturbed_; }
  /// How many processes were killed.
  std::uint32_t deaths() const noexcept { return deaths_; }
  /// When a host was last stopped, or went on.
  instant went_on(host x) const noexcept { return went_on_[x]; }
  /// How far a process was off the oldest member's time some seconds after the
  /// healing, if both were there then.
  std::optional<std::int64_t> clock_gap(process x) const;
  bool stopped(host x) const noexcept { return stopped_[x]; }
  sim_node& node(process who) noexcept { return *nodes_[who]; }
  host host_of(process who) const override { return lives_[who].where; }
  host hosts() const noexcept { return what_.hosts; }
  /// When all was healed for good, or `never`.
  instant healed_at() const noexcept { return healed_at_; }
  /// So many per mille of the records that are restated get lost, come twice
  /// or late.
  std::uint32_t loss() const noexcept { return loss_; }

  /// Notes the first one; the run ends with it.
  void fail(std::string_view invariant, std::string sentence);
  bool failed() const noexcept { return finding_.has_value(); }

  template <class... Parts>
  void tell(const Parts&... parts) {
    if (told_)
      told_->say(now_, parts...);
  }

private:
  // network_user
  void link_up(process who, link l, process peer, bool dialled) override;
  void link_down(process who, link l, process peer) override;
  void dial_over(process who, host to, outcome how, process met) override;
  void arrived(process who, link l, process from, std::string bytes) override;
  process listening(host at, bool& stopped) const override;
  bool admits(process at, process who) override;

  void handle(const event& e);
  void run_until(instant at);
  void happen(const step& s);
  void fault(const step& s);
  void client_deed(const step& s);
  void channel_deed(const step& s);
  void ask_for_channels(visit v);
  void ask_again(visit v, std::uint32_t name);
  void publish(host where, const channel_of& c);
  void publish_everywhere();
  void part(std::uint32_t mask, bool both);
  void mend_all();
  void crash(host x);
  void start(host x);
  bool is_apart(process who) const;
  void stop_for(host x, instant length);
  void go_on(host x);
  void heal();
  void note_gaps();
  void after_the_quiet();

  void come(std::uint32_t client, process to, std::uint32_t app);
  void go(std::uint32_t client);
  void end(visit v);
  void come_to_any(std::uint32_t client, std::uint32_t app);
  void come_back(std::uint32_t client);
  void come_back_now(std::uint32_t client);
  host some(std::uint32_t number) const noexcept {
    return number % what_.hosts;
  }
  std::uint32_t client_of(std::uint32_t number) const noexcept {
    return number % static_cast<std::uint32_t>(clients_.size());
  }

  /// Now, or when the process goes on; never, if it is dead by then.
  template <class F>
  void to(process who, F f);

  scenario what_;
  story* told_;
  random chance_;
  agenda plans_;
  network net_;
  truth truth_;
  instant now_ = 0;
  std::size_t step_ = 0;
  std::vector<life_record> lives_;
  std::vector<std::unique_ptr<sim_node>> nodes_;
  std::vector<process> running_;
  std::vector<bool> stopped_;
  std::vector<std::uint32_t> pauses_; ///< how often each host was stopped
  std::vector<std::vector<std::function<void()>>> inbox_; ///< by host
  std::vector<std::int64_t> steady_offset_, drift_ppm_, wall_offset_;
  std::vector<disk> disks_;
  std::vector<std::vector<reading>> readings_; // by process
  std::map<std::int64_t, final_tick> finals_;
  std::set<std::pair<process, process>> reached_;
  std::vector<cluster::tick_run> corrected_;
  std::vector<dispute_record> disputes_;
  std::vector<sim_client> clients_;
  std::vector<visit_record> visits_;
  std::vector<instant> went_on_; // by host
  listeners listening_;
  announcements announced_;
  std::map<process, instant> left_out_;
  struct stay { // of one in the view of another one
    instant since;
    instant until = never;
    instant told = -never / 2;
  };
  std::map<std::pair<process, process>, stay> stays_; // whose view, who
  instant last_end_ = -never / 2;
  bool two_ended_together_ = false;
  bool ended_apart_ = false;
  std::map<process, instant> told_at_; // when each told a backend something
  std::map<process, std::int64_t> gaps_;
  bool disturbed_ = false;
  std::uint32_t deaths_ = 0;
  instant healed_at_ = never;
  std::uint32_t loss_ = 0; ///< per mille of restated records
  std::optional<finding> finding_;
};

} // namespace tidewire::sim
