// What a command answers, before anybody has chosen how it looks.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace tidewire::commands {

/// How it went. In the shell an exit code (design §8), in HTTP a status.
enum class status : std::uint8_t {
  ok,          ///< 0 · 200
  partial,     ///< 4 · 200: some of it could not be had; the notes say what
  failed,      ///< 1 · 409: understood, but it cannot be done
  not_found,   ///< 1 · 404: what it is about does not exist
  usage,       ///< 2 · 400: the arguments are wrong
  forbidden,   ///< 1 · 403
  unavailable, ///< 1 · 503: whoever knows this does not answer now
  unreachable, ///< 3 · the server was not reached; `ctl` itself says so
};

int exit_code(status what) noexcept;
unsigned http_status(status what) noexcept;

/// The word of the JSON form: `ok`, `partial`, `not_found` …
std::string_view name_of(status what) noexcept;

/// What a value is; says how people read it. In JSON, numbers stay numbers.
enum class unit : std::uint8_t {
  text,
  count,   ///< a whole number: `12,345` · 12345
  number,  ///< any number, also one that names: `2.5` · 2.5, `6001` · 6001
  bytes,   ///< whole bytes: `1.5 KiB` · 1536
  seconds, ///< a length of time in seconds: `2 min 5 s` · 125
  time,    ///< milliseconds of Unix time: `2026-11-22 07:00:00Z` · ISO 8601
  percent, ///< `12.5 %` · 12.5
  yes_no,  ///< `yes` · true
};

/// A value; nothing means that it is not known, which is never the same as 0:
/// `?` · null.
using cell =
    std::variant<std::monostate, std::string, std::int64_t, double, bool>;

/// A whole number of any type as a value.
template <class Number>
cell whole(Number x) {
  return cell{static_cast<std::int64_t>(x)};
}

/// `key` is a member of JSON objects and a column of CSV: lower case, words
/// joined by `_`, never changed once released. `title` is for people; without
/// one it is the key with spaces.
struct fact {
  std::string key;
  unit is = unit::text;
  commands::cell value;
  std::string title = {};
};

/// Names with values: an object of JSON. With an empty `key` its members stand
/// in the answer itself.
struct facts {
  std::string key;
  std::vector<fact> list;
  std::string title = {}; ///< a heading for people; may be empty
};

struct column {
  std::string key;
  unit is = unit::text;
  std::string title = {};
};

/// A table: an array of objects in JSON. Every row has as many values as there
/// are columns.
struct listing {
  std::string key;
  std::vector<column> columns;
  std::vector<std::vector<cell>> rows;
  std::string title = {};
};

/// Paragraphs, where they belong between the others: an array of texts in
/// JSON.
struct prose {
  std::string key;
  std::vector<std::string> paragraphs;
  std::string title = {};
};

using section = std::variant<facts, listing, prose>;

struct answer {
  commands::status status = status::ok;
  /// What went wrong, as a sentence that says what to fix; empty if nothing
  /// did.
  std::string error = {};
  std::vector<section> sections = {};
  /// Sentences for people, after the sections: what is estimated, what is
  /// missing, what to do next.
  std::vector<std::string> notes = {};
  std::int64_t as_of_ms = 0; ///< Unix time; ADMIN fills it in where it is 0
  std::string node = {};     ///< who was asked; ADMIN fills it in
};

/// An answer that is only an error.
inline answer refused(status what, std::string sentence) {
  return {what, std::move(sentence)};
}

} // namespace tidewire::commands
