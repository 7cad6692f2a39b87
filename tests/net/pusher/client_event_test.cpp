#include "net/pusher/client_event.hpp"

#include "net/pusher/server_event.hpp"
#include "tests/catch.hpp"
#include "tests/net/pusher/support.hpp"

using namespace tidewire::pusher;

namespace {

client_message parse(std::string_view text) {
  return parse_client_message(text, default_limits);
}

// The sentence of a message that is refused; empty for one that is not.
std::string complaint(std::string_view text) {
  auto message = parse(text);
  auto wrong = as<malformed>(message);
  if (wrong)
    CHECK_FALSE(wrong->code);
  return wrong ? wrong->message : std::string{};
}

channel_event client_event(std::string_view data_json) {
  auto message =
      parse(joined(R"({"event":"client-x","channel":"private-a","data":)",
                   std::string{data_json}, '}'));
  auto event = as<channel_event>(message);
  REQUIRE(event);
  return *event;
}

} // namespace

TEST_CASE("the subscriptions that pusher-js sends are read") {
  auto message = parse(
      R"({"event":"pusher:subscribe","data":{"auth":"","channel":"my-channel"}})");
  auto wish = as<subscribe>(message);
  REQUIRE(wish);
  CHECK(wish->channel == "my-channel");
  CHECK(wish->auth.empty());
  CHECK_FALSE(wish->channel_data);

  message = parse(
      R"({"event":"pusher:subscribe","data":{"auth":"KEY:SIG","channel":"private-a"}})");
  wish = as<subscribe>(message);
  REQUIRE(wish);
  CHECK(wish->auth == "KEY:SIG");

  message = parse(
      R"({"event":"pusher:subscribe","data":{"auth":"KEY:SIG","channel_data":"{\"user_id\":\"1\",\"user_info\":{\"name\":\"A\"}}","channel":"presence-a"}})");
  wish = as<subscribe>(message);
  REQUIRE(wish);
  CHECK(wish->channel == "presence-a");
  CHECK(wish->channel_data == R"({"user_id":"1","user_info":{"name":"A"}})");
}

TEST_CASE("null is as good as absent in a subscription") {
  auto message = parse(
      R"({"event":"pusher:subscribe","data":{"auth":null,"channel_data":null,"channel":"a"}})");
  auto wish = as<subscribe>(message);
  REQUIRE(wish);
  CHECK(wish->auth.empty());
  CHECK_FALSE(wish->channel_data);
  message = parse(
      R"({"event":"pusher:subscribe","data":{"channel_data":"","channel":"a"}})");
  wish = as<subscribe>(message);
  REQUIRE(wish);
  CHECK(wish->channel_data == "");
}

TEST_CASE("data of a pusher event may be an object or a string with one") {
  auto message = parse(
      R"({"event":"pusher:subscribe","data":"{\"channel\":\"a\",\"auth\":\"k:s\",\"channel_data\":\"{\\\"user_id\\\":1}\"}"})");
  auto wish = as<subscribe>(message);
  REQUIRE(wish);
  CHECK(wish->channel == "a");
  CHECK(wish->channel_data == R"({"user_id":1})");

  message =
      parse(R"({"data":"{\"channel\":\"a\"}","event":"pusher:unsubscribe"})");
  auto leave = as<unsubscribe>(message);
  REQUIRE(leave);
  CHECK(leave->channel == "a");

  message = parse(
      R"({"event":"pusher:signin","data":"{\"auth\":\"k:s\",\"user_data\":\"{}\"}"})");
  CHECK(as<signin>(message));
}

