#include "actors/metrics.hpp"

#include "actors/state/node_limits.hpp"
#include "tests/catch.hpp"

using namespace tidewire;

namespace {

config::app named_app(std::string id) {
  config::app out;
  out.id = std::move(id);
  out.keys.clear();
  return out;
}

std::size_t count(const std::string& text, const std::string& what) {
  std::size_t result = 0;
  for (auto at = text.find(what); at != std::string::npos;
       at = text.find(what, at + 1))
    ++result;
  return result;
}

} // namespace

TEST_CASE("an app that was deleted and made again is one series") {
  auto table = app_table{{named_app("1"), named_app("2")}}
                   .with({named_app("2")})
                   .with({named_app("1"), named_app("2")});
  gauge_reading reading;
  reading.apps.resize(3);
  reading.apps[0].open = 3; // still being sent away
  reading.apps[0].opened = 10;
  reading.apps[1].open = 5;
  reading.apps[2].open = 4;
  reading.apps[2].opened = 4;
  auto text = render_metrics(reading, table, {});
  CHECK(count(text, "tidewire_connections{app_id=\"1\"} 7\n") == 1);
  CHECK(count(text, "tidewire_connections{app_id=\"2\"} 5\n") == 1);
  CHECK(count(text, "tidewire_connections_opened_total{app_id=\"1\"} 14\n")
        == 1);
  CHECK(count(text, "tidewire_connections{app_id=\"1\"}") == 1);
  CHECK(render_gauge(reading, table)
            .find("\"total\":12,\"apps\":{\"1\":7,"
                  "\"2\":5}")
        != std::string::npos);
}

TEST_CASE("a reading and a table may know of different apps") {
  app_table table{{named_app("1"), named_app("2")}};
  gauge_reading fewer, more;
  fewer.apps.resize(1);
  more.apps.resize(3);
  more.apps[2].open = 1;
  CHECK(render_metrics(fewer, table, {}).find("app_id=\"2\"")
        == std::string::npos);
  CHECK(render_metrics(more, table, {}).find("app_id=\"2\"")
        != std::string::npos);
}

TEST_CASE("the state of caps is told of the apps that have one") {
  auto table = app_table{{named_app("1"), named_app("2"), named_app("3")}}
                   .with({named_app("2"), named_app("3")})
                   .with({named_app("1"), named_app("2"), named_app("3")});
  node_limits doors;
  doors.rule(0, {.capped = true, .level = meter::cap_level::over}); // is gone
  doors.rule(3, {.capped = true, .level = meter::cap_level::grace});
  doors.rule(1, {.capped = true});
  auto text = render_metrics({}, table, doors);
  CHECK(count(text, "tidewire_cap_state{app_id=\"1\"} 2\n") == 1);
  CHECK(count(text, "tidewire_cap_state{app_id=\"2\"} 0\n") == 1);
  CHECK(count(text, "tidewire_cap_state{") == 2);
}
