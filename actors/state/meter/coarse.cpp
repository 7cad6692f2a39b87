#include "actors/state/meter/coarse.hpp"

#include "actors/state/meter/bytes.hpp"

namespace tidewire::meter {

namespace {

using histogram = std::map<std::uint64_t, std::uint32_t>;

std::uint64_t unsigned_of(std::int64_t x) {
  return static_cast<std::uint64_t>(x);
}

void write(byte_writer& out, const tick_peak& x) {
  out.varint(x.value);
  out.difference(x.at.number);
}

tick_peak read_peak(byte_reader& in) {
  // Sums of authors are not stored, so a peak is a level.
  auto value = in.varint(largest_level);
  auto at = in.difference();
  if (at > largest_tick || at < -largest_tick)
    in.fail(codec_error::value);
  return {value, {at}};
}

// What minutes and days have in common.
template <class Record>
void write_totals(byte_writer& out, const Record& r) {
  write(out, r.open);
  write(out, r.billable);
  out.varint(r.highest);
  out.varint(r.users);
  out.varint(unsigned_of(r.connection_ms));
  out.varint(unsigned_of(r.unbilled_ms));
  out.write(r.did);
}

template <class Record>
void read_totals(byte_reader& in, Record& r) {
  r.open = read_peak(in);
  r.billable = read_peak(in);
  r.highest = in.varint(largest_level);
  r.users = in.varint(largest_level);
  r.connection_ms = static_cast<std::int64_t>(in.varint(largest_value));
  r.unbilled_ms = static_cast<std::int64_t>(in.varint(largest_value));
  r.did = in.read_counts();
}

// Values as distances from the one before.
void write(byte_writer& out, const histogram& x) {
  out.varint(x.size());
  std::uint64_t last = 0;
  for (auto& [value, times] : x) {
    out.varint(value - last);
    out.varint(times);
    last = value;
  }
}

histogram read_histogram(byte_reader& in) {
  histogram x;
  auto size = in.varint(in.rest().size() / 2);
  std::uint64_t value = 0;
  for (; size > 0 && !in.failed(); --size) {
    auto distance = in.varint(largest_level - value);
    if (distance == 0 && !x.empty())
      in.fail(codec_error::order);
    value += distance;
    auto times = in.varint(1440);
    if (times == 0)
      in.fail(codec_error::value);
    x.emplace_hint(x.end(), value, static_cast<std::uint32_t>(times));
  }
  return x;
}

} // namespace

void tick_peak::see(std::uint64_t x, tick t) noexcept {
  if (x > value) {
    value = x;
    at = t;
  }
}

std::string encode(const coarse_minute& r) {
  byte_writer out{form::coarse_minute};
  out.varint(r.last.open);
  out.varint(r.last.unbilled);
  out.varint(r.last.unauthorized);
  out.varint(r.last.users);
  write_totals(out, r);
  return std::move(out.out());
}

decoded<coarse_minute> decode_coarse(std::string_view bytes) {
  byte_reader in{bytes, form::coarse_minute};
  coarse_minute r;
  r.last.open = in.varint(largest_level);
  r.last.unbilled = in.varint(r.last.open);
  r.last.unauthorized = in.varint(largest_level);
  r.last.users = in.varint(largest_level);
  read_totals(in, r);
  if (auto error = in.finish())
    return *error;
  return r;
}

// The billable samples are mostly those of all.
std::string encode(const day_record& r) {
  byte_writer out{form::day};
  out.varint(r.known_seconds);
  write_totals(out, r);
  write(out, r.open_samples);
  auto same = r.open_samples == r.billable_samples;
  out.varint(same ? 1 : 0);
  if (!same)
    write(out, r.billable_samples);
  return std::move(out.out());
}

decoded<day_record> decode_day(std::string_view bytes) {
  byte_reader in{bytes, form::day};
  day_record r;
  r.known_seconds = static_cast<std::uint32_t>(in.varint(seconds_per_day));
  read_totals(in, r);
  r.open_samples = read_histogram(in);
  r.billable_samples = in.varint(1) == 1 ? r.open_samples : read_histogram(in);
  if (auto error = in.finish())
    return *error;
  return r;
}

} // namespace tidewire::meter
