// Channels across nodes that agree on a view.
#include "tests/actors/cluster/nodes.hpp"
#include "tests/actors/support/event_names.hpp"
#include "tests/catch.hpp"

#include <boost/json/parse.hpp>

#include <map>
#include <set>
#include <string>
#include <utility>

using namespace tidewire;
using namespace tidewire::testing;

namespace {

void publish(harness& node, std::string_view channel, std::string_view name) {
  REQUIRE(node.api().publish(channel, name, "x").status == 200);
}

void check_reach(std::vector<client_ptr>& all, std::string_view channel,
                 std::string_view name) {
  for (auto& c : all) {
    c->wait_for(name, channel);
    c->sync();
    CHECK(c->count(name, channel) == 1);
  }
}

boost::json::object get(harness& node, const std::string& path) {
  auto answer = node.api().signed_request("GET", path);
  REQUIRE(answer.status == 200);
  return boost::json::parse(answer.body).as_object();
}

} // namespace

TEST_CASE("an event reaches subscribers on every node once") {
  nodes n{3};
  std::vector<client_ptr> all;
  for (std::uint32_t i = 0; i < 3; ++i)
    for (std::uint32_t r = 0; r < 2; ++r)
      all.push_back(n[i].client_on(r));
  for (std::uint32_t owner = 0; owner < 3; ++owner) {
    auto channel = n.channel_of("news", owner);
    for (auto& c : all)
      c->subscribe(channel);
    for (std::uint32_t from = 0; from < 3; ++from) {
      auto name = "from-" + std::to_string(from);
      publish(n[from], channel, name);
      check_reach(all, channel, name);
    }
  }
}

