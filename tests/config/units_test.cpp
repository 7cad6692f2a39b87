#include "config/units.hpp"

#include "tests/catch.hpp"

#include <limits>

using namespace tidewire::config;
using namespace std::chrono_literals;

TEST_CASE("a duration is a whole number and a unit") {
  CHECK(parse_duration("250ms") == 250ms);
  CHECK(parse_duration("30s") == 30s);
  CHECK(parse_duration("2m") == 2min);
  CHECK(parse_duration("1h") == 1h);
  CHECK(parse_duration("7d") == 7 * 24h);
  CHECK(parse_duration("0s") == 0ms);
  CHECK(parse_duration("007s") == 7s);
}

TEST_CASE("anything else is no duration") {
  for (const auto* text :
       {"", "s", "30", "30 s", " 30s", "30s ", "-1s", "+1s", "1.5s", "12x",
        "30S", "1M", "1e3s", "0x10s", "1h30m", "30ss", "30sec", "٣s"}) {
    INFO(text);
    CHECK_FALSE(parse_duration(text));
  }
  CHECK_FALSE(parse_duration(std::string_view("30s\0", 4)));
}

TEST_CASE("a duration of more than a hundred years is refused, not wrapped") {
  CHECK(parse_duration("36500d") == longest_duration);
  CHECK_FALSE(parse_duration("36501d"));
  CHECK(parse_duration("876000h") == longest_duration);
  CHECK_FALSE(parse_duration("99999999h"));
  CHECK_FALSE(parse_duration("9223372036854775807ms"));
  CHECK_FALSE(parse_duration("9223372036854776s"));
  CHECK_FALSE(parse_duration("99999999999999999999999s"));
}

TEST_CASE("a size is a whole number, alone or with a unit") {
  CHECK(parse_size("0") == 0u);
  CHECK(parse_size("1500") == 1500u);
  CHECK(parse_size("1500B") == 1500u);
  CHECK(parse_size("64KiB") == 65'536u);
  CHECK(parse_size("1MiB") == 1'048'576u);
  CHECK(parse_size("2GiB") == 2'147'483'648u);
  CHECK(parse_size("1KB") == 1'000u);
  CHECK(parse_size("1MB") == 1'000'000u);
  CHECK(parse_size("1GB") == 1'000'000'000u);
}

TEST_CASE("anything else is no size") {
  for (const auto* text :
       {"", "B", "KiB", "64 KiB", " 1", "1 ", "-1", "+1", "1.5MiB", "64kib",
        "64K", "64k", "1TiB", "64KiBB", "0x10", "1e3", "30s"}) {
    INFO(text);
    CHECK_FALSE(parse_size(text));
  }
}

TEST_CASE("a size that overflows is refused, not wrapped") {
  CHECK(parse_size("18446744073709551615")
        == std::numeric_limits<std::uint64_t>::max());
  CHECK_FALSE(parse_size("18446744073709551616"));
  CHECK(parse_size("17179869183GiB") == 17'179'869'183u * gib);
  CHECK_FALSE(parse_size("17179869184GiB"));
}

TEST_CASE("durations are written in the unit people think in") {
  CHECK(to_text(0ms) == "0s");
  CHECK(to_text(1ms) == "1ms");
  CHECK(to_text(1500ms) == "1500ms");
  CHECK(to_text(30s) == "30s");
  CHECK(to_text(120s) == "120s");
  CHECK(to_text(600s) == "600s");
  CHECK(to_text(15min) == "15m");
  CHECK(to_text(1h) == "1h");
  CHECK(to_text(90min) == "90m");
  CHECK(to_text(24h) == "24h");
  CHECK(to_text(7 * 24h) == "7d");
}

TEST_CASE("sizes are written in the largest unit that divides them") {
  CHECK(size_text(0) == "0B");
  CHECK(size_text(1) == "1B");
  CHECK(size_text(1500) == "1500B");
  CHECK(size_text(1024) == "1KiB");
  CHECK(size_text(10 * kib) == "10KiB");
  CHECK(size_text(1536 * kib) == "1536KiB");
  CHECK(size_text(mib) == "1MiB");
  CHECK(size_text(3 * gib) == "3GiB");
}

TEST_CASE("what was written is read back") {
  for (std::int64_t value = 0; value < 400'000'000; value = value * 3 / 2 + 7) {
    CHECK(parse_duration(to_text(duration{value})) == duration{value});
    CHECK(parse_duration(to_text(duration{value * 1000}))
          == duration{value * 1000});
    const auto size = static_cast<bytes>(value);
    CHECK(parse_size(size_text(size)) == size);
    CHECK(parse_size(size_text(size * kib)) == size * kib);
  }
}
