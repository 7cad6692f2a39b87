// Single values, for people and for scripts.
#include "actors/commands/render.hpp"

#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdio>

namespace tidewire::commands {

namespace {

std::string shortest(double x) {
  char text[32];
  auto [end, error] = std::to_chars(text, text + sizeof text, x);
  return error == std::errc{} ? std::string{text, end} : std::string{};
}

// At most so many decimals, without zeros at their end.
std::string rounded(double x, int decimals) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", decimals, x);
  std::string out{text};
  if (out.find('.') != std::string::npos) {
    while (out.ends_with('0'))
      out.pop_back();
    if (out.ends_with('.'))
      out.pop_back();
  }
  return out == "-0" ? "0" : out;
}

std::string grouped(std::int64_t x) {
  auto out = std::to_string(x);
  auto first = std::ptrdiff_t{out.starts_with('-') ? 1 : 0};
  for (auto at = std::ptrdiff_t(out.size()) - 3; at > first; at -= 3)
    out.insert(static_cast<std::size_t>(at), 1, ',');
  return out;
}

std::string bytes_text(double x) {
  static constexpr const char* units[] = {" B",   " KiB", " MiB",
                                          " GiB", " TiB", " PiB"};
  std::size_t unit = 0;
  while (std::abs(x) >= 1024 && unit < 5) {
    x /= 1024;
    ++unit;
  }
  return rounded(x, unit == 0 || std::abs(x) >= 100 ? 0 : 1) + units[unit];
}

std::string pair_of(std::int64_t total, std::int64_t step, const char* large,
                    const char* small) {
  auto out = std::to_string(total / step) + large;
  if (total % step != 0)
    out += ' ' + std::to_string(total % step) + small;
  return out;
}

std::string seconds_text(double x) {
  if (x < 0)
    return '-' + seconds_text(-x);
  if (x == 0)
    return "0 s";
  if (x < 0.000'999'5)
    return rounded(x * 1e6, 0) + " µs";
  if (x < 0.999'5)
    return rounded(x * 1e3, x < 0.01 ? 1 : 0) + " ms";
  if (x < 59.95)
    return rounded(x, x < 10 ? 2 : 1) + " s";
  auto whole = static_cast<std::int64_t>(std::llround(x));
  if (whole < 3600)
    return pair_of(whole, 60, " min", " s");
  if (whole < 86'400)
    return pair_of(whole / 60, 60, " h", " min");
  return pair_of(whole / 3600, 24, " d", " h");
}

struct for_people {
  unit is;

  std::string operator()(std::monostate) const { return "?"; }
  std::string operator()(const std::string& x) const {
    return x.empty() ? "-" : harmless(x);
  }
  std::string operator()(bool x) const { return x ? "yes" : "no"; }

  std::string operator()(std::int64_t x) const {
    switch (is) {
    case unit::time: {
      auto out = iso_time(x);
      out[10] = ' ';
      return out;
    }
    case unit::bytes:
    case unit::seconds:
    case unit::percent:
      return (*this)(static_cast<double>(x));
    case unit::number:
      return std::to_string(x);
    default:
      return grouped(x);
    }
  }

  std::string operator()(double x) const {
    if (!std::isfinite(x))
      return "?";
    switch (is) {
    case unit::bytes:
      return bytes_text(x);
    case unit::seconds:
      return seconds_text(x);
    case unit::percent:
      return rounded(x, 2) + " %";
    default:
      return std::abs(x) >= 10'000 && x == std::floor(x)
                 ? grouped(static_cast<std::int64_t>(x))
                 : rounded(x, 3);
    }
  }
};

struct for_scripts {
  unit is;

  std::string operator()(std::monostate) const { return {}; }
  std::string operator()(const std::string& x) const { return x; }
  std::string operator()(bool x) const { return x ? "true" : "false"; }
  std::string operator()(std::int64_t x) const {
    return is == unit::time ? iso_time(x) : std::to_string(x);
  }
  std::string operator()(double x) const {
    return std::isfinite(x) ? shortest(x) : std::string{};
  }
};

} // namespace

std::string harmless(std::string_view text) {
  std::string out;
  auto escape = [&out](unsigned char c) {
    char hex[8];
    std::snprintf(hex, sizeof hex, "\\x%02x", c);
    out += hex;
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto c = static_cast<unsigned char>(text[i]);
    auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1])
                                    : static_cast<unsigned char>(0);
    if (c < 0x20 || c == 0x7F) {
      escape(c);
    } else if (c == 0xC2 && next >= 0x80 && next < 0xA0) {
      escape(next); // a control character of ISO 8859-1
      ++i;
    } else {
      out += text[i];
    }
  }
  return out;
}

std::string human(const cell& what, unit is) {
  return std::visit(for_people{is}, what);
}

std::string plain(const cell& what, unit is) {
  return std::visit(for_scripts{is}, what);
}

std::string iso_time(std::int64_t unix_ms) {
  namespace c = std::chrono;
  c::sys_time<c::milliseconds> at{c::milliseconds{unix_ms}};
  auto day = c::floor<c::days>(at);
  c::year_month_day date{day};
  c::hh_mm_ss time{at - day};
  auto thousandths = time.subseconds().count();
  char text[64];
  std::snprintf(
      text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d",
      static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
      static_cast<unsigned>(date.day()), static_cast<int>(time.hours().count()),
      static_cast<int>(time.minutes().count()),
      static_cast<int>(time.seconds().count()));
  std::string out{text};
  if (thousandths != 0) {
    std::snprintf(text, sizeof text, ".%03d", static_cast<int>(thousandths));
    out += text;
  }
  return out += 'Z';
}

} // namespace tidewire::commands
