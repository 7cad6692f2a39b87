#include "actors/usage/question.hpp"

#include "tests/catch.hpp"

using namespace tidewire;
using namespace tidewire::usage;

namespace {

constexpr std::int64_t now = 1'795'334'400; // 2026-11-22T08:00:00Z

std::string sentence(const std::variant<period, std::string>& x) {
  auto* no = std::get_if<std::string>(&x);
  return no ? *no : std::string{};
}

} // namespace

TEST_CASE("a window that is not over ends with what is written") {
  auto found = std::get<period>(
      period_of("month", "", "", "UTC", 60, now, meter::tick{now - 2}));
  CHECK(meter::render_time(found.over.from, "UTC") == "2026-11-01T00:00:00Z");
  CHECK(found.over.to == now - 2);
  CHECK(found.so_far);
  // Of a server that is down for long, nothing is known up to now.
  found = std::get<period>(
      period_of("month", "", "", "UTC", 60, now, meter::tick{now - 3600}));
  CHECK(found.over.to == now);
  found = std::get<period>(
      period_of("last-month", "", "", "UTC", 60, now, meter::tick{now}));
  CHECK_FALSE(found.so_far);
  CHECK(found.over.seconds() == 31 * 86'400);
}

TEST_CASE("from and to are of the zone, and to is now") {
  auto found = std::get<period>(period_of("month", "2026-11-20", "2026-11-21",
                                          "Europe/Berlin", 300, now, {}));
  CHECK(meter::render_time(found.over.from, "UTC") == "2026-11-19T23:00:00Z");
  CHECK(found.over.seconds() == 86'400);
  found = std::get<period>(
      period_of("month", "2026-11-20", "", "UTC", 300, now, {}));
  CHECK(found.over.to == now);
  CHECK_FALSE(found.so_far);
}

TEST_CASE("what cannot be asked is said") {
  CHECK(sentence(period_of("month", "", "2026-11-20", "UTC", 60, now, {}))
            .find("--from")
        != std::string::npos);
  CHECK(
      sentence(period_of("2027-05", "", "", "UTC", 60, now, {})).find("future")
      != std::string::npos);
  CHECK(sentence(period_of("month", "", "", "UTC", 0, now, {})).find("interval")
        != std::string::npos);
  CHECK(sentence(period_of("month", "", "", "UTC", 3601, now, {}))
            .find("interval")
        != std::string::npos);
  CHECK_FALSE(sentence(period_of("monht", "", "", "UTC", 60, now, {})).empty());
  CHECK_FALSE(sentence(period_of("month", "", "", "Mars/Olympus", 60, now, {}))
                  .empty());
}

TEST_CASE("an account has each of its apps once") {
  auto it = subject::account("acme", {"7", "1", "7"});
  CHECK(it.apps == std::vector<meter::app_id>{{"1"}, {"7"}});
  CHECK(title_of(it) == "account acme");
  CHECK(title_of(subject::all()) == "all apps");
}
