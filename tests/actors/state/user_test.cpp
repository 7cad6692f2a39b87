// Users: what their channels know, and what watchers are told.
#include "tests/actors/state/support.hpp"
#include "tests/catch.hpp"

#include <map>
#include <memory>

using namespace tidewire;
using namespace tidewire::testing;

namespace {

constexpr auto events = "pusher_internal:watchlist_events";

channel_key channel_of(std::string_view id) {
  return user_channel_key(0, id);
}

std::string watchlist(std::string_view online, std::string_view offline = {}) {
  std::string out = R"({"events":[)";
  if (!online.empty())
    out += R"({"name":"online","user_ids":[)" + std::string{online} + "]}";
  if (!online.empty() && !offline.empty())
    out += ',';
  if (!offline.empty())
    out += R"({"name":"offline","user_ids":[)" + std::string{offline} + "]}";
  return out + "]}";
}

// The channel of "ann" and what it says.
struct channel_bench {
  void stake(edge_id edge, user_stake what) {
    state.handle(edge_stake{edge, channel_of("ann"), what}, out);
  }
  void restate(edge_id edge, user_stake what, std::uint64_t round = 0) {
    state.handle(
        restate_edge{edge, channel_of("ann"), 0, {}, what, false, round}, out);
  }

  // What an edge was told since the last call.
  std::vector<bool> told(edge_id edge) {
    std::vector<bool> result;
    for (auto& x : out.to<user_seen>(edge.at))
      result.push_back(x.online);
    std::erase_if(out.records, [&](auto& x) { return x.first == edge.at; });
    return result;
  }

  user_channel state{channel_of("ann")};
  said_by_channel out;
};

using facts = std::vector<bool>;

// The users of one reactor.
struct table_bench {
  void sign_in(fake_subscriber& who, std::string_view id,
               const names& watched = {}) {
    table.sign_in(here, who, user(id), watched);
  }
  void seen(std::string_view id, bool online) {
    table.apply(user_seen{channel_of(id), online});
  }
  // What a watcher was told since the last call.
  static names told(fake_subscriber& who) {
    names result;
    for (auto& x : who.take()) {
      CHECK(x.name == events);
      result.push_back(x.data);
    }
    return result;
  }

  said_to_channels out;
  user_table table{out.sender()};
};

} // namespace

// -- the channel of a user ----------------------------------------------------

TEST_CASE("a user is online while any edge says that he is signed in") {
  channel_bench c;
  CHECK_FALSE(c.state.online());
  c.stake(here, {true, false});
  c.stake(there, {true, false});
  CHECK(c.state.facts().signed_in);
  c.stake(here, {});
  CHECK(c.state.online());
  CHECK_FALSE(c.state.idle());
  c.stake(there, {});
  CHECK_FALSE(c.state.online());
  CHECK(c.state.idle());
}

TEST_CASE("an edge that begins to watch is told, and then of changes only") {
  channel_bench c;
  c.stake(there, {false, true});
  CHECK(c.told(there) == facts{false});
  c.stake(here, {true, false});
  CHECK(c.told(there) == facts{true});
  CHECK(c.told(here).empty());
  c.stake({2, 1}, {true, true});
  CHECK(c.told({2, 1}) == facts{true});
  CHECK(c.told(there).empty());
  c.stake(here, {});
  CHECK(c.told(there).empty());
  c.stake({2, 1}, {false, true});
  CHECK(c.told(there) == facts{false});
  CHECK(c.told({2, 1}) == facts{false});
  c.stake(there, {});
  c.stake(here, {true, false});
  CHECK(c.told(there).empty());
}

TEST_CASE("a restarted channel of a user tells when every edge has spoken") {
  channel_bench c;
  c.state.gather({0, 1}, 5);
  c.restate(here, {false, true}, 5);
  c.stake(there, {true, false}); // older than its statement
  CHECK(c.out.records.empty());
  c.restate(there, {true, false}, 5);
  CHECK(c.told(here) == facts{true});
}

TEST_CASE("nobody is offline as long as an edge is silent") {
  channel_bench c;
  c.state.gather({0, 1}, 5);
  c.restate(here, {false, true}, 5);
  c.state.give_up_waiting(c.out);
  CHECK(c.told(here).empty());
  c.restate(there, {}, 5);
  CHECK(c.told(here) == facts{false});
}

TEST_CASE("what an edge states unasked is not the answer to a question") {
  channel_bench c;
  c.state.gather({0}, 5);
  c.restate(here, {true, false});
  CHECK(c.state.gathering());
  c.restate(here, {true, false}, 4);
  CHECK(c.state.gathering());
  c.restate(here, {true, false}, 5);
  CHECK(c.state.sure());
}

TEST_CASE("the end of a user goes to the edges where he is signed in") {
  channel_bench c;
  c.stake(here, {true, false});
  c.stake(there, {false, true});
  c.out.clear();
  c.state.handle(end_user{channel_of("ann"), {0, 9}}, c.out);
  CHECK(c.out.to<end_sessions>(0).size() == 1);
  CHECK(c.out.to<end_sessions>(1).empty());
  REQUIRE(c.out.publishes.size() == 1);
  CHECK(c.out.publishes[0].number == 9);
}

// -- the users of a reactor ---------------------------------------------------

