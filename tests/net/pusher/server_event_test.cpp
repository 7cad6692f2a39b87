#include "net/pusher/server_event.hpp"

#include "net/pusher/json_fields.hpp"
#include "tests/catch.hpp"
#include "tests/net/pusher/support.hpp"

#include <array>

#include <boost/json/parse.hpp>
#include <rapidcheck.h>

using namespace tidewire::pusher;

namespace {

template <class... Ts>
std::string rendered(void (*render)(std::string&, Ts...),
                     std::type_identity_t<Ts>... args) {
  std::string out;
  render(out, args...);
  return out;
}

std::string quoted_json(std::string_view text) {
  return rendered(append_json_string, text);
}

using presence_list = void (*)(std::string&, std::string_view,
                               std::span<const presence_user>);
using plain = void (*)(std::string&, std::string_view);

} // namespace

// The lines of protocol.md §3, byte for byte.

TEST_CASE("connection_established is as on the wire") {
  CHECK(
      rendered(render_connection_established, "8113.42", 120)
      == R"({"event":"pusher:connection_established","data":"{\"socket_id\":\"8113.42\",\"activity_timeout\":120}"})");
}

TEST_CASE("an error has an object as data, and null for no code") {
  CHECK(
      rendered(render_error, 4001, "Application does not exist")
      == R"({"event":"pusher:error","data":{"code":4001,"message":"Application does not exist"}})");
  CHECK(
      rendered(render_error, std::nullopt, "\"x\"\n")
      == R"({"event":"pusher:error","data":{"code":null,"message":"\"x\"\n"}})");
}

TEST_CASE("ping and pong carry an empty object") {
  CHECK(rendered(render_ping) == R"({"event":"pusher:ping","data":{}})");
  CHECK(rendered(render_pong) == R"({"event":"pusher:pong","data":{}})");
}

TEST_CASE("subscription_succeeded of a plain channel is as on the wire") {
  CHECK(
      rendered(static_cast<plain>(render_subscription_succeeded), "my-channel")
      == R"({"event":"pusher_internal:subscription_succeeded","channel":"my-channel","data":"{}"})");
}

TEST_CASE("subscription_succeeded lists members in the order given") {
  const std::array<presence_user, 2> users{
      {{"1", R"({"name":"A"})"}, {"2", R"({"name":"B"})"}}};
  auto list = static_cast<presence_list>(render_subscription_succeeded);
  CHECK(
      rendered(list, "presence-a", users)
      == R"({"event":"pusher_internal:subscription_succeeded","channel":"presence-a","data":"{\"presence\":{\"ids\":[\"1\",\"2\"],\"hash\":{\"1\":{\"name\":\"A\"},\"2\":{\"name\":\"B\"}},\"count\":2}}"})");
  CHECK(
      rendered(list, "presence-a", std::span<const presence_user>{})
      == R"({"event":"pusher_internal:subscription_succeeded","channel":"presence-a","data":"{\"presence\":{\"ids\":[],\"hash\":{},\"count\":0}}"})");
}

TEST_CASE("a member without user_info is null to the others") {
  const std::array<presence_user, 3> users{
      {{"a", ""}, {"b", "{}"}, {"c", "[]"}}};
  auto list = static_cast<presence_list>(render_subscription_succeeded);
  CHECK(contains(rendered(list, "presence-a", users),
                 R"(\"hash\":{\"a\":null,\"b\":{},\"c\":[]},\"count\":3)"));
  CHECK(
      rendered(render_member_added, "presence-a", {"3", ""})
      == R"({"event":"pusher_internal:member_added","channel":"presence-a","data":"{\"user_id\":\"3\",\"user_info\":null}"})");
}

TEST_CASE("member events are as on the wire") {
  CHECK(
      rendered(render_member_added, "presence-a", {"3", R"({"name":"C"})"})
      == R"({"event":"pusher_internal:member_added","channel":"presence-a","data":"{\"user_id\":\"3\",\"user_info\":{\"name\":\"C\"}}"})");
  CHECK(
      rendered(render_member_removed, "presence-a", "3")
      == R"({"event":"pusher_internal:member_removed","channel":"presence-a","data":"{\"user_id\":\"3\"}"})");
}

TEST_CASE("subscription_count and cache_miss are as on the wire") {
  CHECK(
      rendered(render_subscription_count, "my-channel", 12)
      == R"({"event":"pusher_internal:subscription_count","channel":"my-channel","data":"{\"subscription_count\":12}"})");
  CHECK(rendered(render_cache_miss, "cache-a")
        == R"({"event":"pusher:cache_miss","channel":"cache-a"})");
}

TEST_CASE("signin_success has an object that holds the text signed") {
  CHECK(
      rendered(render_signin_success, R"({"id":"1","user_info":{"name":"A"}})")
      == R"({"event":"pusher:signin_success","data":{"user_data":"{\"id\":\"1\",\"user_info\":{\"name\":\"A\"}}"}})");
}

TEST_CASE("watchlist events are as on the wire") {
  const std::vector<std::string> online{"2", "3"};
  const std::vector<std::string> offline{"4"};
  const std::vector<watchlist_event> one{{"online", online}};
  CHECK(
      rendered(render_watchlist_events, one)
      == R"({"event":"pusher_internal:watchlist_events","data":"{\"events\":[{\"name\":\"online\",\"user_ids\":[\"2\",\"3\"]}]}"})");
  const std::vector<watchlist_event> two{{"online", online},
                                         {"offline", offline}};
  CHECK(
      rendered(render_watchlist_events, two)
      == R"({"event":"pusher_internal:watchlist_events","data":"{\"events\":[{\"name\":\"online\",\"user_ids\":[\"2\",\"3\"]},{\"name\":\"offline\",\"user_ids\":[\"4\"]}]}"})");
}

