#include "net/pusher/api_info.hpp"

#include "tests/catch.hpp"
#include "tests/net/pusher/support.hpp"

using namespace tidewire::pusher;

namespace {

constexpr info_set users{true, false, false};
constexpr info_set counts{false, true, false};
constexpr info_set cached{false, false, true};
constexpr info_set both{true, true, false};
constexpr info_set nothing{};

bool publish_refused(info_set info, std::vector<std::string> channels,
                     bool app_counts = true) {
  auto wrong = check_publish_info(info, channels, app_counts);
  if (wrong)
    CHECK(wrong->status == 400);
  return wrong.has_value();
}

} // namespace

TEST_CASE("info is a list of words") {
  auto read = [](std::string_view text) {
    auto result = parse_info(text);
    auto info = as<info_set>(result);
    REQUIRE(info);
    return *info;
  };
  CHECK(read("") == nothing);
  CHECK(read("user_count") == users);
  CHECK(read("subscription_count,user_count") == both);
  CHECK(read("user_count, subscription_count ") == both);
  CHECK(read("user_count,user_count,") == users);
  CHECK(read("cache,user_count,subscription_count")
        == info_set{true, true, true});
}

TEST_CASE("an unknown word of info is a 400 that names the known ones") {
  for (auto text :
       {"users", "user_count;cache", "User_count", "cache,x", "\xff"}) {
    auto result = parse_info(text);
    auto wrong = as<api_error>(result);
    REQUIRE(wrong);
    CHECK(wrong->status == 400);
    CHECK(contains(wrong->message, "user_count, subscription_count and cache"));
  }
}

TEST_CASE("a publish may ask for users of presence channels only") {
  CHECK_FALSE(publish_refused(users, {"presence-a"}));
  CHECK_FALSE(publish_refused(users, {"presence-a", "presence-cache-b"}));
  CHECK(publish_refused(users, {"a"}));
  CHECK(publish_refused(users, {"private-a", "cache-b"}));
  CHECK(publish_refused(users, {"presence-a", "a"}));
}

TEST_CASE("a publish to several kinds of channels may ask for both figures") {
  // The example of protocol.md §9.
  CHECK_FALSE(publish_refused(both, {"presence-a", "a"}));
  CHECK(publish_refused(both, {"a", "b"}));
  CHECK(publish_refused(both, {"presence-a", "a"}, false));
}

TEST_CASE("a publish may ask for counts where the app counts") {
  CHECK_FALSE(publish_refused(counts, {"a", "presence-b"}));
  CHECK(publish_refused(counts, {"a"}, false));
  CHECK(publish_refused(cached, {"cache-a"}));
  CHECK_FALSE(publish_refused(nothing, {"a"}, false));
  CHECK_FALSE(publish_refused(users, {}));
}

TEST_CASE("a list of channels has user counts under a presence prefix only") {
  CHECK_FALSE(check_channels_info(users, "presence-", false));
  CHECK_FALSE(check_channels_info(users, "presence-room-", false));
  for (auto prefix : {"", "presence", "private-", "Presence-"}) {
    auto wrong = check_channels_info(users, prefix, true);
    REQUIRE(wrong);
    CHECK(wrong->status == 400);
  }
  CHECK_FALSE(check_channels_info(nothing, "any text", false));
  CHECK_FALSE(check_channels_info(counts, "", true));
  CHECK(check_channels_info(counts, "", false));
  CHECK(check_channels_info(cached, "cache-", true));
}

TEST_CASE("a channel tells what its kind has") {
  using enum channel_kind;
  CHECK_FALSE(check_channel_info(users, presence, false));
  CHECK_FALSE(check_channel_info(users, presence_cache, false));
  CHECK(check_channel_info(users, public_, false));
  CHECK(check_channel_info(users, private_, true));
  CHECK_FALSE(check_channel_info(cached, cache, false));
  CHECK_FALSE(check_channel_info(cached, encrypted_cache, false));
  CHECK(check_channel_info(cached, presence, false));
  CHECK_FALSE(check_channel_info(counts, public_, true));
  CHECK_FALSE(check_channel_info(counts, presence, true));
  CHECK(check_channel_info(counts, public_, false));
  CHECK_FALSE(check_channel_info(nothing, public_, false));
}
