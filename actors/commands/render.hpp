// How an answer looks: JSON, text for a terminal, CSV. Pure.
#pragma once

#include "actors/commands/answer.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tidewire::commands {

/// One object: `status`, `node`, `as_of`, then the sections by their keys
/// (`facts` objects, tables arrays of objects by column), then `notes`; or
/// `status` and `error`. Ends with a newline. Members are only ever added.
std::string render_json(const answer& what);

/// Headings, aligned columns, human units, sentences wrapped; no line is
/// longer than `width`, unless one value is. Tables that are too wide give up
/// the ends of their longest texts (`…`).
std::string render_text(const answer& what, std::size_t width = 80);

/// The table of that key, or the only one, or the first (RFC 4180; a header
/// line of keys; values as in JSON). Without a table, the facts as two columns,
/// `key` and `value`.
std::string render_csv(const answer& what, std::string_view table = {});

/// A value as people read it.
std::string human(const cell& what, unit is);

/// A value as scripts read it: no units, unknown is empty.
std::string plain(const cell& what, unit is);

/// The text without anything that would steer a terminal (`\x1b`): clients
/// choose their ids.
std::string harmless(std::string_view text);

/// `2026-11-22T07:00:00Z`, with milliseconds where there are any.
std::string iso_time(std::int64_t unix_ms);

} // namespace tidewire::commands
