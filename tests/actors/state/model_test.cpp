// Routers, channels and the streams between them under random wishes, leavings
// and restarts, against a model that knows only what clients asked for.
#include "tests/actors/state/support.hpp"
#include "tests/catch.hpp"

#include <deque>
#include <map>
#include <memory>
#include <random>
#include <set>

using namespace tidewire;
using namespace tidewire::testing;

namespace {

constexpr std::uint32_t edges = 3;
const names channels{"presence-a", "presence-b", "plain-a", "plain-b"};

bool is_presence(std::string_view channel) {
  return channel.starts_with("presence-");
}

// A client, what it wants, and what it has been told.
struct client {
  client(std::uint64_t serial, std::uint32_t where)
      : end(serial), edge(where), name("user-" + std::to_string(serial % 4)) {}

  struct view {
    bool succeeded = false;
    std::set<std::string> members; // presence
    unsigned events = 0;
  };

  fake_subscriber end;
  std::uint32_t edge;
  std::string name;
  std::map<std::string, view> wants; // what it asked for and did not leave

  // Checks and notes what came.
  void listen() {
    for (auto& x : end.take()) {
      auto at = wants.find(x.channel);
      if (at == wants.end())
        continue; // said before it left
      auto& seen = at->second;
      INFO(name << " " << x.channel << " " << x.name << " " << x.data);
      if (x.name == "pusher_internal:subscription_succeeded") {
        REQUIRE_FALSE(seen.succeeded);
        seen.succeeded = true;
        if (is_presence(x.channel)) {
          for (auto& id : ids_in(x))
            REQUIRE(seen.members.insert(id).second);
          REQUIRE(seen.members.contains(name));
        }
      } else if (x.name == "pusher_internal:member_added") {
        REQUIRE(seen.succeeded);
        REQUIRE(seen.members.insert(ids_in(x).at(0)).second);
      } else if (x.name == "pusher_internal:member_removed") {
        REQUIRE(seen.succeeded);
        REQUIRE(seen.members.erase(ids_in(x).at(0)) == 1);
      } else if (x.name == "pusher:subscription_error") {
        wants.erase(at);
      } else {
        REQUIRE(seen.succeeded);
        ++seen.events;
      }
    }
  }
};

// Everything but the clients: as the reactors of a node, with the order of
// each stream kept and everything else left to chance.
class world final : channel_output {
public:
  explicit world(std::uint32_t limit) : limit_(limit) {
    for (std::uint32_t i = 0; i < edges; ++i) {
      auto& e = edges_[i];
      e.routes = std::make_unique<router_state>(
          edge_id{i, 1},
          [&e](directory_record x) { e.to_owner.push_back(std::move(x)); });
    }
  }

  router_state& routes(std::uint32_t edge) { return *edges_[edge].routes; }

  /// Moves one record of that edge's stream, in either direction.
  void step(std::uint32_t edge, bool to_owner) {
    auto& e = edges_[edge];
    if (to_owner && !e.to_owner.empty()) {
      auto record = std::move(e.to_owner.front());
      e.to_owner.pop_front();
      own(std::move(record));
    } else if (!to_owner && e.alive && !e.to_edge.empty()) {
      auto record = std::move(e.to_edge.front());
      e.to_edge.pop_front();
      std::visit([&](auto& x) { e.routes->apply(x); }, record);
    }
  }

  /// The ROUTER ends: what is on its way to it is lost from now on.
  void end_router(std::uint32_t edge) {
    edges_[edge].alive = false;
    edges_[edge].to_edge.clear();
    edges_[edge].reachable = false;
  }

  void start_router(std::uint32_t edge) {
    auto& e = edges_[edge];
    if (std::exchange(e.alive, true))
      return;
    e.to_owner.push_back(edge_up{{edge, ++e.stay}, {}});
    e.routes->adopt({edge, e.stay});
  }

  void restart_channel(const std::string& name) {
    auto at = channels_.find(name);
    if (at == channels_.end())
      return;
    at->second = make(name, edges);
    for (std::uint32_t i = 0; i < edges; ++i)
      to_edge(i, restate_channel{key(name)});
  }

  /// The DIRECTORY ends with what is on its way to it from that edge. Routers
  /// and the new DIRECTORY then ask and tell everything.
  void restart_directory(std::uint32_t edge) {
    edges_[edge].to_owner.clear();
    for (std::uint32_t i = 0; i < edges; ++i) {
      auto& e = edges_[i];
      if (!e.alive)
        continue;
      e.to_owner.push_back(edge_up{{i, e.stay}, {}});
      e.routes->restate([](auto&) { return true; });
    }
    for (auto& [name, c] : channels_) {
      c->gather(edges);
      for (std::uint32_t i = 0; i < edges; ++i)
        to_edge(i, restate_channel{key(name)});
    }
  }

