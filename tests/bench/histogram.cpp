#include "bench/histogram.hpp"

#include "tests/catch.hpp"

using tidewire::bench::histogram;

TEST_CASE("an empty histogram answers 0 to everything") {
  const histogram times;
  CHECK(times.count() == 0);
  CHECK(times.max() == 0);
  CHECK(times.quantile(0.5) == 0);
}

TEST_CASE("small values are kept exactly") {
  histogram times;
  for (int i = 1; i <= 100; ++i)
    times.add(i);
  CHECK(times.count() == 100);
  CHECK(times.quantile(0.5) == 50);
  CHECK(times.quantile(0.99) == 99);
  CHECK(times.quantile(1.0) == 100);
  CHECK(times.quantile(0.0) == 1);
}

TEST_CASE("a value read back is at most 1/64 above the one recorded") {
  for (std::int64_t value = 1; value < 4'000'000'000'000;
       value = value * 7 / 3 + 1) {
    histogram times;
    times.add(value);
    times.add(4'000'000'000'000'000); // so that max() does not hide the bucket
    const auto read = times.quantile(0.5);
    CHECK(read >= value);
    CHECK(read <= value + value / 64);
  }
}

TEST_CASE("the ends of buckets fall into their own bucket") {
  for (const std::int64_t value : {63, 64, 127, 128, 255, 256, 4095, 4096}) {
    histogram times;
    times.add(value);
    CHECK(times.quantile(0.5) == value);
  }
}

TEST_CASE("the maximum is exact and bounds every quantile") {
  histogram times;
  times.add(1'000'003);
  CHECK(times.max() == 1'000'003);
  CHECK(times.quantile(0.99) == 1'000'003);
}

TEST_CASE("negative durations count as 0 and the greatest one fits") {
  histogram times;
  times.add(-5);
  CHECK(times.quantile(1.0) == 0);
  times.add(INT64_MAX);
  CHECK(times.quantile(1.0) == INT64_MAX);
}

TEST_CASE("merged histograms answer for both") {
  histogram low;
  histogram high;
  for (int i = 0; i < 90; ++i)
    low.add(10);
  for (int i = 0; i < 10; ++i)
    high.add(50);
  low.merge(high);
  CHECK(low.count() == 100);
  CHECK(low.max() == 50);
  CHECK(low.quantile(0.90) == 10);
  CHECK(low.quantile(0.91) == 50);
}
