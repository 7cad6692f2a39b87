// One row of the table of commands: everything that parsing, help, completion,
// the HTTP API and the documentation know of a command.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace tidewire::commands {

class request;

/// What an argument may be. Values are checked before a handler sees them.
enum class kind : std::uint8_t {
  text,
  flag,     ///< an option without a value: `--all`
  count,    ///< a whole number between `least` and `most`: `250`
  number,   ///< any number between them, not below 0: `2.5`
  percent,  ///< the same, with or without `%`: `12.5%`
  duration, ///< `90s`, `15m`, `36h`, `7d` (config/units)
  time,     ///< `2026-11-22`, `2026-11-22T07:00Z`, `now`, `-6h` (before now)
  word,     ///< one of `words`
  app,      ///< an app's id or a key of it; completed
  channel,  ///< a channel's name
  user,     ///< a user's id
  socket,   ///< a socket id: `123.456`
  command,  ///< the name of a command
};

struct argument {
  /// `app` is `APP` where it is positional and `--app` otherwise.
  std::string_view name;
  commands::kind is = kind::text;
  std::string_view sentence;
  bool positional = false; ///< in the order of the row
  bool required = false;
  bool repeated = false; ///< may be given more than once
  std::vector<std::string_view> words = {};
  /// What holds when it is not given: parsed like a given one and shown in
  /// help. Empty: nothing does.
  std::string_view fallback = {};
  /// Giving it makes a call that reads one that operates.
  bool operates = false;
  std::uint64_t least = 0;
  std::uint64_t most = std::numeric_limits<std::int64_t>::max();
};

/// What somebody needs to be to use it; both come with the admin token or the
/// Unix socket today.
enum class role : std::uint8_t {
  read,    ///< changes nothing: GET
  operate, ///< changes something: POST, and a line in the log
};

/// Starts to answer. Runs on the reactor of the ADMIN, so it waits for nothing:
/// it asks, or hands over work, and the answer follows (`request`). What it
/// throws is a failed answer.
using handler = void (*)(const request&);

struct command {
  std::string_view name;
  commands::role role = role::read;
  std::string_view sentence; ///< for the list of commands; ends with a dot
  std::string_view more;     ///< further paragraphs of its help; may be empty
  std::vector<argument> arguments;
  std::vector<std::string_view> examples; ///< without `tidewire ctl`
  commands::handler handler = nullptr;
};

/// Null if there is no command or argument of that name.
const command* find(const std::vector<command>& table, std::string_view name);
const argument* find(const command& in, std::string_view name);

/// `status`, `usage APP [--from TIME] …`: one line.
std::string synopsis(const command& of);

} // namespace tidewire::commands
