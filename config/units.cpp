#include "config/units.hpp"

#include "config/durations.hpp"

#include <array>
#include <charconv>
#include <limits>

namespace tidewire::config {

namespace {

struct unit {
  std::string_view name;
  std::uint64_t factor;
};

constexpr std::array<unit, 5> duration_units{
    {{"ms", 1}, {"s", second}, {"m", minute}, {"h", hour}, {"d", day}}};

constexpr std::array<unit, 8> size_units{{{"", 1},
                                          {"B", 1},
                                          {"KiB", kib},
                                          {"MiB", mib},
                                          {"GiB", gib},
                                          {"KB", 1'000},
                                          {"MB", 1'000'000},
                                          {"GB", 1'000'000'000}}};

/// A whole number and a unit, at most `highest` when multiplied out.
template <std::size_t N>
std::optional<std::uint64_t> parse(std::string_view text,
                                   const std::array<unit, N>& units,
                                   std::uint64_t highest) {
  std::uint64_t number = 0;
  const auto* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{})
    return std::nullopt;
  const std::string_view name(rest, static_cast<std::size_t>(end - rest));
  for (const auto& candidate : units) {
    if (candidate.name != name)
      continue;
    if (number > highest / candidate.factor)
      return std::nullopt;
    return number * candidate.factor;
  }
  return std::nullopt;
}

std::string with_unit(std::uint64_t value, const unit& in) {
  return std::to_string(value / in.factor).append(in.name);
}

} // namespace

std::optional<duration> parse_duration(std::string_view text) {
  constexpr auto highest = static_cast<std::uint64_t>(longest_duration.count());
  const auto value = parse(text, duration_units, highest);
  if (!value)
    return std::nullopt;
  return duration{static_cast<duration::rep>(*value)};
}

std::optional<bytes> parse_size(std::string_view text) {
  return parse(text, size_units, std::numeric_limits<bytes>::max());
}

std::string to_text(duration value) {
  const auto count = static_cast<std::uint64_t>(value.count());
  // Below these, the smaller unit is the one people think in: 120s, 24h.
  if (count >= 2 * day && count % day == 0)
    return with_unit(count, {"d", day});
  if (count >= hour && count % hour == 0)
    return with_unit(count, {"h", hour});
  if (count > 10 * minute && count % minute == 0)
    return with_unit(count, {"m", minute});
  if (count % second == 0)
    return with_unit(count, {"s", second});
  return with_unit(count, {"ms", 1});
}

std::string size_text(bytes value) {
  for (const auto& in : {unit{"GiB", gib}, unit{"MiB", mib}, unit{"KiB", kib}})
    if (value != 0 && value % in.factor == 0)
      return with_unit(value, in);
  return with_unit(value, {"B", 1});
}

} // namespace tidewire::config
