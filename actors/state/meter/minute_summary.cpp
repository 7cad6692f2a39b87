#include "actors/state/meter/minute_summary.hpp"

#include "actors/state/meter/timeline.hpp"

namespace tidewire::meter {

namespace {

// What differs from a minute in which nothing happened.
constexpr std::uint64_t rose = 1;    // the peak is not at the first tick
constexpr std::uint64_t shifted = 2; // another number is open at the last one
constexpr std::uint64_t higher = 4;  // there were more within a tick
constexpr std::uint64_t users = 8;   // other users
constexpr std::uint64_t time = 16;   // another connection-time
constexpr std::uint64_t unauthorized = 32; // others wait at the last tick
constexpr std::uint64_t unbilled = 64;     // some are not billed
constexpr std::uint64_t left_out = 128;    // and nothing else

constexpr std::uint64_t largest_sum = largest_value * minute::ticks;

std::int64_t difference_of(std::uint64_t a, std::uint64_t b) noexcept {
  return static_cast<std::int64_t>(a) - static_cast<std::int64_t>(b);
}

std::uint64_t moved_level(byte_reader& in, std::uint64_t base) {
  return moved(in, base, in.difference());
}

std::uint64_t idle_ms(const levels& x) noexcept {
  return x.open * 1000 * minute::ticks;
}

} // namespace

void write_summary(byte_writer& out, const minute_record& r) {
  auto x = coarsen(r, {}, whole_minute);
  auto first = r.at(0);
  auto ms = static_cast<std::uint64_t>(x.connection_ms);
  std::uint64_t parts = 0;
  parts |= x.open.value != first.open ? rose : 0;
  parts |= x.last.open != first.open ? shifted : 0;
  parts |= x.highest != x.open.value ? higher : 0;
  parts |= x.last.users != first.users || x.users != first.users ? users : 0;
  parts |= ms != idle_ms(first) ? time : 0;
  parts |= x.last.unauthorized != first.unauthorized ? unauthorized : 0;
  parts |= x.billable != x.open || x.last.unbilled != 0 || x.unbilled_ms != 0
               ? unbilled
               : 0;
  out.varint(parts);
  if (parts & rose) {
    out.varint(x.open.value - first.open);
    out.varint(static_cast<std::uint64_t>(place_of(x.open.at)));
  }
  if (parts & shifted)
    out.difference(difference_of(x.last.open, first.open));
  if (parts & higher)
    out.varint(x.highest - x.open.value);
  if (parts & users) {
    out.difference(difference_of(x.last.users, first.users));
    out.varint(x.users - x.last.users);
  }
  if (parts & time)
    out.varint(ms);
  if (parts & unauthorized)
    out.difference(difference_of(x.last.unauthorized, first.unauthorized));
  if (parts & unbilled) {
    out.varint(x.billable.value);
    out.varint(x.billable.value == 0
                   ? 0
                   : static_cast<std::uint64_t>(place_of(x.billable.at)));
    out.varint(x.last.unbilled);
    out.varint(static_cast<std::uint64_t>(x.unbilled_ms));
  }
}

void leave_out_summary(byte_writer& out) {
  out.varint(left_out);
}

std::optional<coarse_minute> read_summary(byte_reader& in, const levels& first,
                                          minute at) {
  auto parts = in.varint(left_out);
  if (parts == left_out)
    return std::nullopt;
  auto peak = [&](std::uint64_t value, std::uint64_t place) {
    return value == 0 ? tick_peak{}
                      : tick_peak{value, at.at(static_cast<int>(place))};
  };
  coarse_minute x;
  x.last = first;
  x.open = peak(first.open, 0);
  if (parts & rose) {
    auto by = in.varint(largest_level);
    x.open = peak(first.open + by, in.varint(minute::ticks - 1));
  }
  if (parts & shifted)
    x.last.open = moved_level(in, first.open);
  x.highest = x.open.value + (parts & higher ? in.varint(largest_level) : 0);
  x.users = first.users;
  if (parts & users) {
    x.last.users = moved_level(in, first.users);
    x.users = x.last.users + in.varint(largest_level);
  }
  x.connection_ms = static_cast<std::int64_t>(
      parts & time ? in.varint(largest_sum) : idle_ms(first));
  if (parts & unauthorized)
    x.last.unauthorized = moved_level(in, first.unauthorized);
  x.billable = x.open;
  x.last.unbilled = 0;
  if (parts & unbilled) {
    auto value = in.varint(largest_level);
    x.billable = peak(value, in.varint(minute::ticks - 1));
    x.last.unbilled = in.varint(largest_level);
    x.unbilled_ms = static_cast<std::int64_t>(in.varint(largest_sum));
  }
  return x;
}

} // namespace tidewire::meter
