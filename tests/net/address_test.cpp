#include "net/address.hpp"

#include "net/address_table.hpp"
#include "tests/catch.hpp"

#include <string>
#include <vector>

using namespace tidewire;
using net::address_group;
using net::address_table;
using net::proxy_list;

namespace {

net::ip_address ip(std::string_view text) {
  auto result = config::parse_address(text);
  INFO(text);
  REQUIRE(result);
  return *result;
}

} // namespace

TEST_CASE("a network holds its addresses and no others") {
  auto holds = [](std::string_view network, std::string_view address) {
    auto parsed = config::parse_network(network);
    REQUIRE(parsed);
    return parsed->contains(ip(address));
  };
  CHECK(holds("10.0.0.0/8", "10.255.1.2"));
  CHECK_FALSE(holds("10.0.0.0/8", "11.0.0.0"));
  CHECK(holds("192.168.4.0/22", "192.168.7.255"));
  CHECK_FALSE(holds("192.168.4.0/22", "192.168.8.0"));
  CHECK(holds("127.0.0.1", "127.0.0.1"));
  CHECK_FALSE(holds("127.0.0.1", "127.0.0.2"));
  CHECK(holds("0.0.0.0/0", "203.0.113.9"));
  CHECK_FALSE(holds("0.0.0.0/0", "2001:db8::1"));
  CHECK(holds("::/0", "203.0.113.9"));
  CHECK(holds("2001:db8::/33", "2001:db8:7fff::1"));
  CHECK_FALSE(holds("2001:db8::/33", "2001:db8:8000::1"));
  // A socket of IPv6 sees IPv4 clients so.
  CHECK(holds("10.0.0.0/8", "::ffff:10.1.2.3"));
}

TEST_CASE("an address that is none is none") {
  for (auto text : {"", "1.2.3", "1.2.3.4.5", "256.1.1.1", "::g", "[::1]",
                    "1.2.3.4:80", "example.com", " 1.2.3.4"})
    CHECK_FALSE(config::parse_address(text));
  CHECK_FALSE(config::parse_address(std::string_view("1.2.3.4\0", 8)));
}

TEST_CASE("hosts of one IPv6 network are one group, IPv4 hosts are not") {
  CHECK(address_group(ip("2001:db8:1:2::1"))
        == address_group(ip("2001:db8:1:2:ffff::9")));
  CHECK(address_group(ip("2001:db8:1:2::1"))
        != address_group(ip("2001:db8:1:3::1")));
  CHECK(address_group(ip("192.0.2.1")) != address_group(ip("192.0.2.2")));
  CHECK(address_group(ip("192.0.2.1"))
        == address_group(ip("::ffff:192.0.2.1")));
}

TEST_CASE("X-Forwarded-For counts as far as trusted proxies wrote it") {
  const std::vector<std::string> networks{"10.0.0.0/8", "fd00::/8"};
  proxy_list proxies{networks};
  auto client = [&](std::string_view peer, std::string_view forwarded) {
    return proxies.client(ip(peer), forwarded);
  };
  // Nobody asked a stranger.
  CHECK(client("192.0.2.1", "198.51.100.7") == ip("192.0.2.1"));
  CHECK(client("10.0.0.1", "198.51.100.7") == ip("198.51.100.7"));
  // What the client itself wrote stands to the left.
  CHECK(client("10.0.0.1", "203.0.113.66, 198.51.100.7") == ip("198.51.100.7"));
  CHECK(client("10.0.0.1", "203.0.113.66,198.51.100.7, 10.9.9.9")
        == ip("198.51.100.7"));
  CHECK(client("10.0.0.1", "10.2.2.2, 10.9.9.9") == ip("10.2.2.2"));
  CHECK(client("10.0.0.1", "") == ip("10.0.0.1"));
  CHECK(client("fd00::1", "2001:db8::5") == ip("2001:db8::5"));
  CHECK(client("fd00::1", "[2001:db8::5]:4711") == ip("2001:db8::5"));
  CHECK(client("10.0.0.1", " 198.51.100.7:50000 ") == ip("198.51.100.7"));
  CHECK(client("10.0.0.1", "198.51.100.7,,") == ip("198.51.100.7"));
  // What is no address hides what stands left of it.
  CHECK(client("10.0.0.1", "198.51.100.7, unknown") == ip("10.0.0.1"));
  CHECK(client("10.0.0.1", "198.51.100.7, unknown, 10.3.3.3")
        == ip("10.3.3.3"));
  CHECK(client("10.0.0.1", "[2001:db8::5") == ip("10.0.0.1"));
}

TEST_CASE("without proxies nobody is believed") {
  CHECK(proxy_list{}.client(ip("127.0.0.1"), "198.51.100.7")
        == ip("127.0.0.1"));
}

TEST_CASE("a group has as many places as its limit, at once and again") {
  address_table table;
  std::vector<address_table::place> held;
  for (int i = 0; i < 5; ++i) {
    auto place = table.enter(9, 5);
    REQUIRE(place);
    held.push_back(*place);
  }
  CHECK_FALSE(table.enter(9, 5));
  CHECK(table.count(9) == 5);
  table.leave(held.back());
  CHECK(table.enter(9, 5));
  CHECK_FALSE(table.enter(9, 5));
  CHECK(table.enter(10, 5));
  CHECK(table.count(11) == 0);
}

TEST_CASE("groups do not get into each other's way, and leave nothing behind") {
  address_table table;
  std::vector<address_table::place> held;
  std::size_t uncounted = 0;
  for (std::uint64_t group = 1; group <= 20'000; ++group) {
    auto place = table.enter(group, 1);
    REQUIRE(place);
    held.push_back(*place);
    uncounted += *place == 0 ? 1u : 0u;
  }
  CHECK(uncounted < 20); // crowded buckets: about one in a hundred thousand
  for (std::uint64_t group = 1; group <= 20'000; ++group)
    if (held[group - 1] != 0)
      CHECK_FALSE(table.enter(group, 1));
  for (auto place : held)
    table.leave(place);
  for (std::uint64_t group = 1; group <= 20'000; ++group)
    CHECK(table.count(group) == 0);
}

TEST_CASE("a crowded table lets newcomers pass uncounted") {
  address_table table;
  std::size_t uncounted = 0;
  for (std::uint64_t group = 1; group <= 200'000; ++group) {
    auto place = table.enter(group, 1);
    REQUIRE(place);
    uncounted += *place == 0 ? 1u : 0u;
  }
  CHECK(uncounted > 0);
  table.leave(0); // does nothing
}

TEST_CASE("without a limit nothing is counted") {
  address_table table;
  for (int i = 0; i < 100; ++i)
    CHECK(table.enter(9, 0) == address_table::place{0});
  CHECK(table.count(9) == 0);
}
