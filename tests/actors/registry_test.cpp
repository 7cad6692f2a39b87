// Apps that come, change and go while a whole server runs.
#include "actors/connection.hpp"
#include "tests/actors/support/harness.hpp"
#include "tests/catch.hpp"

#include <boost/json/parse.hpp>

#include <atomic>
#include <fstream>
#include <mutex>
#include <thread>

using namespace tidewire;
using namespace tidewire::testing;

namespace {

constexpr std::string_view new_app =
    R"({"id":"7","keys":[{"key":"k7","secret":"s7"}]})";

client_ptr client_of(harness& node, std::string_view key) {
  return std::make_unique<ws_client>(node.server().port(), key);
}

bool refused(harness& node, std::string_view key) {
  try {
    client_of(node, key);
    return false;
  } catch (const std::exception&) {
    return true;
  }
}

unsigned ask(harness& node, std::string_view method, std::string_view path,
             std::string_view body = {}) {
  return node.admin().request(method, path, body).status;
}

std::size_t apps_of(const http_answer& answer) {
  return boost::json::parse(answer.body).at("apps").as_array().size();
}

auto in(const std::string& data_dir) {
  return [data_dir](config::settings& x) { x.data_dir = data_dir; };
}

// The sentence with which a server does not start.
std::string why_not(const std::string& data_dir) {
  try {
    harness node{1, in(data_dir)};
    return {};
  } catch (const std::exception& error) {
    return error.what();
  }
}

// What a reload finds; the test changes it.
struct configuration {
  config::load_result now() {
    std::lock_guard lock{mutex};
    return loaded;
  }
  void change(const std::function<void(config::load_result&)>& how) {
    std::lock_guard lock{mutex};
    how(loaded);
  }
  tidewire::server::load_again again() {
    return [this] { return now(); };
  }

  std::mutex mutex;
  config::load_result loaded;
};

} // namespace

TEST_CASE("an app is served by every reactor once its making is answered") {
  harness node{2};
  CHECK(refused(node, "k7"));
  CHECK(ask(node, "POST", "/v1/apps", new_app) == 201);
  for (int i = 0; i < 10; ++i)
    client_of(node, "k7")->sync();
  CHECK(node.gauge_is(0));
  CHECK(node.metric("tidewire_connections_opened_total{app_id=\"7\"}") == 10);
  CHECK(ask(node, "POST", "/v1/apps", new_app) == 409);
}

TEST_CASE("clients of an app that is disabled are sent away, others stay") {
  harness node{2};
  REQUIRE(ask(node, "POST", "/v1/apps", new_app) == 201);
  std::vector<client_ptr> leaving, staying;
  for (int i = 0; i < 250; ++i) // more than go at once
    leaving.push_back(client_of(node, "k7"));
  for (int i = 0; i < 5; ++i)
    staying.push_back(node.client());
  CHECK(ask(node, "PATCH", "/v1/apps/7", R"({"enabled":false})") == 200);
  CHECK(refused(node, "k7"));
  for (auto& c : leaving) {
    CHECK(c->ends());
    CHECK(c->close_code() == 4003);
  }
  for (auto& c : staying)
    c->sync();
  CHECK(node.gauge_is(5));
  CHECK(node.metric("tidewire_connections_closed_total{app_id=\"7\",reason="
                    "\"app_disabled\"}")
        == 250);
  CHECK(ask(node, "PATCH", "/v1/apps/7", R"({"enabled":true})") == 200);
  client_of(node, "k7")->sync();
}

TEST_CASE("an app that is enabled again at once keeps whoever is still there") {
  harness node{1};
  REQUIRE(ask(node, "POST", "/v1/apps", new_app) == 201);
  auto one = client_of(node, "k7");
  // Both in one turn: nobody has been sent away in between.
  auto changed = node.on(0, [](shard& s) {
    auto app = s.apps.by_id("7");
    auto all = s.apps;
    std::vector<config::app> off{all[0], all[app]};
    auto on = off;
    off[1].enabled = false;
    s.configure(all.with(off), s.settings);
    s.configure(all.with(on), s.settings);
    return true;
  });
  CHECK(changed);
  one->sync();
  node.on(0, [](shard&) { return true; });
  one->sync();
  CHECK_FALSE(one->ended());
}

