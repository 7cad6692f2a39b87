// How ticks become minutes: from the journal into the chain.
#pragma once

#include "actors/ledger/rows.hpp"

#include <optional>

namespace tidewire::ledger {

/// Moves one author's minutes from the journal into its chain, a portion with
/// every tick, so that no tick has to wait for the fold of ten thousand apps:
/// blocks are added up as they come, and when a minute is over its records are
/// encoded, then committed with their entry, then the journal is swept.
///
/// The journal holds until the entry is committed, and what is read here was
/// read from it: after an error, or a crash, a new one begins with the file and
/// comes to the same. Throws sqlite::error; to be thrown away then.
class folding {
public:
  /// `portion`: how many records are encoded with a tick, at least.
  folding(sqlite::database& db, author_row of, std::size_t portion);

  /// The journal has been committed up to this tick. False if some of it could
  /// not be taken: then what follows says nothing until it is restated.
  bool follow(meter::tick last);

  /// No tick follows: folds everything.
  void finish();

private:
  // A minute that is over, on its way into the chain.
  struct closed_minute {
    meter::minute_page page; // apps leave it as they are encoded
    std::size_t portion;
    entry what;       // as it follows the chain as it was
    link_hasher link; // over the records so far
    record_bytes records;
    bool appended = false;
    meter::tick swept; // in the journal up to here
  };

  bool read(meter::tick last);
  void begin(meter::minute at);
  void close();
  void work(std::size_t portion);
  void append_entry(closed_minute& x);

  sqlite::database& db_;
  author_row of_;
  std::size_t portion_;
  app_numbers numbers_;
  meter::tick read_; // in the journal up to here
  std::optional<meter::minute_fold> open_;
  std::optional<closed_minute> closed_;
};

} // namespace tidewire::ledger