TEST_CASE("the rest of protocol.md §4 is read") {
  auto message = parse(
      R"({"event":"pusher:unsubscribe","data":{"channel":"my-channel"}})");
  REQUIRE(as<unsubscribe>(message));
  CHECK(as<unsubscribe>(message)->channel == "my-channel");
  message = parse(
      R"({"event":"pusher:signin","data":{"auth":"KEY:SIG","user_data":"{\"id\":\"1\",\"user_info\":{},\"watchlist\":[\"2\"]}"}})");
  REQUIRE(as<signin>(message));
  CHECK(as<signin>(message)->auth == "KEY:SIG");
  CHECK(as<signin>(message)->user_data
        == R"({"id":"1","user_info":{},"watchlist":["2"]})");
  for (auto data : {R"(,"data":{})", R"(,"data":"{}")", R"(,"data":"")",
                    R"(,"data":null)", ""}) {
    message = parse(std::string{R"({"event":"pusher:ping")"} + data + '}');
    CHECK(as<ping>(message));
    message = parse(std::string{R"({"event":"pusher:pong")"} + data + '}');
    CHECK(as<pong>(message));
  }
  message = parse(
      R"({"event":"client-typing","channel":"private-a","data":{"x":1}})");
  REQUIRE(as<channel_event>(message));
  CHECK(as<channel_event>(message)->event == "client-typing");
  CHECK(as<channel_event>(message)->channel == "private-a");
  CHECK(as<channel_event>(message)->data == R"({"x":1})");
}

TEST_CASE("members may come in any order and among strangers") {
  auto message = parse(
      R"({"x":[{"event":"no"}],"data":{"z":{"channel":"no"},"channel":"odd"}, "event" : "pusher:subscribe","channel":"other"})");
  REQUIRE(as<subscribe>(message));
  CHECK(as<subscribe>(message)->channel == "odd");
}

