/// The query string of a request. Pure; callable from any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tidewire::pusher {

struct query_param {
  std::string key;
  std::string value;
};

/// What `+` stands for. Form encoders write a space as `+`, while several
/// Pusher libraries do not escape at all.
enum class plus_sign { literal, space };

/// Undoes `%41`; what is no escape stays as it is.
std::string percent_decode(std::string_view text,
                           plus_sign plus = plus_sign::literal);

/// Splits at `&` and the first `=`, and decodes both sides. Keeps the order
/// and repeated keys; empty pieces are skipped.
std::vector<query_param> parse_query(std::string_view raw,
                                     plus_sign plus = plus_sign::literal);

/// The value of the first parameter with that key, which is in lower case; the
/// sender's may be in any, as keys are signed in lower case (protocol.md §9).
std::optional<std::string_view> find_param(const std::vector<query_param>& all,
                                           std::string_view key) noexcept;

} // namespace tidewire::pusher
