// The GAUGE's caps: what the cap_book finds is done here.
#pragma once

#include "actors/apps.hpp"
#include "actors/state/cluster/cluster_meter.hpp"
#include "actors/state/meter/cap_book.hpp"
#include "actors/state/meter/figures.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tidewire::cluster {

class cap_council;
struct council_effects;

} // namespace tidewire::cluster

namespace tidewire {

class node_limits;

/// A transition, and what whoever is told of it needs besides.
struct cap_notice {
  meter::cap_row row;
  std::string tier; ///< its name; empty if there is none any more
};

/// What the configuration says of caps. Pure.
meter::cap_plans plans_of(const config::settings& settings,
                          const app_table& apps);

/// Settings as the meter knows them. Pure.
meter::meter_settings meter_settings_of(const config::meter_settings& from);
meter::tier tier_of(const config::tier& from);

/// Drives the cap_book with the ticks that are stated, in a cluster with those
/// that have become final: tells the doors of all reactors what holds from now
/// on, logs every transition, and keeps it until the LEDGER has it. Outlives
/// the GAUGE; belongs to the GAUGE of the time.
class cap_keeper {
public:
  /// Goes on where these rows of the ledger end. `doors` outlives it.
  cap_keeper(std::span<const meter::cap_row> rows, node_limits& doors);
  ~cap_keeper();
  cap_keeper(const cap_keeper&) = delete;
  cap_keeper& operator=(const cap_keeper&) = delete;

  /// From now on these are the plans and the apps; `at` is the last tick.
  void plans_are(meter::tick at, const meter::cap_plans& plans,
                 const app_table& apps);

  /// The next tick that is stated. One that was seen before is left out.
  void on_tick(const meter::tick_block& block);

  /// An operator's order; a sentence if it cannot be. A grace ends with the
  /// tick `until`.
  std::optional<std::string> grant(const meter::cap_subject& whose,
                                   meter::tick until);
  std::optional<std::string> revoke(const meter::cap_subject& whose);

  std::vector<meter::cap_standing> standings() const {
    return book_.standings();
  }
  meter::tick last() const noexcept { return last_; }

  // -- in a cluster (cap_keeper_cluster.cpp) ----------------------------------

  /// From now on the cluster's ticks are folded; `rows` are those that the
  /// keeper was made of, `send` is called for each record.
  void joins(cluster::life me, meter::tick begins,
             std::span<const meter::cap_row> rows,
             std::function<void(cluster::outgoing)> send);

  /// Null without a cluster.
  const cluster::cap_council* council() const noexcept {
    return council_.get();
  }

  /// Has the council do something, and does what it wants done.
  using council_work =
      std::function<void(cluster::cap_council&, cluster::council_effects&)>;
  void with_council(const council_work& what);

  /// What is known of a tick that is not final, because a node is silent: until
  /// `look_back` the doors go by that; no row is written for it.
  void look_ahead(meter::tick at, std::span<const meter::cap_use> least);
  void look_back();
  bool looks_ahead() const noexcept { return ahead_ != nullptr; }

  // -- the month's broadcasts -------------------------------------------------

  /// What the LEDGER is to be asked; the same until it is answered or given up.
  const std::optional<meter::month_question>& question();

  /// Nothing: nobody knows, and it is not asked again.
  void answer(const meter::month_question& asked,
              std::optional<std::uint64_t> broadcasts);

  // -- rows on their way ------------------------------------------------------

  /// Transitions for the LEDGER, to be sent with the ticks up to `last`.
  std::vector<meter::cap_row> rows_to_state(meter::tick last);

  /// Those that were sent with ticks up to this one are safe.
  void confirmed(meter::tick last);

  /// What was sent and is not safe is to be sent again.
  void state_again();

  /// Transitions that nobody has been told of yet.
  std::vector<cap_notice> take_news();

private:
  struct unsafe_row {
    meter::cap_row row;
    std::optional<meter::tick> sent_with;
  };

  void take(meter::cap_effects& effects);
  void rule(const meter::cap_effects& effects);
  void keep(const meter::cap_row& row);
  void tell(const meter::cap_row& row);
  void act(cluster::council_effects& what);

  meter::cap_book book_;
  node_limits& doors_;
  app_table apps_;
  meter::tick last_;
  std::optional<meter::month_question> question_;
  std::deque<unsafe_row> unsafe_;
  std::vector<cap_notice> news_;

  // In a cluster.
  std::unique_ptr<cluster::cap_council> council_;
  std::function<void(cluster::outgoing)> send_;
  meter::cap_plans plans_;
  std::unique_ptr<meter::cap_book> ahead_;
};

} // namespace tidewire
