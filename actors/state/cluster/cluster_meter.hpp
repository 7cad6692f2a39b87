// The cluster gauge: everybody's rows, which ticks are final, and their sums.
#pragma once

#include "actors/state/cluster/gauge_sums.hpp"
#include "actors/state/cluster/life_rows.hpp"
#include "actors/state/cluster/rebalance.hpp"
#include "actors/state/cluster/row_records.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace tidewire::cluster {

struct cluster_meter_settings {
  std::int64_t settle_s = 86'400; ///< `meter.settle`
  std::int64_t kept_ticks = 600;  ///< rows in memory, for peers that ask
  std::size_t kept_bytes = std::size_t{8} << 20u; ///< of each life
  std::int64_t restate_ticks = 5; ///< what is held is restated so often
  std::int64_t patience_ns = 1'000'000'000; ///< with one who was asked
  std::size_t answer_bytes = 64u << 10u;    ///< one answer to who asks
  std::size_t answers_per_s = 1u << 20u;    ///< bytes of answers to one peer
  bool tell_finals = false; ///< what changed with each final tick is told
};

/// A record for a peer, or for all that are linked.
struct outgoing {
  std::optional<life> to;
  record_kind kind;
  std::string bytes;
};

/// For the LEDGER: rows of another life, in order, each once.
struct rows_to_keep {
  life whose;
  tick first; ///< of the life
  struct row {
    tick at;
    tick before; ///< its author's row before, whether it was kept or not
    std::string block;
  };
  std::vector<row> rows;
};

/// For the LEDGER: a life has ended, and all of its rows are kept.
struct end_to_keep {
  life whose;
  life_end end;
};

/// For the accounts of dead nodes: how each app of a life stood when it was
/// heard of last, and this life's at the same tick. Said when its end is
/// proved, and again when more of it has come.
struct last_reading {
  struct part {
    meter::app_id app;
    std::uint64_t open = 0; ///< may be 0
    std::uint64_t here = 0;
    tick at; ///< no earlier than that of all
  };
  life whose;
  tick at;           ///< of an app that is not listed it had nothing open then
  bool left = false; ///< it let its clients go before it said goodbye
  std::vector<part> apps;
};

/// A tick that was final is not what it was said to be. Never silent: logged,
/// counted, and an entry of the one's chain who found it out.
struct correction {
  life whose;
  tick_run ticks;
  std::string why; ///< a sentence
};

/// What is to be done. Callers take it and leave it empty.
struct meter_effects {
  std::vector<outgoing> send;
  std::vector<rows_to_keep> keep;
  std::vector<end_to_keep> ended;
  std::vector<last_reading> last;
  std::vector<life> settled; ///< its part is unknown from its last row on
  std::vector<correction> corrections;
  std::vector<final_tick> finals; ///< in order; those that memory has
  bool became_final = false;
};

/// How far one life's rows go, for people.
struct life_standing {
  life who;
  std::optional<tick> first;
  std::optional<tick> last; ///< of an unbroken sequence of rows from `first`
  std::optional<life_end> end;
  /// The first tick of its, up to the newest, of which there is no row: no tick
  /// from there on is final.
  std::optional<tick> lacks;
  bool closing = false; ///< proved dead; survivors are asked for its last row
  bool settled = false;
  bool linked = false;
};

/// The pure heart of the GAUGE in a cluster (design §6). It is told what came,
/// who is linked, who was proved dead, and which tick it is, and says what to
/// send and to keep. Only authors write rows: what it has of another life are
/// the bytes that life made; an end adds no row, it says that none is missing.
///
/// Costs: for a tick, what changed in it, on every node; for a sum, the apps.
class cluster_meter {
public:
  /// `begins`: the tick before this life's first. Ticks after it are this
  /// meter's business; earlier ones are in the ledger only.
  cluster_meter(life me, tick begins, cluster_meter_settings settings = {});

  // -- from the LEDGER, at the start, and while it fills in history -----------

  /// A life that had not ended, as far as the ledger goes: rows `known` are on
  /// disk, of which the last ones, in order, are given.
  void restore(const named_life& who, const tick_runs& known,
               const std::vector<rows_to_keep::row>& last);

  /// These rows of a life are on disk now, though they never were here.
  void known(const named_life& whose, tick_run rows, meter_effects& out);

  /// It has ended, as another ledger's chain says.
  void ended(const life& whose, life_end end, meter_effects& out);

  // -- from NODE --------------------------------------------------------------

  /// That life is there: what is not final yet waits for it.
  void heard(const life& who);
  void linked(const life& who, meter_effects& out);
  void unlinked(const life& who);
  /// Silence proves nothing; this is told of refusals and other incarnations.
  void proved_dead(const life& who, meter_effects& out);
  /// An operator says that it is gone for good.
  void forget(const life& who, meter_effects& out);

  // -- rows -------------------------------------------------------------------

  /// A row of this life, in order.
  void state(const meter::tick_block& block, meter_effects& out);
  /// This life's last row was its last.
  void say_goodbye(meter_effects& out);
  /// A record from a peer; false if it is not what it should be.
  bool take(const life& from, record_kind kind, std::string_view bytes,
            std::int64_t now_ns, meter_effects& out);
  /// Several times a second: asks for what is missing, restates, settles.
  void turn(tick now, std::int64_t now_ns, meter_effects& out);

  // -- the gauge --------------------------------------------------------------