TEST_CASE("data of a client event is a string to those who receive it") {
  CHECK(client_event(R"("text")").data == "text");
  CHECK(client_event(R"("{\"x\":1}")").data == R"({"x":1})");
  CHECK(client_event(R"({ "x" : 1.50 })").data == R"({"x":1.50})");
  CHECK(client_event("[1, 2]").data == "[1,2]");
  CHECK(client_event("12345678901234567890123").data
        == "12345678901234567890123");
  CHECK(client_event("true").data == "true");
  CHECK(client_event("null").data == "null");
  auto message = parse(R"({"event":"client-x","channel":"private-a"})");
  REQUIRE(as<channel_event>(message));
  CHECK(as<channel_event>(message)->data.empty());
}

TEST_CASE("a client event is passed on encoded twice") {
  auto event = client_event(R"({"a":"\"q\"","n":1e2})");
  std::string out;
  render_channel_event(out, event.event, event.channel, event.data, "7");
  CHECK(
      out
      == R"({"event":"client-x","channel":"private-a","data":"{\"a\":\"\\\"q\\\"\",\"n\":1e2}","user_id":"7"})");
}

TEST_CASE("data of a client event has 10,240 bytes and not one more") {
  auto quoted = [](std::size_t n) {
    return joined('"', std::string(n, 'x'), '"');
  };
  CHECK(client_event(quoted(10'240)).data.size() == 10'240);
  auto event = [](const std::string& data) {
    return R"({"event":"client-x","channel":"private-a","data":)" + data + '}';
  };
  CHECK(contains(complaint(event(quoted(10'241))), "10241 bytes"));
  // UTF-8 is what counts, neither characters nor escapes.
  CHECK(client_event(joined('"', repeat(R"(\u00e9)", 5'120), '"')).data.size()
        == 10'240);
  CHECK_FALSE(
      complaint(event(joined('"', repeat("\u00e9", 5'121), '"'))).empty());
  // An object counts without the blanks between its members.
  CHECK(client_event(joined('{', std::string(20'000, ' '), '}')).data == "{}");
  auto object = [](std::size_t n) {
    return joined(R"({"k":")", std::string(n - 8, 'x'), R"("})");
  };
  CHECK(client_event(object(10'240)).data.size() == 10'240);
  CHECK_FALSE(complaint(event(object(10'241))).empty());
}

TEST_CASE("an event name has 200 characters and not one more") {
  auto event = [](const std::string& name) {
    return R"({"event":")" + name + R"(","channel":"private-a","data":{}})";
  };
  CHECK(complaint(event(joined("client-", std::string(193, 'x')))).empty());
  CHECK(contains(complaint(event(joined("client-", std::string(194, 'x')))),
                 "more than 200 characters"));
  CHECK(complaint(event(joined("client-", repeat("\u00e9", 193)))).empty());
  CHECK(complaint(event("client-")).empty());
}

TEST_CASE("malformed messages get a sentence that names the fault") {
  struct row {
    std::string_view text, names;
  };
  const row table[] = {
      {"", "not valid JSON"},
      {"hello", "not valid JSON"},
      {"[]", "not a JSON object"},
      {"1", "not a JSON object"},
      {"{}", "\"event\""},
      {R"({"event":5})", "\"event\""},
      {R"({"event":null})", "\"event\""},
      {R"({"event":""})", "client-"},
      {R"({"event":"shipped","channel":"private-a"})", "client-"},
      {R"({"event":"Client-x","channel":"private-a"})", "client-"},
      {R"({"event":"pusher:nonsense"})", "pusher:nonsense"},
      {R"({"event":"pusher_internal:member_added","data":"{}"})", "client-"},
      {R"({"event":"pusher:subscribe"})", "\"data\""},
      {R"({"event":"pusher:subscribe","data":null})", "\"data\""},
      {R"({"event":"pusher:subscribe","data":[]})", "\"data\""},
      {R"({"event":"pusher:subscribe","data":1})", "\"data\""},
      {R"({"event":"pusher:subscribe","data":"x"})", "\"data\""},
      {R"({"event":"pusher:subscribe","data":"[]"})", "\"data\""},
      {R"({"event":"pusher:subscribe","data":{}})", "\"channel\""},
      {R"({"event":"pusher:subscribe","data":{"channel":1}})", "\"channel\""},
      {R"({"event":"pusher:subscribe","data":{"channel":"a","auth":{}}})",
       "\"auth\""},
      {R"({"event":"pusher:subscribe","data":{"channel":"a","channel_data":{}}})",
       "\"channel_data\""},
      {R"({"event":"pusher:unsubscribe","data":{}})", "\"channel\""},
      {R"({"event":"pusher:unsubscribe","channel":"a"})", "\"data\""},
      {R"({"event":"pusher:signin","data":{"auth":"a"}})", "\"user_data\""},
      {R"({"event":"pusher:signin","data":{"user_data":"{}"}})", "\"auth\""},
      {R"({"event":"pusher:signin","data":{"auth":"a","user_data":{}}})",
       "\"user_data\""},
      {R"({"event":"client-x","data":{}})", "\"channel\""},
      {R"({"event":"client-x","channel":7,"data":{}})", "\"channel\""},
      {R"({"event":"\ud800"})", "not valid JSON"},
      {"{\"event\":\"pusher:ping\x01\"}", "not valid JSON"},
      {"{\"event\":\"pusher:ping\xff\"}", "not valid JSON"},
  };
  for (const auto& row : table) {
    CAPTURE(row.text);
    CHECK(contains(complaint(row.text), row.names));
  }
}

TEST_CASE("the answer to a malformed message is short and can be rendered") {
  for (const auto& text :
       {repeat("[", 60'000),
        joined(R"({"event":")", std::string(60'000, 'x'), "\"}"),
        joined(R"({"event":"pusher:)", repeat("\u00e9", 30'000), "\"}"),
        joined(R"({"event":"client-)", std::string(60'000, 'x'), "\"}")}) {
    auto sentence = complaint(text);
    CHECK(sentence.size() > 10);
    CHECK(sentence.size() < 1'000);
  }
}

TEST_CASE("a duplicate member counts by its last value") {
  auto message = parse(
      R"({"event":"client-x","event":"pusher:subscribe","data":{"channel":"a","channel":"b"}})");
  REQUIRE(as<subscribe>(message));
  CHECK(as<subscribe>(message)->channel == "b");
}

TEST_CASE("a NUL in a name is kept for the check of names to find") {
  auto message =
      parse(R"({"event":"pusher:subscribe","data":{"channel":"a\u0000b"}})");
  REQUIRE(as<subscribe>(message));
  CHECK(as<subscribe>(message)->channel == std::string("a\0b", 3));
}
