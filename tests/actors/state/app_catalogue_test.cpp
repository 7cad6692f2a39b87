#include "actors/state/app_catalogue.hpp"

#include "tests/actors/support/apps.hpp"
#include "tests/catch.hpp"

using namespace tidewire;
using namespace tidewire::testing;

namespace {

std::string ids_of(const app_catalogue& of) {
  std::string out;
  for (auto& each : of.in_force())
    out += each.app.id + ' ' + std::string{name_of(each.source)} + '\n';
  return out;
}

// What stands against it, as one line.
std::string line(const std::optional<app_refusal>& no) {
  return no ? std::to_string(no->status) + ' ' + no->field + ": " + no->sentence
            : "";
}

app_catalogue two_apps() {
  app_catalogue out;
  out.configured_are({app("1", {{"k1", "s"}})});
  out.stored_are({app("2", {{"k2", "s"}})});
  return out;
}

} // namespace

TEST_CASE("apps of the configuration and of the API are in force together") {
  auto all = two_apps();
  CHECK(ids_of(all) == "1 configuration\n2 api\n");
  CHECK(all.conflicts().empty());
  CHECK(all.find("2")->app.keys[0].key == "k2");
  CHECK(all.find("3") == nullptr);
}

TEST_CASE("the configuration wins an id, for as long as it has it") {
  auto all = two_apps();
  auto other = app("2", {{"file", "s"}});
  all.configured_are({other});
  CHECK(ids_of(all) == "2 configuration\n");
  CHECK(all.find("2")->app.keys == other.keys);
  REQUIRE(all.conflicts().size() == 1);
  CHECK(all.conflicts()[0].find("App 2") == 0);
  all.configured_are({});
  CHECK(ids_of(all) == "2 api\n");
  CHECK(all.find("2")->app.keys[0].key == "k2");
  CHECK(all.conflicts().empty());
}

TEST_CASE("the configuration wins a key, and the app keeps its others") {
  app_catalogue all;
  all.stored_are({app("2", {{"k2", "s"}, {"k2b", "s"}})});
  all.configured_are({app("1", {{"k2", "s"}})});
  CHECK(all.find("2")->app.keys == std::vector<config::key_pair>{{"k2b", "s"}});
  REQUIRE(all.conflicts().size() == 1);
  CHECK(all.conflicts()[0].find("k2") != std::string::npos);
  CHECK(all.stored("2")->keys.size() == 2);
  // A change that has nothing to do with it is possible.
  auto same = *all.stored("2");
  same.client_events = false;
  CHECK(line(all.against_change(same)).empty());
}

TEST_CASE("only what was made at run time can be changed at run time") {
  auto all = two_apps();
  CHECK(line(all.against_touching("2")).empty());
  CHECK(line(all.against_touching("1"))
            .find("409 : App 1 is defined by the "
                  "configuration")
        == 0);
  CHECK(line(all.against_touching("9"))
        == "404 : There is no app with this "
           "id.");
}

TEST_CASE("an id and a key belong to one app") {
  auto all = two_apps();
  CHECK(line(all.against_new(app("3", {{"k3", "s"}}))).empty());
  CHECK(line(all.against_new(app("1", {{"k3", "s"}})))
            .find("409 id: found "
                  "\"1\"")
        == 0);
  CHECK(line(all.against_new(app("3", {{"k3", "s"}, {"k1", "s"}})))
        == "409 keys[1].key: found \"k1\", which app 1 has; a key belongs to "
           "one app, once");
  CHECK(line(all.against_change(app("2", {{"k1", "s"}}))).find("409 keys[0]")
        == 0);
  CHECK(line(all.against_change(app("2", {{"k2", "another"}}))).empty());
}

TEST_CASE("an app that is not in force still has its keys") {
  auto all = two_apps();
  all.configured_are({app("2", {{"file", "s"}})});
  CHECK(line(all.against_new(app("3", {{"k2", "s"}}))).find("409 keys[0].key")
        == 0);
}

TEST_CASE("the public demo secret is not for apps made at run time") {
  auto all = two_apps();
  CHECK(line(all.against_new(app("3", {{"k3", config::demo_secret}})))
            .find("400 keys[0].secret: is the public demo secret")
        == 0);
}

TEST_CASE("what is put is in force, what is erased is not") {
  auto all = two_apps();
  all.put(app("3", {{"k3", "s"}}));
  all.put(app("2", {{"other", "s"}}));
  CHECK(ids_of(all) == "1 configuration\n2 api\n3 api\n");
  CHECK(all.find("2")->app.keys[0].key == "other");
  all.erase("2");
  CHECK(ids_of(all) == "1 configuration\n3 api\n");
  CHECK(all.stored("2") == nullptr);
}

// -- tiers and accounts -------------------------------------------------------

