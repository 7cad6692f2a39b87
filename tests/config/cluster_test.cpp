// What holds between the keys of [cluster], and between them and others.
#include "config/endpoint.hpp"
#include "tests/catch.hpp"
#include "tests/config/support.hpp"

using namespace tidewire::config;
using namespace tidewire::config::test;

namespace {

std::string cluster(const std::string& keys) {
  return lines(load_text("[cluster]\n" + keys));
}

} // namespace

TEST_CASE("a node is alone until anything is said about a cluster") {
  CHECK_FALSE(settings{}.cluster.enabled);
  CHECK_FALSE(load_text("").settings.cluster.enabled);
  CHECK(load_text("[cluster]\nname = \"x\"\n").settings.cluster.enabled);
  CHECK(load_text("[cluster.tls]\nca = \"\"\n").settings.cluster.enabled);
  surroundings flag;
  flag.flags = {{"--cluster-listen", "127.0.0.1:7000"}};
  CHECK(load_without_file(flag).settings.cluster.enabled);
  surroundings variable;
  variable.environment = {{"TIDEWIRE_CLUSTER__PEERS", "a:6101"}};
  CHECK(load_without_file(variable).settings.cluster.enabled);
}

TEST_CASE("a cluster can be switched off with all its keys in place") {
  const auto loaded =
      load_text("[cluster]\nenabled = false\nlisten = \"0.0.0.0:6101\"\n");
  CHECK(lines(loaded).empty());
  CHECK_FALSE(loaded.settings.cluster.enabled);
}

TEST_CASE("peers are hosts and ports, by file and by flag") {
  const auto loaded =
      load_text("[cluster]\npeers = [\"node-a:6101\", \"[fd00::1]:1\", "
                "\"10.0.0.1:65535\"]\n");
  CHECK(lines(loaded).empty());
  CHECK(loaded.settings.cluster.peers.size() == 3);
  surroundings flag;
  flag.flags = {{"--cluster-peers", "a:1,b:2"}};
  CHECK(load_without_file(flag).settings.cluster.peers
        == std::vector<std::string>{"a:1", "b:2"});
  for (const auto* wrong : {"a", "a:", ":1", "a:0", "a:65536", "a:b", "a:1x",
                            "a b:1", "fd00::1:6", "[fd00::1:6", "a:-1"})
    CHECK(cluster("peers = [\"" + std::string(wrong) + "\"]\n")
              .find("expected a host and a port such as \"10.0.0.2:6101\"")
          != std::string::npos);
}

TEST_CASE("a node listens at an address, not at a name") {
  CHECK(cluster("listen = \"localhost:0\"\n").empty());
  CHECK(cluster("listen = \"[::1]:6101\"\n").empty());
  CHECK(cluster("listen = \"node-a:6101\"\n").find("expected an address")
        != std::string::npos);
  CHECK(cluster("listen = \"6101\"\n").find("expected an address")
        != std::string::npos);
}

TEST_CASE("other machines may reach the port only with a secret") {
  CHECK(cluster("listen = \"127.0.0.1:7000\"\n").empty());
  CHECK(cluster("listen = \"10.0.0.1:7000\"\n")
        == "t.toml:1: cluster.secret: is missing, while cluster.listen "
           "\"10.0.0.1:7000\" is open to other machines; give all nodes the "
           "same secret, such as the output of: openssl rand -hex 32");
  CHECK(cluster("listen = \"10.0.0.1:7000\"\nsecret_file = \"s\"\n").empty());
  CHECK(cluster("listen = \"10.0.0.1:7000\"\n"
                "secret = \"0123456789abcdef\"\n")
            .empty());
  CHECK(cluster("listen = \"[fd00::1]:7000\"\nsecret = \"0123456789abcde\"\n")
            .find("has fewer than 16 characters")
        != std::string::npos);
  CHECK(cluster("secret = \"a\"\nsecret_file = \"b\"\n")
        == "t.toml:3: cluster.secret_file: is set, and cluster.secret is, too; "
           "keep one of them");
}

TEST_CASE("who listens everywhere says where he is") {
  const std::string secret = "secret_file = \"s\"\n";
  for (const auto* each : {"0.0.0.0:7000", "[::]:7000"}) {
    const auto listen = "listen = \"" + std::string(each) + "\"\n" + secret;
    CHECK(cluster(listen).find("cluster.advertise: is missing")
          != std::string::npos);
    CHECK(cluster(listen + "advertise = \"node-a:7000\"\n").empty());
  }
}

TEST_CASE("lost is longer than suspect, and suspect than a heartbeat") {
  CHECK(cluster("heartbeat = \"1s\"\nsuspect = \"1001ms\"\n"
                "lost = \"1002ms\"\n")
            .empty());
  CHECK(cluster("heartbeat = \"2500ms\"\n")
            .find("cluster.suspect: found \"2500ms\", expected more than "
                  "\"2500ms\", which is cluster.heartbeat")
        != std::string::npos);
  CHECK(cluster("lost = \"2500ms\"\n")
            .find("expected more than \"2500ms\", which is cluster.suspect")
        != std::string::npos);
  CHECK_FALSE(cluster("heartbeat = \"49ms\"\n").empty());
  CHECK_FALSE(cluster("max_unacknowledged = \"1KiB\"\n").empty());
}

TEST_CASE("TLS between nodes needs all three files") {
  CHECK(cluster("[cluster.tls]\ncertificate = \"a\"\nkey = \"b\"\nca = "
                "\"c\"\n")
            .empty());
  CHECK(cluster("[cluster.tls]\ncertificate = \"a\"\n")
            .find("cluster.tls.key: is empty; cluster.tls needs certificate, "
                  "key and ca")
        != std::string::npos);
  CHECK(cluster("[cluster.tls]\nca = \"a\"\n").find("cluster.tls.certificate")
        != std::string::npos);
}

TEST_CASE("the cluster has a port of its own") {
  CHECK(cluster("listen = \"127.0.0.1:6001\"\n")
            .find("whose port server.port is, too")
        != std::string::npos);
  CHECK(cluster("listen = \"127.0.0.1:9601\"\n")
            .find("whose port admin.port is, too")
        != std::string::npos);
  CHECK(cluster("listen = \"127.0.0.2:9601\"\n").empty());
}

TEST_CASE("endpoints are taken apart and put together again") {
  for (const auto* each : {"10.0.0.1:6101", "[fd00::1]:6101", "node-a:1"}) {
    const auto parts = split_endpoint(each);
    REQUIRE(parts);
    CHECK(join_endpoint(parts->host, std::to_string(parts->port)) == each);
  }
  CHECK(split_endpoint("[fd00::1]:6101")->host == "fd00::1");
  CHECK_FALSE(split_endpoint(""));
  CHECK_FALSE(split_endpoint(":"));
  CHECK_FALSE(split_endpoint("[]:1"));
}
