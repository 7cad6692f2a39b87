#include "actors/state/gauge_state.hpp"

#include "tests/catch.hpp"

using namespace tidewire;

namespace {

lifecycle fact(lifecycle::kind what, std::uint8_t reason = 0, app_index app = 0,
               std::int64_t open_ns = 0) {
  return {app, what, reason, 0, open_ns};
}

constexpr auto opened_kind = lifecycle::kind::opened;
constexpr auto closed_kind = lifecycle::kind::closed;
constexpr auto refused_kind = lifecycle::kind::refused;

// A reactor with that many connections of one app and nothing else.
reactor_reading reading(std::uint64_t open, std::uint64_t sockets) {
  reactor_reading result;
  result.apps.resize(1);
  result.apps[0].open = result.apps[0].counted = open;
  result.sockets = sockets;
  return result;
}

gauge_reading sockets(std::uint64_t held, std::uint64_t ever) {
  gauge_reading result;
  result.sockets = held;
  result.sockets_added = ever;
  return result;
}

} // namespace

// -- the books ----------------------------------------------------------------

TEST_CASE("how many are open is what the reactors say, added up") {
  gauge_state state{2};
  reactor_reading one, two;
  one.apps.resize(2);
  two.apps.resize(2);
  one.apps[0].open = one.apps[0].counted = 3;
  one.apps[1].open = one.apps[1].counted = 10;
  two.apps[0].open = two.apps[0].counted = 4;
  one.sockets = 13;
  two.sockets = 4;
  state.apply(1, {0, std::vector<lifecycle>(7, fact(opened_kind))});
  state.apply(1, {1, std::vector<lifecycle>(10, fact(opened_kind, 0, 1))});
  auto out = state.merge({one, two}, true);
  CHECK(out.apps[0].open == 7);
  CHECK(out.apps[1].open == 10);
  CHECK(out.open() == 17);
  CHECK(out.drift == 0);
  CHECK(out.complete);
}

TEST_CASE("an app that came later is counted like the others") {
  gauge_state state{1};
  reactor_reading one = reading(0, 2), two = reading(0, 0);
  one.apps.resize(3); // the other reactor does not know of it yet
  one.apps[2].open = one.apps[2].counted = 2;
  one.apps[2].broadcasts = 5;
  auto out = state.merge({one, two}, true);
  CHECK(out.drift == 2); // no fact has said so
  state.apply(1, {0, {fact(opened_kind, 0, 2), fact(opened_kind, 0, 2)}});
  out = state.merge({one, two}, true);
  REQUIRE(out.apps.size() == 3);
  CHECK(out.apps[2].open == 2);
  CHECK(out.apps[2].opened == 2);
  CHECK(out.apps[2].broadcasts == 5);
  CHECK(out.drift == 0);
  CHECK(state.merge({}, false).apps.size() == 3);
}

TEST_CASE("facts never move the gauge") {
  gauge_state state{1};
  state.apply(1, {0, {fact(opened_kind), fact(opened_kind)}});
  CHECK(state.merge({reading(0, 0)}, false).apps[0].open == 0);
}

TEST_CASE("a fact that is told again counts once") {
  gauge_state state{1};
  state.apply(1, {0, {fact(opened_kind), fact(opened_kind)}});
  CHECK(state.counted(0) == 2);
  state.apply(1,
              {0, {fact(opened_kind), fact(opened_kind), fact(closed_kind)}});
  state.apply(3, {0, {fact(closed_kind), fact(opened_kind)}});
  state.apply(1,
              {1, {fact(opened_kind)}}); // another reactor has its own numbers
  CHECK(state.counted(0) == 4);
  CHECK(state.counted(1) == 1);
  CHECK(state.counted(7) == 0);
  auto out = state.merge({}, true);
  CHECK(out.apps[0].opened == 4);
  CHECK(out.apps[0].closed[0] == 1);
}

