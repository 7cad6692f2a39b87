// Rows of other nodes' lives: kept as they came, and folded as they do.
#pragma once

#include "actors/ledger/folding.hpp"

#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace tidewire::ledger {

/// Rows of one life, from the GAUGE: in order, as their author wrote them.
struct kept_rows {
  meter::author whose;
  meter::tick first; ///< of the life
  struct row {
    meter::tick at;
    meter::tick before; ///< its author's row before, wherever that is
    std::string block;
  };
  std::vector<row> rows;
};

/// What there is of a life that may still go on, for a GAUGE that begins.
struct unfinished_life {
  meter::author whose;
  meter::tick first;
  meter::tick last;                    ///< the last row on disk
  entry_kind how{};                    ///< an end, or `minute`: none
  std::vector<kept_rows::row> journal; ///< the last rows
};

/// Keeps the rows of other nodes in the journal and folds their minutes, so
/// that the chain of an author is the same wherever it is kept. A minute is the
/// same everywhere if it is made of the same blocks, after the same minute;
/// both are certain only as long as row follows row from the author's first on,
/// or from a minute that the chain has. Where that is not so, the author is
/// *adrift*: its rows stay in the journal, nothing is folded, and its entries
/// are fetched from somebody who has them (chain_sync.hpp).
///
/// Of one database and one thread; throws sqlite::error, and is to be thrown
/// away then, as `folding` is.
class replicas {
public:
  replicas(sqlite::database& db, std::size_t portion)
      : db_(db), portion_(portion) {}

  /// Into the journal, within a transaction. Rows whose minute the chain has
  /// are left out.
  void put(const kept_rows& what);

  /// After that was committed: folds some.
  void follow(const meter::author& whose);

  /// The life has ended with this tick, of which all rows were put: the rest is
  /// folded and the end appended, as everybody does who has the same rows. Does
  /// nothing where it is adrift: then others' entries say it. False then.
  bool end(const meter::author& whose, entry_kind how);

  /// Its chain was changed by others' entries: look anew.
  void look_again(const meter::author& whose) { lives_.erase(whose); }

  bool adrift(const meter::author& whose);

private:
  struct replica {
    author_row row;
    std::unique_ptr<folding> fold; // none: adrift
    meter::tick last;              // in the journal, or the chain
  };

  replica* find(const meter::author& whose);
  bool row_follows_row(const author_row& of, meter::tick& last);

  sqlite::database& db_;
  std::size_t portion_;
  std::map<meter::author, replica> lives_;
};

/// Everybody who has not ended and has no later life, and who ended after
/// `since`.
std::vector<unfinished_life> unfinished_lives(sqlite::database& db,
                                              const meter::author& me,
                                              meter::tick since);

} // namespace tidewire::ledger
