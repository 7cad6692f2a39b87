// Rules between keys.
#include "config/app_limits.hpp"
#include "tests/catch.hpp"
#include "tests/config/support.hpp"

using namespace tidewire::config;
using namespace tidewire::config::test;

TEST_CASE("two apps with one id are an error at the second") {
  CHECK(lines(load_text("[[apps]]\nkeys = [{ key = \"a\", secret = \"b\" }]\n"
                        "[[apps]]\nid = \"1\"\n"
                        "keys = [{ key = \"c\", secret = \"d\" }]\n"))
        == "t.toml:4: apps[1].id: found \"1\", which is apps[0].id, too; give "
           "every app an id of its own");
}

TEST_CASE("an app without an id beside the demo id is sent to its table") {
  CHECK(lines(load_text("[[apps]]\n[[apps]]\n"
                        "keys = [{ key = \"c\", secret = \"d\" }]\n"))
        == "t.toml:2: apps[1].id: found \"1\", which is apps[0].id, too; give "
           "every app an id of its own");
}

TEST_CASE("a key that two apps have is an error, and so is one twice") {
  CHECK(lines(load_text("[[apps]]\n[[apps]]\nid = \"2\"\n"
                        "keys = [{ key = \"app-key\", secret = \"d\" }]\n"))
        == "t.toml:4: apps[1].keys[0].key: found \"app-key\", which is "
           "apps[0].keys[0].key, too; a key belongs to one app, once");
  CHECK(lines(load_text("[[apps]]\nkeys = [{ key = \"a\", secret = \"b\" },\n"
                        "{ key = \"a\", secret = \"c\" }]\n"))
        == "t.toml:3: apps[0].keys[1].key: found \"a\", which is "
           "apps[0].keys[0].key, too; a key belongs to one app, once");
}

TEST_CASE("an id that can stand in no path is one error, not two") {
  CHECK(lines(load_text("[[apps]]\n[[apps]]\nid = \"a/b\"\n"
                        "keys = [{ key = \"c\", secret = \"d\" }]\n"))
        == "t.toml:3: apps[1].id: found \"a/b\", expected 1 to 64 letters, "
           "digits, or any of -_.");
}

TEST_CASE("an id that is a word is a warning") {
  CHECK(lines(load_text("[[apps]]\nid = \"one\"\n"
                        "keys = [{ key = \"c\", secret = \"d\" }]\n"))
        == "t.toml:2: apps[0].id: \"one\" is no number; Pusher's library for "
           "Python refuses such an id");
}

TEST_CASE("an app without keys is an error") {
  CHECK(lines(load_text("[[apps]]\nkeys = []\n"))
        == "t.toml:2: apps[0].keys: found an empty list, expected at least one "
           "key and secret");
}

TEST_CASE("a key or secret that is missing or empty is an error") {
  CHECK(lines(load_text("[[apps]]\nkeys = [{ key = \"a\" }]\n"))
        == "t.toml:2: apps[0].keys[0].secret: is missing, expected 1 to 200 "
           "printable ASCII characters without spaces");
  CHECK(lines(load_text("[[apps]]\nkeys = [\n{ secret = \"a\" }]\n"))
        == "t.toml:3: apps[0].keys[0].key: is missing, expected 1 to 200 "
           "letters, digits, or any of -_.~");
  CHECK(lines(load_text("[[apps]]\nkeys = [{ key = \"a\", secret = \"\" }]\n"))
        == "t.toml:2: apps[0].keys[0].secret: found \"\", expected 1 to 200 "
           "printable ASCII characters without spaces");
  CHECK(lines(load_text("[[apps]]\nkeys = [{ key = \"\", secret = \"a\" }]\n"))
        == "t.toml:2: apps[0].keys[0].key: found \"\", expected 1 to 200 "
           "letters, digits, or any of -_.~");
}

TEST_CASE("no apps at all is a warning") {
  const auto loaded = load_text("apps = []");
  CHECK(loaded.ok());
  CHECK(lines(loaded)
        == "t.toml:1: apps: there is no app, so that every connection is "
           "refused");
  CHECK(loaded.settings.apps.empty());
}