  void publish(const std::string& name) {
    own(publish_event{
        key(name),
        text_frame(R"({"event":"x","channel":")" + name + R"("})"),
        {},
        {}});
  }

  bool quiet() const {
    for (auto& [i, e] : edges_)
      if (!e.to_owner.empty() || !e.to_edge.empty())
        return false;
    return true;
  }

  /// What a channel has reported, added up.
  struct reports {
    bool occupied = false;
    std::set<std::string> users;
  };

  const reports& reported(const std::string& name) { return reported_[name]; }

  const channel_state* channel(const std::string& name) const {
    auto at = channels_.find(name);
    return at == channels_.end() ? nullptr : at->second.get();
  }

private:
  struct edge_stream {
    std::unique_ptr<router_state> routes;
    std::deque<directory_record> to_owner;
    std::deque<edge_record> to_edge;
    std::uint32_t stay = 1;
    bool alive = true;
    bool reachable = true; // the owner sends to the living ROUTER
  };

  std::unique_ptr<channel_state> make(const std::string& name,
                                      std::uint32_t awaited) {
    if (is_presence(name))
      return std::make_unique<presence_channel>(key(name), awaited, limit_);
    return std::make_unique<plain_channel>(key(name), awaited);
  }

  // What a DIRECTORY does.
  void own(directory_record record) {
    if (auto* up = std::get_if<edge_up>(&record)) {
      auto& e = edges_[up->edge.reactor];
      if (e.alive && e.stay == up->edge.stay)
        e.reachable = true;
      for (auto& [name, c] : channels_)
        if (c->gathering())
          to_edge(up->edge.reactor, restate_channel{key(name)});
      return;
    }
    auto name = std::visit(
        [](auto& x) -> std::string {
          if constexpr (requires { x.channel.name; })
            return x.channel.name;
          else
            return {};
        },
        record);
    auto at = channels_.find(name);
    if (at == channels_.end()) {
      auto* told = std::get_if<restate_edge>(&record);
      auto brings = told ? !told->subscribers.empty()
                         : std::holds_alternative<join_channel>(record);
      if (!brings)
        return;
      at = channels_.emplace(name, make(name, 0)).first;
    }
    reporting_ = name;
    at->second->handle(std::move(record), *this);
    if (at->second->idle())
      channels_.erase(at);
  }

  void to_edge(std::uint32_t reactor, edge_record record) override {
    auto& e = edges_[reactor];
    if (e.alive && e.reachable)
      e.to_edge.push_back(std::move(record));
  }
  void published(const ticket&) override {}
  void answer(const ticket&, ticket_answer) override {}

  // What WEBHOOKS would know of the channel.
  void report(channel_fact what) override {
    auto& r = reported_[reporting_];
    if (std::holds_alternative<channel_occupied>(what)) {
      r.occupied = true;
    } else if (std::holds_alternative<channel_vacated>(what)) {
      CHECK(r.users.empty());
      r.occupied = false;
    } else if (auto* in = std::get_if<member_added>(&what)) {
      CHECK(r.occupied);
      r.users.insert(in->user_id);
    } else if (auto* out = std::get_if<member_removed>(&what)) {
      r.users.erase(out->user_id);
    } else if (auto* all = std::get_if<channel_stated>(&what)) {
      r.occupied = all->occupied;
      r.users = {all->users.begin(), all->users.end()};
    }
  }

