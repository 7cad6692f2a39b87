// A command with its arguments, as somebody typed or sent them. Pure.
#pragma once

#include "actors/commands/answer.hpp"
#include "actors/commands/command.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace tidewire::commands {

/// Arguments that keep to what the row says. Asking for one that the row does
/// not have, or as another kind, throws std::logic_error: a defect of ours.
class call {
public:
  explicit call(const commands::command& row) : row_(&row) {}

  const commands::command& command() const noexcept { return *row_; }

  /// That of the row, or more if such an argument was given.
  commands::role role() const;

  /// Whether it was given, or has a fallback.
  bool has(std::string_view argument) const;

  /// Whether it was given.
  bool given(std::string_view argument) const;

  bool flag(std::string_view argument) const;

  /// The text of any argument, empty if there is none; the first of several.
  const std::string& text(std::string_view argument) const;

  /// All values of one that may be repeated.
  std::vector<std::string> texts(std::string_view argument) const;

  /// Of a `count`; only if `has`.
  std::uint64_t count(std::string_view argument) const;

  /// Of a `number` or a `percent` (12.5 % is 12.5); only if `has`.
  double number(std::string_view argument) const;

  /// Of a `duration`; only if `has`.
  std::chrono::milliseconds duration(std::string_view argument) const;

  /// Of a `time`, in milliseconds of Unix time; only if `has`. `-6h` is before
  /// `now_ms`.
  std::int64_t time(std::string_view argument, std::int64_t now_ms) const;

  /// Adds a value; a sentence says why it is none of this argument.
  std::optional<std::string> add(const argument& to, std::string value);

  /// Adds the fallbacks; a sentence says what is missing.
  std::optional<std::string> complete();

  /// What a shell would be given: for the log.
  std::string line() const;

private:
  const std::vector<std::string>* values(std::string_view argument,
                                         std::initializer_list<kind> as) const;

  const commands::command* row_;
  std::map<std::string_view, std::vector<std::string>> given_;
  std::map<std::string_view, std::vector<std::string>> fallbacks_;
};

/// A call, or an answer (`usage`, `not_found`) that says what to fix and what
/// was perhaps meant.
using parsed_call = std::variant<call, answer>;

/// `words[0]` is the name: `usage 1 --from 2026-11-01 --sample=60s`. Options
/// may stand anywhere; behind `--` nothing is an option. A positional one may
/// be given by its name as well.
parsed_call parse_words(const std::vector<std::string>& words,
                        const std::vector<command>& table);

/// The same of a request: `path` behind the prefix, its further segments are
/// positional (`usage/1`), `query` has the others (`from=2026-11-01&all`); a
/// positional one may stand there as well. Both as they stand in the request,
/// percent-encoded.
parsed_call parse_target(std::string_view path, std::string_view query,
                         const std::vector<command>& table);

/// The other way round: what to send for it, percent-encoded, without a
/// prefix: `usage?app=1&from=2026-11-01`.
std::string target_of(const call& what);

/// A line of a console in words, as a shell would have it: quotes and
/// backslashes. Nothing if a quote is not closed.
std::optional<std::vector<std::string>> split_words(std::string_view line);

/// Milliseconds of Unix time of a `time`; nothing if it is none.
std::optional<std::int64_t> time_of(std::string_view text, std::int64_t now_ms);

} // namespace tidewire::commands
