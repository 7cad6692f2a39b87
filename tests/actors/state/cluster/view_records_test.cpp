#include "actors/state/cluster/view_records.hpp"

#include "tests/catch.hpp"

#include <algorithm>
#include <random>

using namespace tidewire;
using namespace tidewire::cluster;

namespace {

std::vector<life> any_lives(std::mt19937_64& chance) {
  std::vector<life> result;
  for (auto n = chance() % 6; n > 0; --n)
    result.push_back({"n" + std::to_string(chance() % 20), chance()});
  std::sort(result.begin(), result.end());
  result.erase(std::unique(result.begin(), result.end()), result.end());
  return result;
}

hearing_row any_row(std::mt19937_64& chance) {
  hearing_row x;
  x.who = {"me", chance()};
  x.number = chance();
  x.stay = static_cast<std::uint32_t>(1 + chance() % 1000);
  x.reactors = static_cast<std::uint16_t>(1 + chance() % 256);
  x.draining = chance() % 2;
  x.settled = chance() % 2;
  x.age = static_cast<std::int64_t>(chance() >> 3u);
  x.address = "host:6101";
  x.view_hash = chance();
  x.hears = any_lives(chance);
  for (const auto& one : x.hears)
    if (chance() % 2)
      x.suspects.push_back(one);
  return x;
}

heartbeat any_heartbeat(std::mt19937_64& chance) {
  heartbeat x;
  x.time = -static_cast<std::int64_t>(chance() >> 3u);
  x.ppm = static_cast<std::int64_t>(chance() % 1000) - 500;
  x.echo = chance();
  x.held_ns = static_cast<std::int64_t>(chance() >> 3u);
  x.row = any_row(chance);
  for (auto n = chance() % 4; n > 0; --n)
    x.others.push_back(
        {any_row(chance), static_cast<std::int64_t>(chance() % 9)});
  for (const auto& who : any_lives(chance))
    x.struck.push_back({who, static_cast<std::uint32_t>(chance() % 9)});
  return x;
}

roll any_roll(std::mt19937_64& chance) {
  roll x;
  for (const auto& who : any_lives(chance))
    x.known.push_back({who, chance() % 2 ? "there:1" : ""});
  for (const auto& who : any_lives(chance))
    x.ended.push_back({who, static_cast<ending>(1 + chance() % max_ending),
                       static_cast<std::int64_t>(chance() % 99) - 50, "by"});
  return x;
}

bool readable(const heartbeat& x) {
  return read_heartbeat(bytes_of(x)).has_value();
}

bool readable(const roll& x) {
  return read_roll(bytes_of(x)).has_value();
}

} // namespace

TEST_CASE("what was written is read, and nothing less or more of it") {
  std::mt19937_64 chance(5);
  for (int i = 0; i < 300; ++i) {
    auto beat = any_heartbeat(chance);
    auto bytes = bytes_of(beat);
    REQUIRE(read_heartbeat(bytes) == beat);
    for (std::size_t n = 0; n < bytes.size(); ++n)
      REQUIRE_FALSE(read_heartbeat(std::string_view(bytes).substr(0, n)));
    REQUIRE_FALSE(read_heartbeat(bytes + '\0'));
    auto all = any_roll(chance);
    bytes = bytes_of(all);
    REQUIRE(read_roll(bytes) == all);
    for (std::size_t n = 0; n < bytes.size(); ++n)
      REQUIRE_FALSE(read_roll(std::string_view(bytes).substr(0, n)));
    REQUIRE_FALSE(read_roll(bytes + '\0'));
  }
}