  /// The last final tick, and its sums, as far as memory goes.
  const gauge_sums& last_final() const noexcept { return final_; }
  /// All ticks up to it are final; their sums may be in the ledger only.
  tick final_through() const noexcept { return final_through_; }
  /// The sum at a tick after it; each life's last levels at the newest one.
  gauge_range at(tick t) const;
  /// The newest tick of which there is a row.
  tick newest() const noexcept { return newest_; }
  /// How the numbers of apps are to be read.
  const app_names& apps() const noexcept { return names_; }

  std::vector<life_standing> lives() const;
  /// What each life that has not ended has open, by the last row that is here.
  std::vector<node_load> loads() const;
  std::uint64_t corrections() const noexcept { return corrections_; }
  /// Rows that came again with other bytes; the first ones stand.
  std::uint64_t disputes() const noexcept { return disputes_; }
  /// Records that were not what they should be.
  std::uint64_t malformed() const noexcept { return malformed_; }

private:
  struct member {
    std::optional<tick> first; // its first row's
    tick heard;                // while that is not known, ticks from here wait
    life_rows rows;
    std::optional<life_end> end;
    std::optional<end_kind> closing; // ended, but where is not agreed yet
    bool end_told = false;           // to the LEDGER
    bool stood_anew = false;         // since accounts were told
    bool settled = false;
    bool linked = false;
    std::optional<tick> kept; // up to it, rows were handed to the LEDGER
    tick on_disk_only;        // up to it, nobody has rows in memory
    standing_apps part;       // of `final_`
    tick_runs unknown;        // final ticks without its part
    tick_runs late;           // final ticks that its rows changed
    std::optional<life> asked;
    std::int64_t asked_until_ns = 0;
    std::size_t turn = 0; // whom to ask next
    // Peers that have rows of it after that tick only in memory.
    std::map<life, tick> begins_after;
    // The latest tick that a peer was asked from since it last answered how the
    // apps stood.
    std::map<life, tick> asked_from;
  };

  // What a linked peer says that it has.
  struct claim {
    tick_runs covered;
    bool closed = false; // and it takes no more from the life itself
  };
  struct peer {
    std::map<life, claim> has;
    std::int64_t allowed = 0; // bytes of answers
    std::int64_t allowed_ns = 0;
  };

  member& meet(const named_life& who);
  named_life name_of(const life& who, const member& m) const;
  std::vector<named_life> roster() const;
  bool should_have(const member& m, tick t) const noexcept;

  // -- rows (cluster_meter_rows.cpp) ------------------------------------------

  bool take_rows(const life& from, std::string_view bytes, meter_effects& out);
  bool take_row(const life& whose, member& m, const told_row& x,
                meter_effects& out);
  bool take_standing(const life& from, std::string_view bytes,
                     meter_effects& out);
  void put(const life& whose, member& m, tick at, life_rows::row x,
           meter_effects& out);
  void mind_final(member& m, tick_run ticks);
  void keep(const life& whose, member& m, meter_effects& out);
  bool answer(const life& to, std::string_view bytes, std::int64_t now_ns,
              meter_effects& out);
  void fetch(tick now, std::int64_t now_ns, meter_effects& out);
  std::optional<rows_asked> wanted(const life& who, const member& m,
                                   tick now) const;
  tick wanted_from(const member& m) const;
  std::vector<life> who_may_have(const life& who, const member& m,
                                 tick t) const;
  std::vector<life> who_says_to_have(const life& who, const member& m,
                                     tick t) const;
  std::optional<life> whom_to_ask(const life& who, member& m,
                                  const rows_asked& what);

  // -- ends (cluster_meter_ends.cpp) ------------------------------------------

  bool take_held(const life& from, std::string_view bytes, meter_effects& out);
  void close(const life& who, end_kind how, meter_effects& out);
  member& named(const named_life& who, meter_effects& out);
  void claim_end(const life& who, life_end end, meter_effects& out);
  void conclude(meter_effects& out);
  void lapse(member& m, tick_run within, const tick_runs& all);
  tick looked_for_from(const member& m) const;
  bool everybody_answered(const life& about, tick_runs& all) const;
  void tell_ends(meter_effects& out);
  void tell_last(const life& who, const member& m, meter_effects& out) const;
  held_life held(const life& who, const member& m) const;
  void tell_held(const std::optional<life>& to, const std::vector<life>& about,
                 bool answer, meter_effects& out) const;
  void restate(const std::optional<life>& to, meter_effects& out) const;

  // -- final ticks (cluster_meter_final.cpp) ----------------------------------

  void advance(meter_effects& out);
  tick ready_through(const member& m) const;
  bool can_step(const member& m, tick t) const;
  void step(tick t, meter_effects& out);
  void step(member& m, tick t);
  void add_part(const member& m);
  bool nobody_knows(const member& m, tick t) const;
  bool rebuild(tick t, meter_effects& out);
  void drop_part(member& m);
  void tell_final(tick t, meter_effects& out);

  life me_;
  tick begins_;
  cluster_meter_settings settings_;
  app_names names_;
  std::map<life, member> members_;
  std::map<life, peer> peers_; // linked
  tick now_;                   // of the last turn
  tick newest_;
  tick final_through_;
  gauge_sums final_;
  bool rebuild_ = false; // the parts do not follow `final_through_`
  // What has to be told of final ticks, and up to where it was.
  std::vector<app_number> moved_;
  bool whole_ = true;
  tick finals_told_;
  tick restated_;
  tick said_; // this life's last row
  std::uint64_t corrections_ = 0, disputes_ = 0, malformed_ = 0;
};

} // namespace tidewire::cluster
