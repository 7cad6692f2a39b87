#include "net/token_bucket.hpp"

#include "tests/catch.hpp"

#include <thread>
#include <vector>

using tidewire::token_bucket;

namespace {

constexpr std::int64_t ms = 1'000'000;
constexpr std::int64_t second = 1000 * ms;

int taken_in_a_row(token_bucket& from, std::int64_t now, std::uint32_t rate) {
  int count = 0;
  while (count < 10'000 && from.take(now, rate) == 0)
    ++count;
  return count;
}

} // namespace

TEST_CASE("a second's worth passes at once and not one more") {
  for (std::uint32_t rate : {1u, 2u, 7u, 10u, 1000u}) {
    token_bucket bucket;
    INFO(rate);
    CHECK(taken_in_a_row(bucket, 5 * second, rate) == static_cast<int>(rate));
    CHECK(bucket.take(5 * second, rate) > 0);
  }
}

TEST_CASE("the wait that is named is exactly long enough") {
  token_bucket bucket;
  std::int64_t now = 42 * second;
  taken_in_a_row(bucket, now, 10);
  auto wait = bucket.take(now, 10);
  CHECK(wait == 100 * ms);
  CHECK(bucket.take(now + wait - 1, 10) == 1);
  CHECK(bucket.take(now + wait, 10) == 0);
  CHECK(bucket.take(now + wait, 10) == 100 * ms);
}

TEST_CASE("over a long time the rate is kept, whatever the burst") {
  token_bucket bucket;
  int passed = 0;
  for (std::int64_t now = 0; now < 100 * second; now += ms)
    passed += bucket.take(now, 20) == 0 ? 1 : 0;
  CHECK(passed >= 2000);
  CHECK(passed <= 2020); // the first second's worth came at once
}

TEST_CASE("what has not been used is not saved for more than a second") {
  token_bucket bucket;
  taken_in_a_row(bucket, 0, 5);
  CHECK(taken_in_a_row(bucket, 3600 * second, 5) == 5);
}

TEST_CASE("a cost counts as so many, all or nothing") {
  token_bucket bucket;
  CHECK(bucket.take(0, 10, 7) == 0);
  CHECK(bucket.take(0, 10, 4) == 100 * ms);
  CHECK(bucket.take(0, 10, 3) == 0);
  CHECK(bucket.take(0, 10, 1) > 0);
}

TEST_CASE("more than a second's worth passes when nothing is owed, and then "
          "others wait for it") {
  token_bucket bucket;
  CHECK(bucket.take(0, 10, 100) == 0);
  CHECK(bucket.take(0, 10, 1) == 9100 * ms);
  CHECK(bucket.take(9099 * ms, 10, 1) > 0);
  CHECK(bucket.take(9100 * ms, 10, 1) == 0);
}

TEST_CASE("a rate without a limit takes everything") {
  token_bucket bucket;
  CHECK(taken_in_a_row(bucket, 0, 0) == 10'000);
  CHECK(taken_in_a_row(bucket, 0, 3) == 3);
}

TEST_CASE("what is given back can be taken again") {
  token_bucket bucket;
  CHECK(bucket.take(0, 4, 4) == 0);
  bucket.give_back(4, 3);
  CHECK(taken_in_a_row(bucket, 0, 4) == 3);
}

TEST_CASE("threads that take at once get a second's worth together") {
  token_bucket bucket;
  std::atomic<int> passed{0};
  std::vector<std::thread> all;
  for (int i = 0; i < 4; ++i)
    all.emplace_back([&] {
      for (int k = 0; k < 1000; ++k)
        passed += bucket.take(second, 500) == 0 ? 1 : 0;
    });
  for (auto& each : all)
    each.join();
  CHECK(passed == 500);
}
