#include "actors/state/meter/window.hpp"

#include <charconv>
#include <cstdio>

namespace tidewire::meter {

namespace {

// Reads digits and fixed characters from the front of a text.
struct scanner {
  std::string_view rest;

  bool number(std::size_t digits, auto& out) {
    if (rest.size() < digits)
      return false;
    auto* end = rest.data() + digits;
    auto [at, error] = std::from_chars(rest.data(), end, out);
    if (error != std::errc{} || at != end || rest.front() == '-')
      return false;
    rest.remove_prefix(digits);
    return true;
  }
  bool take(char c) {
    if (!rest.starts_with(c))
      return false;
    rest.remove_prefix(1);
    return true;
  }
  bool done() const { return rest.empty(); }
};

// How much of a date and time was written.
enum class written { nothing, month, day, hour, minute, second };

written scan(scanner& in, local_time& x) {
  if (!in.number(4, x.year) || !in.take('-') || !in.number(2, x.month))
    return written::nothing;
  auto got = written::month;
  if (in.take('-')) {
    if (!in.number(2, x.day))
      return written::nothing;
    got = written::day;
  }
  if (got == written::day && in.take('T')) {
    if (!in.number(2, x.hour))
      return written::nothing;
    got = written::hour;
  }
  if (got == written::hour && in.take(':')) {
    if (!in.number(2, x.minute))
      return written::nothing;
    got = written::minute;
  }
  if (got == written::minute && in.take(':')) {
    if (!in.number(2, x.second))
      return written::nothing;
    got = written::second;
  }
  return got;
}

std::optional<std::int64_t> instant_from(std::string_view text,
                                         std::string_view zone) {
  scanner in{text};
  local_time x;
  auto got = scan(in, x);
  auto utc = in.take('Z');
  if (got < written::day || !in.done())
    return std::nullopt;
  return instant_of(x, utc ? "UTC" : zone);
}

window_error unreadable(std::string_view text) {
  return {"\"" + std::string{text}
          + "\" is no window: write a month (2026-11), a day (2026-11-22), an "
            "hour (2026-11-22T05), days until now (30d), from/to "
            "(2026-11-01/2026-11-08T12:30), or month, day, hour, last-month, "
            "last-day, last-hour"};
}

window_or_error calendar(written what, const local_time& x,
                         std::string_view zone) {
  if (what == written::month)
    return month_window(x.year, x.month, zone);
  if (what == written::day)
    return day_window(x.year, x.month, x.day, zone);
  return hour_window(x.year, x.month, x.day, x.hour, zone);
}

// The present month, day or hour, or the one before it.
window_or_error present(std::string_view word, bool before,
                        std::string_view zone, std::int64_t now) {
  auto what = word == "month" ? written::month
              : word == "day" ? written::day
                              : written::hour;
  auto w = calendar(what, local_time_of(now, zone), zone);
  if (auto* x = std::get_if<window>(&w); before && x)
    return calendar(what, local_time_of(x->from - 1, zone), zone);
  return w;
}

} // namespace

window_or_error parse_window(std::string_view text, std::string_view zone,
                             std::int64_t now) {
  if (!zone_exists(zone))
    return month_window(1970, 1, zone); // which says what is wrong with it
  auto word = text;
  auto before = word.starts_with("last-");
  if (before)
    word.remove_prefix(5);
  if (word == "month" || word == "day" || word == "hour")
    return present(word, before, zone, now);
  if (auto slash = text.find('/'); slash != text.npos) {
    auto from = instant_from(text.substr(0, slash), zone);
    auto to = instant_from(text.substr(slash + 1), zone);
    if (!from || !to)
      return unreadable(text);
    if (*from >= *to)
      return window_error{"the window \"" + std::string{text}
                          + "\" ends before it begins"};
    return window{*from, *to};
  }
  if (text.ends_with('d') && text.size() <= 5) {
    scanner in{text.substr(0, text.size() - 1)};
    std::int64_t days = 0;
    if (!in.rest.empty() && in.number(in.rest.size(), days))
      return rolling_window(days, now);
  }
  scanner in{text};
  local_time x;
  auto what = scan(in, x);
  if (what == written::nothing || what > written::hour || !in.done())
    return unreadable(text);
  return calendar(what, x, zone);
}

std::string render_time(std::int64_t seconds, std::string_view zone) {
  auto x = local_time_of(seconds, zone);
  auto minutes = (x.offset < 0 ? -x.offset : x.offset) / 60;
  char text[80];
  auto n = std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02u:%02u:%02u",
                         x.year, x.month, x.day, x.hour, x.minute, x.second);
  if (x.offset == 0)
    n +=
        std::snprintf(text + n, sizeof text - static_cast<std::size_t>(n), "Z");
  else
    n += std::snprintf(text + n, sizeof text - static_cast<std::size_t>(n),
                       "%c%02d:%02d", x.offset < 0 ? '-' : '+',
                       static_cast<int>(minutes / 60),
                       static_cast<int>(minutes % 60));
  return {text, static_cast<std::size_t>(n)};
}

} // namespace tidewire::meter
