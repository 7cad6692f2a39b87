#include "net/pusher/signature.hpp"

#include "tests/catch.hpp"
#include "tests/net/pusher/support.hpp"

#include <algorithm>
#include <chrono>
#include <numeric>
#include <thread>

using namespace tidewire::pusher;

namespace {

constexpr std::string_view socket_1234 = "1234.1234";
constexpr std::string_view channels_user =
    R"({"user_id":10,"user_info":{"name":"Mr. Channels"}})";
constexpr std::string_view pusher_user =
    R"({"user_id":10,"user_info":{"name":"Mr. Pusher"}})";
constexpr std::string_view channels_hex =
    "31935e7d86dba64c2a90aed31fdc61869f9b22ba9d8863bba239c03ca481bc80";
constexpr std::string_view pusher_hex =
    "afaed3695da2ffd16931f457e338e6c9f2921fa133ce7dac49f529792be6304c";

std::string auth_of(std::string_view hex) {
  return std::string{vector_key} + joined(':', std::string{hex});
}

} // namespace

TEST_CASE("every vector of protocol.md §8 is what we compute") {
  auto sign = [](std::string_view text) {
    return hmac_sha256_hex(vector_secret, text);
  };
  CHECK(sign(channel_string_to_sign(socket_1234, "private-foobar"))
        == "58df8b0c36d6982b82c3ecf6b4662e34fe8c25bba48f5369f135bf843651c3a4");
  CHECK(sign(channel_string_to_sign(socket_1234, "presence-foobar",
                                    channels_user))
        == channels_hex);
  CHECK(
      sign(channel_string_to_sign(socket_1234, "presence-foobar", pusher_user))
      == pusher_hex);
  CHECK(sign(user_string_to_sign(socket_1234, R"({"id":"12345"})"))
        == "4708d583dada6a56435fb8bc611c77c359a31eebde13337c16ab43aa6de336ba");
  CHECK(sign(http_string_to_sign(
            "POST", "/apps/3/events",
            "auth_key=278d425bdf160c739803&auth_timestamp=1353088179"
            "&auth_version=1.0&body_md5=ec365a775a4cd0599faeb73354201b6f"))
        == "da454824c97ba181a32ccc17a72625ba02771f50b50e1e7430e47a1f3f457e6c");
  CHECK(sign(http_string_to_sign(
            "GET", "/apps/3/channels",
            "auth_key=278d425bdf160c739803&auth_timestamp=1353088179"
            "&auth_version=1.0&filter_by_prefix=presence-&info=user_count"))
        == "16819168891cb5dfd72b5c7a5d3d602605b26c6ba1930033b5e2eeeb65010291");
  CHECK(sign(R"({"time_ms":1327078148132,"events":[{"name":"channel_occupied",)"
             R"("channel":"my-channel"}]})")
        == "c19001ae3963ccb13bf618e5b16ba9848e7e74df0993aa0689168e341c6833cf");
}

TEST_CASE("the shared secret of an encrypted channel is the vector's") {
  std::string key(32, '\0');
  std::iota(key.begin(), key.end(), '\0');
  CHECK(base64(sha256("private-encrypted-foo" + key))
        == "E3I6KxLwqP1Rr/p1676Vpnrw23CkRdS5bkX5NazRkeY=");
}

