#include "net/pusher/webhook.hpp"

#include "config/rules.hpp"
#include "net/pusher/server_event.hpp"
#include "net/pusher/signature.hpp"
#include "tests/catch.hpp"

using namespace tidewire::pusher;

namespace {

std::string body_of(const webhook_event& what) {
  auto event = render_webhook_event(what);
  return render_webhook_body(1327078148132, {&event, 1});
}

} // namespace

TEST_CASE("a body and its signature are those of the protocol's example") {
  auto body = body_of({webhook_kind::channel_occupied, "my-channel"});
  CHECK(body
        == R"({"time_ms":1327078148132,"events":[{"name":"channel_occupied",)"
           R"("channel":"my-channel"}]})");
  CHECK(hmac_sha256_hex("7ad3773142a6692b25b8", body)
        == "c19001ae3963ccb13bf618e5b16ba9848e7e74df0993aa0689168e341c6833cf");
}

TEST_CASE("every event has the fields of its row, and nothing else") {
  using kind = webhook_kind;
  CHECK(render_webhook_event({kind::channel_vacated, "a", "u"})
        == R"({"name":"channel_vacated","channel":"a"})");
  CHECK(render_webhook_event({kind::cache_miss, "cache-a"})
        == R"({"name":"cache_miss","channel":"cache-a"})");
  CHECK(render_webhook_event({kind::member_added, "presence-a", "1"})
        == R"({"name":"member_added","channel":"presence-a","user_id":"1"})");
  CHECK(render_webhook_event({kind::member_removed, "presence-a", "\"\n"})
        == R"({"name":"member_removed","channel":"presence-a",)"
           R"("user_id":"\"\n"})");
  webhook_event count{kind::subscription_count, "a"};
  count.subscription_count = 18'446'744'073'709'551'615u;
  CHECK(render_webhook_event(count)
        == R"({"name":"subscription_count","channel":"a",)"
           R"("subscription_count":18446744073709551615})");
  webhook_event sent{kind::client_event, "presence-a", "u",
                     "client-x",         R"({"a":1})", "1.2"};
  CHECK(render_webhook_event(sent)
        == R"({"name":"client_event","channel":"presence-a",)"
           R"("event":"client-x","data":"{\"a\":1}","socket_id":"1.2",)"
           R"("user_id":"u"})");
  sent.user_id = {};
  CHECK(render_webhook_event(sent).find("user_id") == std::string::npos);
}

TEST_CASE("a batch is its events in their order") {
  std::vector<std::string> events{"{}", R"({"name":"x"})"};
  CHECK(render_webhook_body(1, events)
        == R"({"time_ms":1,"events":[{},{"name":"x"}]})");
  CHECK(render_webhook_body(1, {}) == R"({"time_ms":1,"events":[]})");
}

TEST_CASE("the names of events are those of the configuration") {
  for (std::size_t i = 0; i < tidewire::config::rules::webhook_events.size();
       ++i)
    CHECK(name_of(static_cast<webhook_kind>(i))
          == tidewire::config::rules::webhook_events[i]);
}

TEST_CASE("a client event is read back as it was told") {
  std::string text;
  render_channel_event(text, "client-x", "presence-a", R"({"a":"ä"})", "u");
  auto told = read_client_event(text);
  REQUIRE(told);
  CHECK(told->event == "client-x");
  CHECK(told->data == R"({"a":"ä"})");
  CHECK(told->user_id == "u");
  text.clear();
  render_channel_event(text, "client-y", "private-a", "no JSON");
  told = read_client_event(text);
  REQUIRE(told);
  CHECK(told->data == "no JSON");
  CHECK(told->user_id.empty());
  CHECK_FALSE(read_client_event("{}"));
  CHECK_FALSE(read_client_event("nonsense"));
}

TEST_CASE("a pattern's star stands for any text, also for none") {
  CHECK(matches_pattern("presence-*", "presence-"));
  CHECK(matches_pattern("presence-*", "presence-a"));
  CHECK_FALSE(matches_pattern("presence-*", "private-presence-a"));
  CHECK(matches_pattern("*", ""));
  CHECK(matches_pattern("*-chat-*", "private-chat-chat-1"));
  CHECK(matches_pattern("a*b*c", "a-b-b-c"));
  CHECK_FALSE(matches_pattern("a*b*c", "a-b-b-d"));
  CHECK(matches_pattern("news", "news"));
  CHECK_FALSE(matches_pattern("news", "newsy"));
  CHECK_FALSE(matches_pattern("", "x"));
}
