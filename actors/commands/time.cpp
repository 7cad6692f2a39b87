// Times as people give them to commands.
#include "actors/commands/call.hpp"
#include "config/units.hpp"

#include <charconv>

namespace tidewire::commands {

namespace {

// Takes `digits` digits off the front.
std::optional<int> take(std::string_view& text, std::size_t digits) {
  int out = 0;
  if (text.size() < digits)
    return std::nullopt;
  for (std::size_t i = 0; i < digits; ++i) {
    if (text[i] < '0' || text[i] > '9')
      return std::nullopt;
    out = out * 10 + (text[i] - '0');
  }
  text.remove_prefix(digits);
  return out;
}

bool skip(std::string_view& text, char wanted) {
  if (!text.starts_with(wanted))
    return false;
  text.remove_prefix(1);
  return true;
}

// Of hours, minutes and seconds; 60 is no second: leap seconds are not told.
std::optional<std::int64_t> time_of_day(std::string_view text) {
  if (text.ends_with('Z'))
    text.remove_suffix(1);
  auto hour = take(text, 2);
  if (!hour || *hour > 23 || !skip(text, ':'))
    return std::nullopt;
  auto minute = take(text, 2);
  if (!minute || *minute > 59)
    return std::nullopt;
  auto out = (std::int64_t{*hour} * 60 + *minute) * 60;
  if (skip(text, ':')) {
    auto second = take(text, 2);
    if (!second || *second > 59)
      return std::nullopt;
    out += *second;
  }
  out *= 1000;
  if (skip(text, '.')) {
    auto thousandth = take(text, 3);
    if (!thousandth)
      return std::nullopt;
    out += *thousandth;
  }
  if (!text.empty())
    return std::nullopt;
  return out;
}

} // namespace

std::optional<std::int64_t> time_of(std::string_view text,
                                    std::int64_t now_ms) {
  if (text == "now")
    return now_ms;
  if (skip(text, '-')) {
    auto before = config::parse_duration(text);
    return before ? std::optional{now_ms - before->count()} : std::nullopt;
  }
  auto year = take(text, 4);
  if (!year || !skip(text, '-'))
    return std::nullopt;
  auto month = take(text, 2);
  if (!month || !skip(text, '-'))
    return std::nullopt;
  auto day = take(text, 2);
  namespace c = std::chrono;
  c::year_month_day date{c::year{*year}, c::month(unsigned(*month)),
                         c::day(unsigned(day.value_or(0)))};
  if (!date.ok())
    return std::nullopt;
  std::int64_t out =
      c::duration_cast<c::milliseconds>(c::sys_days{date}.time_since_epoch())
          .count();
  if (text.empty())
    return out;
  if (!skip(text, 'T') && !skip(text, ' '))
    return std::nullopt;
  auto rest = time_of_day(text);
  return rest ? std::optional{out + *rest} : std::nullopt;
}

} // namespace tidewire::commands
