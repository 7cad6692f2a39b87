#include "config/reload.hpp"

#include "config/schema.hpp"
#include "tests/catch.hpp"

#include <algorithm>

using namespace tidewire::config;

namespace {

std::string told(const reloaded_settings& what) {
  std::string result;
  for (const auto& each : what.changes)
    result += each.key + ": " + std::string(outcome_of(each)) + '\n';
  return result;
}

/// Another value of the same type; whether it is allowed does not matter here.
void change_value(const leaf& where) {
  std::visit(
      [](auto* value) {
        using type = std::decay_t<decltype(*value)>;
        if constexpr (std::is_same_v<type, std::string>)
          *value += 'x';
        else if constexpr (std::is_same_v<type, bool>)
          *value = !*value;
        else if constexpr (std::is_same_v<type, std::vector<std::string>>)
          value->push_back("x");
        else
          ++*value;
      },
      where);
}

} // namespace

TEST_CASE("nothing has changed: nothing is reported") {
  const settings same;
  const auto result = take_over(same, same);
  CHECK(result.changes.empty());
  CHECK(result.settings == same);
}

TEST_CASE("what a running server can take is applied, the rest is kept") {
  settings running;
  auto fresh = running;
  fresh.limits.max_message = 2 * running.limits.max_message;
  fresh.drain.duration = std::chrono::seconds{3};
  fresh.log.level = "debug";
  fresh.server.port = 7001;
  fresh.data_dir = "/elsewhere";
  const auto result = take_over(running, fresh);
  CHECK(told(result)
        == "data_dir: needs restart\nserver.port: needs restart\n"
           "limits.max_message: applied\ndrain.duration: applied\n"
           "log.level: applied\n");
  CHECK(result.settings.limits == fresh.limits);
  CHECK(result.settings.drain == fresh.drain);
  CHECK(result.settings.log.level == "debug");
  CHECK(result.settings.server == running.server);
  CHECK(result.settings.data_dir == running.data_dir);
}

TEST_CASE("what needs a restart is reported again until there was one") {
  settings running;
  auto fresh = running;
  fresh.server.port = 7001;
  const auto once = take_over(running, fresh);
  CHECK(told(take_over(once.settings, fresh)) == told(once));
}

TEST_CASE("every key is reported and treated as the table says") {
  settings fresh;
  const auto count = leaves_of(fresh).size();
  for (std::size_t i = 0; i < count; ++i) {
    const settings running;
    fresh = running;
    const auto each = leaves_of(fresh)[i];
    if (each.key.starts_with("apps["))
      continue;
    INFO(each.key);
    change_value(each.where);
    const auto result = take_over(running, fresh);
    // A list is taken over as a whole, and reported so.
    const auto key = each.key.substr(0, each.key.find('['));
    CHECK(result.changes
          == std::vector<change>{{key, each.what->needs_restart}});
    CHECK((result.settings == fresh) != each.what->needs_restart);
  }
}

TEST_CASE("ports, addresses, reactors and data_dir need a restart") {
  settings all;
  std::vector<std::string> keys;
  for (const auto& each : leaves_of(all))
    if (each.what->needs_restart)
      keys.push_back(each.key);
  for (const auto* key :
       {"data_dir", "server.host", "server.port", "server.reactors",
        "admin.host", "admin.port", "log.format"})
    CHECK(std::find(keys.begin(), keys.end(), key) != keys.end());
  for (const auto& key : keys) {
    INFO(key);
    CHECK_FALSE(key.starts_with("limits."));
    CHECK_FALSE(key.starts_with("drain."));
    CHECK_FALSE(key.starts_with("apps["));
    CHECK(key != "log.level");
  }
}

TEST_CASE("apps are compared by id, wherever they stand") {
  settings running;
  running.apps.resize(3);
  running.apps[0].id = "1";
  running.apps[1].id = "2";
  running.apps[2].id = "3";
  auto fresh = running;
  std::swap(fresh.apps[0], fresh.apps[1]);
  fresh.apps[0].client_events = false;
  fresh.apps[0].keys.push_back({"k", "s"});
  fresh.apps[2].id = "4";
  const auto result = take_over(running, fresh);
  CHECK(told(result)
        == "apps.2.keys: applied\napps.2.client_events: applied\n"
           "apps.4: applied\napps.3: applied\n");
  CHECK(result.settings.apps == fresh.apps);
}
