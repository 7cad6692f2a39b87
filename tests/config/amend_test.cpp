#include "config/amend.hpp"

#include "config/schema.hpp"
#include "tests/catch.hpp"

using namespace tidewire::config;

namespace {

const origin request{origin::source::request, {}, 0};

assignment set(std::vector<std::string> path, raw_value value,
               const origin& from = request) {
  return {std::move(path), std::move(value), from};
}

raw_value text(std::string value) {
  raw_value result;
  result.is = raw_value::form::text;
  result.text = std::move(value);
  return result;
}

raw_value number(std::int64_t value) {
  raw_value result;
  result.is = raw_value::form::integer;
  result.number = value;
  return result;
}

raw_value yes() {
  raw_value result;
  result.is = raw_value::form::boolean;
  result.flag = true;
  return result;
}

raw_value tables(std::size_t count) {
  raw_value result;
  result.is = raw_value::form::tables;
  result.count = count;
  return result;
}

std::string sentences(const std::vector<problem>& all) {
  std::string result;
  for (const auto& each : all)
    result += to_string(each) + '\n';
  return result;
}

} // namespace

TEST_CASE("an app is amended field by field") {
  app base;
  base.origins = {"a.example"};
  const auto made =
      amend_app(base, {set({"id"}, text("7")), set({"enabled"}, yes()),
                       set({"client_events_per_second"}, number(3))});
  CHECK(sentences(made.errors).empty());
  CHECK(made.value.id == "7");
  CHECK(made.value.client_events_per_second == 3);
  CHECK(made.value.origins == base.origins);
}

TEST_CASE("a list that is given replaces the one that was there") {
  app base;
  base.keys = {{"a", "1"}, {"b", "2"}};
  const auto made = amend_app(base, {set({"keys"}, tables(1)),
                                     set({"keys", "0", "key"}, text("c")),
                                     set({"keys", "0", "secret"}, text("3"))});
  CHECK(sentences(made.errors).empty());
  CHECK(made.value.keys == std::vector<key_pair>{{"c", "3"}});
}

TEST_CASE("what is wrong with an app is told in the sentences of the file") {
  const auto made =
      amend_app({}, {set({"id"}, text("x y")),
                     set({"client_events_per_second"}, number(-1)),
                     set({"enabled"}, text("yes"))});
  CHECK(sentences(made.errors)
        == "id: found \"x y\", expected 1 to 64 letters, digits, or any of "
           "-_.\n"
           "client_events_per_second: found -1, expected a whole number (0 to "
           "1000000)\n"
           "enabled: found \"yes\", expected true or false\n");
}

TEST_CASE("an app needs whole key pairs, each key once") {
  const auto half = amend_app(
      {}, {set({"keys"}, tables(1)), set({"keys", "0", "key"}, text("c"))});
  CHECK(sentences(half.errors)
        == "keys[0].secret: is missing, expected 1 to 200 printable ASCII "
           "characters without spaces\n");
  CHECK(sentences(amend_app({}, {set({"keys"}, tables(0))}).errors)
        == "keys: found an empty list, expected at least one key and secret\n");
  app twice;
  twice.keys = {{"a", "1"}, {"a", "2"}};
  CHECK(sentences(amend_app(twice, {}).errors)
        == "keys[1].key: found \"a\", which is keys[0].key, too; a key belongs "
           "to one app, once\n");
}

TEST_CASE("an unknown field is an error in a request, a warning in a file") {
  const auto asked = amend_app({}, {set({"client_evens"}, yes())});
  CHECK(sentences(asked.errors)
        == "client_evens: unknown key; did you mean \"client_events\"?\n");
  const origin row{origin::source::file, "apps.db", 0};
  const auto kept = amend_app({}, {set({"client_evens"}, yes(), row)});
  CHECK(kept.ok());
  CHECK(kept.warnings.size() == 1);
}

TEST_CASE("a list that is none, and an item that is none") {
  const auto made =
      amend_app({}, {set({"keys"}, text("abc")), set({"origins"}, number(1))});
  CHECK(sentences(made.errors)
            .find("keys: found \"abc\", expected a list of "
                  "objects\n")
        != std::string::npos);
  CHECK(
      sentences(made.errors).find("origins: found 1, expected a list of texts")
      != std::string::npos);
}

TEST_CASE("a secret never stands in a complaint") {
  const auto made = amend_app(
      {}, {set({"keys"}, tables(1)), set({"keys", "0", "key"}, text("k")),
           set({"keys", "0", "secret"}, text("hunter 2"))});
  CHECK(made.errors.size() == 1);
  CHECK(sentences(made.errors).find("hunter") == std::string::npos);
}

TEST_CASE("an app as JSON has every field, and its secrets only if shown") {
  app one;
  one.id = "7";
  one.keys = {{"k", "s\"3"}};
  one.origins = {"a.example", "b.example"};
  one.webhooks.resize(1);
  one.webhooks[0].url = "http://a.example/";
  const auto shown = render_json(one, secrets::shown);
  CHECK(shown.starts_with(R"({"id":"7","keys":[{"key":"k","secret":"s\"3"}],)"
                          R"("enabled":true,)"));
  CHECK(shown.find(R"("client_events_per_second":10,)") != std::string::npos);
  CHECK(shown.find(R"("origins":["a.example", "b.example"])")
        != std::string::npos);
  CHECK(shown.find(R"("webhooks":[{"url":"http://a.example/","events":[)")
        != std::string::npos);
  for (const auto& each : members_of(&one))
    CHECK(shown.find('"' + std::string(each.what->key) + "\":")
          != std::string::npos);
  const auto hidden = render_json(one, secrets::hidden);
  CHECK(hidden.find("secret") == std::string::npos);
  CHECK(hidden.find(R"("keys":[{"key":"k"}])") != std::string::npos);
}
