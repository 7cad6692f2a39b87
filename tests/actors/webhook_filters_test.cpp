#include "actors/webhook_filters.hpp"

#include "messages/lifecycle.hpp"
#include "tests/catch.hpp"

using namespace tidewire;
using pusher::webhook_kind;

namespace {

webhook_filters of(std::vector<config::webhook> hooks) {
  config::app other;
  config::app app;
  app.id = "2";
  app.keys = {{"k", "s"}};
  app.webhooks = std::move(hooks);
  webhook_filters out;
  out.configure(app_table{{other, app}});
  return out;
}

config::webhook hook(std::vector<std::string> events,
                     std::vector<std::string> channels = {}) {
  config::webhook out;
  out.url = "http://a";
  out.events = std::move(events);
  out.channels = std::move(channels);
  return out;
}

} // namespace

TEST_CASE("an endpoint wants its events of its channels") {
  auto f = of({hook({"member_added"}, {"presence-*", "news"})});
  CHECK(f.of(0).empty());
  CHECK(f.of(no_app).empty());
  REQUIRE(f.of(1).size() == 1);
  auto& e = f.of(1).front();
  CHECK(e.wants(webhook_kind::member_added));
  CHECK_FALSE(e.wants(webhook_kind::member_removed));
  CHECK(e.wants_channel("presence-a"));
  CHECK(e.wants_channel("news"));
  CHECK_FALSE(e.wants_channel("newsletter"));
  CHECK(f.find(1, "http://a") == &e);
  CHECK_FALSE(f.find(1, "http://b"));
  CHECK_FALSE(f.find(0, "http://a"));
}

TEST_CASE("without a list of channels an endpoint wants all of them") {
  CHECK(of({hook({"cache_miss"})}).of(1).front().wants_channel("anything"));
}

TEST_CASE("who is in a channel is of interest if one endpoint cares") {
  auto f = of({hook({"channel_vacated"}, {"a*"}), hook({"member_added"}, {"b"}),
               hook({"client_event"})});
  CHECK(f.interest_in({1, "abc"}).occupancy);
  CHECK_FALSE(f.interest_in({1, "abc"}).members);
  CHECK(f.interest_in({1, "b"}).members);
  CHECK_FALSE(f.interest_in({1, "c"}).occupancy);
  CHECK_FALSE(f.interest_in({0, "abc"}).occupancy);
  CHECK(f.any());
  CHECK_FALSE(of({}).any());
}

TEST_CASE("an app that was deleted has no endpoints, one that returns has") {
  config::app app;
  app.id = "2";
  app.keys = {{"k", "s"}};
  app.webhooks = {hook({"member_added"})};
  app_table table{{app}};
  webhook_filters f;
  f.configure(table.with({}));
  CHECK(f.of(0).empty());
  CHECK_FALSE(f.any());
  f.configure(table.with({}).with({app}));
  CHECK(f.of(0).empty());
  CHECK(f.of(1).size() == 1);
  app.enabled = false; // its last members are still to be said gone
  f.configure(table.with({app}));
  CHECK(f.of(0).size() == 1);
}
