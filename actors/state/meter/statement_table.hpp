// Statements of many apps in one pass.
#pragma once

#include "actors/state/meter/statement.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <utility>
#include <variant>
#include <vector>

namespace tidewire::meter {

/// Makes the statements of every app that comes along, each the same as its
/// statement_builder would make. An app costs nothing in minutes of which
/// nobody says anything of it, however many there are: it stands as it stood.
/// Pure.
class statement_table {
public:
  /// An app's number; whose is the caller's.
  using number = std::int64_t;

  /// What one author says of an app in a minute.
  struct part {
    std::size_t author; ///< in the lives
    minute_entry entry;
  };

  /// `check` has passed.
  statement_table(window over, std::int64_t interval,
                  std::vector<author_life> lives);

  /// Begins the next minute of which somebody says something, in order, as for
  /// a timeline; `pages` have no entries.
  void begin(minute at, std::span<const author_minute> pages);

  /// An app of which somebody says something in it, once.
  void add(number app, std::span<const part> parts);

  /// The minute is over.
  void end();

  using result = std::variant<statement, statement_error>;

  /// By number; only those that were ever added.
  std::vector<std::pair<number, result>> finish();

  /// Of an app that never was.
  statement nobody() const;

private:
  struct line {
    explicit line(const statement_table& t)
        : standing(t.roster_.size()), figures(t.over_, t.interval_) {}

    bool stands() const noexcept;

    std::vector<levels> standing; // by author
    figures_fold figures;
    minute done; // the last that its figures have, if it stood in it
  };

  void catch_up(line& x, minute until);
  void fold(line& x, std::span<const part> parts);

  window over_;
  std::int64_t interval_;
  roster roster_;
  coverage_fold coverage_;
  std::map<number, line> lines_;
  std::vector<tick_mask> known_, before_; // by author, now and a minute ago
  std::optional<minute> at_;
  roster::knowledge knowledge_;
  bool calm_ = false; // who is not added stands as before
  minute_sum sum_;
};

} // namespace tidewire::meter