TEST_CASE("a deleted app is gone, and one of its id is another app") {
  harness node{2};
  REQUIRE(ask(node, "POST", "/v1/apps", new_app) == 201);
  auto one = client_of(node, "k7");
  one->subscribe("news");
  CHECK(ask(node, "DELETE", "/v1/apps/7") == 204);
  CHECK(one->ends());
  CHECK(one->close_code() == 4003);
  CHECK(refused(node, "k7"));
  CHECK(ask(node, "GET", "/v1/apps/7") == 404);
  CHECK(ask(node, "POST", "/v1/apps", new_app) == 201);
  auto two = client_of(node, "k7");
  two->subscribe("news");
  CHECK(node.gauge_is(1));
  auto index = node.on(0, [](shard& s) { return s.apps.by_id("7"); });
  CHECK(index == 2);
  CHECK(node.metric("tidewire_connections_opened_total{app_id=\"7\"}") == 2);
}

TEST_CASE("what was answered is there after a restart") {
  temporary_folder folder;
  {
    harness node{1, in(folder.path())};
    REQUIRE(ask(node, "POST", "/v1/apps", new_app) == 201);
    REQUIRE(
        ask(node, "POST", "/v1/apps/7/keys", R"({"key":"k7b","secret":"s7b"})")
        == 201);
    REQUIRE(ask(node, "DELETE", "/v1/apps/7/keys/k7") == 204);
  }
  harness node{2, in(folder.path())};
  client_of(node, "k7b")->sync();
  CHECK(refused(node, "k7"));
  CHECK(apps_of(node.admin().get("/v1/apps")) == 2);
}

TEST_CASE("a second server on the same data_dir does not start") {
  temporary_folder folder;
  harness node{1, in(folder.path())};
  CHECK(why_not(folder.path()).find("in use by another server")
        != std::string::npos);
  node.client()->sync();
}

TEST_CASE("without a data_dir the configuration's apps are served") {
  temporary_folder folder;
  std::ofstream{folder.file("file")} << "x";
  harness node{1, in(folder.file("file/data"))};
  node.client()->sync();
  auto answer = node.admin().request("POST", "/v1/apps", new_app);
  CHECK(answer.status == 503);
  CHECK(answer.body.find("cannot be made") != std::string::npos);
}

TEST_CASE("stored apps that cannot be read are a reason not to start") {
  temporary_folder folder;
  std::ofstream{folder.file("apps.db")} << "no database at all, not even near";
  CHECK(why_not(folder.path()).find("apps.db") != std::string::npos);
}

TEST_CASE("a REGISTRY that dies is replaced, and nothing is lost") {
  for (auto how : {death::exit, death::exception}) {
    harness node{2};
    REQUIRE(ask(node, "POST", "/v1/apps", new_app) == 201);
    auto one = client_of(node, "k7");
    node.kill_registry(how);
    CHECK(apps_of(node.admin().get("/v1/apps")) == 2);
    CHECK(ask(node, "PATCH", "/v1/apps/7", R"({"client_events":false})")
          == 200);
    one->sync();
    node.kill_admin(how);
    CHECK(eventually([&] { return ask(node, "GET", "/v1/apps") == 200; }));
    CHECK(ask(node, "DELETE", "/v1/apps/7") == 204);
    CHECK(one->ends());
  }
}

TEST_CASE("a server that stops while apps change ends in peace") {
  for (int i = 0; i < 20; ++i) {
    harness node{2};
    std::atomic<bool> going{false};
    std::thread other{[&] {
      http_client admin{node.server().admin_port()};
      std::string token;
      std::ifstream{node.on(0, [](shard& s) { return s.settings.data_dir; })
                    + "/admin-token"}
          >> token;
      admin.bearer(token);
      try {
        for (;;) {
          if (admin.request("POST", "/v1/apps").status != 201)
            return;
          going = true;
        }
      } catch (const std::exception&) {
        // The server has gone.
      }
    }};
    CHECK(eventually([&] { return going.load(); }));
    node.server().stop();
    other.join();
  }
}

// -- reload -------------------------------------------------------------------

