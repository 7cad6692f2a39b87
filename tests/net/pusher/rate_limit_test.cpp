#include "net/pusher/rate_limit.hpp"

#include "tests/catch.hpp"

using tidewire::pusher::rate_limit;

namespace {

int admitted(rate_limit& limit, std::uint64_t now_ms, int events,
             std::uint32_t per_second = 10) {
  int count = 0;
  for (int i = 0; i < events; ++i)
    count += limit.allow(now_ms, per_second);
  return count;
}

} // namespace

TEST_CASE("ten events a second pass and the eleventh does not") {
  rate_limit limit;
  CHECK(admitted(limit, 5'000, 10) == 10);
  CHECK_FALSE(limit.allow(5'000, 10));
  CHECK_FALSE(limit.allow(5'999, 10));
  CHECK(admitted(limit, 6'000, 20) == 10);
}

TEST_CASE("a second begins with its first event, not with the clock's") {
  rate_limit limit;
  CHECK(admitted(limit, 1'900, 10) == 10);
  CHECK(admitted(limit, 2'100, 10) == 0);
  CHECK(admitted(limit, 2'899, 10) == 0);
  CHECK(admitted(limit, 2'900, 10) == 10);
}

TEST_CASE("an event every 100 ms passes for ever") {
  rate_limit limit;
  for (std::uint64_t now = 0; now < 60'000; now += 100)
    CHECK(limit.allow(now, 10));
}

TEST_CASE("who keeps flooding gets its ten a second all the same") {
  rate_limit limit;
  int passed = 0;
  for (std::uint64_t now = 0; now < 10'000; ++now)
    passed += limit.allow(now, 10);
  CHECK(passed == 100);
}

TEST_CASE("the first event ever passes, whatever the clock says") {
  for (std::uint64_t now :
       {0ull, 1ull, 999ull, 0xFFFF'FFFFull, 0x1'0000'0000ull, ~0ull}) {
    rate_limit limit;
    CHECK(admitted(limit, now, 11) == 10);
  }
}

TEST_CASE("the limit survives the 2^32nd millisecond") {
  rate_limit limit;
  CHECK(admitted(limit, 0xFFFF'FFF0, 10) == 10);
  CHECK(admitted(limit, 0x1'0000'0010, 10) == 0);
  CHECK(admitted(limit, 0x1'0000'03D8, 10) == 10);
}

TEST_CASE("other limits hold as well, and 0 is none") {
  rate_limit limit;
  CHECK(admitted(limit, 1, 5, 1) == 1);
  CHECK(admitted(limit, 1, 1'000, 0) == 1'000);
  rate_limit wide;
  CHECK(admitted(wide, 1, 100'000, 70'000) == 70'000);
}
