#include "actors/state/meter/minute_record.hpp"

#include "actors/state/meter/bytes.hpp"
#include "actors/state/meter/minute_summary.hpp"
#include "actors/state/meter/rice.hpp"
#include "actors/state/meter/timeline.hpp"

#include <algorithm>

namespace tidewire::meter {

namespace {

// What a figure is expected to be, from what stands before it in the record:
// `i` is a place, `first` the first one there is.
struct expectations {
  const minute_record& r;

  std::uint64_t before(int i) const noexcept {
    return i > r.first ? r.open[i - 1] : r.open[i];
  }
  std::int64_t open(int i) const noexcept {
    return i > r.first ? signed_of(r.open[i - 1]) : 0;
  }
  std::int64_t unbilled(int i) const noexcept {
    if (i == r.first)
      return 0;
    auto last = r.unbilled[i - 1];
    return signed_of(last == r.open[i - 1] && last > 0 ? r.open[i] : last);
  }
  std::int64_t unauthorized(int i) const noexcept {
    return i > r.first ? signed_of(r.unauthorized[i - 1]) : 0;
  }
  std::int64_t users(int i) const noexcept {
    return i > r.first ? signed_of(r.users[i - 1]) : 0;
  }
  std::int64_t connection_ms(int i) const noexcept {
    return signed_of(before(i) + r.open[i]) * 500;
  }
  std::int64_t unbilled_ms(int i) const noexcept {
    return r.unbilled[i] == r.open[i] && r.open[i] > 0
               ? r.connection_ms[i]
               : signed_of(r.unbilled[i]) * 1000;
  }
  // Distances down and up from here are never negative, other than after a gap.
  std::int64_t lowest(int i) const noexcept {
    return signed_of(std::min(before(i), r.open[i]));
  }
  std::int64_t highest(int i) const noexcept {
    return signed_of(std::max(before(i), r.open[i]));
  }
};

// Calls `each(column, expected, sign, most)` for every column, in the order in
// which they are stored: each expects only from those before it.
template <class Record, class F>
void for_columns(Record& r, F&& each) {
  expectations e{r};
  each(
      r.open, [e](int i) { return e.open(i); }, 1, largest_level);
  each(
      r.unbilled, [e](int i) { return e.unbilled(i); }, 1, largest_level);
  each(
      r.unauthorized, [e](int i) { return e.unauthorized(i); }, 1,
      largest_level);
  each(
      r.users, [e](int i) { return e.users(i); }, 1, largest_level);
  each(
      r.connection_ms, [e](int i) { return e.connection_ms(i); }, 1,
      largest_value);
  each(
      r.unbilled_ms, [e](int i) { return e.unbilled_ms(i); }, 1, largest_value);
  each(
      r.lowest, [e](int i) { return e.lowest(i); }, -1, largest_level);
  each(
      r.highest, [e](int i) { return e.highest(i); }, 1, largest_level);
}

bool plausible(const minute_record& r) noexcept {
  bool wrong = false;
  for (int i = r.first; i < minute::ticks; ++i)
    wrong |= r.unbilled[i] > r.open[i] || r.lowest[i] > r.open[i]
             || r.highest[i] < r.open[i];
  return !wrong;
}

} // namespace

levels minute_record::at(int place) const noexcept {
  return {open[place], unbilled[place], unauthorized[place], users[place]};
}

tick_figures minute_record::figures(int place) const noexcept {
  return {.now = at(place),
          .lowest = lowest[place],
          .highest = highest[place],
          .connection_ms = connection_ms[place],
          .unbilled_ms = unbilled_ms[place],
          .did = {}};
}

void minute_record::set(int place, const tick_figures& x) noexcept {
  open[place] = x.now.open;
  unbilled[place] = x.now.unbilled;
  unauthorized[place] = x.now.unauthorized;
  users[place] = x.now.users;
  lowest[place] = x.lowest;
  highest[place] = x.highest;
  connection_ms[place] = x.connection_ms;
  unbilled_ms[place] = x.unbilled_ms;
}

namespace {

// The first value of a level stands by itself, so that it does not spoil the
// parameter of the differences.
std::string encode(const minute_record& r, bool with_summary) {
  byte_writer out{form::minute};
  out.varint(static_cast<std::uint64_t>(r.first));
  for (auto first : {r.open[r.first], r.unbilled[r.first],
                     r.unauthorized[r.first], r.users[r.first]})
    out.varint(first);
  out.write(r.did);
  if (r.first == 0 && with_summary)
    write_summary(out, r);
  else if (r.first == 0)
    leave_out_summary(out);
  bit_writer bits{out.out()};
  int column = 0;
  for_columns(r, [&](auto& values, auto expected, int sign, std::uint64_t) {
    residuals x{};
    for (int i = r.first; i < minute::ticks; ++i)
      x[i - r.first] =
          sign * (static_cast<std::int64_t>(values[i]) - expected(i));
    if (column++ < 4)
      x[0] = 0;
    put_column(bits, x, minute::ticks - r.first);
  });
  return std::move(out.out());
}

} // namespace

// A summary only spares readers the ticks.
std::string encode(const minute_record& r) {
  constexpr std::size_t longest = 400;
  auto bytes = encode(r, true);
  return bytes.size() <= longest ? bytes : encode(r, false);
}

namespace {

// What stands before the ticks.
struct head {
  std::uint64_t first = 0; // place
  std::array<std::uint64_t, 4> firsts{};
  counts did;