TEST_CASE("a webhook without a URL, or without events, is an error") {
  CHECK(load_text("[[apps]]\n[[apps.webhooks]]\n").errors.at(0)
        == problem{"t.toml", 2, 0, "apps[0].webhooks[0].url",
                   "is missing, expected a URL such as "
                   "\"https://example.com/hook\"",
                   grade::error});
  const auto loaded =
      load_text("[[apps]]\n[[apps.webhooks]]\nurl = \"http://a\"\n"
                "events = []\n");
  REQUIRE(loaded.errors.size() == 1);
  CHECK(to_string(loaded.errors[0])
        == "t.toml:4: apps[0].webhooks[0].events: found an empty list, "
           "expected at least one event");
}

TEST_CASE("an unknown webhook event is an error that shows the known ones") {
  const auto loaded =
      load_text("[[apps]]\n[[apps.webhooks]]\nurl = \"http://a\"\n"
                "events = [\"member_added\", \"channel_ocupied\"]\n");
  REQUIRE(loaded.errors.size() == 1);
  CHECK(to_string(loaded.errors[0])
        == "t.toml:4: apps[0].webhooks[0].events[1]: found "
           "\"channel_ocupied\", expected one of \"channel_occupied\", "
           "\"channel_vacated\", \"member_added\", \"member_removed\", "
           "\"client_event\", \"cache_miss\", \"subscription_count\"");
}

TEST_CASE("a URL that an app gives twice is an error at the second") {
  CHECK(lines(load_text("[[apps]]\n[[apps.webhooks]]\nurl = \"http://a\"\n"
                        "[[apps.webhooks]]\nurl = \"http://a\"\n"))
        == "t.toml:5: apps[0].webhooks[1].url: found \"http://a\", which is "
           "apps[0].webhooks[0].url, too; give one webhook the events of both");
}

TEST_CASE("the delay of a departure is at most three seconds") {
  CHECK(load_text("[webhooks]\ndelay = \"3s\"\n").ok());
  CHECK_FALSE(load_text("[webhooks]\ndelay = \"3001ms\"\n").ok());
}

TEST_CASE("server and admin on one port are an error") {
  CHECK(lines(load_text("[admin]\nport = 6001\n"))
        == "t.toml:2: admin.port: found 6001, which both server.port and "
           "admin.port are; give them different ports");
  CHECK(lines(load_text("[server]\nport = 9601\n"))
        == "t.toml:2: server.port: found 9601, which both server.port and "
           "admin.port are; give them different ports");
}

TEST_CASE("one port on two addresses is fine, and so is port 0 twice") {
  CHECK(lines(load_text("[server]\nhost = \"127.0.0.1\"\nport = 7\n"
                        "[admin]\nhost = \"127.0.0.2\"\nport = 7\n"))
            .empty());
  CHECK(lines(load_text("server.port = 0\nadmin.port = 0\n")).empty());
  CHECK_FALSE(load_text("[server]\nhost = \"::\"\nport = 7\n"
                        "[admin]\nhost = \"::1\"\nport = 7\n")
                  .ok());
}

TEST_CASE("a limit must fit into the limit around it") {
  CHECK(lines(load_text("[limits]\nevent_data = \"128KiB\"\n"))
        == "t.toml:2: limits.event_data: found \"128KiB\", expected at most "
           "\"64KiB\", which is limits.max_message");
  CHECK(lines(load_text("[limits]\nevent_data = \"512KiB\"\n"
                        "max_message = \"1MiB\"\n"))
        == "t.toml:2: limits.event_data: found \"512KiB\", expected at most "
           "\"256KiB\", which is limits.max_http_body");
  CHECK(lines(load_text("[limits]\npresence_user = \"128KiB\"\n"))
        == "t.toml:2: limits.presence_user: found \"128KiB\", expected at most "
           "\"64KiB\", which is limits.max_message");
  CHECK(lines(load_text("[limits]\nmax_message = \"2MiB\"\n"))
        == "t.toml:2: limits.max_message: found \"2MiB\", expected at most "
           "\"1MiB\", which is limits.max_outbox");
}