TEST_CASE("bytes that were turned are read as something in order, or not") {
  std::mt19937_64 chance(6);
  for (int i = 0; i < 50'000; ++i) {
    auto bytes = bytes_of(any_heartbeat(chance));
    for (auto n = 1 + chance() % 3; n > 0; --n)
      bytes[chance() % bytes.size()] = static_cast<char>(chance());
    if (auto x = read_heartbeat(bytes)) {
      REQUIRE(std::is_sorted(x->row.hears.begin(), x->row.hears.end()));
      REQUIRE(x->row.reactors > 0);
      REQUIRE(x->row.stay > 0);
      REQUIRE(x->held_ns >= 0);
      REQUIRE(bytes_of(*x).size() <= bytes.size());
    }
    bytes = bytes_of(any_roll(chance));
    bytes[chance() % bytes.size()] = static_cast<char>(chance());
    (void)read_roll(bytes);
  }
}

TEST_CASE("each limit of a record is kept, and one beyond it is refused") {
  heartbeat x;
  x.row.who = {"a", 1};
  REQUIRE(readable(x));
  auto with = [&](auto change) {
    auto y = x;
    change(y);
    return readable(y);
  };
  CHECK(with([](auto& y) { y.row.who.node.assign(max_name, 'a'); }));
  CHECK_FALSE(with([](auto& y) { y.row.who.node.assign(max_name + 1, 'a'); }));
  CHECK_FALSE(with([](auto& y) { y.row.who.node.clear(); }));
  CHECK(with([](auto& y) { y.row.address.assign(max_name, 'a'); }));
  CHECK_FALSE(with([](auto& y) { y.row.address.assign(max_name + 1, 'a'); }));
  CHECK(with([](auto& y) { y.row.reactors = 256; }));
  CHECK_FALSE(with([](auto& y) { y.row.reactors = 257; }));
  CHECK_FALSE(with([](auto& y) { y.row.reactors = 0; }));
  CHECK(with([](auto& y) { y.row.stay = 0x7fffffff; }));
  CHECK_FALSE(with([](auto& y) { y.row.stay = 0x80000000; }));
  CHECK_FALSE(with([](auto& y) { y.row.stay = 0; }));
  CHECK_FALSE(with([](auto& y) { y.row.hears = {{"a", 1}}; })); // itself
  CHECK_FALSE(with([](auto& y) { y.row.hears = {{"c", 1}, {"b", 1}}; }));
  CHECK_FALSE(with([](auto& y) { y.row.hears = {{"b", 1}, {"b", 1}}; }));
  CHECK_FALSE(with([](auto& y) { y.row.suspects = {{"b", 1}}; }));
  auto hears = [](std::size_t n) {
    std::vector<life> result;
    for (std::size_t i = 0; i < n; ++i)
      result.push_back({"b", i});
    return result;
  };
  CHECK(with([&](auto& y) { y.row.hears = hears(max_lives); }));
  CHECK_FALSE(with([&](auto& y) { y.row.hears = hears(max_lives + 1); }));
  constexpr auto far = std::int64_t{1} << 61u;
  CHECK(with([](auto& y) { y.time = far - 1; }));
  CHECK_FALSE(with([](auto& y) { y.time = far; }));
  CHECK_FALSE(with([](auto& y) { y.time = -far; }));
  CHECK_FALSE(with([](auto& y) { y.row.age = far; }));

  roll all;
  CHECK(readable(all));
  all.ended = {{{"a", 1}, static_cast<ending>(max_ending), 0, ""}};
  CHECK(readable(all));
  all.ended[0].how = static_cast<ending>(max_ending + 1);
  CHECK_FALSE(readable(all));
  all.ended[0].how = static_cast<ending>(0);
  CHECK_FALSE(readable(all));
  all.ended.clear();
  for (std::size_t i = 0; i < max_lives; ++i)
    all.known.push_back({{"a", i}, ""});
  CHECK(readable(all));
  all.known.push_back({{"b", 1}, ""});
  CHECK_FALSE(readable(all));
}

TEST_CASE("a count that cannot be true allocates nothing") {
  // 2^60 lives are announced; the reader refuses before it reserves.
  heartbeat x;
  x.row.who = {"a", 1};
  auto bytes = bytes_of(x);
  bytes.pop_back(); // the count of strikes
  wire_writer lie(bytes);
  lie.number(std::uint64_t{1} << 60u);
  CHECK_FALSE(read_heartbeat(lie.bytes()));
}
