/// Small things about text that the protocol's parsers share. Internal to
/// net/pusher. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tidewire::pusher {

/// The characters of channel names and sign-in ids (protocol.md §5.1).
constexpr bool is_name_character(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
         || (c >= '0' && c <= '9')
         || std::string_view{"_-=@,.;"}.find(c) != std::string_view::npos;
}

/// Only decimal digits, at least one.
bool all_digits(std::string_view text) noexcept;

/// An ASCII letter in lower case, everything else as it is.
constexpr char lower_case(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string lower_case(std::string_view text);

/// How many characters a valid UTF-8 text has: code points, as a person counts
/// a limit.
std::size_t count_characters(std::string_view text) noexcept;

/// At most `longest` bytes of valid UTF-8, cut between characters; `...` tells
/// that something is missing. Keeps what a client sent from filling an answer.
std::string shortened(std::string_view text, std::size_t longest = 200);

/// `text` in double quotes for a sentence: escaped as in JSON, cut after
/// `longest` bytes, and with `?` for every character beyond ASCII, because a
/// text from a query string may be no UTF-8 at all.
std::string in_quotes(std::string_view text, std::size_t longest = 200);

} // namespace tidewire::pusher
