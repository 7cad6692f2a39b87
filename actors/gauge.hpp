// The GAUGE: one per node. It knows how many connections are open, and why.
#pragma once

#include "actors/cap_keeper.hpp"
#include "actors/gauge_cluster.hpp"
#include "actors/ledger_keeper.hpp"
#include "actors/metering.hpp"
#include "actors/rights_desk.hpp"
#include "actors/state/gauge_state.hpp"
#include "actors/window_clerk.hpp"
#include "messages/node_messages.hpp"

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/response_promise.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace tidewire {

/// To the GAUGE: what happened on a reactor, with the number of the first fact.
struct facts_told {
  std::uint64_t first;
  lifecycle_batch batch;
};

/// To a ROUTER: so many facts of its reactor have been counted, and need not be
/// kept for a GAUGE that takes over.
struct facts_counted {
  std::uint64_t number;
};

/// To the GAUGE: the apps there are, before anything is told of a new one, and
/// what the configuration says of caps.
struct apps_known {
  app_table apps;
  std::shared_ptr<const meter::cap_plans> plans;
};

struct grace_answer {
  std::string refusal;      ///< a sentence; empty if it was done
  std::int64_t until_s = 0; ///< when it ends, Unix time; 0: it is ended
};

/// To the GAUGE, from an operator: give a grace of that many seconds from now,
/// or end the one there is. `then` is called on the thread of the GAUGE.
struct grace_order {
  meter::cap_subject whose;
  std::int64_t seconds = 0; ///< 0: end it
  std::function<void(const grace_answer&)> then;
  std::int64_t until_s = 0; ///< in place of `seconds`: it ends then, Unix time
};

struct caps_standing {
  bool metered = false; ///< else nothing is known, and nothing refused
  meter::tick at;
  std::vector<meter::cap_standing> caps;

  // In a cluster the figures are those of all nodes at that tick.
  bool clustered = false;
  bool known = true;                ///< the others have said how caps stand
  std::vector<std::string> owners;  ///< of each cap: who tells the operator
  std::vector<std::string> missing; ///< without whom newer ticks are not final
  bool ahead = false; ///< the doors go by what is known without those
};

/// To the GAUGE: how does every cap stand? `then` is called on its thread.
struct read_caps {
  std::function<void(const caps_standing&)> then;
};

/// What outlives a GAUGE, so that its successor goes on with it. Belongs to the
/// GAUGE of the time.
struct gauge_memory {
  gauge_state state;
  std::unique_ptr<metering> meter;        ///< none: nothing is metered
  std::unique_ptr<cap_keeper> caps;       ///< the same
  caf::actor webhooks;                    ///< who is told of caps
  std::shared_ptr<window_board> windows;  ///< none: nothing is metered
  std::unique_ptr<rows_keeper> rows = {}; ///< none: there is no cluster
  /// Called after each tick with the clock, for NODE; in a cluster only.
  std::function<void(const meter::cluster_clock&)> tell_clock = {};
  std::unique_ptr<rights_desk> rights = {}; ///< none: there is no cluster
  /// Sends a record of rights to a life, if it is linked.
  std::function<void(const cluster::life&, cluster::record_kind, std::string)>
      send_right = {};
};

/// Takes `facts_told` (what happened), `read_gauge` (answered with a
/// `gauge_reading` made of a fresh reading of every reactor), `reading_taken`,
/// `webhooks_counted` and `routers_up`. Audits every second: books against
/// sockets, sockets against the kernel. Every second, too, it has the reactors
/// freeze their sets and states the tick to the LEDGER (gauge_ticks.cpp). Runs
/// on CAF's scheduler.
class gauge final : public caf::event_based_actor {
public:
  /// Counts the sockets the kernel holds for this process, or nothing.
  using kernel_count = std::function<std::optional<std::uint64_t>()>;

  gauge(caf::actor_config& cfg, std::shared_ptr<gauge_memory> memory,
        std::vector<caf::actor> routers, caf::actor ledger,
        kernel_count kernel);

  const char* name() const override { return "GAUGE"; }
  caf::behavior make_behavior() override;

  /// Whoever waits for a reading is answered, if not with all of it.
  void on_exit() override;

private:
  using done = std::function<void(const gauge_reading&)>;

  struct round {
    std::uint64_t number;
    std::vector<reactor_reading> readings;
    done then;
    std::int64_t unbooked = 0; // of the readings so far
  };

  void count(const facts_told& x);
  void read(done then);
  void conclude(std::uint64_t number, bool complete);
  void audit();
  void alarm(const gauge_reading& reading);

  // -- ticks (gauge_ticks.cpp) ------------------------------------------------

  void begin_tick();
  void ask_to_freeze(const metering::round& x);
  void ask_again();
  void take_tick(const frozen& x);
  void hand_over();
  void ledger_is(caf::actor who);
  void confirm(const ticks_taken& x);
  caf::response_promise state_last_tick();
  void end_ledger();
  meter_health metered() const;

  // -- the cluster (gauge_rows.cpp) -------------------------------------------

  caf::message_handler cluster_behavior();
  caf::message_handler rights_behavior(); // gauge_rights.cpp
  void turn_rights();
  cluster::moment moment_now() const;
  void state_rows();

  // -- caps (gauge_caps.cpp) --------------------------------------------------

  caf::message_handler caps_behavior();
  void mind_caps();
  void mind_cluster_caps();
  void look_ahead();
  void tell_caps();
  void ask_month();
  void plans_are(const apps_known& x);
  grace_answer order(const grace_order& x);
  caps_standing standing() const;

  std::shared_ptr<gauge_memory> memory_;
  gauge_state* state_;
  metering* metering_; // null: nothing is metered
  cap_keeper* caps_;   // the same
  bool month_asked_ = false;
  std::vector<caf::actor> routers_;
  caf::actor ledger_;
  meter::tick handed_over_; // to this LEDGER
  ledger::store_health store_health_;
  bool clock_alarmed_ = false;
  std::optional<caf::response_promise> ending_;
  kernel_count kernel_;
  kernel_audit kernel_audit_;
  std::vector<round> rounds_;
  std::uint64_t next_round_ = 1;
  std::int64_t alarmed_ = 0;
  std::vector<webhook_figures> webhooks_; // as WEBHOOKS last told them
};

} // namespace tidewire

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::facts_told)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::facts_counted)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::grace_order)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::read_caps)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::apps_known)
