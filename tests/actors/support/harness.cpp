#include "tests/actors/support/harness.hpp"

#include "actors/connection.hpp"
#include "actors/owner.hpp"
#include "messages/node_messages.hpp"

#include <caf/actor_cast.hpp>
#include <caf/exit_reason.hpp>
#include <caf/send.hpp>

#include <boost/json/parse.hpp>

#include <spdlog/spdlog.h>

#include <cstdlib>
#include <fstream>
#include <stdexcept>

namespace tidewire::testing {

namespace {

config::settings
settings_for(std::uint16_t reactors, const std::string& data_dir,
             const std::function<void(config::settings&)>& change) {
  spdlog::set_level(spdlog::level::off); // restarts are what we do here
  config::settings result;
  result.data_dir = data_dir;
  result.server.host = result.admin.host = "127.0.0.1";
  result.server.port = result.admin.port = 0;
  result.server.reactors = reactors;
  if (change)
    change(result);
  return result;
}

tidewire::server& started(tidewire::server& x) {
  x.start();
  return x;
}

void require(bool fact, std::string_view what) {
  if (!fact)
    throw std::runtime_error("never came true: " + std::string{what});
}

} // namespace

harness::harness(std::uint16_t reactors,
                 const std::function<void(config::settings&)>& change,
                 tidewire::server::load_again again)
    : settings_(settings_for(reactors, folder_.path(), change)),
      reactors_(reactors),
      server_(settings_, std::move(again)),
      api_(started(server_).port()),
      admin_(server_.admin_port()) {
  std::string token;
  std::ifstream{settings_.data_dir + "/admin-token"} >> token;
  admin_.bearer(token);
}

client_ptr harness::client(bool deflate) {
  return std::make_unique<ws_client>(server_.port(), config::demo_key, deflate);
}

// The kernel chooses the reactor by a hash of the ports: try until it fits.
client_ptr harness::client_on(std::size_t reactor, bool deflate) {
  for (int i = 0; i < 200; ++i)
    if (auto c = client(deflate); c->reactor() == reactor)
      return c;
  throw std::runtime_error("the kernel never chose that reactor");
}

gauge_view harness::gauge() {
  auto answer = admin_.get("/v1/gauge", std::chrono::seconds{3});
  if (answer.status != 200)
    return {};
  auto x = boost::json::parse(answer.body).as_object();
  return {x.at("total").to_number<std::uint64_t>(),
          x.at("drift").to_number<std::int64_t>(), x.at("exact").as_bool()};
}

bool harness::gauge_is(std::uint64_t total) {
  return eventually([&] {
    auto x = gauge();
    return x.exact && x.total == total && x.drift == 0;
  });
}

double harness::metric(std::string_view name) {
  auto text = "\n" + admin_.get("/metrics").body;
  auto at = text.find("\n" + std::string{name} + " ");
  return at == text.npos
             ? -1
             : std::strtod(text.c_str() + at + name.size() + 2, nullptr);
}

std::uint32_t harness::owner(std::string_view channel) const {
  return owner_of(key(channel), reactors_);
}

std::string harness::channel_of(std::string_view prefix,
                                std::uint32_t reactor) const {
  for (int i = 0;; ++i)
    if (auto name = std::string{prefix} + std::to_string(i);
        owner(name) == reactor)
      return name;
}

// -- handles ------------------------------------------------------------------

caf::actor harness::channel(std::string_view name) {
  return on(owner(name), [&](shard& s) {
    auto* found = s.directory.find(key(name));
    return found ? caf::actor_cast<caf::actor>(found->ctrl()) : caf::actor{};
  });
}

caf::actor harness::router(std::uint32_t reactor) {
  return on(reactor, [&](shard& s) { return s.streams.router(reactor); });
}

caf::actor harness::directory(std::uint32_t reactor) {
  return on(reactor, [&](shard& s) { return s.streams.directory(reactor); });
}

caf::actor harness::connection(socket_id id) {
  return on(id.node_part % 256, [&](shard& s) {
    for (auto& set : s.live)
      for (auto* c : set.entries())
        if (c->socket() == id)
          return caf::actor_cast<caf::actor>(c->ctrl());
    return caf::actor{};
  });
}

// -- ends ---------------------------------------------------------------------

void harness::end(const caf::actor& who, death how) {
  if (how == death::exit)
    caf::anon_send_exit(who, caf::exit_reason::kill);
  else
    caf::anon_send(who, fail_now{});
}

bool harness::channel_replaced(std::string_view name, const caf::actor& old) {
  return eventually([&] {
    return on(owner(name), [&](shard& s) {
      auto* found = s.directory.find(key(name));
      return found && found->id() != old->id() && !found->state().gathering();
    });
  });
}

bool harness::router_replaced(std::uint32_t reactor, const caf::actor& old) {
  return eventually([&] {
    for (std::uint32_t i = 0; i < reactors_; ++i)
      if (!on(i, [&](shard& s) {
            auto& now = s.streams.router(reactor);
            return now && now->id() != old->id();
          }))
        return false;
    return true;
  });
}

bool harness::directory_replaced(std::uint32_t reactor, const caf::actor& old) {
  return eventually([&] {
    for (std::uint32_t i = 0; i < reactors_; ++i)
      if (!on(i, [&](shard& s) {
            return s.streams.directory(reactor)->id() != old->id();
          }))
        return false;
    return true;
  });
}

void harness::kill_channel(std::string_view name, death how) {
  auto old = channel(name);
  require(static_cast<bool>(old), "the channel that is to end");
  end(old, how);
  require(channel_replaced(name, old), "another CHANNEL");
}

void harness::kill_router(std::uint32_t reactor, death how) {
  caf::actor old;
  require(eventually([&] { return static_cast<bool>(old = router(reactor)); }),
          "a ROUTER that is known");
  end(old, how);
  require(router_replaced(reactor, old), "another ROUTER");
}

void harness::kill_directory(std::uint32_t reactor, death how) {
  auto old = directory(reactor);
  end(old, how);
  require(directory_replaced(reactor, old), "another DIRECTORY");
}

void harness::kill_gauge(death how) {
  auto known = [&](std::uint32_t i) {
    return on(i, [](shard& s) { return s.gauge; });
  };
  auto old = known(0);
  end(old, how);
  for (std::uint32_t i = 0; i < reactors_; ++i)
    require(eventually([&] { return known(i) != old; }), "another GAUGE");
}

void harness::kill_admin(death how) {
  auto known = [&] { return on(0, [](shard& s) { return s.admin; }); };
  caf::actor old;
  require(eventually([&] { return static_cast<bool>(old = known()); }),
          "an ADMIN");
  end(old, how);
  require(eventually([&] { return known() != old; }), "another ADMIN");
}

caf::actor harness::webhooks() {
  return on(0, [](shard& s) { return s.reports.reader(); });
}

void harness::kill_webhooks(death how) {
  auto old = webhooks();
  end(old, how);
  for (std::uint32_t i = 0; i < reactors_; ++i)
    require(eventually([&] {
              return on(i, [&](shard& s) { return s.reports.reader() != old; });
            }),
            "another WEBHOOKS");
}

void harness::kill_registry(death how) {
  auto known = [&] { return on(0, [](shard& s) { return s.registry; }); };
  auto old = known();
  end(old, how);
  require(eventually([&] { return known() != old; }), "another REGISTRY");
}

} // namespace tidewire::testing