TEST_CASE("closings and refusals are counted by reason and app") {
  gauge_state state{2};
  auto lost = static_cast<std::uint8_t>(close_reason::lost);
  auto origin = static_cast<std::uint8_t>(refuse_reason::origin);
  state.apply(
      1, {0,
          {fact(opened_kind, 0, 1), fact(closed_kind, lost, 1, 5'000),
           fact(refused_kind, origin, 1), fact(refused_kind, origin, no_app)}});
  auto out = state.merge({}, true);
  CHECK(out.apps[1].opened == 1);
  CHECK(out.apps[1].closed[lost] == 1);
  CHECK(out.apps[1].connection_ns == 5'000);
  CHECK(out.apps[1].refused[origin] == 1);
  CHECK(out.apps[0].refused[origin] == 0);
  CHECK(out.refused_without_app[origin] == 1);
}

TEST_CASE("connection time is that of the closed and of the open ones") {
  gauge_state state{1};
  state.apply(1, {0,
                  {fact(opened_kind), fact(opened_kind),
                   fact(closed_kind, 0, 0, 700)}});
  auto r = reading(1, 1);
  r.apps[0].open_ns = 30;
  CHECK(state.merge({r}, true).apps[0].connection_ns == 730);
}

TEST_CASE("drift is what the books say minus what is there") {
  gauge_state state{1};
  state.apply(1, {0, {fact(opened_kind), fact(opened_kind)}});
  CHECK(state.merge({reading(2, 2)}, true).drift == 0);
  CHECK(state.merge({reading(2, 1)}, true).drift == 1);  // a socket is gone
  CHECK(state.merge({reading(2, 4)}, true).drift == -2); // nobody knows two
  CHECK(state.merge({reading(3, 3)}, true).drift == 1);  // never opened
  CHECK(state.merge({reading(1, 1)}, true).drift == -1); // never closed
  auto r = reading(2, 5);
  r.pending = 2;
  r.closing = 1;
  CHECK(state.merge({r}, true).drift == 0);
}

TEST_CASE("what was counted at the door and is not open is drift, and the "
          "other way round") {
  gauge_state state{1};
  state.apply(1, {0, {fact(opened_kind), fact(opened_kind)}});
  auto r = reading(2, 2);
  r.apps[0].counted = 1;
  CHECK(state.merge({r}, true).drift == 1);
  r.apps[0].counted = 5;
  CHECK(state.merge({r}, true).drift == 3);
}

TEST_CASE("what limits refused is added up by reason") {
  gauge_state state{1};
  auto one = reading(0, 0);
  auto two = reading(0, 0);
  auto rate = static_cast<std::size_t>(limit_reason::publish_rate);
  one.apps[0].limited[rate] = 3;
  two.apps[0].limited[rate] = 4;
  auto out = state.merge({one, two}, true);
  CHECK(out.apps[0].limited[rate] == 7);
  CHECK(out.apps[0].limited[0] + out.apps[0].limited[1] == 7);
}

TEST_CASE("who is not authorized yet is shown apart and held") {
  gauge_state state{1};
  state.apply(1, {0, {fact(opened_kind)}});
  auto r = reading(1, 4);
  r.apps[0].unauthorized = 3;
  auto out = state.merge({r}, true);
  CHECK(out.drift == 0);
  CHECK(out.open() == 1);
  CHECK(out.unauthorized() == 3);
  CHECK(out.apps[0].unauthorized == 3);
}

TEST_CASE("an incomplete reading accuses nobody") {
  gauge_state state{1};
  state.apply(1, {0, {fact(opened_kind)}});
  auto out = state.merge({}, false);
  CHECK_FALSE(out.complete);
  CHECK(out.drift == 0);
}

TEST_CASE("restarts are counted") {
  gauge_state state{1};
  state.count_restart();
  state.count_restart();
  CHECK(state.merge({}, true).restarts == 2);
}

// -- the kernel ---------------------------------------------------------------

TEST_CASE("a kernel that agrees shows no drift") {
  kernel_audit audit;
  for (int i = 0; i < 3; ++i)
    CHECK(audit.compare(sockets(5, 9), 5, sockets(5, 9)) == 0);
}

TEST_CASE("a leaked descriptor is drift when two audits agree") {
  kernel_audit audit;
  CHECK(audit.compare(sockets(5, 9), 6, sockets(5, 9)) == 0);
  CHECK(audit.compare(sockets(5, 9), 6, sockets(5, 9)) == -1);
  CHECK(audit.drift() == -1);
  CHECK(audit.compare(sockets(5, 9), 5, sockets(5, 9)) == 0);
  CHECK(audit.drift() == 0);
}

TEST_CASE("a socket we count but the kernel does not have is drift") {
  kernel_audit audit;
  audit.compare(sockets(5, 9), 3, sockets(5, 9));
  CHECK(audit.compare(sockets(5, 9), 3, sockets(5, 9)) == 2);
}

TEST_CASE("of two audits that differ the smaller drift is believed") {
  kernel_audit audit;
  audit.compare(sockets(5, 9), 9, sockets(5, 9));
  CHECK(audit.compare(sockets(5, 9), 6, sockets(5, 9)) == -1);
  CHECK(audit.compare(sockets(5, 9), 8, sockets(5, 9)) == -1);
  CHECK(audit.compare(sockets(5, 9), 8, sockets(5, 9)) == -3);
}

TEST_CASE("a difference that changes sides is a connection on its way") {
  kernel_audit audit;
  for (int i = 0; i < 6; ++i)
    CHECK(audit.compare(sockets(5, 9), i % 2 ? 6 : 4, sockets(5, 9)) == 0);
}

TEST_CASE("while sockets come and go the kernel's figure proves nothing") {
  kernel_audit audit;
  for (std::uint64_t seen = 0; seen < 20; ++seen) {
    CHECK(audit.compare(sockets(5, 10), seen, sockets(6, 13)) == 0);
    CHECK(audit.compare(sockets(5, 10), seen, sockets(5, 11)) == 0);
  }
  // Drift that was seen in quiet stays until the next quiet moment.
  audit.compare(sockets(5, 13), 6, sockets(5, 13));
  CHECK(audit.compare(sockets(5, 13), 6, sockets(5, 13)) == -1);
  CHECK(audit.compare(sockets(5, 13), 5, sockets(6, 14)) == -1);
  CHECK(audit.compare(sockets(5, 14), 5, sockets(5, 14)) == 0);
}
