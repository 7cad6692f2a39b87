// [meter], [[tiers]] and [[accounts]].
#include "config/accounts.hpp"
#include "config/rules.hpp"
#include "tests/catch.hpp"
#include "tests/config/support.hpp"

using namespace tidewire::config;
using namespace tidewire::config::test;

TEST_CASE("the tiers to begin with are examples that bind nobody") {
  const auto all = load_text("").settings;
  REQUIRE(all.tiers.size() == 4);
  CHECK(all.tiers[0].name == "free");
  CHECK(all.tiers[0].connections == 100);
  CHECK(all.tiers[0].broadcasts == 500'000);
  CHECK(all.tiers[1].name == "side");
  CHECK(all.tiers[2].name == "indie");
  CHECK(all.tiers[3].name == "business");
  CHECK(all.apps[0].tier.empty());
  CHECK(all.accounts.empty());
}

TEST_CASE("an app can have one of them without any more ado") {
  CHECK(lines(load_text("[[apps]]\ntier = \"free\"\n")).empty());
}

TEST_CASE("the tiers of a file replace them all") {
  const auto loaded = load_text("[[tiers]]\nname = \"gold\"\ngrace = \"1d\"\n"
                                "over = \"observe\"\n");
  CHECK(lines(loaded).empty());
  REQUIRE(loaded.settings.tiers.size() == 1);
  CHECK(loaded.settings.tiers[0].grace == std::chrono::hours{24});
  CHECK(loaded.settings.tiers[0].near == 80);
  CHECK(load_text("tiers = []\n").settings.tiers.empty());
}

TEST_CASE("a tier that is not there is an error that says which was meant") {
  CHECK(lines(load_text("[[apps]]\ntier = \"buisness\"\n"))
        == "t.toml:2: apps[0].tier: found \"buisness\", which is not in "
           "[[tiers]]; did you mean \"business\"?");
  CHECK(lines(load_text("[[accounts]]\nname = \"a\"\ntier = \"fre\"\n"))
        == "t.toml:3: accounts[0].tier: found \"fre\", which is not in "
           "[[tiers]]; did you mean \"free\"?");
  CHECK(lines(load_text("tiers = []\n[[apps]]\ntier = \"free\"\n"))
        == "t.toml:3: apps[0].tier: found \"free\", which is not in "
           "[[tiers]], where there are none");
}

TEST_CASE("an account that is not there is an error, too") {
  CHECK(lines(load_text("[[accounts]]\nname = \"acme\"\n"
                        "[[apps]]\naccount = \"akme\"\n"))
        == "t.toml:4: apps[0].account: found \"akme\", which is not in "
           "[[accounts]]; did you mean \"acme\"?");
}

TEST_CASE("two tiers or accounts of one name are an error at the second") {
  CHECK(lines(load_text("[[tiers]]\nname = \"a\"\n[[tiers]]\n"
                        "name = \"a\"\n"))
        == "t.toml:4: tiers[1].name: found \"a\", which is tiers[0].name, "
           "too; give every tier a name of its own");
  CHECK(lines(load_text("[[accounts]]\nname = \"a\"\n[[accounts]]\n"
                        "name = \"a\"\n"))
        == "t.toml:4: accounts[1].name: found \"a\", which is "
           "accounts[0].name, too; give every account a name of its own");
}

TEST_CASE("a tier or account without a name is an error") {
  CHECK(lines(load_text("[[tiers]]\nconnections = 1\n"))
        == "t.toml:1: tiers[0].name: is missing, expected 1 to 64 letters, "
           "digits, or any of -_.");
  CHECK(lines(load_text("[[accounts]]\nmax_apps = 1\n"))
        == "t.toml:1: accounts[0].name: is missing, expected 1 to 64 letters, "
           "digits, or any of -_.");
}

TEST_CASE("an app in two accounts is an error, however it got there") {
  CHECK(lines(load_text("[[accounts]]\nname = \"a\"\napps = [\"1\"]\n"
                        "[[accounts]]\nname = \"b\"\napps = [\"1\"]\n"))
        == "t.toml:6: accounts[1].apps[0]: found \"1\", which is "
           "accounts[0].apps[0], too; an app belongs to one account, once");
  CHECK(lines(load_text("[[accounts]]\nname = \"a\"\napps = [\"1\"]\n"
                        "[[accounts]]\nname = \"b\"\n"
                        "[[apps]]\naccount = \"b\"\n"))
        == "t.toml:7: apps[0].account: found \"b\", while accounts[0].apps[0] "
           "gives the app to another account; an app belongs to one account");
}

TEST_CASE("an account that lists an app that names it is in order") {
  CHECK(lines(load_text("[[accounts]]\nname = \"a\"\napps = [\"1\"]\n"
                        "tier = \"side\"\n"
                        "[[apps]]\naccount = \"a\"\ntier = \"free\"\n"))
            .empty());
}

TEST_CASE("an account lists apps that are made at run time, too") {
  CHECK(lines(load_text("[[accounts]]\nname = \"a\"\napps = [\"77\"]\n"))
            .empty());
}

TEST_CASE("an account has at most its number of apps") {
  const std::string two = "[[apps]]\naccount = \"a\"\n[[apps]]\nid = \"2\"\n"
                          "keys = [{ key = \"k\", secret = \"s\" }]\n"
                          "[[accounts]]\nname = \"a\"\napps = [\"2\"]\n";
  CHECK(lines(load_text(two + "max_apps = 2\n")).empty());
  CHECK(lines(load_text(two + "max_apps = 1\n"))
        == "t.toml:9: accounts[0].max_apps: found 1, while the account has 2 "
           "apps");
}

TEST_CASE("hysteresis is less than near") {
  CHECK(lines(load_text("[[tiers]]\nname = \"a\"\nnear = 5\n"))
        == "t.toml:1: tiers[0].hysteresis: found 5, expected less than near, "
           "which is 5, or what is near stays so for good");
  CHECK(lines(load_text("[[tiers]]\nname = \"a\"\nnear = 6\n")).empty());
}

TEST_CASE("a percentage or an answer that is none is an error") {
  CHECK(lines(load_text("[[tiers]]\nname = \"a\"\nnear = 101\n"))
        == "t.toml:3: tiers[0].near: found 101, expected a whole number (1 to "
           "100)");
  CHECK(lines(load_text("[[tiers]]\nname = \"a\"\nover = \"refuse\"\n"))
        == "t.toml:3: tiers[0].over: found \"refuse\", expected one of "
           "\"refuse_4100\", \"refuse_4004\", \"observe\"");
}

TEST_CASE("a sample is 1 s to 1 h, in whole seconds") {
  CHECK(load_text("[meter]\nsample = \"1s\"\n").ok());
  CHECK(load_text("[meter]\nsample = \"1h\"\n").ok());
  CHECK_FALSE(load_text("[meter]\nsample = \"999ms\"\n").ok());
  CHECK_FALSE(load_text("[meter]\nsample = \"3601s\"\n").ok());
  CHECK(lines(load_text("[meter]\nsample = \"1500ms\"\n"))
        == "t.toml:2: meter.sample: found \"1500ms\", expected whole seconds, "
           "because a tick is one second long");
}

TEST_CASE("minutes are kept for no less time than ticks") {
  CHECK(lines(load_text("[meter]\ntick_days = 40\nminute_days = 39\n"))
        == "t.toml:3: meter.minute_days: found 39, expected at least 40, which "
           "is meter.tick_days");
}

TEST_CASE("a time zone is UTC or one that this machine has") {
  CHECK(lines(load_text("[meter]\ntime_zone = \"UTC\"\n")).empty());
  CHECK_FALSE(rules::is_time_zone("Europe/Nowhere"));
  CHECK_FALSE(rules::is_time_zone("../../etc/passwd"));
  CHECK_FALSE(rules::is_time_zone("tzdata.zi"));
  CHECK_FALSE(rules::is_time_zone("Europe"));
  CHECK_FALSE(rules::is_time_zone(""));
  CHECK(lines(load_text("[meter]\ntime_zone = \"CEST\"\n"))
        == "t.toml:2: meter.time_zone: found \"CEST\", expected \"UTC\" or a "
           "time zone of this machine (package tzdata), such as "
           "\"Europe/Berlin\"");
}

TEST_CASE("an operator's webhook needs a secret, and shows it to nobody") {
  CHECK(lines(load_text("[meter]\nwebhook_url = \"http://a\"\n"))
        == "t.toml:1: meter.webhook_secret: is empty, while meter.webhook_url "
           "is not; whoever is told must be able to check who tells");
  CHECK(lines(load_text("[meter]\nwebhook_url = \"ftp://a\"\n"
                        "webhook_secret = \"s\"\n"))
        == "t.toml:2: meter.webhook_url: found \"ftp://a\", expected a URL "
           "such as \"https://example.com/hook\"; or \"\"");
}

TEST_CASE("a tier without a meter is a warning") {
  const auto loaded =
      load_text("[meter]\nenabled = false\n[[apps]]\ntier = \"free\"\n");
  CHECK(loaded.ok());
  CHECK(lines(loaded)
        == "t.toml:2: meter.enabled: is false, so that no cap of any tier is "
           "watched");
  CHECK(lines(load_text("[meter]\nenabled = false\n")).empty());
}

TEST_CASE("an app's account is the one it names, else the one that lists it") {
  const std::vector<account> accounts = {{"a", {}, {"1", "2"}, 0},
                                         {"b", {}, {}, 0}};
  const membership of{accounts};
  app one;
  CHECK(of.of(one) == &accounts[0]);
  one.account = "b";
  CHECK(of.of(one) == &accounts[1]);
  one.account = "gone";
  CHECK(of.of(one) == nullptr);
  app three;
  three.id = "3";
  CHECK(of.of(three) == nullptr);
}
