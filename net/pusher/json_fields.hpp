/// Reads the members of one JSON object without building a tree. Internal to
/// net/pusher. Pure; never throws for what stands in a text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tidewire::pusher {

enum class json_kind : std::uint8_t {
  absent,
  null,
  boolean,
  number,
  string,
  array,
  object,
};

/// A member asked for by name, and what was found.
struct json_field {
  std::string_view name;
  json_kind kind = json_kind::absent;
  /// A string without its escapes; anything else as compact JSON, in which
  /// numbers stand digit for digit as they were sent.
  std::string text{};
};

/// Whether there is a value: many clients and libraries send null for what they
/// do not use.
inline bool given(const json_field& field) noexcept {
  return field.kind != json_kind::absent && field.kind != json_kind::null;
}

/// The deepest nesting that is read; more is an error.
inline constexpr std::size_t max_json_depth = 32;

/// Fills `wanted` from the object in `text` and skips other members. Of members
/// with the same name the last one counts, as in JavaScript. Nothing when
/// `text` is one valid object, otherwise a phrase like "not valid JSON (…)"
/// that completes a sentence; `wanted` is then unspecified.
std::optional<std::string> read_fields(std::string_view text,
                                       std::span<json_field> wanted);

/// The strings of a JSON array; empty when it is anything but an array of
/// strings.
std::optional<std::vector<std::string>> read_strings(std::string_view text);

} // namespace tidewire::pusher
