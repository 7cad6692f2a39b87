#include "net/pusher/api_auth.hpp"

#include "net/pusher/signature.hpp"
#include "tests/catch.hpp"
#include "tests/net/pusher/support.hpp"

using namespace tidewire::pusher;

namespace {

constexpr std::int64_t vector_time = 1353088179;
constexpr std::chrono::seconds skew{600};

// A request as a library makes it: `to_sign` is what its author believes the
// canonical parameters to be, `sent` what goes over the wire.
struct request {
  std::string method = "POST";
  std::string path = "/apps/3/events";
  std::string body;
  std::string sent;
  std::int64_t now = vector_time;

  std::optional<api_error> check() const {
    return authenticate(method, path, sent, body, vector_keys, now, skew);
  }
};

std::string base_params() {
  return joined("auth_key=", vector_key,
                "&auth_timestamp=1353088179&auth_version=1.0");
}

// Signs `to_sign` and sends `sent` (the same, if it is empty) with it.
request signed_request(std::string to_sign, std::string sent = {},
                       std::string method = "GET",
                       std::string path = "/apps/3/channels") {
  request result;
  result.method = method;
  result.path = path;
  result.sent =
      joined(sent.empty() ? to_sign : sent, "&auth_signature=",
             hmac_sha256_hex(vector_secret,
                             http_string_to_sign(method, path, to_sign)));
  return result;
}

request post_request(std::string body) {
  auto result = signed_request(base_params() + "&body_md5=" + md5_hex(body), {},
                               "POST", "/apps/3/events");
  result.body = std::move(body);
  return result;
}

std::string refusal(const request& r) {
  auto wrong = r.check();
  if (!wrong)
    return {};
  CHECK(wrong->status == 401);
  CHECK(wrong->message.size() > 10);
  return wrong->message;
}

} // namespace

TEST_CASE("the official request to publish is let through") {
  request r;
  r.body = R"({"name":"foo","channels":["project-3"],)"
           R"("data":"{\"some\":\"data\"}"})";
  REQUIRE(md5_hex(r.body) == "ec365a775a4cd0599faeb73354201b6f");
  r.sent = "auth_key=278d425bdf160c739803&auth_timestamp=1353088179"
           "&auth_version=1.0&body_md5=ec365a775a4cd0599faeb73354201b6f"
           "&auth_signature="
           "da454824c97ba181a32ccc17a72625ba02771f50b50e1e7430e47a1f3f457e6c";
  CHECK(refusal(r) == "");
}

TEST_CASE("the vector of a request for channels is let through") {
  request r;
  r.method = "GET";
  r.path = "/apps/3/channels";
  r.sent = "info=user_count&filter_by_prefix=presence-&auth_version=1.0"
           "&auth_timestamp=1353088179&auth_key=278d425bdf160c739803"
           "&auth_signature="
           "16819168891cb5dfd72b5c7a5d3d602605b26c6ba1930033b5e2eeeb65010291";
  CHECK(refusal(r) == "");
}

TEST_CASE("parameters are signed as they are before they are escaped") {
  auto to_sign = base_params() + "&info=user_count,subscription_count";
  CHECK(refusal(signed_request(to_sign)) == "");
  CHECK(refusal(signed_request(
            to_sign, base_params() + "&info=user_count%2Csubscription_count"))
        == "");
  CHECK(refusal(signed_request(
            to_sign, base_params() + "&info=user_count%2csubscription_count"))
        == "");
}

TEST_CASE("who signs the escaped form is refused") {
  CHECK(contains(refusal(signed_request(
                     base_params() + "&info=user_count%2Csubscription_count")),
                 "Invalid signature"));
}

TEST_CASE("keys are signed in lower case, whatever case they are sent in") {
  auto to_sign = base_params() + "&info=user_count";
  auto sent =
      joined("AUTH_KEY=", vector_key,
             "&Auth_Timestamp=1353088179&auth_Version=1.0&INFO=user_count");
  CHECK(refusal(signed_request(to_sign, sent)) == "");
  CHECK_FALSE(refusal(signed_request(sent)).empty());
}

TEST_CASE("values keep their case") {
  auto to_sign = base_params() + "&filter_by_prefix=Presence-";
  CHECK(refusal(signed_request(to_sign)) == "");
  CHECK_FALSE(
      refusal(signed_request(to_sign,
                             base_params() + "&filter_by_prefix=presence-"))
          .empty());
}

TEST_CASE("parameters may be sent in any order, they are signed by key") {
  auto to_sign = base_params() + "&b=2&z=1";
  CHECK(refusal(signed_request(to_sign, joined("z=1&", base_params(), "&b=2")))
        == "");
}

TEST_CASE("a repeated channels[] is signed in the order it is sent") {
  auto to_sign = base_params() + "&channels[]=b&channels[]=a&name=x";
  CHECK(refusal(signed_request(to_sign)) == "");
  CHECK(refusal(signed_request(to_sign,
                               joined("name=x&", base_params(),
                                      "&channels%5B%5D=b&channels%5B%5D=a")))
        == "");
  CHECK_FALSE(
      refusal(signed_request(
                  to_sign, base_params() + "&channels[]=a&channels[]=b&name=x"))
          .empty());
}

