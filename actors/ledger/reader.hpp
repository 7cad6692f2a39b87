// What the ledger answers.
#pragma once

#include "actors/ledger/caps.hpp"
#include "actors/ledger/pages.hpp"
#include "actors/ledger/verify.hpp"
#include "actors/state/meter/statement.hpp"

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace tidewire::ledger {

/// A day of one author and app.
struct author_day {
  meter::author who;
  meter::day at;
  meter::day_record record;
};

/// Reads the file, also while a `store` writes it, with a connection of its
/// own. Belongs to one thread at a time; blocks. Throws sqlite::error with a
/// sentence.
class reader {
public:
  explicit reader(const std::string& file);

  /// Everybody who ever wrote, by first tick.
  std::vector<meter::author_life> authors();

  /// All that ever had a record, by id; `all_apps` is not among them.
  std::vector<meter::app_id> apps();

  /// Each minute of a window of which somebody says something, ascending, as
  /// the sum over authors and over these apps (or `all_apps`), up to the last
  /// tick that was written. Begins with the first minute of the window's first
  /// day (UTC). Ends early if `each` says false.
  void slices(meter::window over, std::span<const meter::app_id> of,
              const std::function<bool(const meter::minute_slice&)>& each);

  /// A statement of these apps together. Where minutes are kept as days, it is
  /// made of those if that is exact; the error says why not.
  std::variant<meter::statement, meter::statement_error>
  state(meter::window over, std::int64_t interval,
        std::span<const meter::app_id> of);

  /// One of an app, and what there is to say of it.
  struct app_statement {
    meter::app_id app;
    meter::statement what;
  };

  /// A statement of every app that ever had a record, by id, in one pass
  /// through the window; `all_apps` is the first. `progress` is told the
  /// seconds of the window that are done, now and then; false ends it: the
  /// error says so.
  std::variant<std::vector<app_statement>, meter::statement_error>
  state_each(meter::window over, std::int64_t interval,
             const std::function<bool(std::int64_t seconds)>& progress = {});

  /// The last tick anybody has written; nothing in an empty ledger.
  std::optional<meter::tick> last_tick();

  /// Days whose minutes are pruned, by day and author. Of an app that was at
  /// zero all day, too.
  std::vector<author_day> days(const meter::app_id& of, meter::day first,
                               meter::day last);

  std::vector<cap_row> transitions(const std::optional<cap_subject>& of = {});

  /// For exports.
  std::vector<head> heads();

  std::optional<fault>
  verify(std::span<const head> exported = {},
         const std::function<void(std::uint64_t entries)>& progress = {});

private:
  void read_slices(meter::window over, std::span<const meter::app_id> of,
                   const std::function<bool(const meter::minute_slice&)>& each,
                   detail wanted);
  std::variant<meter::statement, meter::statement_error>
  state_minutes(meter::window over, std::int64_t interval,
                std::span<const meter::app_id> of);
  bool has_days(meter::window over);
  std::variant<std::vector<app_statement>, meter::statement_error>
  state_each_of_days(meter::window over, std::int64_t interval,
                     const std::function<bool(std::int64_t)>& progress);
  std::variant<meter::statement, meter::statement_error>
  state_days(meter::window over, const meter::app_id& of);

  std::unique_ptr<sqlite::database> db_;
};

} // namespace tidewire::ledger