TEST_CASE("an event crosses to a node once, however many reactors get it") {
  nodes n{2, 3};
  auto channel = n.channel_of("news", 0);
  std::vector<client_ptr> all;
  for (std::uint32_t r = 0; r < 3; ++r)
    all.push_back(n[1].client_on(r));
  for (auto& c : all)
    c->subscribe(channel);
  n.lines().quiet();
  auto before = n.lines().bytes(0, 1);
  auto back = n.lines().bytes(1, 0);
  std::string large(8'000, 'y');
  REQUIRE(n[0].api().publish(channel, "large", large).status == 200);
  check_reach(all, channel, "large");
  CHECK(n.lines().bytes(0, 1) - before > 8'000);
  CHECK(n.lines().bytes(0, 1) - before < 12'000);
  CHECK(n.lines().bytes(1, 0) - back < 1'000);
}

TEST_CASE("an event crosses to its owner and to who has subscribers, to nobody "
          "else") {
  nodes n{4};
  auto channel = n.channel_of("news", 0);
  std::vector<client_ptr> all;
  for (std::uint32_t i = 1; i < 3; ++i) {
    all.push_back(n[i].client());
    all.back()->subscribe(channel);
  }
  n.lines().quiet();
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint64_t> before;
  for (std::uint32_t i = 0; i < 4; ++i)
    for (std::uint32_t j = 0; j < 4; ++j)
      if (i != j)
        before[{i, j}] = n.lines().bytes(i, j);
  std::string large(8'000, 'y');
  REQUIRE(n[3].api().publish(channel, "large", large).status == 200);
  check_reach(all, channel, "large");
  for (auto& [way, bytes] : before) {
    auto [from, to] = way;
    CAPTURE(from, to);
    auto crossed = n.lines().bytes(from, to) - bytes;
    auto has_to = (from == 3 && to == 0) || (from == 0 && (to == 1 || to == 2));
    CHECK((has_to ? crossed > 8'000 && crossed < 12'000 : crossed < 1'000));
  }
}

TEST_CASE("members of all nodes see each other come and go") {
  nodes n{3};
  auto channel = n.channel_of("presence-room", 1);
  auto all = n.clients();
  for (std::size_t i = 0; i < all.size(); ++i) {
    auto list = all[i]->subscribe(channel, "user-" + std::to_string(i)).data;
    for (std::size_t j = 0; j <= i; ++j)
      CHECK(list.find("user-" + std::to_string(j)) != list.npos);
  }
  all[0]->wait_for(added, channel);
  all[0]->wait_for(added, channel);
  all[1]->wait_for(added, channel);
  // A second tab on another node says nothing to anybody.
  auto tab = n[0].client();
  tab->subscribe(channel, "user-2");
  all[2]->hang_up();
  publish(n[0], channel, "after");
  for (std::size_t i = 0; i < 2; ++i) {
    all[i]->wait_for("after", channel);
    CHECK(all[i]->count(added, channel) == 2 - i);
    CHECK(all[i]->count(removed, channel) == 0);
  }
  tab->unsubscribe(channel);
  for (std::size_t i = 0; i < 2; ++i)
    all[i]->wait_for(removed, channel);
}

TEST_CASE("the last event of a cache channel is there for newcomers anywhere") {
  nodes n{3};
  auto channel = n.channel_of("cache-news", 2);
  auto first = n[0].client();
  first->subscribe(channel);
  first->wait_for("pusher:cache_miss", channel);
  publish(n[1], channel, "kept");
  first->wait_for("kept", channel);
  for (std::uint32_t i = 0; i < 3; ++i) {
    auto late = n[i].client();
    late->subscribe(channel);
    late->wait_for("kept", channel);
    CHECK(late->count("pusher:cache_miss", channel) == 0);
  }
}

TEST_CASE("a client's event goes to the others on all nodes, not to himself") {
  nodes n{2};
  auto channel = n.channel_of("private-chat", 1);
  auto all = n.clients();
  for (auto& c : all)
    c->subscribe(channel);
  all[0]->send(R"({"event":"client-hi","channel":")" + channel
               + R"(","data":{}})");
  all[1]->wait_for("client-hi", channel);
  all[0]->sync();
  publish(n[0], channel, "later");
  all[0]->wait_for("later", channel);
  CHECK(all[0]->count("client-hi", channel) == 0);
}

TEST_CASE("a publisher's own socket on another node is left out") {
  nodes n{2};
  auto channel = n.channel_of("news", 0);
  auto all = n.clients();
  for (auto& c : all)
    c->subscribe(channel);
  auto body = R"({"name":"e","channel":")" + channel
              + R"(","data":"x","socket_id":")" + to_string(all[1]->id())
              + R"("})";
  REQUIRE(n[0].api().signed_request("POST", "/events", body).status == 200);
  all[0]->wait_for("e", channel);
  publish(n[0], channel, "later");
  all[1]->wait_for("later", channel);
  CHECK(all[1]->count("e", channel) == 0);
}

TEST_CASE("users are reached, watched and ended wherever they are") {
  nodes n{3};
  auto watcher = n[0].client();
  watcher->sign_in("w", {"u"});
  CHECK(watcher->wait_for(watched, {}).data.find("offline")
        != std::string::npos);
  std::vector<client_ptr> tabs;
  for (std::uint32_t i = 0; i < 3; ++i) {
    tabs.push_back(n[i].client());
    tabs.back()->sign_in("u");
    tabs.back()->subscribe("#server-to-user-u");
  }
  CHECK(watcher->wait_for(watched, {}).data.find("online")
        != std::string::npos);
  publish(n[1], "#server-to-user-u", "note");
  check_reach(tabs, "#server-to-user-u", "note");
  auto answer =
      n[2].api().signed_request("POST", "/users/u/terminate_connections", "{}");
  CHECK(answer.status == 200);
  for (auto& c : tabs)
    CHECK(c->ends());
  CHECK(watcher->wait_for(watched, {}).data.find("offline")
        != std::string::npos);
  CHECK(watcher->count(watched, {}) == 3);
}

TEST_CASE("any node answers for all of them") {
  nodes n{3};
  auto all = n.clients();
  std::set<std::string> names;
  for (std::uint32_t owner = 0; owner < 3; ++owner) {
    auto channel = n.channel_of("presence-room", owner);
    names.insert(channel);
    for (std::size_t i = 0; i < all.size(); ++i)
      all[i]->subscribe(channel, "user-" + std::to_string(i));
  }
  for (std::uint32_t i = 0; i < 3; ++i) {
    auto list = get(n[i], "/channels");
    std::set<std::string> found;
    for (auto& [name, info] : list.at("channels").as_object()) {
      found.insert(std::string{name});
    }
    CHECK(found == names);
    for (auto& name : names) {
      CHECK(get(n[i], "/channels/" + name).at("occupied").as_bool());
      CHECK(get(n[i], "/channels/" + name + "/users")
                .at("users")
                .as_array()
                .size()
            == 3);
    }
    CHECK(get(n[i], "/connections").at("connections").as_int64() == 3);
  }
}

TEST_CASE("events of one publisher come in order, through choked lines, too") {
  nodes n{2};
  n.lines().choke(true);
  n.lines().delay(std::chrono::milliseconds{3});
  auto channel = n.channel_of("news", 0);
  auto all = n.clients();
  for (auto& c : all)
    c->subscribe(channel);
  constexpr int count = 100;
  for (int i = 0; i < count; ++i)
    publish(n[1], channel, "e-" + std::to_string(i));
  for (auto& c : all) {
    c->wait_for("e-" + std::to_string(count - 1), channel);
    std::vector<std::string> seen;
    for (auto& x : c->log())
      if (x.name.starts_with("e-"))
        seen.push_back(x.name);
    REQUIRE(seen.size() == count);
    for (int i = 0; i < count; ++i)
      CHECK(seen[static_cast<std::size_t>(i)] == "e-" + std::to_string(i));
  }
}

TEST_CASE("a presence channel takes no more members than it may, anywhere") {
  nodes n{3, 2, [](config::settings& s) { s.limits.presence_members = 2; }};
  auto channel = n.channel_of("presence-room", 0);
  auto all = n.clients();
  all[1]->subscribe(channel, "ann");
  all[2]->subscribe(channel, "ben");
  all[0]->ask_for(channel, "cem");
  auto no = all[0]->wait_for("pusher:subscription_error", channel);
  CHECK(no.data.find("4100") != no.data.npos);
}

TEST_CASE("clients that want compression get it on every node") {
  nodes n{2, 2, [](config::settings& s) { s.compression.enabled = true; }};
  auto channel = n.channel_of("news", 0);
  auto packed = n[1].client(true);
  auto plain = n[1].client();
  packed->subscribe(channel);
  plain->subscribe(channel);
  std::string data(5'000, 'z');
  REQUIRE(n[0].api().publish(channel, "large", data).status == 200);
  CHECK(packed->wait_for("large", channel).data == data);
  CHECK(plain->wait_for("large", channel).data == data);
}

TEST_CASE("counts are summed over all nodes") {
  nodes n{3, 2,
          [](config::settings& s) { s.apps.at(0).subscription_counts = true; }};
  auto channel = n.channel_of("news", 1);
  auto all = n.clients();
  for (auto& c : all)
    c->subscribe(channel);
  for (auto& c : all)
    REQUIRE(eventually([&] {
      c->sync();
      return !c->log().empty()
             && std::any_of(c->log().begin(), c->log().end(), [](auto& x) {
                  return x.name == "pusher_internal:subscription_count"
                         && x.data.find('3') != x.data.npos;
                });
    }));
}
