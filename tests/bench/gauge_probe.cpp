#include "bench/gauge_probe.hpp"

#include "tests/catch.hpp"

using tidewire::bench::parse_gauge;

TEST_CASE("the gauge of one app is found among the metrics") {
  const auto text = "# HELP tidewire_connections Open connections.\n"
                    "# TYPE tidewire_connections gauge\n"
                    "tidewire_connections{app_id=\"1\"} 4711\n"
                    "tidewire_connections{app_id=\"12\"} 5\n"
                    "tidewire_connections_opened_total{app_id=\"1\"} 9999\n"
                    "tidewire_cluster_connections{app_id=\"1\"} 8888\n";
  CHECK(parse_gauge(text, "1") == 4711u);
  CHECK(parse_gauge(text, "12") == 5u);
}

TEST_CASE("an app that never had a connection has 0") {
  CHECK(parse_gauge("# TYPE tidewire_connections gauge\n", "1") == 0u);
  CHECK(parse_gauge("tidewire_connections{app_id=\"2\"} 3\n", "1") == 0u);
}

TEST_CASE("metrics without the gauge are not a gauge of 0") {
  CHECK_FALSE(parse_gauge("", "1"));
  CHECK_FALSE(
      parse_gauge("tidewire_connections_opened_total{app_id=\"1\"} 3\n", "1"));
}