  std::string reporting_;
  std::map<std::string, reports> reported_;
  std::uint32_t limit_;
  std::map<std::uint32_t, edge_stream> edges_;
  std::map<std::string, std::unique_ptr<channel_state>> channels_;
};

struct odds {
  unsigned router, channel, directory; // in a thousand, per step
};

void check_end(world& w, std::vector<std::unique_ptr<client>>& all,
               bool limited) {
  for (auto& name : channels) {
    CAPTURE(name);
    std::set<std::string> present;
    auto anybody = false;
    for (auto& c : all)
      if (auto at = c->wants.find(name); at != c->wants.end()) {
        REQUIRE(at->second.succeeded); // no wish goes unanswered
        anybody = true;
        if (is_presence(name))
          present.insert(c->name);
        at->second.events = 0;
      }
    CHECK((w.channel(name) != nullptr) == anybody);
    CHECK(w.reported(name).occupied == anybody);
    CHECK(w.reported(name).users == present);
    if (limited)
      CHECK(present.size() <= 2);
    if (auto* c = w.channel(name)) {
      CHECK_FALSE(c->gathering());
      auto users = c->facts().users;
      CHECK(std::set<std::string>(users.begin(), users.end()) == present);
      CHECK(users.size() == present.size());
    }
    w.publish(name);
    while (!w.quiet())
      for (std::uint32_t e = 0; e < edges; ++e)
        w.step(e, false), w.step(e, true);
    for (auto& c : all) {
      c->listen();
      if (auto at = c->wants.find(name); at != c->wants.end()) {
        CHECK(at->second.events == 1);
        if (is_presence(name))
          CHECK(at->second.members == present);
      }
    }
  }
}

void run(std::uint64_t seed, odds chance, std::uint32_t limit) {
  CAPTURE(seed);
  std::mt19937_64 random{seed};
  world w{limit};
  std::vector<std::unique_ptr<client>> all;
  for (std::uint64_t i = 1; i <= 9; ++i)
    all.push_back(
        std::make_unique<client>(i, static_cast<std::uint32_t>(i % edges)));
  auto some_edge = [&] { return static_cast<std::uint32_t>(random() % edges); };

  auto act = [&](client& c, const std::string& name) {
    auto& routes = w.routes(c.edge);
    c.listen();
    if (routes.subscribed(c.end, name)) {
      c.wants.erase(name);
      routes.leave(c.end, name);
      c.listen();
      return;
    }
    c.wants[name] = {};
    auto presence = is_presence(name);
    routes.wish(c.end, name,
                presence ? pusher::channel_kind::presence
                         : pusher::channel_kind::public_,
                !presence,
                presence ? std::optional{user(c.name)} : std::nullopt);
  };

  for (int i = 0; i < 400; ++i) {
    if (random() % 4 == 0)
      act(*all[random() % all.size()], channels[random() % channels.size()]);
    for (auto n = random() % 4; n > 0; --n)
      w.step(some_edge(), random() % 2);
    auto dice = random() % 1000;
    if (dice < chance.router)
      w.end_router(some_edge());
    else if (dice < chance.router + chance.channel)
      w.restart_channel(channels[random() % channels.size()]);
    else if (dice < chance.router + chance.channel + chance.directory)
      w.restart_directory(some_edge());
    if (random() % 8 == 0)
      w.start_router(some_edge());
    if (random() % 8 == 0)
      all[random() % all.size()]->listen();
  }
  for (std::uint32_t e = 0; e < edges; ++e)
    w.start_router(e);
  while (!w.quiet())
    w.step(some_edge(), random() % 2);
  for (auto& c : all)
    c->listen();
  check_end(w, all, limit == 2 && chance.router + chance.channel == 0);
  for (auto& c : all) {
    w.routes(c->edge).leave_all(c->end);
    c->wants.clear();
  }
  while (!w.quiet())
    w.step(some_edge(), random() % 2);
  for (std::uint32_t e = 0; e < edges; ++e)
    CHECK(w.routes(e).routes() == 0);
  for (auto& name : channels) {
    CHECK(w.channel(name) == nullptr);
    CHECK_FALSE(w.reported(name).occupied);
    CHECK(w.reported(name).users.empty());
  }
}

constexpr std::uint64_t runs = 60;

} // namespace

TEST_CASE("whatever clients do, they see members come and go in turn") {
  for (std::uint64_t seed = 0; seed < runs; ++seed)
    run(seed, {0, 0, 0}, 100);
}

TEST_CASE("so they do while ROUTERs end") {
  for (std::uint64_t seed = 0; seed < runs; ++seed)
    run(1000 + seed, {60, 0, 0}, 100);
}

TEST_CASE("so they do while CHANNELs end") {
  for (std::uint64_t seed = 0; seed < runs; ++seed)
    run(2000 + seed, {0, 60, 0}, 100);
}

TEST_CASE("so they do while DIRECTORIES end") {
  for (std::uint64_t seed = 0; seed < runs; ++seed)
    run(3000 + seed, {0, 0, 40}, 100);
}

TEST_CASE("so they do while all of them end") {
  for (std::uint64_t seed = 0; seed < runs; ++seed)
    run(4000 + seed, {40, 40, 30}, 100);
}

// Whoever has been let in stays, even if the place is given away meanwhile; so
// a crash may leave a channel fuller than it should be, but never wrong.
TEST_CASE("a full channel is sound while all of them end") {
  for (std::uint64_t seed = 0; seed < runs; ++seed) {
    run(5000 + seed, {0, 0, 0}, 2);
    run(6000 + seed, {40, 40, 30}, 2);
  }
}
