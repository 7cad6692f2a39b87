// Requests to /v1/apps, decided on a catalogue.
#include "actors/app_requests.hpp"

#include "tests/actors/support/apps.hpp"
#include "tests/catch.hpp"

#include <boost/json/parse.hpp>

using namespace tidewire;
using namespace tidewire::testing;

namespace {

namespace json = boost::json;

struct fixture {
  fixture() {
    catalogue.configured_are({app("1", {{"k1", "s1"}})});
    catalogue.stored_are({app("2", {{"k2", "s2"}})});
  }

  app_decision ask(std::string method, std::string path,
                   std::string body = {}) {
    return decide(catalogue, {std::move(method), std::move(path), body},
                  [this](std::size_t bytes) {
                    auto digit = static_cast<char>('0' + made++ % 10);
                    return std::string(2 * bytes, digit);
                  });
  }

  // The status and the sentence of what must change nothing.
  std::string refusal_of(std::string method, std::string path,
                         std::string body = {}) {
    auto out = ask(std::move(method), std::move(path), std::move(body));
    CHECK_FALSE(out.changes());
    auto tree = json::parse(out.answer.body);
    return std::to_string(out.answer.status) + ' '
           + std::string{tree.at("error").as_string().c_str()};
  }

  app_catalogue catalogue;
  int made = 1;
};

std::string text(const json::value& of, std::string_view name) {
  return std::string{of.as_object().at(name).as_string().c_str()};
}

} // namespace

TEST_CASE("apps are listed without their secrets, unless asked for") {
  fixture f;
  auto hidden = f.ask("GET", "/v1/apps").answer;
  CHECK(hidden.status == 200);
  CHECK(hidden.body.find("s2") == std::string::npos);
  auto all = json::parse(hidden.body).at("apps").as_array();
  REQUIRE(all.size() == 2);
  CHECK(text(all[0], "source") == "configuration");
  CHECK(text(all[1], "source") == "api");
  CHECK(text(all[1].at("keys").as_array()[0], "key") == "k2");
  auto shown = f.ask("GET", "/v1/apps?secrets=true").answer;
  CHECK(shown.body.find("\"secret\":\"s2\"") != std::string::npos);
  CHECK(f.ask("GET", "/v1/apps/2").answer.body.find("s2") == std::string::npos);
  CHECK(f.ask("GET", "/v1/apps/2?secrets=true").answer.body.find("s2")
        != std::string::npos);
  CHECK(f.refusal_of("GET", "/v1/apps/9")
        == "404 There is no app with this id.");
  CHECK(f.refusal_of("GET", "/v1/apps?secret=true").find("400 secrets: ") == 0);
}

TEST_CASE("an app needs nothing but a request to be made") {
  fixture f;
  auto out = f.ask("POST", "/v1/apps");
  CHECK(out.answer.status == 201);
  REQUIRE(out.put);
  CHECK(out.put->id.size() == 9);
  REQUIRE(out.put->keys.size() == 1);
  CHECK(out.put->keys[0].key.size() == 20);
  CHECK(out.put->keys[0].secret.size() == 40);
  auto told = json::parse(out.answer.body);
  CHECK(text(told, "id") == out.put->id);
  CHECK(text(told.at("keys").as_array()[0], "secret")
        == out.put->keys[0].secret);
  CHECK(out.answer.headers == "Location: /v1/apps/" + out.put->id + "\r\n");
}

TEST_CASE("an app is made as it is described") {
  fixture f;
  auto out =
      f.ask("POST", "/v1/apps",
            R"({"id":"7","keys":[{"key":"a","secret":"b"}],)"
            R"("client_events":false,"origins":["a.example"],)"
            R"("webhooks":[{"url":"http://a.example/h",)"
            R"("events":["channel_occupied"],"channels":["presence-*"]}]})");
  CHECK(out.answer.status == 201);
  REQUIRE(out.put);
  auto wanted = app("7", {{"a", "b"}});
  wanted.client_events = false;
  wanted.origins = {"a.example"};
  wanted.webhooks = {
      {"http://a.example/h", {"channel_occupied"}, {"presence-*"}}};
  CHECK(*out.put == wanted);
}