TEST_CASE("a plus is a plus or a space, as the library means it") {
  CHECK(refusal(signed_request(base_params() + "&x=a+b")) == "");
  CHECK(refusal(
            signed_request(base_params() + "&x=a b", base_params() + "&x=a+b"))
        == "");
  CHECK(refusal(signed_request(base_params() + "&x=a b",
                               base_params() + "&x=a%20b"))
        == "");
}

TEST_CASE("a body needs its digest, no body needs none") {
  CHECK(refusal(post_request(R"({"a":1})")) == "");
  auto bare = signed_request(base_params(), {}, "POST", "/apps/3/events");
  CHECK(refusal(bare) == "");
  bare.body = "{}";
  CHECK(contains(refusal(bare), "body_md5 is missing"));
}

TEST_CASE("the digest of an empty body may be told and must be right") {
  CHECK(refusal(post_request("")) == "");
  CHECK(refusal(signed_request(base_params() + "&body_md5=")) == "");
  CHECK(contains(
      refusal(signed_request(base_params() + "&body_md5=" + md5_hex("x"))),
      "body_md5"));
}

TEST_CASE("a body that was changed after signing is refused") {
  auto r = post_request(R"({"name":"a"})");
  r.body += ' ';
  CHECK(contains(refusal(r), "body_md5"));
  r.body.clear();
  CHECK(contains(refusal(r), "body_md5"));
}

TEST_CASE("a timestamp may be 600 s off and not 601") {
  auto r = signed_request(base_params());
  for (std::int64_t away : {0, 1, 599, 600}) {
    r.now = vector_time + away;
    CHECK(refusal(r) == "");
    r.now = vector_time - away;
    CHECK(refusal(r) == "");
  }
  r.now = vector_time + 601;
  CHECK(contains(refusal(r), "601 s away"));
  r.now = vector_time - 601;
  CHECK(contains(refusal(r), "601 s away"));
}

TEST_CASE("a timestamp is a whole number of seconds") {
  for (std::string_view stamp :
       {"", "now", "-1353088179", "+1353088179", "1353088179.0", " 1353088179",
        "1353088179 ", "0x50A67C33", "99999999999999999999999"}) {
    auto r =
        signed_request(joined("auth_key=", vector_key,
                              "&auth_timestamp=", stamp, "&auth_version=1.0"));
    CAPTURE(stamp);
    CHECK(contains(refusal(r), "auth_timestamp must be"));
  }
  auto far = signed_request(
      joined("auth_key=", vector_key,
             "&auth_timestamp=9223372036854775807&auth_version=1.0"));
  CHECK(contains(refusal(far), "away"));
}

TEST_CASE("each auth parameter has to be there, once") {
  auto good = signed_request(base_params());
  for (std::string name :
       {"auth_key", "auth_timestamp", "auth_version", "auth_signature"}) {
    auto without = good;
    auto at = without.sent.find(name + '=');
    REQUIRE(at != std::string::npos);
    without.sent[at] = 'x';
    CHECK(contains(refusal(without), name + " is missing"));
    auto twice = good;
    twice.sent += joined('&', name, "=1");
    CHECK(contains(refusal(twice), name + " is given more than once"));
  }
  auto digest = post_request("{}");
  digest.sent += joined("&Body_MD5=", md5_hex("{}"));
  CHECK(contains(refusal(digest), "body_md5 is given more than once"));
  good.sent.clear();
  CHECK(contains(refusal(good), "auth_key is missing"));
}

TEST_CASE("only version 1.0 is known") {
  for (std::string version : {"", "1", "1.00", "2.0"})
    CHECK(contains(refusal(signed_request(joined(
                       "auth_key=", vector_key,
                       "&auth_timestamp=1353088179&auth_version=", version))),
                   "auth_version must be 1.0"));
}

TEST_CASE("a key of another app is refused") {
  auto r = signed_request("auth_key=other&auth_timestamp=1353088179"
                          "&auth_version=1.0");
  CHECK(refusal(r) == "Unknown auth_key \"other\" for this app");
}

TEST_CASE("method, path and every parameter are part of the signature") {
  const auto good = signed_request(base_params() + "&info=user_count");
  REQUIRE(refusal(good) == "");
  auto r = good;
  r.method = "POST";
  CHECK(contains(refusal(r), "Invalid signature"));
  r = good;
  r.path = "/apps/4/channels";
  CHECK(contains(refusal(r), "Invalid signature"));
  r = good;
  r.sent += "&extra=1";
  CHECK(contains(refusal(r), "Invalid signature"));
  r = good;
  r.sent.back() = r.sent.back() == '0' ? '1' : '0';
  CHECK(contains(refusal(r), "Invalid signature"));
}

TEST_CASE("a refused signature shows what should have been signed") {
  auto r = signed_request(base_params());
  r.sent.back() = r.sent.back() == '0' ? '1' : '0';
  auto sentence = refusal(r);
  CHECK(contains(sentence, R"("GET\n/apps/3/channels\nauth_key=)"));
  CHECK_FALSE(contains(sentence, vector_secret));
  auto right = hmac_sha256_hex(
      vector_secret,
      http_string_to_sign("GET", "/apps/3/channels", base_params()));
  CHECK_FALSE(contains(sentence, right));
}

TEST_CASE("any bytes in a query give a short and plain answer") {
  auto r = signed_request(base_params());
  r.sent += joined("&x=", repeat("%FF%0A%00", 5'000));
  auto sentence = refusal(r);
  CHECK(sentence.size() < 8'000);
  for (auto c : sentence)
    CHECK((c >= 0x20 && c < 0x7f));
}
