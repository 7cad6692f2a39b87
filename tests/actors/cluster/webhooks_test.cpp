// One backend, several nodes: it hears of each change once.
#include "tests/actors/cluster/nodes.hpp"
#include "tests/actors/support/hook_receiver.hpp"
#include "tests/catch.hpp"

using namespace tidewire;
using namespace tidewire::testing;

namespace {

using names = std::vector<std::string>;

struct hooked {
  explicit hooked(std::uint32_t count)
      : all(count, 2, [this](config::settings& s) {
          s.webhooks.delay = std::chrono::milliseconds{20};
          s.webhooks.settle = std::chrono::milliseconds{500};
          s.apps[0].webhooks.resize(1);
          s.apps[0].webhooks[0].url = backend.url();
        }) {}

  names told(const std::string& channel) const {
    names result;
    for (auto& e : backend.events())
      if (e.starts_with(channel + " "))
        result.push_back(e.substr(channel.size() + 1));
    return result;
  }

  bool says(const std::string& channel, const names& what) const {
    return eventually([&] { return told(channel) == what; });
  }

  // Whatever was to be said by anybody has been, after all that it waits for.
  void sync() {
    auto deadline =
        std::chrono::steady_clock::now() + std::chrono::milliseconds{700};
    eventually([&] { return std::chrono::steady_clock::now() > deadline; });
    for (std::uint32_t i = 0; i < all.count(); ++i) {
      auto channel = "sync-" + std::to_string(++syncs);
      auto c = all[i].client();
      c->subscribe(channel);
      REQUIRE(says(channel, {"occupied"}));
    }
  }

  hook_receiver backend;
  nodes all;
  int syncs = 0;
};

} // namespace

TEST_CASE("a channel that moves is neither vacated nor occupied again") {
  hooked h{3};
  auto& n = h.all;
  auto channel = n.channel_of("presence-room", 2);
  auto ann = n[1].client();
  ann->subscribe(channel, "ann");
  names all{"occupied", "+ann"};
  REQUIRE(h.says(channel, all));
  for (int i = 0; i < 4; ++i) {
    n.drain(2, i % 2 == 0);
    n.views({{0, 1, 2}});
    REQUIRE(n.settled());
    h.sync();
    CHECK(h.told(channel) == all);
  }
  ann->hang_up();
  all.insert(all.end(), {"-ann", "vacated"});
  CHECK(h.says(channel, all));
  h.sync();
  CHECK(h.told(channel) == all);
}

TEST_CASE("owner and subscribers die together: vacated all the same, once") {
  hooked h{3};
  auto& n = h.all;
  auto channel = n.channel_of("presence-room", 2, 0, {0, 1});
  auto ann = n[2].client();
  ann->subscribe(channel, "ann");
  names all{"occupied", "+ann"};
  REQUIRE(h.says(channel, all));
  n.lines().quiet();
  // The third node is there no more, as far as the others can see.
  n.split({{0, 1}, {2}});
  n.views({{0, 1}});
  REQUIRE(n.settled({0, 1}));
  all.insert(all.end(), {"-ann", "vacated"});
  CHECK(h.says(channel, all));
}

TEST_CASE("a new owner knows what the one that died had announced") {
  hooked h{3};
  auto& n = h.all;
  auto channel = n.channel_of("presence-room", 2, 1, {0, 1});
  auto ann = n[0].client();
  auto ben = n[2].client();
  ann->subscribe(channel, "ann");
  names all{"occupied", "+ann"};
  REQUIRE(h.says(channel, all));
  ben->subscribe(channel, "ben");
  all.push_back("+ben");
  REQUIRE(h.says(channel, all));
  n.lines().quiet();
  n.split({{0, 1}, {2}});
  n.views({{0, 1}});
  REQUIRE(n.settled({0, 1}));
  all.push_back("-ben");
  CHECK(h.says(channel, all));
  ann->unsubscribe(channel);
  all.insert(all.end(), {"-ann", "vacated"});
  CHECK(h.says(channel, all));
}
