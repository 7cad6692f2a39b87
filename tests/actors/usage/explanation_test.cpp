#include "actors/usage/explanation.hpp"

#include "tests/catch.hpp"

#include <map>
#include <random>

using namespace tidewire;
using namespace tidewire::usage;

namespace {

constexpr std::int64_t second = 1'000'000'000;

// The sum of the column `connections` of each table but the channels'.
std::map<std::string, std::int64_t>
sums_of(const std::vector<commands::section>& sections) {
  std::map<std::string, std::int64_t> out;
  for (auto& each : sections) {
    auto& list = std::get<commands::listing>(each);
    for (std::size_t c = 0; c < list.columns.size(); ++c)
      if (list.columns[c].key == "connections")
        for (auto& row : list.rows)
          out[list.key] += std::get<std::int64_t>(row[c]);
  }
  return out;
}

} // namespace

TEST_CASE("every table adds up to the gauge, whatever comes and goes") {
  std::mt19937 random{7};
  for (int round = 0; round < 200; ++round) {
    struct socket {
      std::uint64_t serial;
      std::int64_t opened;
      std::string user;
      std::size_t channels;
    };
    std::vector<explanation_part> parts(3);
    std::uint64_t gauge = 0;
    for (auto& part : parts) {
      std::vector<socket> open;
      std::uint64_t serial = 0;
      std::int64_t now = 1000 * second;
      auto accept = [&] {
        open.push_back(
            {++serial, now - static_cast<std::int64_t>(random() % 900) * second,
             random() % 3 ? "user" + std::to_string(random() % 20) : "",
             random() % 8});
      };
      for (auto n = random() % 60; n > 0; --n)
        accept();
      part.freeze(open.size(), serial, now);
      gauge += open.size();
      // Portions of five, between which others come and go.
      for (std::size_t left = open.size(); left > 0;) {
        for (int i = 0; i < 5 && left > 0; ++i) {
          left = std::min(left, open.size());
          if (left == 0)
            break;
          auto& x = open[--left];
          if (part.wants(x.serial, x.opened))
            part.look(x.opened, now - x.opened, x.channels,
                      x.user.empty() ? nullptr : &x.user);
        }
        now += second / 100;
        for (auto n = random() % 4; n > 0; --n) {
          ++serial;
          open.push_back({serial, now, "late", 1});
        }
        for (auto n = random() % 4; n > 0 && !open.empty(); --n) {
          auto at = random() % open.size();
          open[at] = open.back(); // as a live_set does it
          open.pop_back();
        }
      }
      CHECK(part.seen() <= part.open());
    }
    explanation all{std::move(parts)};
    CHECK(all.gauge() == gauge);
    auto sums = sums_of(all.sections("here", 5));
    for (auto* table :
         {"nodes", "reactors", "ages", "last_heard", "subscriptions", "tabs"}) {
      INFO(table);
      CHECK(sums[table] == static_cast<std::int64_t>(gauge));
    }
  }
}

TEST_CASE("users with several connections are named") {
  explanation_part part;
  part.freeze(6, 6, 100 * second);
  std::string ann = "ann", bob = "bob";
  std::uint64_t serial = 0;
  for (auto* user : {&ann, &ann, &ann, &bob}) {
    REQUIRE(part.wants(++serial, 50 * second));
    part.look(50 * second, 3 * second, 2, user);
  }
  CHECK_FALSE(part.wants(4, 50 * second));  // it was looked at
  CHECK_FALSE(part.wants(7, 50 * second));  // it came later
  CHECK_FALSE(part.wants(5, 101 * second)); // it was accepted later
  explanation all{{part}};
  auto sections = all.sections("here", 5);
  auto sums = sums_of(sections);
  CHECK(sums["tabs"] == 6);
  CHECK(sums["users_with_several"] == 3);
}
