// Who may link with whom, and that two who dial each other end with one link.
#include "actors/state/cluster/link_table.hpp"

#include "tests/catch.hpp"

#include <deque>
#include <optional>
#include <random>

using namespace tidewire;
using namespace tidewire::cluster;
using verdict = link_verdict;

namespace {

constexpr std::int64_t ms = 1'000'000;
constexpr std::int64_t silent = 2500 * ms;
const life a{"a", 10}, b{"b", 20}, b_anew{"b", 21};

} // namespace

TEST_CASE("the first one gets the place, the second one does not") {
  link_table x{a, silent};
  CHECK(x.knocks(b, 0) == verdict::take);
  CHECK(x.knocks(b, ms) == verdict::linked_already);
  CHECK(x.answers(b, ms) == verdict::linked_already);
  CHECK(x.knocks({"c", 1}, ms) == verdict::take);
  CHECK(x.size() == 2);
  x.gone(b);
  CHECK(x.knocks(b, ms) == verdict::take);
}

TEST_CASE("another life of a name waits until the first is gone or silent") {
  link_table x{a, silent};
  CHECK(x.knocks(b, 0) == verdict::take);
  CHECK(x.knocks(b_anew, silent - 1) == verdict::name_taken);
  CHECK(x.to_be_ended("b") == nullptr);
  x.heard(b, 1000 * ms);
  CHECK(x.knocks(b_anew, silent) == verdict::name_taken);
  CHECK(x.knocks(b_anew, silent + 1000 * ms) == verdict::wait);
  REQUIRE(x.to_be_ended("b") != nullptr);
  CHECK(*x.to_be_ended("b") == b);
  x.ending(b);
  CHECK(x.to_be_ended("b") == nullptr);
  CHECK(x.knocks(b_anew, silent + 1001 * ms) == verdict::wait);
  x.gone(b);
  CHECK(x.knocks(b_anew, silent + 1002 * ms) == verdict::take);
}

TEST_CASE(
    "a link that is being ended is not free, and not deaf to being heard") {
  link_table x{a, silent};
  x.knocks(b, 0);
  x.ending(b);
  x.heard(b, ms);
  CHECK(x.knocks(b, 2 * ms) == verdict::wait);
  CHECK(x.answers(b, 2 * ms) == verdict::wait);
}

TEST_CASE("what is said of another life changes nothing") {
  link_table x{a, silent};
  x.knocks(b, 0);
  x.gone(b_anew);
  x.ending(b_anew);
  x.gave_up(b);
  CHECK(x.knocks(b, ms) == verdict::linked_already);
}

TEST_CASE("while both dial, the dial of the lesser life goes on") {
  link_table of_a{a, silent}, of_b{b, silent};
  CHECK(of_a.answers(b, 0) == verdict::take);
  CHECK(of_b.answers(a, 0) == verdict::take);
  CHECK(of_a.knocks(b, ms) == verdict::linked_already);
  CHECK(of_b.knocks(a, ms) == verdict::take_and_yield);
  of_a.heard(b, 2 * ms);
  CHECK(of_a.answers(b, 2 * ms) == verdict::linked_already);
}

TEST_CASE("a dial that came to nothing gives its place back") {
  link_table x{b, silent};
  CHECK(x.answers(a, 0) == verdict::take);
  x.gave_up(a);
  CHECK(x.size() == 0);
  CHECK(x.knocks(a, ms) == verdict::take);
  x.gave_up(a); // of the dial, not of the link
  CHECK(x.size() == 1);
}

TEST_CASE("a name that is being dialled is not given to another life") {
  link_table x{a, silent};
  CHECK(x.answers(b, 0) == verdict::take);
  CHECK(x.knocks(b_anew, ms) == verdict::name_taken);
}

// Both ends of the protocol of net/cluster/handshake.hpp, with a wire that
// keeps each handshake's order but not the order between handshakes.
TEST_CASE("whatever the order of messages, two who dial at once get one link") {
  enum class word { greeting, answer, confirm, welcome, refused };
  struct handshake {
    int from; // 0 dials 1, or 1 dials 0
    std::deque<word> to_acceptor{word::greeting};
    std::deque<word> to_dialler;
    bool dead = false;
    bool up_at_dialler = false;
    bool up_at_acceptor = false;
  };
  const life who[2] = {a, b};
  std::mt19937_64 random{3};
  for (int round = 0; round < 20'000; ++round) {
    link_table table[2] = {link_table{a, silent}, link_table{b, silent}};
    std::vector<handshake> all;
    for (auto n = 2 + random() % 3; n > 0; --n)
      all.push_back({static_cast<int>(n % 2), {word::greeting}, {}});
    std::optional<std::size_t> claim[2];
    auto anything = [&] {
      for (auto& each : all)
        if (!each.to_acceptor.empty() || !each.to_dialler.empty())
          return true;
      return false;
    };
    while (anything()) {
      auto index = random() % all.size();
      auto& h = all[index];
      auto d = h.from;
      auto acceptor = 1 - d;
      if (random() % 2 != 0 && !h.to_acceptor.empty()) {
        auto said = h.to_acceptor.front();
        h.to_acceptor.pop_front();
        if (said == word::greeting) {
          h.to_dialler.push_back(word::answer);
        } else if (said == word::confirm) {
          auto now = table[acceptor].knocks(who[d], ms);
          if (now == verdict::take || now == verdict::take_and_yield) {
            if (now == verdict::take_and_yield) {
              REQUIRE(claim[acceptor]);
              all[*claim[acceptor]].dead = true;
              claim[acceptor].reset();
            }
            h.to_dialler.push_back(word::welcome);
            h.up_at_acceptor = true;
          } else {
            h.to_dialler.push_back(word::refused);
          }
        }
      } else if (!h.to_dialler.empty()) {
        auto said = h.to_dialler.front();
        h.to_dialler.pop_front();
        if (h.dead)
          continue; // abandoned by its dialler
        if (said == word::answer) {
          if (table[d].answers(who[acceptor], ms) == verdict::take) {
            claim[d] = index;
            h.to_acceptor.push_back(word::confirm);
          } else {
            h.dead = true;
          }
        } else if (said == word::welcome) {
          claim[d].reset();
          table[d].heard(who[acceptor], ms);
          h.up_at_dialler = true;
        } else {
          claim[d].reset();
          table[d].gave_up(who[acceptor]);
          h.dead = true;
        }
      }
    }
    int links = 0;
    for (auto& each : all) {
      // Nobody believes in a link that the other one does not have.
      CHECK(each.up_at_dialler == each.up_at_acceptor);
      links += each.up_at_dialler;
    }
    CHECK(links == 1);
  }
}
