#include "net/pusher/channel_name.hpp"

#include "tests/catch.hpp"
#include "tests/net/pusher/support.hpp"

using namespace tidewire::pusher;

TEST_CASE("the longest prefix of a channel name tells its kind") {
  using enum channel_kind;
  CHECK(classify("my-channel") == public_);
  CHECK(classify("private-a") == private_);
  CHECK(classify("presence-a") == presence);
  CHECK(classify("cache-a") == cache);
  CHECK(classify("private-cache-a") == private_cache);
  CHECK(classify("presence-cache-a") == presence_cache);
  CHECK(classify("private-encrypted-a") == encrypted);
  CHECK(classify("private-encrypted-cache-a") == encrypted_cache);
  CHECK(classify("#server-to-user-1") == user);
}

TEST_CASE("a prefix counts only whole, in front and in lower case") {
  using enum channel_kind;
  for (auto name : {"private", "presence", "cache", "Private-a", "a-private-b",
                    "privatecache-a", "presence_a", "server-to-user-1"})
    CHECK(classify(name) == public_);
  CHECK(classify("private-") == private_);
  CHECK(classify("private-cache") == private_);
  CHECK(classify("private-encrypted") == private_);
  CHECK(classify("private-encrypted-cache") == encrypted);
  CHECK(classify("presence-cache") == presence);
}

TEST_CASE("a name with # is a user channel or nothing") {
  CHECK(classify("#server-to-user-") == channel_kind::user);
  CHECK_FALSE(classify("#server-to-users-1"));
  CHECK_FALSE(classify("#private-a"));
  CHECK_FALSE(classify("#"));
  CHECK_FALSE(classify(""));
  CHECK(user_of_channel("#server-to-user-42") == "42");
  CHECK(user_of_channel("private-42").empty());
}

TEST_CASE("what a kind of channel has is what the table of protocol.md says") {
  struct row {
    channel_kind kind;
    bool auth, members, cached, sealed, events;
  };
  using enum channel_kind;
  const row table[] = {
      {public_, false, false, false, false, false},
      {cache, false, false, true, false, false},
      {private_, true, false, false, false, true},
      {private_cache, true, false, true, false, true},
      {encrypted, true, false, false, true, true},
      {encrypted_cache, true, false, true, true, true},
      {presence, true, true, false, false, true},
      {presence_cache, true, true, true, false, true},
      {user, false, false, false, false, false},
  };
  for (const auto& row : table) {
    CAPTURE(static_cast<int>(row.kind));
    CHECK(needs_auth(row.kind) == row.auth);
    CHECK(is_presence(row.kind) == row.members);
    CHECK(is_cache(row.kind) == row.cached);
    CHECK(is_encrypted(row.kind) == row.sealed);
    CHECK(allows_client_events(row.kind) == row.events);
  }
}

TEST_CASE("every character that names may have is accepted") {
  CHECK_FALSE(check_channel_name("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRS"
                                 "TUVWXYZ0123456789_-=@,.;",
                                 164));
  for (auto name : {"a", "-", "private-", "presence-a@b.c;d,e=f"})
    CHECK_FALSE(check_channel_name(name, 164));
}

TEST_CASE("every other byte in a name is refused, wherever it stands") {
  const std::string allowed = "_-=@,.;";
  for (int c = 0; c < 256; ++c) {
    auto byte = static_cast<char>(c);
    auto fine = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
                || (c >= '0' && c <= '9')
                || (c < 128 && c != 0 && contains(allowed, {&byte, 1}));
    CAPTURE(c);
    CHECK(check_channel_name(joined("a", std::string(1, byte)), 164).has_value()
          == !fine);
    CHECK(check_channel_name(std::string(1, byte) + "a", 164).has_value()
          == !fine);
  }
}

TEST_CASE("a name has as many characters as the limit and not one more") {
  CHECK_FALSE(check_channel_name(std::string(164, 'a'), 164));
  auto wrong = check_channel_name(std::string(165, 'a'), 164);
  REQUIRE(wrong);
  CHECK(contains(*wrong, "165 characters, at most 164"));
  CHECK_FALSE(check_channel_name(std::string(200, 'a'), 200));
  CHECK(check_channel_name("", 164));
}

TEST_CASE("# stands only before server-to-user- and an id") {
  CHECK_FALSE(check_channel_name("#server-to-user-a@b.c", 164));
  CHECK(check_channel_name("#server-to-user-", 164));
  CHECK(check_channel_name("#server-to-user-a#b", 164));
  CHECK(check_channel_name("#other", 164));
  CHECK(check_channel_name("a#b", 164));
}

TEST_CASE("a user channel has room for the longest id of a user") {
  CHECK_FALSE(check_channel_name(
      joined("#server-to-user-", std::string(200, '1')), 164));
  CHECK(check_channel_name(joined("#server-to-user-", std::string(201, '1')),
                           164));
}

TEST_CASE("the sentence about a bad name is short and plain ASCII") {
  auto wrong = check_channel_name(repeat("\xff\xc3\n", 50'000), 1'000'000);
  REQUIRE(wrong);
  CHECK(wrong->size() < 700);
  for (auto c : *wrong)
    CHECK((c >= 0x20 && c < 0x7f));
}