TEST_CASE("what is wrong with a new app is told by field") {
  fixture f;
  auto no = [&](std::string body) {
    return f.refusal_of("POST", "/v1/apps", std::move(body));
  };
  CHECK(no(R"({"id":"x y"})")
        == "400 id: found \"x y\", expected 1 to 64 letters, digits, or any of "
           "-_.");
  CHECK(no(R"({"id":7})")
        == "400 id: found 7, expected 1 to 64 letters, digits, or any of -_.");
  CHECK(no(R"({"id":null})").find("400 id: found null") == 0);
  CHECK(no(R"({"keys":[]})").find("400 keys: found an empty list") == 0);
  CHECK(no(R"({"keys":[{"key":"a"}]})").find("400 keys[0].secret: is missing")
        == 0);
  CHECK(no(R"({"keys":[{"key":"a b","secret":"s"}]})")
            .find("400 keys[0].key: found \"a b\"")
        == 0);
  CHECK(no(R"({"client_events_per_second":1.5})")
            .find("400 client_events_per_second: found 1.5")
        == 0);
  CHECK(no(R"({"enbled":true})")
        == "400 enbled: unknown key; did you mean \"enabled\"?");
  CHECK(no(R"({"webhooks":[{"url":"ftp://x"}]})")
            .find("400 webhooks[0].url: found \"ftp://x\"")
        == 0);
  CHECK(no(R"({"id":"x y","enabled":1})").find("; enabled: ")
        != std::string::npos);
  CHECK(no("[]").find("400 The body is JSON, but not an object") == 0);
  CHECK(no("{").find("400 The body is not JSON") == 0);
  CHECK(no(R"({"id":"2"})").find("409 id: found \"2\"") == 0);
  CHECK(no(R"({"id":"1"})").find("409 id: ") == 0);
  CHECK(no(R"({"keys":[{"key":"k1","secret":"s"}]})")
            .find("409 keys[0].key: found \"k1\", which app 1 has")
        == 0);
}

TEST_CASE("a change names only what it changes") {
  fixture f;
  auto out = f.ask("PATCH", "/v1/apps/2", R"({"enabled":false})");
  CHECK(out.answer.status == 200);
  REQUIRE(out.put);
  auto wanted = app("2", {{"k2", "s2"}});
  wanted.enabled = false;
  CHECK(*out.put == wanted);
  CHECK(out.answer.body.find("s2") == std::string::npos);
  CHECK(f.ask("PATCH", "/v1/apps/2", R"({"id":"2"})").answer.status == 200);
  CHECK(f.refusal_of("PATCH", "/v1/apps/2", R"({"id":"3"})")
        == "400 id: cannot be changed; make another app");
  CHECK(f.refusal_of("PATCH", "/v1/apps/1", "{}").find("409 App 1 is defined")
        == 0);
  CHECK(f.refusal_of("PATCH", "/v1/apps/9", "{}")
        == "404 There is no app with this id.");
  CHECK(f.refusal_of("PATCH", "/v1/apps/2", R"({"tier":7})").find("400 tier: ")
        == 0);
}

TEST_CASE("what there is to warn of is said with the answer") {
  fixture f;
  auto out = f.ask("POST", "/v1/apps", R"({"id":"word"})");
  CHECK(out.put);
  CHECK(out.answer.body.find(R"("warnings":["id: \"word\" is no number)")
        != std::string::npos);
}

TEST_CASE("an app's tier and account are those of the configuration") {
  fixture f;
  f.catalogue.plans_are(config::example_tiers(), {{"acme", "side", {}, 1}});
  CHECK(f.refusal_of("PATCH", "/v1/apps/2", R"({"tier":"gold"})")
            .find("400 tier: found \"gold\", which is no tier")
        == 0);
  auto out = f.ask("PATCH", "/v1/apps/2", R"({"tier":"side","internal":true})");
  REQUIRE(out.put);
  CHECK(out.put->tier == "side");
  CHECK(out.put->internal);
  CHECK(f.ask("POST", "/v1/apps", R"({"account":"acme"})").put);
  f.catalogue.put(*f.ask("POST", "/v1/apps", R"({"account":"acme"})").put);
  CHECK(f.refusal_of("POST", "/v1/apps", R"({"account":"acme"})")
            .find("409 account: the account acme has as many apps")
        == 0);
}

TEST_CASE("an app is deleted") {
  fixture f;
  auto out = f.ask("DELETE", "/v1/apps/2");
  CHECK(out.answer.status == 204);
  CHECK(out.erase == "2");
  CHECK(f.refusal_of("DELETE", "/v1/apps/1").find("409 App 1") == 0);
  CHECK(f.refusal_of("DELETE", "/v1/apps/9").find("404 ") == 0);
}

TEST_CASE("a key pair is made, or taken as it is given") {
  fixture f;
  auto made = f.ask("POST", "/v1/apps/2/keys");
  CHECK(made.answer.status == 201);
  REQUIRE(made.put);
  REQUIRE(made.put->keys.size() == 2);
  CHECK(made.put->keys[0].key == "k2");
  auto told = json::parse(made.answer.body);
  CHECK(text(told, "key") == made.put->keys[1].key);
  CHECK(text(told, "secret") == made.put->keys[1].secret);
  auto given = f.ask("POST", "/v1/apps/2/keys",
                     R"({"key":"a","secret":"b","first":true})");
  REQUIRE(given.put);
  CHECK(given.put->keys
        == std::vector<config::key_pair>{{"a", "b"}, {"k2", "s2"}});
}

TEST_CASE("a key pair that is wrong, or taken, is not added") {
  fixture f;
  auto no = [&](std::string body) {
    return f.refusal_of("POST", "/v1/apps/2/keys", std::move(body));
  };
  CHECK(no(R"({"key":"a b"})").find("400 keys[1].key: found \"a b\"") == 0);
  CHECK(no(R"({"key":""})").find("400 keys[1].key: ") == 0);
  CHECK(no(R"({"secret":7})") == "400 secret: expected a text");
  CHECK(no(R"({"first":1})") == "400 first: expected true or false");
  CHECK(no(R"({"kee":"a"})").find("400 kee: unknown key") == 0);
  CHECK(no("[1]").find("400 The body is not a JSON object") == 0);
  CHECK(no(R"({"key":"k2"})").find("400 keys[1].key: found \"k2\"") == 0);
  CHECK(no(R"({"key":"k1"})").find("409 keys[1].key: found \"k1\"") == 0);
  CHECK(f.refusal_of("POST", "/v1/apps/1/keys").find("409 App 1") == 0);
  CHECK(f.refusal_of("POST", "/v1/apps/9/keys").find("404 ") == 0);
}

TEST_CASE("a key pair is removed, but not the last one") {
  fixture f;
  f.catalogue.put(app("2", {{"k2", "s2"}, {"k3", "s3"}}));
  auto out = f.ask("DELETE", "/v1/apps/2/keys/k2");
  CHECK(out.answer.status == 204);
  REQUIRE(out.put);
  CHECK(out.put->keys == std::vector<config::key_pair>{{"k3", "s3"}});
  CHECK(f.refusal_of("DELETE", "/v1/apps/2/keys/nope")
        == "404 The app has no such key.");
  f.catalogue.put(*out.put);
  CHECK(f.refusal_of("DELETE", "/v1/apps/2/keys/k3")
            .find("409 This is the "
                  "last key")
        == 0);
}

TEST_CASE("methods and paths that are none are answered so") {
  fixture f;
  CHECK(f.refusal_of("DELETE", "/v1/apps").find("405 ") == 0);
  CHECK(f.ask("DELETE", "/v1/apps").answer.headers
        == "Allow: GET, HEAD, POST\r\n");
  CHECK(f.ask("POST", "/v1/apps/2").answer.headers
        == "Allow: GET, HEAD, PATCH, DELETE\r\n");
  CHECK(f.ask("GET", "/v1/apps/2/keys").answer.headers == "Allow: POST\r\n");
  CHECK(f.ask("GET", "/v1/apps/2/keys/k2").answer.headers
        == "Allow: DELETE\r\n");
  for (auto* path : {"/v1/apps/2/nope", "/v1/apps/2/keys/k2/x", "/v1/apps//"})
    CHECK(f.refusal_of("GET", path).find("404 Nothing is here") == 0);
}