TEST_CASE("only a user's first and last connection of a reactor are stated") {
  table_bench b;
  fake_subscriber one{1}, two{2};
  b.sign_in(one, "ann");
  CHECK(b.out.only<edge_stake>()->stake == user_stake{true, false});
  b.sign_in(two, "ann");
  CHECK(b.out.count() == 0);
  CHECK(b.table.user_of(two)->user_id == "ann");
  b.table.leave(here, one);
  CHECK(b.out.count() == 0);
  b.table.leave(here, two);
  CHECK_FALSE(b.out.only<edge_stake>()->stake);
  b.table.leave(here, two);
  CHECK(b.out.count() == 0);
  CHECK(b.table.users() == 0);
  CHECK(b.table.sessions() == 0);
  CHECK(b.table.user_of(two) == nullptr);
}

TEST_CASE("a watchlist is told as one event when all of it is known") {
  table_bench b;
  fake_subscriber one{1};
  b.sign_in(one, "ann", {"ben", "cem", "dee", "ben"});
  CHECK(b.out.count() == 4); // of ann, and of each whom she watches
  b.seen("cem", true);
  b.seen("ben", false);
  b.seen("cem", false); // before she was told: no change for her
  CHECK(b.told(one).empty());
  b.seen("dee", true);
  CHECK(b.told(one) == names{watchlist(R"("dee")", R"("ben","cem")")});
  b.seen("dee", true);
  CHECK(b.told(one).empty());
  b.seen("dee", false);
  CHECK(b.told(one) == names{watchlist({}, R"("dee")")});
  b.seen("ben", true);
  CHECK(b.told(one) == names{watchlist(R"("ben")")});
}

TEST_CASE("who watches nobody is told nothing") {
  table_bench b;
  fake_subscriber one{1};
  b.sign_in(one, "ann", {});
  CHECK(b.told(one).empty());
}

TEST_CASE("what is known already is told at once") {
  table_bench b;
  fake_subscriber one{1}, two{2};
  b.sign_in(one, "ann", {"ben"});
  b.seen("ben", true);
  b.out.count();
  b.sign_in(two, "cem", {"ben"});
  CHECK(b.out.only<edge_stake>()->channel == channel_of("cem"));
  CHECK(b.told(two) == names{watchlist(R"("ben")")});
}

TEST_CASE("an id that nobody can have is offline") {
  table_bench b;
  fake_subscriber one{1};
  b.sign_in(one, "ann", {"not an id", std::string(201, 'x')});
  CHECK(b.out.count() == 1);
  CHECK(b.told(one).size() == 1);
}

TEST_CASE("who watches himself sees himself") {
  table_bench b;
  fake_subscriber one{1};
  b.sign_in(one, "ann", {"ann"});
  REQUIRE(b.out.records.size() == 2);
  CHECK(std::get<edge_stake>(b.out.records[0]).stake
        == user_stake{true, false});
  CHECK(std::get<edge_stake>(b.out.records[1]).stake == user_stake{true, true});
  b.out.count();
  b.seen("ann", true);
  CHECK(b.told(one) == names{watchlist(R"("ann")")});
  b.table.leave(here, one);
  CHECK(b.table.users() == 0);
}

TEST_CASE("what was said before nobody watched is not believed later") {
  table_bench b;
  fake_subscriber one{1}, two{2};
  b.sign_in(one, "ben");
  b.sign_in(two, "ann", {"ben"});
  b.seen("ben", true);
  two.take();
  b.table.leave(here, two);
  b.sign_in(two, "ann", {"ben"});
  CHECK(b.told(two).empty()); // the channel is asked again
  b.seen("ben", false);
  CHECK(b.told(two) == names{watchlist({}, R"("ben")")});
}

TEST_CASE("all connections of a user are ended, and no others") {
  table_bench b;
  fake_subscriber one{1}, two{2}, other{3};
  b.sign_in(one, "ann");
  b.sign_in(two, "ann");
  b.sign_in(other, "ben", {"ann"});
  b.table.apply(end_sessions{channel_of("ann")});
  b.table.apply(end_sessions{channel_of("nobody")});
  CHECK(one.terminated == 1);
  CHECK(two.terminated == 1);
  CHECK(other.terminated == 0);
}

TEST_CASE("users of different apps are different users") {
  table_bench b;
  fake_subscriber one{1, 0}, two{2, 1};
  b.sign_in(one, "ann");
  b.sign_in(two, "ann");
  CHECK(b.table.users() == 2);
  b.table.apply(end_sessions{user_channel_key(1, "ann")});
  CHECK(one.terminated == 0);
  CHECK(two.terminated == 1);
}

// -- with the routes ----------------------------------------------------------

TEST_CASE("a restarted ROUTER restates users with and without subscribers") {
  said_to_channels out;
  router_state state{here, out.sender()};
  fake_subscriber one{1}, two{2};
  state.sign_in(one, user("ann"), {"ben"});
  state.wish(one, channel_of("ann").name, {});
  out.count();
  state.adopt({0, 2});
  std::map<std::string, restate_edge> told;
  for (auto& x : std::exchange(out.records, {})) {
    auto& record = std::get<restate_edge>(x);
    CHECK(record.edge == edge_id{0, 2});
    CHECK(told.emplace(record.channel.name, record).second);
  }
  REQUIRE(told.size() == 2);
  CHECK(told[channel_of("ann").name].stake == user_stake{true, false});
  CHECK(told[channel_of("ann").name].subscribers.size() == 1);
  CHECK(told[channel_of("ben").name].stake == user_stake{false, true});
  state.apply(restate_channel{channel_of("ben"), 8});
  CHECK(out.only<restate_edge>()->round == 8);
  state.leave_all(one);
  CHECK(out.count() == 3); // the channel, ann, ben
  CHECK(state.users().users() == 0);
}
