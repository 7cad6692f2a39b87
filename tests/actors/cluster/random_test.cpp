// Random wishes, leavings, events, views, broken lines and deaths on three
// nodes: what clients see of members alternates at all times, and is the truth
// when everything is quiet.
#include "tests/actors/cluster/nodes.hpp"
#include "tests/actors/support/event_names.hpp"
#include "tests/catch.hpp"

#include <boost/json/parse.hpp>

#include <algorithm>
#include <map>
#include <random>
#include <set>

using namespace tidewire;
using namespace tidewire::testing;

namespace {

const std::vector<std::vector<nodes::group>> splits{
    {{0, 1, 2}}, {{0, 1}, {2}}, {{0, 2}, {1}}, {{1, 2}, {0}}, {{0}, {1}, {2}}};

// A client, what it wants, and what it was told, channel by channel.
struct guest {
  client_ptr socket;
  std::string user;
  std::set<std::string> wants;
  std::map<std::string, std::set<std::string>> members;
  std::map<std::string, unsigned> seen; // events
  std::size_t read = 0;

  std::vector<std::string> ids(const event& x) const {
    auto data = boost::json::parse(x.data).as_object();
    std::vector<std::string> result;
    if (auto* one = data.if_contains("user_id"))
      result.emplace_back(one->as_string());
    if (auto* presence = data.if_contains("presence"))
      for (auto& id : presence->at("ids").as_array())
        result.emplace_back(id.as_string());
    return result;
  }

  void listen() {
    socket->sync();
    auto& log = socket->log();
    for (; read < log.size(); ++read) {
      auto& x = log[read];
      INFO(user << " " << x.channel << " " << x.name << " " << x.data);
      auto& known = members[x.channel];
      if (x.name == succeeded && x.channel.starts_with("presence-")) {
        known.clear();
        for (auto& id : ids(x))
          REQUIRE(known.insert(id).second);
        REQUIRE(known.contains(user));
      } else if (x.name == added) {
        REQUIRE(known.insert(ids(x).at(0)).second);
      } else if (x.name == removed) {
        REQUIRE(known.erase(ids(x).at(0)) == 1);
      } else if (x.name.starts_with("e-")) {
        REQUIRE(++seen[x.channel + " " + x.name] == 1);
      }
    }
  }
};

void run(std::uint64_t seed) {
  CAPTURE(seed);
  std::mt19937_64 random{seed};
  nodes n{3};
  n.lines().delay(std::chrono::milliseconds{random() % 4});
  n.lines().choke(random() % 2 == 0);
  std::vector<std::string> names;
  for (std::uint32_t owner = 0; owner < 3; ++owner) {
    names.push_back(n.channel_of("presence-room", owner));
    names.push_back(n.channel_of("news", owner));
  }
  std::vector<guest> all;
  for (std::uint32_t i = 0; i < 6; ++i)
    all.push_back(
        {n[i % 3].client(), "user-" + std::to_string(i), {}, {}, {}, 0});
  int events = 0;

  auto act = [&](guest& g, const std::string& name) {
    g.listen();
    if (g.wants.erase(name) != 0) {
      // An answer that is under way must not be taken for the next one.
      g.socket->unsubscribe(name);
      g.listen();
      return;
    }
    g.wants.insert(name);
    g.socket->ask_for(name, name.starts_with("presence-")
                                ? std::string_view{g.user}
                                : std::string_view{});
  };

  for (int i = 0; i < 120; ++i) {
    auto& g = all[random() % all.size()];
    auto& name = names[random() % names.size()];
    switch (random() % 10) {
    case 0:
    case 1:
    case 2:
    case 3:
      act(g, name);
      break;
    case 4:
    case 5:
      n[static_cast<std::uint32_t>(random() % 3)].api().publish(
          name, "e-" + std::to_string(++events), "x");
      break;
    case 6: {
      auto& groups = splits[random() % splits.size()];
      n.split(random() % 2 ? groups : splits.front());
      n.views(groups);
      if (random() % 2)
        n.settled();
      break;
    }
    case 7: {
      auto a = static_cast<std::uint32_t>(random() % 3);
      n.lines().join(a, (a + 1) % 3); // anew
      break;
    }
    case 8: {
      auto at = static_cast<std::uint32_t>(random() % 3);
      auto r = static_cast<std::uint32_t>(random() % 2);
      if (random() % 2)
        n[at].kill_router(r);
      else
        n[at].kill_directory(r);
      break;
    }
    default:
      g.listen();
    }
  }
  n.split({{0, 1, 2}});
  n.views({{0, 1, 2}});
  REQUIRE(n.settled());

  std::map<std::string, std::set<std::string>> present;
  for (auto& g : all)
    for (auto& name : g.wants)
      present[name].insert(g.user);
  for (auto& name : names) {
    CAPTURE(name);
    auto event = "e-" + std::to_string(++events);
    for (auto& g : all)
      if (g.wants.contains(name)) {
        INFO(g.user);
        // No wish goes unanswered.
        REQUIRE(eventually([&] {
          g.listen();
          return g.socket->count(succeeded, name) > 0
                 && (!name.starts_with("presence-")
                     || g.members[name] == present[name]);
        }));
      }
    REQUIRE(eventually(
        [&] { return n[0].api().publish(name, event, "x").status == 200; }));
    for (auto& g : all) {
      if (g.wants.contains(name))
        g.socket->wait_for(event, name);
      g.listen();
      CHECK(g.seen[name + " " + event] == (g.wants.contains(name) ? 1 : 0));
    }
  }
}

} // namespace

TEST_CASE("whatever happens to three nodes, members come and go in turn") {
  for (std::uint64_t seed = 1; seed <= 3; ++seed)
    run(seed);
}