TEST_CASE("a reload applies what can be, and says what cannot") {
  configuration file;
  harness node{2, {}, file.again()};
  auto old = node.on(0, [](shard& s) { return s.settings; });
  file.change([&](auto& x) {
    x.settings = old;
    x.settings.apps.clear();
    x.settings.apps.emplace_back(); // GCC 12 dies of config::app{} here
    x.settings.limits.event_data = 20;
    x.settings.drain.duration = std::chrono::milliseconds{1234};
    x.settings.server.port = 1;
    x.settings.apps[0].client_events = false;
  });
  auto answer = node.admin().request("POST", "/v1/reload");
  CHECK(answer.status == 200);
  CHECK(answer.body
        == R"({"changes":[{"key":"server.port","result":"needs restart"},)"
           R"({"key":"limits.event_data","result":"applied"},)"
           R"({"key":"drain.duration","result":"applied"},)"
           R"({"key":"apps.1.client_events","result":"applied"}],)"
           R"("warnings":[]})");
  for (std::uint32_t i = 0; i < 2; ++i) {
    CHECK(node.on(i, [](shard& s) { return s.settings.limits.event_data; })
          == 20);
    CHECK(node.on(i, [](shard& s) { return s.settings.server.port; }) == 0);
    CHECK_FALSE(node.on(i, [](shard& s) { return s.apps[0].client_events; }));
  }
  CHECK(node.server().drain_duration() == std::chrono::milliseconds{1234});
  CHECK(node.api().publish("c", "e", std::string(21, 'x')).status == 413);
}

TEST_CASE("a configuration that is wrong changes nothing") {
  configuration file;
  harness node{1, {}, file.again()};
  file.change([](auto& x) {
    x.settings.apps.clear();
    x.errors.push_back({"t.toml", 3, 0, "limits.event_data", "is a mystery"});
  });
  auto answer = node.admin().request("POST", "/v1/reload");
  CHECK(answer.status == 422);
  CHECK(answer.body.find("t.toml:3: limits.event_data: is a mystery")
        != std::string::npos);
  node.client()->sync();
}

TEST_CASE("an app of the configuration hides one of its id, and lets it be") {
  configuration file;
  harness node{1, {}, file.again()};
  file.change([&](auto& x) {
    x.settings = node.on(0, [](shard& s) { return s.settings; });
    x.settings.apps.clear();
    x.settings.apps.emplace_back(); // GCC 12 dies of config::app{} here
  });
  REQUIRE(ask(node, "POST", "/v1/apps", new_app) == 201);
  auto one = client_of(node, "k7");
  file.change([](auto& x) {
    x.settings.apps.resize(2);
    x.settings.apps[1].id = "7";
    x.settings.apps[1].keys = {{"file-key", "file-secret"}};
  });
  auto answer = node.admin().request("POST", "/v1/reload");
  CHECK(answer.body.find("\"App 7 was made at run time") != std::string::npos);
  one->sync(); // the same app as far as it can tell
  client_of(node, "file-key")->sync();
  CHECK(refused(node, "k7"));
  CHECK(ask(node, "DELETE", "/v1/apps/7") == 409);
  file.change([](auto& x) { x.settings.apps.resize(1); });
  CHECK(ask(node, "POST", "/v1/reload") == 200);
  client_of(node, "k7")->sync();
  CHECK(refused(node, "file-key"));
}

TEST_CASE("a reload takes another token, and keeps the old one for none") {
  configuration file;
  temporary_folder folder;
  harness node{1, in(folder.path()), file.again()};
  file.change([&](auto& x) {
    x.settings = node.on(0, [](shard& s) { return s.settings; });
    x.settings.apps.clear();
    x.settings.apps.emplace_back(); // GCC 12 dies of config::app{} here
  });
  std::ofstream{folder.file("admin-token")} << "short";
  auto answer = node.admin().request("POST", "/v1/reload");
  CHECK(answer.status == 200);
  CHECK(answer.body.find("The admin token in") != std::string::npos);
  CHECK(ask(node, "GET", "/v1/apps") == 200);
  std::ofstream{folder.file("admin-token")} << "another-token-of-mine";
  CHECK(ask(node, "POST", "/v1/reload") == 200);
  CHECK(ask(node, "GET", "/v1/apps") == 401);
  node.admin().bearer("another-token-of-mine");
  CHECK(ask(node, "GET", "/v1/apps") == 200);
}

TEST_CASE("a server without a configuration to reload says so") {
  harness node{1};
  CHECK(ask(node, "POST", "/v1/reload") == 503);
  CHECK(ask(node, "GET", "/v1/reload") == 405);
}
