// What channels report to WEBHOOKS.
#include "tests/actors/state/channel_bench.hpp"
#include "tests/catch.hpp"

using namespace tidewire;
using namespace tidewire::testing;

namespace {

// `occupied`, `+1`, `-1`, `vacated`: what was reported since the last call.
names told_by(said_by_channel& out) {
  names result;
  for (auto& what : std::exchange(out.reports, {}))
    std::visit(
        [&](auto& x) {
          using fact = std::decay_t<decltype(x)>;
          if constexpr (std::is_same_v<fact, channel_occupied>)
            result.push_back("occupied");
          else if constexpr (std::is_same_v<fact, channel_vacated>)
            result.push_back("vacated");
          else if constexpr (std::is_same_v<fact, member_added>)
            result.push_back("+" + x.user_id);
          else if constexpr (std::is_same_v<fact, member_removed>)
            result.push_back("-" + x.user_id);
          else if constexpr (std::is_same_v<fact, client_event_sent>)
            result.push_back("event by " + to_string(x.by));
          else if constexpr (std::is_same_v<fact, channel_stated>) {
            result.push_back(x.occupied ? "stated" : "stated empty");
            result.insert(result.end(), x.users.begin(), x.users.end());
          }
        },
        what);
  return result;
}

} // namespace

TEST_CASE("a channel reports its first subscriber and its last, once") {
  plain_bench c{"news"};
  c.join(here, plain(1));
  c.join(there, plain(2));
  CHECK(told_by(c.out) == names{"occupied"});
  c.leave(here, 1);
  CHECK(told_by(c.out).empty());
  c.leave(there, 2);
  CHECK(told_by(c.out) == names{"vacated"});
}

TEST_CASE("members are reported after occupied and before vacated") {
  room c;
  c.join(here, guest(1, "a"));
  CHECK(told_by(c.out) == names{"occupied", "+a"});
  c.join(there, guest(2, "a"));
  c.join(there, guest(3, "b"));
  CHECK(told_by(c.out) == names{"+b"});
  c.leave(here, 1);
  c.leave(there, 3);
  CHECK(told_by(c.out) == names{"-b"});
  c.leave(there, 2);
  CHECK(told_by(c.out) == names{"-a", "vacated"});
}

TEST_CASE("an edge that comes back with others reports the difference") {
  room c;
  c.join(here, guest(1, "a"));
  c.join(here, guest(2, "b"));
  c.out.clear();
  c.restate({0, 2}, {guest(2, "b", true), guest(3, "c", true)});
  CHECK(told_by(c.out) == names{"-a", "+c"});
  c.restate({0, 3}, {});
  CHECK(told_by(c.out) == names{"-b", "-c", "vacated"});
}

TEST_CASE("a restarted channel states everything when it knows everything") {
  room c{2};
  c.join(here, guest(9, "late"));
  c.restate(here, {guest(1, "a", true)});
  CHECK(told_by(c.out).empty());
  c.restate(there, {guest(2, "b", false)});
  CHECK(told_by(c.out) == names{"occupied", "stated", "a", "b"});
  plain_bench gone{"news", 1};
  gone.restate(here, {});
  CHECK(told_by(gone.out) == names{"stated empty"});
}

TEST_CASE("while an edge is silent nobody is reported gone for it") {
  room c{2};
  c.restate(here, {guest(1, "a", true)});
  c.state.give_up_waiting(c.out);
  CHECK(told_by(c.out) == names{"occupied", "+a"});
  c.state.state_report(c.out); // WEBHOOKS was restarted as well
  CHECK(told_by(c.out) == names{"occupied", "+a"});
  c.leave(here, 1);
  CHECK(told_by(c.out) == names{"-a"}); // but perhaps not vacated
  c.restate(there, {guest(2, "b", true)});
  CHECK(told_by(c.out) == names{"+b", "stated", "b"});
}

TEST_CASE("only what a client sent is reported as its event") {
  plain_bench c{"private-x"};
  c.join(here, plain(1));
  c.out.clear();
  c.publish(7);
  CHECK(told_by(c.out).empty());
  c.state.handle(
      publish_event{key("private-x"), some_event(), {1, 1}, {}, true}, c.out);
  CHECK(told_by(c.out) == names{"event by 1.1"});
}