  explicit head(byte_reader& in) : first(in.varint(minute::ticks - 1)) {
    for (auto& x : firsts)
      x = in.varint(largest_level);
    did = in.read_counts();
  }
  levels at_first() const noexcept {
    return {firsts[0], firsts[1], firsts[2], firsts[3]};
  }
};

} // namespace

std::optional<coarse_minute> decode_summary(std::string_view bytes, minute at) {
  byte_reader in{bytes, form::minute};
  head begin{in};
  if (in.failed() || begin.first != 0)
    return std::nullopt;
  auto out = read_summary(in, begin.at_first(), at);
  if (in.failed() || !out)
    return std::nullopt;
  out->did = begin.did;
  return out;
}

std::optional<codec_error> decode(std::string_view bytes, minute_record& r) {
  byte_reader in{bytes, form::minute};
  head begin{in};
  auto& firsts = begin.firsts;
  r = {};
  r.first = static_cast<int>(begin.first);
  r.did = begin.did;
  std::optional<coarse_minute> summary;
  if (r.first == 0)
    summary = read_summary(in, begin.at_first(), {});
  if (in.failed())
    return in.finish();
  bit_reader bits{in.rest()};
  std::size_t column = 0;
  bool in_range = true;
  bool all_billed = true;
  for_columns(
      r, [&](auto& values, auto expected, int sign, std::uint64_t most) {
        residuals x;
        auto size = minute::ticks - r.first;
        auto any = get_column(bits, x, size);
        auto place = column++;
        if (place < firsts.size()) {
          x[0] = signed_of(firsts[place]);
          any |= x[0] != 0;
        }
        if (place == 1)
          all_billed = !any;
        // The expected is zero as well: nothing to add up, and so it is mostly.
        if (!any && (place < firsts.size() || (place == 5 && all_billed)))
          return;
        for (int i = 0; i < size; ++i) {
          auto value = static_cast<std::uint64_t>(expected(r.first + i))
                       + static_cast<std::uint64_t>(sign * x[i]);
          auto good = value <= most;
          in_range &= good;
          values[r.first + i] =
              static_cast<std::remove_cvref_t<decltype(values[0])>>(good ? value
                                                                         : 0);
        }
      });
  if (bits.overrun())
    return codec_error::truncated;
  if (!bits.at_end())
    return codec_error::trailing;
  if (!in_range || !plausible(r))
    return codec_error::value;
  if (!summary)
    return std::nullopt;
  summary->did = r.did;
  return *summary == coarsen(r, {}, whole_minute)
             ? std::nullopt
             : std::optional{codec_error::value};
}

decoded<minute_record> decode_minute(std::string_view bytes) {
  minute_record r;
  if (auto error = decode(bytes, r))
    return *error;
  return r;
}

} // namespace tidewire::meter