TEST_CASE("a refused subscription has type, error and status in an object") {
  CHECK(
      rendered(render_subscription_error, "private-a", "AuthError", "no \"x\"",
               401)
      == R"({"event":"pusher:subscription_error","channel":"private-a","data":{"type":"AuthError","error":"no \"x\"","status":401}})");
}

TEST_CASE("application events are as on the wire") {
  CHECK(
      rendered(render_channel_event, "my-event", "my-channel",
               R"({"hello":"world"})", std::nullopt)
      == R"({"event":"my-event","channel":"my-channel","data":"{\"hello\":\"world\"}"})");
  CHECK(
      rendered(render_channel_event, "client-typing", "presence-a",
               R"({"x":1})", "3")
      == R"({"event":"client-typing","channel":"presence-a","data":"{\"x\":1}","user_id":"3"})");
}

TEST_CASE("data that is no JSON passes through unchanged") {
  CHECK(rendered(render_channel_event, "e", "c", "plain text", std::nullopt)
        == R"({"event":"e","channel":"c","data":"plain text"})");
  CHECK(rendered(render_channel_event, "e", "c", "", std::nullopt)
        == R"({"event":"e","channel":"c","data":""})");
  CHECK(
      rendered(render_channel_event, "e", "c", R"("already \"quoted\"")",
               std::nullopt)
      == R"({"event":"e","channel":"c","data":"\"already \\\"quoted\\\"\""})");
}

TEST_CASE("event names and user ids of any text are escaped") {
  CHECK(rendered(render_channel_event, "a\"b", "c", "d", "e\\f")
        == R"({"event":"a\"b","channel":"c","data":"d","user_id":"e\\f"})");
  CHECK(
      rendered(render_member_removed, "presence-a", "a\"b")
      == R"({"event":"pusher_internal:member_removed","channel":"presence-a","data":"{\"user_id\":\"a\\\"b\"}"})");
}

TEST_CASE("renderers append and keep what was there") {
  std::string out = "before ";
  render_ping(out);
  render_pong(out);
  CHECK(
      out
      == R"(before {"event":"pusher:ping","data":{}}{"event":"pusher:pong","data":{}})");
}

TEST_CASE("JSON strings escape what they must and nothing else") {
  CHECK(quoted_json("") == "\"\"");
  CHECK(quoted_json("\b\f\n\r\t") == R"("\b\f\n\r\t")");
  CHECK(quoted_json(std::string_view{"\0\x01\x1f\x7f", 4})
        == "\"\\u0000\\u0001\\u001f\x7f\"");
  CHECK(quoted_json("/</script>") == R"("/</script>")");
  CHECK(quoted_json("\u00e9 \u2028 \U0001F600")
        == "\"\u00e9 \u2028 \U0001F600\"");
}

TEST_CASE("every byte is found at every place of a long text") {
  // The search goes in steps of eight bytes; a miss would let a quote through.
  for (int c = 0; c < 128; ++c)
    for (std::size_t at = 0; at < 24; ++at) {
      std::string text(24, 'x');
      text[at] = static_cast<char>(c);
      auto out = quoted_json(text);
      auto special = c < 0x20 || c == '"' || c == '\\';
      auto length = c == '"' || c == '\\' || c == '\b' || c == '\f' || c == '\n'
                            || c == '\r' || c == '\t'
                        ? 1u
                        : 5u;
      CHECK(out.size() == 26 + (special ? length : 0));
    }
  // Bytes beyond ASCII next to a quote.
  CHECK(quoted_json("\xc3\xa9\xc3\xa9\xc3\xa9\"\xa0")
        == "\"\xc3\xa9\xc3\xa9\xc3\xa9\\\"\xa0\"");
}

TEST_CASE("another parser reads back every text that we escape") {
  CHECK(rc::check("ASCII with controls, quotes and backslashes", [] {
    auto text = *rc::gen::container<std::string>(
        rc::gen::oneOf(rc::gen::inRange<char>(0, 127),
                       rc::gen::element('"', '\\', '\n', '\x1f', ' ')));
    boost::json::error_code error;
    auto value = boost::json::parse(quoted_json(text), error);
    RC_ASSERT(!error);
    auto back = value.get_string();
    RC_ASSERT((std::string_view{back.data(), back.size()}) == text);
  }));
}

TEST_CASE("what is encoded twice comes back after two parses") {
  CHECK(rc::check("through a member and an array of a client event", [] {
    auto text = *rc::gen::container<std::string>(rc::gen::oneOf(
        rc::gen::inRange<char>(1, 127), rc::gen::element('"', '\\', '\0')));
    std::string inner = "{\"k\":[";
    append_json_string(inner, text);
    inner += "]}";
    std::string event;
    render_channel_event(event, "e", "c", inner);
    std::array fields{json_field{"data"}};
    RC_ASSERT(!read_fields(event, fields));
    RC_ASSERT(fields[0].text == inner);
    std::array member{json_field{"k"}};
    RC_ASSERT(!read_fields(fields[0].text, member));
    auto strings = read_strings(member[0].text);
    RC_ASSERT(strings.has_value());
    RC_ASSERT(*strings == std::vector<std::string>{text});
  }));
}
