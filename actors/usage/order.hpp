// The command `usage`: its arguments, and carrying it out.
#pragma once

#include "actors/commands/call.hpp"
#include "actors/ledger/reader.hpp"
#include "actors/usage/question.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tidewire::usage {

/// What the configuration says to whoever asks.
struct directory {
  /// The id of an app, by its id or a key of it.
  std::function<std::optional<std::string>(std::string_view)> app;
  /// The ids of an account's apps; nothing if there is no such account.
  std::function<std::optional<std::vector<std::string>>(std::string_view)>
      account;
  std::string zone = "UTC";   ///< meter.time_zone
  std::int64_t interval = 60; ///< meter.sample, in seconds
};

/// `usage …`, understood.
struct order {
  enum class kind : std::uint8_t {
    one,   ///< a subject
    each,  ///< every app, and all together
    verify ///< of the file, if there is one
  };

  kind is = kind::each;
  subject whose;
  std::string file;
  std::string window, from, to, zone;
  std::int64_t interval = 60;
  std::size_t limit = 0;
  bool rows = false; ///< as rows for other programs
};

/// The arguments of `usage`, and those that choose a time.
std::vector<commands::argument> usage_arguments();
std::vector<commands::argument> period_arguments();

/// What is asked for, or what is wrong with it.
std::variant<order, commands::answer> order_of(const commands::call& given,
                                               const directory& in);

/// The arguments that choose a time, as words of `order`.
void read_period(const commands::call& given, const directory& in, order& to);

/// How far it is; false ends it.
using watcher = std::function<bool(std::uint64_t done, std::uint64_t of,
                                   std::string_view noun)>;

/// Reads the ledger; blocks. `now`: seconds since the epoch.
commands::answer carry_out(const order& what, ledger::reader& from,
                           std::int64_t now, const watcher& progress);

/// The time of an order, as far as the ledger goes.
std::variant<period, commands::answer>
period_of(const order& what, ledger::reader& from, std::int64_t now);

} // namespace tidewire::usage
