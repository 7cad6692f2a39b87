#include "bench/sampler.hpp"

#include "tests/catch.hpp"

using namespace tidewire::bench;

TEST_CASE("deliveries in order lose nothing, whoever published them") {
  histogram times;
  bool recording = true;
  delivery_sampler sampler(times, 1'000, recording);
  sampler.saw({0, 0, 10}, 1'110);
  sampler.saw({5, 0, 10}, 1'110);
  sampler.saw({0, 1, 20}, 1'130);
  CHECK(sampler.lost() == 0);
  CHECK(sampler.out_of_order() == 0);
  CHECK(times.count() == 3);
  CHECK(times.max() == 110);
}

TEST_CASE("a gap is counted by its width") {
  histogram times;
  bool recording = true;
  delivery_sampler sampler(times, 0, recording);
  sampler.saw({0, 2, 0}, 0);
  sampler.saw({0, 5, 0}, 0);
  CHECK(sampler.lost() == 4);
}

TEST_CASE("one that comes late was not lost but is out of order") {
  histogram times;
  bool recording = true;
  delivery_sampler sampler(times, 0, recording);
  sampler.saw({0, 1, 0}, 0);
  CHECK(sampler.lost() == 1);
  sampler.saw({0, 0, 0}, 0);
  CHECK(sampler.lost() == 0);
  CHECK(sampler.out_of_order() == 1);
}

TEST_CASE("times are taken only while recording") {
  histogram times;
  bool recording = false;
  delivery_sampler sampler(times, 0, recording);
  sampler.saw({0, 0, 0}, 10);
  CHECK(times.count() == 0);
  recording = true; // NOLINT(clang-analyzer-deadcode.DeadStores): by reference
  sampler.saw({0, 1, 0}, 10);
  CHECK(times.count() == 1);
}
