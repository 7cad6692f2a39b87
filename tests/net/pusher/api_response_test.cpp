#include "net/pusher/api_response.hpp"

#include "tests/catch.hpp"

using namespace tidewire::pusher;

namespace {

channel_figures with_users(std::uint64_t n) {
  return {n, std::nullopt};
}

channel_figures subscriptions(std::uint64_t n) {
  return {std::nullopt, n};
}

std::string channel(bool occupied, const channel_figures& figures = {},
                    bool cache_wanted = false,
                    const std::optional<cached_event>& cached = {}) {
  std::string out;
  render_channel(out, occupied, figures, cache_wanted, cached);
  return out;
}

} // namespace

// The examples of protocol.md §9 and the decisions of §17, byte for byte.

TEST_CASE("a publish without info is answered with an empty object") {
  std::string out;
  render_empty_object(out);
  CHECK(out == "{}");
}

TEST_CASE("a publish with info names every channel") {
  std::string out;
  const std::vector<named_figures> all{{"presence-a", with_users(42)},
                                       {"a", subscriptions(13)},
                                       {"b", {1, 2}},
                                       {"c", {}}};
  render_channels(out, all);
  CHECK(
      out
      == R"({"channels":{"presence-a":{"user_count":42},"a":{"subscription_count":13},"b":{"user_count":1,"subscription_count":2},"c":{}}})");
}

TEST_CASE("a list of no channels is an empty object of channels") {
  std::string out;
  render_channels(out, {});
  CHECK(out == R"({"channels":{}})");
}

TEST_CASE("a batch is answered event by event") {
  std::string out;
  const std::vector<channel_figures> all{with_users(42), {}, subscriptions(13)};
  render_batch(out, all);
  CHECK(out == R"({"batch":[{"user_count":42},{},{"subscription_count":13}]})");
}

TEST_CASE("a channel tells whether it is occupied and what was asked") {
  CHECK(channel(false) == R"({"occupied":false})");
  CHECK(channel(true) == R"({"occupied":true})");
  CHECK(channel(true, {3, 42})
        == R"({"occupied":true,"user_count":3,"subscription_count":42})");
  CHECK(channel(false, with_users(0))
        == R"({"occupied":false,"user_count":0})");
  CHECK(channel(true, subscriptions(18446744073709551615u))
        == R"({"occupied":true,"subscription_count":18446744073709551615})");
}

TEST_CASE("a cached event is told with its seconds, none is null") {
  CHECK(
      channel(true, subscriptions(42), true, cached_event{R"({"a":1})", 60})
      == R"({"occupied":true,"subscription_count":42,"cache":{"data":"{\"a\":1}","ttl":60}})");
  CHECK(channel(false, {}, true) == R"({"occupied":false,"cache":null})");
  CHECK(channel(true, {}, false, cached_event{"x", 1})
        == R"({"occupied":true})");
}

TEST_CASE("the stats of old name their figures in their own way") {
  std::string out;
  render_stats(out, false, {});
  CHECK(out == R"({"occupied":false})");
  out.clear();
  render_stats(out, true, {2, 5});
  CHECK(out == R"({"occupied":true,"user_count":2,"connection_count":5})");
}

TEST_CASE("connections are one number") {
  std::string out;
  render_connections(out, 18'446'744'073'709'551'615u);
  CHECK(out == R"({"connections":18446744073709551615})");
}

TEST_CASE("users are listed by id") {
  std::string out;
  const std::vector<std::string_view> ids{"1", "a\"b"};
  render_users(out, ids);
  CHECK(out == R"({"users":[{"id":"1"},{"id":"a\"b"}]})");
  out.clear();
  render_users(out, {});
  CHECK(out == R"({"users":[]})");
}
