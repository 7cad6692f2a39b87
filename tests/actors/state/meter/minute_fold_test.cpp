#include "actors/state/meter/minute_fold.hpp"

#include "tests/catch.hpp"

using namespace tidewire::meter;

namespace {

constexpr minute m{1000};

tick_block block(int place, std::optional<std::uint64_t> open = {},
                 bool restated = false) {
  tick_block x{m.at(place), restated, {}};
  if (open) {
    auto figures = tick_figures::idle({.open = *open});
    figures.did.opened = 1;
    x.apps.push_back({{"1"}, figures});
  }
  return x;
}

} // namespace

TEST_CASE("a minute in which nothing changed is known and has no record") {
  minute_fold fold{m, true};
  for (int i = 0; i < minute::ticks; ++i)
    CHECK(fold.add(block(i)));
  CHECK(fold.page().known == whole_minute);
  CHECK(fold.page().apps.empty());
}

TEST_CASE("a record speaks from the first change on and stands to the end") {
  minute_fold fold{m, true};
  for (int i = 0; i < minute::ticks; ++i)
    fold.add(i == 7 ? block(i, 3) : block(i));
  auto page = fold.page();
  auto& r = page.apps.at({"1"});
  CHECK(r.first == 7);
  CHECK(r.open[59] == 3);
  CHECK(r.connection_ms[59] == 3000);
  CHECK(r.did.opened == 1);
}

TEST_CASE("ticks told twice or backwards are counted once") {
  minute_fold fold{m, true};
  CHECK(fold.add(block(0, 1)));
  CHECK(!fold.add(block(0, 1)));
  CHECK(fold.add(block(1, 2)));
  CHECK(!fold.add(block(0, 9)));
  CHECK(!fold.add({(m + 1).first(), true, {}}));
  auto page = fold.page();
  CHECK(page.known == 3);
  CHECK(page.apps.at({"1"}).did.opened == 2);
  CHECK(page.apps.at({"1"}).open[0] == 1);
}

TEST_CASE("after a gap nothing is known until all is restated") {
  minute_fold fold{m, true};
  CHECK(fold.add(block(0, 5)));
  CHECK(!fold.add(block(2, 6)));
  CHECK(!fold.add(block(3)));
  CHECK(fold.add(block(4, {}, true))); // the app is gone
  CHECK(fold.add(block(5)));
  auto page = fold.page();
  CHECK(page.known == (bit(0) | bit(4) | bit(5)));
  CHECK(page.apps.at({"1"}).open[4] == 0);
  CHECK(page.apps.at({"1"}).open[5] == 0);
}

TEST_CASE("a minute that does not continue one begins restated") {
  minute_fold fold{m, false};
  CHECK(!fold.add(block(0, 5)));
  CHECK(fold.add(block(1, 5, true)));
  CHECK(fold.page().known == bit(1));
}
