// Whatever actor dies, a backend hears the truth, once: a whole server, real
// sockets, and an endpoint.
#include "actors/webhook_journal.hpp"
#include "tests/actors/support/harness.hpp"
#include "tests/actors/support/hook_receiver.hpp"
#include "tests/catch.hpp"

#include <algorithm>
#include <filesystem>

using namespace tidewire;
using namespace tidewire::testing;

namespace {

namespace fs = std::filesystem;
using names = std::vector<std::string>;

struct hooked {
  explicit hooked(std::chrono::milliseconds settle = std::chrono::seconds{2})
      : node(2, [&](config::settings& s) {
          s.data_dir = folder;
          s.webhooks.delay = std::chrono::milliseconds{20};
          s.webhooks.settle = settle;
          s.apps[0].webhooks.resize(1);
          s.apps[0].webhooks[0].url = backend.url();
        }) {}
  ~hooked() {
    node.server().stop();
    fs::remove_all(folder);
  }
  hooked(const hooked&) = delete;
  hooked& operator=(const hooked&) = delete;

  // What was said of a channel, in order.
  names told(const std::string& channel) const {
    names result;
    for (auto& e : backend.events())
      if (e.starts_with(channel + " "))
        result.push_back(e.substr(channel.size() + 1));
    return result;
  }

  // Waits until exactly that was said.
  bool says(const std::string& channel, const names& what) const {
    return eventually([&] { return told(channel) == what; });
  }

  // Everything that was reported so far has been announced, or will not be.
  void sync() {
    auto c = node.client();
    auto channel = "sync-" + std::to_string(++syncs);
    c->subscribe(channel);
    REQUIRE(says(channel, {"occupied"}));
  }

  static std::string new_folder() {
    auto pattern = (fs::temp_directory_path() / "tidewire-XXXXXX").string();
    return ::mkdtemp(pattern.data());
  }

  std::string folder = new_folder();
  hook_receiver backend;
  harness node;
  int syncs = 0;
};

} // namespace

TEST_CASE("a backend hears of channels and members in their order") {
  hooked h;
  auto a = h.node.client_on(0);
  auto b = h.node.client_on(1);
  a->subscribe("presence-x", "ann");
  CHECK(h.says("presence-x", {"occupied", "+ann"}));
  b->subscribe("presence-x", "bob");
  CHECK(h.says("presence-x", {"occupied", "+ann", "+bob"}));
  a->hang_up();
  CHECK(h.says("presence-x", {"occupied", "+ann", "+bob", "-ann"}));
  b->unsubscribe("presence-x");
  CHECK(h.says("presence-x",
               {"occupied", "+ann", "+bob", "-ann", "-bob", "vacated"}));
}

TEST_CASE("a WEBHOOKS that dies forgets nothing and repeats nothing") {
  for (auto how : {death::exit, death::exception}) {
    hooked h;
    auto stays = h.node.client();
    auto leaves = h.node.client();
    stays->subscribe("presence-a", "ann");
    leaves->subscribe("b");
    REQUIRE(h.says("presence-a", {"occupied", "+ann"}));
    REQUIRE(h.says("b", {"occupied"}));
    h.node.kill_webhooks(how);
    leaves->unsubscribe("b");
    leaves->subscribe("c");
    CHECK(h.says("c", {"occupied"}));
    CHECK(h.says("b", {"occupied", "vacated"}));
    stays->unsubscribe("presence-a");
    CHECK(h.says("presence-a", {"occupied", "+ann", "-ann", "vacated"}));
  }
}

TEST_CASE(
    "who leaves while WEBHOOKS is dead is announced when it has settled") {
  hooked h{std::chrono::milliseconds{300}};
  auto c = h.node.client();
  c->subscribe("presence-a", "ann");
  REQUIRE(h.says("presence-a", {"occupied", "+ann"}));
  harness::end(h.node.webhooks(), death::exit);
  c->unsubscribe("presence-a");
  CHECK(h.says("presence-a", {"occupied", "+ann", "-ann", "vacated"}));
}

TEST_CASE("a CHANNEL, ROUTER or DIRECTORY that dies announces nothing again") {
  hooked h;
  auto a = h.node.client_on(0);
  auto b = h.node.client_on(1);
  a->subscribe("presence-x", "ann");
  b->subscribe("presence-x", "bob");
  a->subscribe("plain");
  names all{"occupied", "+ann", "+bob"};
  REQUIRE(h.says("presence-x", all));
  REQUIRE(h.says("plain", {"occupied"}));
  h.node.kill_channel("presence-x");
  h.node.kill_channel("plain", death::exception);
  h.node.kill_router(0);
  h.node.kill_router(1, death::exception);
  h.node.kill_directory(h.node.owner("presence-x"));
  REQUIRE(eventually([&] {
    return h.node.on(h.node.owner("presence-x"), [](shard& s) {
      auto* x = s.directory.find(harness::key("presence-x"));
      return x && !x->state().gathering();
    });
  }));
  h.sync();
  CHECK(h.told("presence-x") == all);
  CHECK(h.told("plain") == names{"occupied"});
  a->hang_up();
  CHECK(h.says("presence-x", {"occupied", "+ann", "+bob", "-ann"}));
  CHECK(h.says("plain", {"occupied", "vacated"}));
}

TEST_CASE("a stop announces no departure; the journal keeps what was said") {
  auto folder = hooked::new_folder();
  hook_receiver backend;
  {
    harness node{2, [&](config::settings& s) {
                   s.data_dir = folder;
                   s.webhooks.delay = std::chrono::milliseconds{0};
                   s.apps[0].webhooks.resize(1);
                   s.apps[0].webhooks[0].url = backend.url();
                 }};
    auto c = node.client();
    c->subscribe("presence-a", "ann");
    REQUIRE(eventually([&] { return backend.events().size() == 2; }));
    node.server().stop();
  }
  CHECK(backend.events().size() == 2);
  auto found = webhook_journal{folder + "/webhooks.db"}.load();
  CHECK(found.what.size() == 2);
  CHECK(found.deliveries.empty());
  fs::remove_all(folder);
}

TEST_CASE("without webhooks there is no journal") {
  auto folder = hooked::new_folder();
  {
    harness node{1, [&](config::settings& s) { s.data_dir = folder; }};
    auto c = node.client();
    c->subscribe("a");
    c->sync();
  }
  CHECK_FALSE(fs::exists(folder + "/webhooks.db"));
  fs::remove_all(folder);
}