namespace {

// An account of two apps that lists "listed" and has "2" already.
app_catalogue with_plans() {
  auto out = two_apps();
  out.plans_are(config::example_tiers(),
                {{"acme", "side", {"listed", "2"}, 2}, {"other", "", {}, 0}});
  return out;
}

config::app with_account(std::string id, std::string account) {
  auto out = app(id, {{"key-of-" + id, "s"}});
  out.account = std::move(account);
  return out;
}

} // namespace

TEST_CASE("a new app has a tier of the configuration, or none") {
  auto all = with_plans();
  auto fresh = app("9", {{"k9", "s"}});
  fresh.tier = "indie";
  CHECK(line(all.against_new(fresh)).empty());
  fresh.tier = "gold";
  CHECK(line(all.against_new(fresh))
        == "400 tier: found \"gold\", which is no tier of the configuration; "
           "there are free, side, indie, business");
}

TEST_CASE("an account takes as many apps as it may and not one more") {
  auto all = with_plans();
  auto second = with_account("3", "acme");
  CHECK(line(all.against_new(second)).empty());
  all.put(second);
  constexpr auto full =
      "409 account: the account acme has as many apps as it may have "
      "(max_apps = 2); delete one, or have that number raised";
  CHECK(line(all.against_new(with_account("4", "acme"))) == full);
  CHECK(line(all.against_new(app("listed", {{"k", "s"}}))) == full);
  CHECK(line(all.against_new(with_account("4", "other"))).empty());
  // Moving there is as good as being made there; staying there is not.
  all.put(with_account("4", "other"));
  CHECK(line(all.against_change(with_account("4", "acme"))) == full);
  second.client_events = false;
  CHECK(line(all.against_change(second)).empty());
  all.erase("3");
  CHECK(line(all.against_new(app("listed", {{"k", "s"}}))).empty());
}

TEST_CASE("an app cannot name an account that is not there, or a second one") {
  auto all = with_plans();
  CHECK(line(all.against_new(with_account("9", "akme")))
        == "400 account: found \"akme\", which is no account of the "
           "configuration; there are acme, other");
  CHECK(line(all.against_new(with_account("listed", "other")))
        == "400 account: found \"other\", while the account acme of the "
           "configuration lists the app; an app belongs to one account");
}

TEST_CASE("a tier or account that went is told, and the app is served on") {
  auto all = with_plans();
  auto one = with_account("5", "other");
  one.tier = "indie";
  all.put(one);
  CHECK(all.conflicts().empty());
  all.plans_are({}, {});
  REQUIRE(all.conflicts().size() == 2);
  CHECK(all.conflicts()[0]
        == "App 5 has the tier indie, which is not in the configuration: no "
           "cap of its own holds for it.");
  CHECK(all.conflicts()[1]
        == "App 5 belongs to the account other, which is not in the "
           "configuration: it is in no account's sum.");
  one.client_events = false; // has nothing to do with it
  CHECK(line(all.against_change(one)).empty());
}

TEST_CASE("a key of two apps is that one's whose id comes first, anywhere") {
  app_catalogue one, two;
  auto a = app("a", {{"shared", "sa"}, {"ka", "s"}});
  auto b = app("b", {{"shared", "sb"}, {"kb", "s"}});
  one.change({a, b}, {});
  two.change({b}, {});
  two.change({a}, {});
  for (auto* each : {&one, &two}) {
    CHECK(each->find("a")->app.keys.size() == 2);
    REQUIRE(each->find("b")->app.keys.size() == 1);
    CHECK(each->find("b")->app.keys[0].key == "kb");
    CHECK(each->conflicts()
          == std::vector<std::string>{
              "The key shared of app b, which was made at run time, is not in "
              "force: it was given to another one, too, app a."});
  }
  one.change({}, {"a"});
  CHECK(one.find("b")->app.keys.size() == 2);
  CHECK(one.conflicts().empty());
}

TEST_CASE(
    "what another node's file defines is not made here, and is warned of") {
  app_catalogue all;
  all.put(app("7", {{"k7", "s"}}));
  all.elsewhere_are({{"7", "berlin"}, {"8", "oslo"}}, {"A note."});
  REQUIRE(all.conflicts().size() == 2);
  CHECK(all.conflicts()[0]
        == "App 7 was made at run time, and the configuration of node berlin "
           "defines it, too: that node serves its own, the others this one. "
           "Delete this one, or take it out of that configuration.");
  CHECK(all.conflicts()[1] == "A note.");
  CHECK(line(all.against_new(app("8", {{"k8", "s"}})))
        == "409 id: found \"8\", which the configuration of node oslo defines; "
           "give every app an id of its own");
  CHECK(line(all.against_change(app("7", {{"k7", "s"}}))).empty());
}
