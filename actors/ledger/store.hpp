// The durable half of the meter: what one author states, on disk.
#pragma once

#include "actors/ledger/caps.hpp"
#include "actors/ledger/chain_sync.hpp"
#include "actors/ledger/replicas.hpp"
#include "actors/state/meter/minute_record.hpp"
#include "actors/state/meter/tier.hpp"

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tidewire::ledger {

/// What waits in memory while the disk does not take it; what is more is given
/// up.
struct store_limits {
  std::size_t ticks = 300;
  std::size_t bytes = std::size_t{16} << 20u;
  std::size_t transitions = 10'000;
  std::size_t fold_portion = 500; ///< records that one tick may wait for
  std::size_t kept_bytes = std::size_t{16} << 20u; ///< of other nodes' rows
};

/// How the store is.
struct store_health {
  /// A sentence that says what is wrong and what to do; empty if all is well.
  std::string alarm;
  std::size_t waiting_ticks = 0; ///< in memory only
  std::uint64_t lost_ticks = 0;  ///< given up, so unknown, since the start
  std::uint64_t lost_transitions = 0;
};

/// Writes the ledger's file. Blocks, once a second for an fsync: belongs to the
/// LEDGER's thread. The file is its memory: nothing that was taken is kept here
/// once it is written, so after an error it opens the file anew and goes on.
///
/// No call throws once it is made. What cannot be written waits, within limits,
/// and is tried again at each call; what is given up is unknown, never zero.
class store {
public:
  /// Opens or makes the file, and folds what earlier lives left in the journal.
  /// A file that cannot be opened now is an alarm and tried again later; throws
  /// newer_schema only. In a cluster (`clustered`) other lives may go on, and
  /// are folded when they end.
  store(std::string file, meter::author me, store_limits limits = {},
        bool clustered = false);

  /// One tick, in one commit, and then some of the fold of a minute. Ticks
  /// that are not after the last one are left out: none is stored twice.
  void write(const meter::tick_block& block);

  /// What became of a cap; with the next tick's commit, if not at once.
  void write(const cap_row& row);

  /// What holds instead of an earlier minute: its mask, and these apps' whole
  /// minutes (`first` is 0), which also say how they stand from there on.
  /// Appended; what it corrects stays. False if it was not written: `problem`
  /// says why.
  bool correct(const meter::minute_page& page, std::string_view reason,
               std::string& problem);

  /// The author ends: nothing is unknown from here on. False if it could not be
  /// written. No tick may follow.
  bool say_goodbye();

  /// Whether the next block is to be restated (`meter_state::restate`), since
  /// one before it was not stored.
  bool wants_restated() const noexcept { return giving_up_ || unsure_; }

  // -- other nodes' lives (store_replicas.cpp) --------------------------------

  /// Rows of another life, on disk with the next tick. What is too much for
  /// memory is given up: it is fetched as entries later.
  void keep(kept_rows what);

  /// The life has ended, and all of its rows were handed to `keep`.
  void end(const meter::author& whose, entry_kind how);

  /// What this author found out about others' rows, into its own chain.
  void remark(meter::tick at, const std::string& sentence);

  /// See `unfinished_lives`; empty if the file cannot be read.
  std::vector<unfinished_life> unfinished(meter::tick since);

  /// How all chains stand; of lives that ended long ago, too.
  std::vector<chain_standing> chains();
  std::optional<std::int64_t> worth_asking(const chain_standing& theirs,
                                           bool by_author);
  std::optional<entries_told> entries(const entries_asked& x,
                                      std::size_t bytes);
  std::optional<entries_taken> take(const entries_told& told, bool by_author);

  /// Prunes one portion of what is too old by the settings: a day of an
  /// author to the level of minutes, or to that of days. Whether
  /// there may be more to do; false, too, if the disk does not take it.
  bool prune(meter::tick now, const meter::meter_settings& settings);

  /// The last tick that any life of this node has stored, after which its next
  /// life's clock begins (`cluster_clock`); nothing if there is none.
  std::optional<meter::tick> last_stated();

  store_health health() const;

private:
  // Whatever fails is an alarm, and tried again with the file opened anew.
  template <class Do>
  bool attempt(Do what) {
    try {
      open();
      what();
      trouble_.clear();
      return true;
    } catch (const std::exception& error) {
      give_up(error.what());
      return false;
    }
  }
  void give_up(std::string why);
  void open();
  void recover();
  void take(const meter::tick_block& block);
  void flush();
  void fold_some();
  void put_kept();
  void follow_kept();
  replicas& others();

  std::string file_;
  meter::author me_;
  store_limits limits_;
  std::unique_ptr<sqlite::database> db_; // none after an error
  bool clustered_;
  std::unique_ptr<folding> fold_;    // none before the first tick
  std::unique_ptr<replicas> others_; // the same

  struct waiting_tick {
    meter::tick at;
    std::string block;
  };
  std::deque<waiting_tick> ticks_;
  std::size_t bytes_ = 0; // of `ticks_`
  std::deque<cap_row> transitions_;
  std::vector<kept_rows> kept_;
  std::size_t kept_bytes_ = 0;

  meter::tick last_; // taken or given up
  bool has_last_ = false;
  bool giving_up_ = false; // until the disk takes a restated block
  bool unsure_ = false;    // a block could not be folded
  std::string trouble_;
  std::uint64_t lost_ticks_ = 0;
  std::uint64_t lost_transitions_ = 0;
};

} // namespace tidewire::ledger