TEST_CASE("the digests agree with their specifications") {
  CHECK(md5_hex("") == "d41d8cd98f00b204e9800998ecf8427e");
  CHECK(md5_hex("message digest") == "f96b697d7cb7938d525a2f31aaf161d0");
  // RFC 4231, case 2; and no key after a key, which must not reuse it.
  CHECK(hmac_sha256_hex("Jefe", "what do ya want for nothing?")
        == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  CHECK(hmac_sha256_hex("", "")
        == "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
  CHECK(hmac_sha256_hex({}, {}) == hmac_sha256_hex("", ""));
}

TEST_CASE("base64 pads what is no multiple of three") {
  auto encode = [](std::string_view text) {
    return base64(
        {reinterpret_cast<const unsigned char*>(text.data()), text.size()});
  };
  CHECK(encode("") == "");
  CHECK(encode("f") == "Zg==");
  CHECK(encode("fo") == "Zm8=");
  CHECK(encode("foo") == "Zm9v");
  CHECK(encode("\xfb\xff") == "+/8=");
}

TEST_CASE("every thread digests for itself") {
  std::array<std::string, 4> results;
  std::vector<std::thread> threads;
  for (auto& result : results)
    threads.emplace_back([&result] {
      for (int i = 0; i < 200; ++i)
        result = hmac_sha256_hex("Jefe", "what do ya want for nothing?");
    });
  for (auto& thread : threads)
    thread.join();
  for (const auto& result : results)
    CHECK(
        result
        == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST_CASE("texts are equal when all of their bytes are") {
  CHECK(constant_time_equal("", ""));
  CHECK(constant_time_equal("abc", "abc"));
  CHECK_FALSE(constant_time_equal("abc", "abd"));
  CHECK_FALSE(constant_time_equal("abc", "ab"));
  CHECK_FALSE(constant_time_equal("", "a"));
}

TEST_CASE("where two digests differ does not show in the time") {
  // Long ones, so that leaving early would show: a thousandfold.
  const std::string secret(64 * 1024, 'a');
  auto early = secret;
  early.front() = 'b';
  auto late = secret;
  late.back() = 'b';
  // The least of many: what else the machine does only adds.
  const auto least_ns = [&](const std::string& guess) {
    auto least = std::chrono::nanoseconds::max();
    for (int i = 0; i < 300; ++i) {
      const auto begun = std::chrono::steady_clock::now();
      const auto equal = constant_time_equal(secret, guess);
      const auto took = std::chrono::steady_clock::now() - begun;
      REQUIRE_FALSE(equal);
      least = std::min<std::chrono::nanoseconds>(least, took);
    }
    return static_cast<double>(least.count());
  };
  const auto ratio = least_ns(late) / least_ns(early);
  CHECK(ratio > 0.5);
  CHECK(ratio < 2);
}

TEST_CASE("a right subscription is let through") {
  CHECK_FALSE(verify_channel_auth(
      auth_of(
          "58df8b0c36d6982b82c3ecf6b4662e34fe8c25bba48f5369f135bf843651c3a4"),
      vector_keys, socket_1234, "private-foobar"));
  CHECK_FALSE(verify_channel_auth(auth_of(channels_hex), vector_keys,
                                  socket_1234, "presence-foobar",
                                  channels_user));
}

TEST_CASE("the digest that the official page prints is refused") {
  // It shows the digest of "Mr. Pusher" beside the text of "Mr. Channels".
  CHECK(verify_channel_auth(auth_of(pusher_hex), vector_keys, socket_1234,
                            "presence-foobar", channels_user));
  CHECK_FALSE(verify_channel_auth(auth_of(pusher_hex), vector_keys, socket_1234,
                                  "presence-foobar", pusher_user));
}

TEST_CASE("channel_data counts byte for byte") {
  auto same_value = R"({"user_id": 10, "user_info": {"name": "Mr. Channels"}})";
  CHECK(verify_channel_auth(auth_of(channels_hex), vector_keys, socket_1234,
                            "presence-foobar", same_value));
  CHECK(verify_channel_auth(auth_of(channels_hex), vector_keys, socket_1234,
                            "presence-foobar"));
  auto with_nothing = hmac_sha256_hex(vector_secret, "1234.1234:private-a:");
  CHECK_FALSE(verify_channel_auth(auth_of(with_nothing), vector_keys,
                                  socket_1234, "private-a", ""));
  CHECK(verify_channel_auth(auth_of(with_nothing), vector_keys, socket_1234,
                            "private-a"));
}

TEST_CASE("a signature of another socket, channel or secret is refused") {
  auto good = auth_of(
      "58df8b0c36d6982b82c3ecf6b4662e34fe8c25bba48f5369f135bf843651c3a4");
  CHECK(verify_channel_auth(good, vector_keys, "1234.1235", "private-foobar"));
  CHECK(verify_channel_auth(good, vector_keys, socket_1234, "private-foobaz"));
  std::vector<tidewire::config::key_pair> other{
      {std::string{vector_key}, "other"}};
  CHECK(verify_channel_auth(good, other, socket_1234, "private-foobar"));
}

TEST_CASE("an upper-case or cut signature is refused") {
  for (auto hex :
       {"58DF8B0C36D6982B82C3ECF6B4662E34FE8C25BBA48F5369F135BF843651C3A4",
        "58df8b0c36d6982b82c3ecf6b4662e34fe8c25bba48f5369f135bf843651c3a", "",
        "58df8b0c36d6982b82c3ecf6b4662e34fe8c25bba48f5369f135bf843651c3a4 "})
    CHECK(verify_channel_auth(auth_of(hex), vector_keys, socket_1234,
                              "private-foobar"));
}

TEST_CASE("refusals are in the words that people search for") {
  CHECK(verify_channel_auth("278d425bdf160c739803:abc", vector_keys,
                            socket_1234, "private-foobar")
        == "Invalid signature: Expected HMAC SHA256 hex digest of "
           "1234.1234:private-foobar, but got abc");
  CHECK(verify_channel_auth("wrong:abc", vector_keys, socket_1234, "private-a")
        == "Invalid key in subscription auth data: 'wrong'");
  CHECK(verify_channel_auth("nonsense", vector_keys, socket_1234, "private-a")
        == "Auth value for subscription to private-a is invalid: should be of "
           "format 'key:signature'");
  CHECK(verify_channel_auth("", vector_keys, socket_1234, "private-a")
        == "Auth info required to subscribe to private-a");
}

TEST_CASE("a refusal stays short, whatever was sent") {
  std::string much(60'000, 'x');
  CHECK(verify_channel_auth(much + ":a", vector_keys, socket_1234, "private-a")
            ->size()
        < 1500);
  CHECK(verify_channel_auth(auth_of(much), vector_keys, socket_1234,
                            "presence-a", much)
            ->size()
        < 1500);
}

TEST_CASE("while keys are rotated, each signs with its own secret") {
  std::vector<tidewire::config::key_pair> keys{{"old", "secret-1"},
                                               {"new", "secret-2"}};
  auto text = channel_string_to_sign("1.2", "private-a");
  for (const auto& pair : keys)
    CHECK_FALSE(
        verify_channel_auth(pair.key + ':' + hmac_sha256_hex(pair.secret, text),
                            keys, "1.2", "private-a"));
  CHECK(verify_channel_auth("old:" + hmac_sha256_hex("secret-2", text), keys,
                            "1.2", "private-a"));
}

TEST_CASE("a sign-in is signed with ::user:: between socket and user") {
  constexpr std::string_view user = R"({"id":"12345"})";
  CHECK_FALSE(verify_user_auth(
      auth_of(
          "4708d583dada6a56435fb8bc611c77c359a31eebde13337c16ab43aa6de336ba"),
      vector_keys, socket_1234, user));
  CHECK(verify_user_auth("", vector_keys, socket_1234, user));
  // The signature of a channel must not pass for one of a user.
  auto channel = hmac_sha256_hex(
      vector_secret, channel_string_to_sign(socket_1234, "user", user));
  CHECK(verify_user_auth(auth_of(channel), vector_keys, socket_1234, user));
}
