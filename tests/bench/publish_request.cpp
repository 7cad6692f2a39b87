#include "bench/publish_request.hpp"

#include <string>

#include "bench/signer.hpp"
#include "tests/catch.hpp"

using namespace tidewire::bench;

namespace {

std::string sign(const std::string& secret, const std::string& text) {
  signer with(secret);
  std::string hex(64, ' ');
  with.sign(text, hex.data());
  return hex;
}

std::string md5(const std::string& text) {
  signer with("any");
  std::string hex(32, ' ');
  with.md5(text, hex.data());
  return hex;
}

std::string between(const std::string& text, const std::string& before,
                    const std::string& after) {
  const auto at = text.find(before) + before.size();
  return text.substr(at, text.find(after, at) - at);
}

} // namespace

TEST_CASE("the signer agrees with the vectors of protocol section 8") {
  const std::string secret = "7ad3773142a6692b25b8";
  CHECK(sign(secret, "1234.1234:private-foobar")
        == "58df8b0c36d6982b82c3ecf6b4662e34fe8c25bba48f5369f135bf843651c3a4");
  CHECK(sign(secret, "POST\n/apps/3/events\nauth_key=278d425bdf160c739803"
                     "&auth_timestamp=1353088179&auth_version=1.0"
                     "&body_md5=ec365a775a4cd0599faeb73354201b6f")
        == "da454824c97ba181a32ccc17a72625ba02771f50b50e1e7430e47a1f3f457e6c");
  CHECK(md5(R"({"name":"foo","channels":["project-3"],)"
            R"("data":"{\"some\":\"data\"}"})")
        == "ec365a775a4cd0599faeb73354201b6f");
}

TEST_CASE("a signer gives the same answer the second time") {
  signer with("secret");
  std::string first(64, ' ');
  std::string second(64, ' ');
  with.sign("a text", first.data());
  with.sign("another", second.data());
  CHECK(first != second);
  with.sign("a text", second.data());
  CHECK(first == second);
}

TEST_CASE("every rendered request carries its own digests") {
  target to;
  to.host = "127.0.0.1";
  to.prefix = "/ws";
  publish_request request(to, {"7", "the-key", "the-secret"}, "room", 64);
  for (const std::uint32_t sequence : {1u, 2u}) {
    const std::string text(
        request.render({3, sequence, 99}, 1'700'000'000 + sequence));
    CHECK(text.starts_with("POST /ws/apps/7/events?auth_key=the-key&"));
    const auto body = text.substr(text.find("\r\n\r\n") + 4);
    CHECK(between(text, "Content-Length: ", "\r\n")
          == std::to_string(body.size()));
    CHECK(between(text, "body_md5=", "&") == md5(body));
    CHECK(between(body, "\"data\":\"", "\"").size() == 64);
    const auto query = between(text, "events?", "&auth_signature=");
    CHECK(between(query + "&", "auth_timestamp=", "&")
          == std::to_string(1'700'000'000 + sequence));
    CHECK(between(text, "auth_signature=", " ")
          == sign("the-secret", "POST\n/apps/7/events\n" + query));
    const auto at = find_stamp(body);
    REQUIRE(at);
    CHECK(read_stamp(body.data() + *at).sequence == sequence);
  }
}

TEST_CASE("a key is escaped in the URL and signed as it is") {
  publish_request request({"h", 1, ""}, {"1", "a key", "s"}, "c", 30);
  const std::string text(request.render({}, 1'700'000'000));
  CHECK(between(text, "auth_key=", "&") == "a%20key");
  CHECK(between(text, "auth_signature=", " ")
        == sign("s", "POST\n/apps/1/events\nauth_key=a key&auth_timestamp="
                     "1700000000&auth_version=1.0&body_md5="
                         + between(text, "body_md5=", "&")));
}

TEST_CASE("answers are read one after the other") {
  const std::string two =
      "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"
      "HTTP/1.1 401 Unauthorized\r\nContent-Type: text/plain"
      "\r\nContent-Length:3\r\n\r\nno!";
  http_answer answer;
  REQUIRE(read_answer(two, answer) == answer_status::ok);
  CHECK(answer.status == 200);
  CHECK(answer.body == "{}");
  REQUIRE(read_answer(std::string_view(two).substr(answer.size), answer)
          == answer_status::ok);
  CHECK(answer.status == 401);
  CHECK(answer.body == "no!");
}

TEST_CASE("an answer is incomplete until its last byte") {
  const std::string text = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
  http_answer answer;
  for (std::size_t size = 1; size < text.size(); ++size)
    CHECK(read_answer(text.substr(0, size), answer)
          == answer_status::incomplete);
  CHECK(read_answer(text, answer) == answer_status::ok);
}

TEST_CASE("answers that have no length or are not HTTP are broken") {
  http_answer answer;
  CHECK(read_answer("SSH-2.0\r\n\r\n", answer) == answer_status::broken);
  CHECK(read_answer("HTTP/1.1 200 OK\r\n\r\n", answer)
        == answer_status::broken);
  CHECK(read_answer("HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", answer)
        == answer_status::broken);
  CHECK(read_answer(std::string(20'000, 'a'), answer) == answer_status::broken);
}
