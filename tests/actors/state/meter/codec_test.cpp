// Round trips, and any bytes at all.
#include "actors/state/meter/coarse.hpp"
#include "actors/state/meter/journal.hpp"
#include "actors/state/meter/minute_record.hpp"
#include "actors/state/meter/timeline.hpp"
#include "tests/catch.hpp"

#include <random>
#include <rapidcheck.h>

using namespace tidewire::meter;

namespace {

using source = std::mt19937_64;

// Mostly small, sometimes as large as it may be.
std::uint64_t any(source& r, std::uint64_t most) {
  return (r() >> r() % 64) % (most + 1);
}

constexpr auto level = std::uint64_t{1} << 32;
constexpr auto amount = std::uint64_t{1} << 48;

levels any_levels(source& r) {
  levels x;
  x.open = any(r, level);
  x.unbilled = r() % 3 ? 0 : any(r, x.open);
  x.unauthorized = any(r, r() % 2 * level);
  x.users = any(r, level);
  return x;
}

counts any_counts(source& r) {
  auto values = counts{}.values();
  for (auto& x : values)
    x = r() % 3 ? 0 : any(r, amount);
  return counts::of(values);
}

tick_figures any_figures(source& r) {
  tick_figures x;
  x.now = any_levels(r);
  x.lowest = any(r, x.now.open);
  x.highest = x.now.open + any(r, level - x.now.open);
  x.connection_ms = static_cast<std::int64_t>(any(r, amount));
  x.unbilled_ms = static_cast<std::int64_t>(any(r, amount));
  x.did = any_counts(r);
  return x;
}

tick_block any_block(source& r) {
  tick_block x{
      {static_cast<std::int64_t>(r() % 4'000'000'000)}, r() % 2 == 0, {}};
  std::map<app_id, tick_figures> apps;
  for (auto n = r() % 5; n > 0; --n)
    apps[{std::to_string(r() % 100'000)}] = any_figures(r);
  for (auto& [app, figures] : apps)
    x.apps.push_back({app, figures});
  return x;
}

minute_record any_minute(source& r) {
  minute_record x;
  x.first = r() % 2 ? 0 : static_cast<int>(r() % minute::ticks);
  auto figures = any_figures(r);
  for (int i = x.first; i < minute::ticks; ++i)
    x.set(i, r() % 4 ? figures : any_figures(r));
  x.did = any_counts(r);
  return x;
}

tick_peak any_peak(source& r) {
  return {any(r, level), {static_cast<std::int64_t>(any(r, amount >> 8))}};
}

template <class Record>
Record with_totals(Record x, source& r) {
  x.open = any_peak(r);
  x.billable = any_peak(r);
  x.highest = any(r, level);
  x.users = any(r, level);
  x.connection_ms = static_cast<std::int64_t>(any(r, amount));
  x.unbilled_ms = static_cast<std::int64_t>(any(r, amount));
  x.did = any_counts(r);
  return x;
}

coarse_minute any_coarse(source& r) {
  auto x = with_totals(coarse_minute{}, r);
  x.last = any_levels(r);
  return x;
}

day_record any_day(source& r) {
  auto x = with_totals(day_record{}, r);
  x.known_seconds = static_cast<std::uint32_t>(r() % 86'401);
  for (auto n = r() % 20; n > 0; --n)
    x.open_samples[any(r, level)] = 1 + static_cast<std::uint32_t>(r() % 1440);
  if (r() % 2)
    x.billable_samples = x.open_samples;
  return x;
}

// What is written reads back as it was; with a byte more, a byte less or a byte
// changed it is an error or another record, which reads back as it is in turn.
template <class Record>
void check(std::uint64_t seed, Record (*any_record)(source&),
           decoded<Record> (*decode)(std::string_view)) {
  source r{seed};
  auto record = any_record(r);
  auto bytes = encode(record);
  auto read = decode(bytes);
  RC_ASSERT(std::holds_alternative<Record>(read));
  RC_ASSERT(std::get<Record>(read) == record);
  RC_ASSERT(std::get<codec_error>(decode(bytes + '\0'))
            == codec_error::trailing);
  RC_ASSERT(std::holds_alternative<codec_error>(
      decode(std::string_view{bytes}.substr(0, bytes.size() - 1))));
  RC_ASSERT(std::holds_alternative<codec_error>(
      decode(std::string_view{bytes}.substr(0, r() % bytes.size()))));
  for (int i = 0; i < 20; ++i) {
    auto damaged = bytes;
    for (auto n = 1 + r() % 3; n > 0; --n)
      damaged[r() % damaged.size()] = static_cast<char>(r());
    auto again = decode(damaged);
    if (auto* x = std::get_if<Record>(&again))
      RC_ASSERT(std::get<Record>(decode(encode(*x))) == *x);
  }
  std::string noise(r() % 200, '\0');
  for (auto& c : noise)
    c = static_cast<char>(r());
  if (!noise.empty())
    noise[0] = bytes[0];
  auto again = decode(noise);
  if (auto* x = std::get_if<Record>(&again))
    RC_ASSERT(std::get<Record>(decode(encode(*x))) == *x);
}

template <class Record>
bool holds(const char* name, Record (*any_record)(source&),
           decoded<Record> (*decode)(std::string_view)) {
  return rc::check(name, [=](std::uint64_t seed) {
    for (std::uint64_t i = 0; i < 30; ++i)
      check(seed * 31 + i, any_record, decode);
  });
}

} // namespace

TEST_CASE("what is written reads back, and any bytes are an answer") {
  CHECK(holds("blocks", any_block, decode_block));
  CHECK(holds("minutes", any_minute, decode_minute));
  CHECK(holds("coarse minutes", any_coarse, decode_coarse));
  CHECK(holds("days", any_day, decode_day));
}

TEST_CASE("what a record says of its minute is what its ticks say") {
  CHECK(rc::check("summaries", [](std::uint64_t seed) {
    source r{seed};
    for (int i = 0; i < 30; ++i) {
      auto record = any_minute(r);
      minute at{static_cast<std::int64_t>(r() % 100'000'000)};
      auto bytes = encode(record);
      auto found = decode_summary(bytes, at);
      // It is left out where the record would be longer than 400 bytes with it.
      RC_ASSERT(found.has_value() == (record.first == 0)
                || (!found && bytes.size() > 300));
      if (found)
        RC_ASSERT(*found == coarsen(record, at, whole_minute));
    }
  }));
  minute_record idle;
  CHECK(decode_summary(encode(idle), {7}) == coarse_minute{});
  CHECK_FALSE(decode_summary(encode(coarse_minute{}), {7}));
  CHECK_FALSE(decode_summary("", {7}));
}

TEST_CASE("each kind of bytes is told from the others and from none") {
  CHECK(std::get<codec_error>(decode_minute("")) == codec_error::truncated);
  CHECK(std::get<codec_error>(decode_minute(encode(tick_block{})))
        == codec_error::version);
  CHECK(std::get<codec_error>(decode_block(encode(minute_record{})))
        == codec_error::version);
  CHECK(std::get<codec_error>(decode_day(encode(coarse_minute{})))
        == codec_error::version);
}

TEST_CASE("apps out of order are an error") {
  tick_block block{{1}, false, {{{"2"}, {}}, {{"1"}, {}}}};
  CHECK(std::get<codec_error>(decode_block(encode(block)))
        == codec_error::order);
  block.apps[1].app = {"2"};
  CHECK(std::get<codec_error>(decode_block(encode(block)))
        == codec_error::order);
}