TEST_CASE("the limits of an app must fit into those around them") {
  CHECK(lines(load_text("[[apps]]\n[apps.limits]\nevent_data = \"128KiB\"\n"))
        == "t.toml:3: apps[0].limits.event_data: found \"128KiB\", expected at "
           "most \"64KiB\", which is limits.max_message");
  CHECK(lines(load_text("[[apps]]\n[apps.limits]\nevent_data = \"512KiB\"\n"
                        "max_message = \"1MiB\"\n"))
        == "t.toml:3: apps[0].limits.event_data: found \"512KiB\", expected at "
           "most \"256KiB\", which is limits.max_http_body");
  CHECK(lines(load_text("[[apps]]\n[apps.limits]\nmax_message = \"2MiB\"\n"))
        == "t.toml:3: apps[0].limits.max_message: found \"2MiB\", expected at "
           "most \"1MiB\", which is limits.max_outbox");
  CHECK(lines(load_text("[[apps]]\n[apps.limits]\nmax_message = \"5KiB\"\n"))
        == "t.toml:3: apps[0].limits.max_message: found \"5KiB\", expected at "
           "least \"10KiB\", so that an event fits, or 0");
  CHECK(lines(load_text("[[apps]]\n[apps.limits]\nmax_message = \"5KiB\"\n"
                        "event_data = \"4KiB\"\n"))
            .empty());
}

TEST_CASE("an app's limit of 0 is that of everybody") {
  const auto loaded =
      load_text("[limits]\nevent_name = 50\n[[apps]]\n[apps.limits]\n"
                "event_data = \"20KiB\"\nsubscriptions_per_connection = 3\n");
  REQUIRE(loaded.ok());
  const auto all =
      limits_of(loaded.settings.limits, loaded.settings.apps[0].limits);
  CHECK(all.event_name == 50);
  CHECK(all.event_data == 20 * kib);
  CHECK(all.subscriptions_per_connection == 3);
  CHECK(all.max_message == 64 * kib);
}

TEST_CASE("a proxy that is no network is an error at its place") {
  CHECK(lines(load_text("[server]\ntrusted_proxies = [\"10.0.0.0/8\",\n"
                        "\"proxy.local\"]\n"))
        == "t.toml:3: server.trusted_proxies[1]: found \"proxy.local\", "
           "expected an address or a network such as \"10.0.0.0/8\" or "
           "\"fd00::/8\"");
}

TEST_CASE("a limit that is wrong itself is not held against another") {
  CHECK(load_text("[limits]\nmax_message = \"x\"\nevent_data = \"100KiB\"\n")
            .errors.size()
        == 1);
}

TEST_CASE("the activity timeout is whole seconds, as clients are told it") {
  CHECK(lines(load_text("[limits]\nactivity_timeout = \"1500ms\"\n"))
        == "t.toml:2: limits.activity_timeout: found \"1500ms\", expected "
           "whole seconds, because clients are told it so");
  CHECK(load_text("[limits]\nactivity_timeout = \"2000ms\"\n").ok());
}

TEST_CASE("the public demo secret on a public address is a warning") {
  const auto loaded = load_text("[server]\nhost = \"0.0.0.0\"\n");
  CHECK(loaded.ok());
  REQUIRE(loaded.warnings.size() == 1);
  CHECK(loaded.warnings[0].key == "apps[0].keys[0].secret");
  CHECK(loaded.warnings[0].message
        == "is the public demo secret, while server.host \"0.0.0.0\" is open "
           "to others: anybody can publish and subscribe");
}

TEST_CASE("the demo secret is nothing to warn about where nobody gets at it") {
  for (const auto* file :
       {"", "server.host = \"127.0.0.1\"", "server.host = \"localhost\"",
        "server.host = \"::1\"",
        "server.host = \"0.0.0.0\"\n[[apps]]\nenabled = false\n",
        "server.host = \"0.0.0.0\"\n[[apps]]\n"
        "keys = [{ key = \"a\", secret = \"b\" }]\n"}) {
    INFO(file);
    CHECK(lines(load_text(file)).empty());
  }
}
