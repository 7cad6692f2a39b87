#include "actors/commands/argument.hpp"

#include "actors/commands/call.hpp"
#include "config/units.hpp"
#include "messages/ids.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace tidewire::commands {

namespace {

constexpr auto no_end = std::numeric_limits<std::int64_t>::max();

std::string upper(std::string_view text) {
  std::string out{text};
  for (auto& c : out)
    c = c == '-' ? '_' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  return out;
}

std::string joined(const std::vector<std::string_view>& words,
                   std::string_view between) {
  std::string out;
  for (auto& word : words)
    out.append(out.empty() ? "" : between).append(word);
  return out;
}

std::string range(const argument& what) {
  if (what.most == no_end)
    return what.least == 0 ? "" : " from " + std::to_string(what.least);
  return " from " + std::to_string(what.least) + " to "
         + std::to_string(what.most);
}

bool within(const argument& what, double x) {
  return x >= static_cast<double>(what.least)
         && x <= static_cast<double>(what.most);
}

} // namespace

std::string spelled(const argument& what) {
  return what.positional ? upper(what.name) : "--" + std::string{what.name};
}

std::string placeholder(const argument& what) {
  switch (what.is) {
  case kind::flag:
    return {};
  case kind::word:
    return joined(what.words, "|");
  case kind::count:
  case kind::number:
    return "N";
  case kind::percent:
    return "PERCENT";
  case kind::duration:
    return "DURATION";
  case kind::time:
    return "TIME";
  case kind::app:
    return "APP";
  case kind::channel:
    return "CHANNEL";
  case kind::user:
    return "USER";
  case kind::socket:
    return "SOCKET";
  case kind::command:
    return "COMMAND";
  case kind::text:
    break;
  }
  return what.positional ? upper(what.name) : "TEXT";
}

std::string expected(const argument& what) {
  switch (what.is) {
  case kind::flag:
    return "nothing, true or false";
  case kind::count:
    return "a whole number" + range(what);
  case kind::number:
    return "a number" + range(what);
  case kind::percent:
    return "a percentage" + range(what) + ", such as 12.5%";
  case kind::duration:
    return "a length of time, such as 90s, 15m, 36h or 7d, 36500d at most";
  case kind::time:
    return "a time, such as 2026-11-22, 2026-11-22T07:00Z, now or -6h";
  case kind::word:
    return "one of " + joined(what.words, ", ");
  case kind::app:
    return "an app's id or a key of it";
  case kind::channel:
    return "a channel's name";
  case kind::user:
    return "a user's id";
  case kind::socket:
    return "a socket id, such as 123.456";
  case kind::command:
    return "the name of a command";
  case kind::text:
    break;
  }
  return "a text";
}

bool accepts(const argument& what, std::string_view value) {
  switch (what.is) {
  case kind::flag:
    return value == "true";
  case kind::count: {
    auto x = count_of(value);
    return x && *x >= what.least && *x <= what.most;
  }
  case kind::number:
  case kind::percent: {
    auto x = number_of(value, what.is == kind::percent);
    return x && within(what, *x);
  }
  case kind::duration:
    return config::parse_duration(value).has_value();
  case kind::time:
    return time_of(value, 0).has_value();
  case kind::word:
    return std::find(what.words.begin(), what.words.end(), value)
           != what.words.end();
  case kind::socket:
    return parse_socket_id(value).has_value();
  default:
    return !value.empty();
  }
}

std::optional<std::uint64_t> count_of(std::string_view text) {
  std::uint64_t out = 0;
  auto* last = text.data() + text.size();
  auto [end, error] = std::from_chars(text.data(), last, out);
  if (error != std::errc{} || end != last
      || out > static_cast<std::uint64_t>(no_end))
    return std::nullopt;
  return out;
}

std::optional<double> number_of(std::string_view text, bool percent) {
  if (percent && text.ends_with('%'))
    text.remove_suffix(1);
  double out = 0;
  auto* last = text.data() + text.size();
  auto [end, error] = std::from_chars(text.data(), last, out);
  if (error != std::errc{} || end != last || !std::isfinite(out) || out < 0)
    return std::nullopt;
  return out;
}

} // namespace tidewire::commands
