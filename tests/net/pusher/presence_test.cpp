#include "net/pusher/presence.hpp"

#include "tests/catch.hpp"
#include "tests/net/pusher/support.hpp"

using namespace tidewire::pusher;

namespace {

std::string member_complaint(std::string_view channel_data) {
  auto result = parse_presence_member(channel_data, default_limits);
  auto wrong = as<data_error>(result);
  return wrong ? wrong->message : std::string{};
}

presence_member member(std::string_view channel_data) {
  auto result = parse_presence_member(channel_data, default_limits);
  auto found = as<presence_member>(result);
  INFO(member_complaint(channel_data));
  REQUIRE(found);
  return *found;
}

std::string signin_complaint(std::string_view user_data) {
  auto result = parse_signin_user(user_data);
  auto wrong = as<data_error>(result);
  return wrong ? wrong->message : std::string{};
}

signin_user user(std::string_view user_data) {
  auto result = parse_signin_user(user_data);
  auto found = as<signin_user>(result);
  INFO(signin_complaint(user_data));
  REQUIRE(found);
  return *found;
}

// A user object that others are shown with `n` bytes.
std::string object_of(std::size_t n) {
  auto frame = std::string_view{R"({"user_id":"a","user_info":""})"}.size();
  return joined(R"({"user_id":"a","user_info":")", std::string(n - frame, 'x'),
                R"("})");
}

} // namespace

TEST_CASE("a member has an id and what it told about itself") {
  auto found = member(R"({"user_id":"1","user_info":{"name":"A"}})");
  CHECK(found.user_id == "1");
  CHECK(found.user_info_json == R"({"name":"A"})");
}

TEST_CASE("a numeric id is the same user as its digits") {
  CHECK(member(R"({"user_id":10})").user_id == "10");
  CHECK(member(R"({"user_id":-7})").user_id == "-7");
  CHECK(member(R"({"user_id":0})").user_id == "0");
  CHECK(member(R"({"user_id":9007199254740993})").user_id
        == "9007199254740993");
  CHECK(member(R"({"user_id":12345678901234567890123})").user_id
        == "12345678901234567890123");
  CHECK(member(R"({"user_id":1.5})").user_id == "1.5");
}

TEST_CASE("an id may be any text of up to 128 characters") {
  CHECK(member(R"({"user_id":" \"\\ \u0000"})").user_id
        == std::string(" \"\\ \0", 5));
  auto id = [](const std::string& text) {
    return R"({"user_id":")" + text + R"("})";
  };
  CHECK(member(id(std::string(128, 'x'))).user_id.size() == 128);
  CHECK(contains(member_complaint(id(std::string(129, 'x'))), "128"));
  CHECK(member(id(repeat("\U0001F30A", 128))).user_id.size() == 512);
  CHECK_FALSE(member_complaint(id(repeat("\U0001F30A", 129))).empty());
  CHECK_FALSE(
      member_complaint(joined(R"({"user_id":)", std::string(129, '1'), '}'))
          .empty());
}

TEST_CASE("without user_info there is none, and null is none") {
  CHECK(member(R"({"user_id":"1"})").user_info_json.empty());
  CHECK(member(R"({"user_id":"1","user_info":null})").user_info_json.empty());
}

TEST_CASE("user_info is any JSON, compact, its numbers untouched") {
  CHECK(member(R"({"user_id":"1","user_info":{ "n" : 1.10 , "big":1e400 }})")
            .user_info_json
        == R"({"n":1.10,"big":1e400})");
  CHECK(member(R"({"user_id":"1","user_info":"te\"xt"})").user_info_json
        == R"("te\"xt")");
  CHECK(member(R"({"user_id":"1","user_info":""})").user_info_json == R"("")");
  CHECK(member(R"({"user_id":"1","user_info":[1, 2]})").user_info_json
        == "[1,2]");
}

TEST_CASE("what is no id is refused with a sentence") {
  for (auto data :
       {"{}", R"({"user_info":{}})", R"({"user_id":null})", R"({"user_id":""})",
        R"({"user_id":{}})", R"({"user_id":["a"]})", R"({"user_id":true})"}) {
    CAPTURE(data);
    CHECK(contains(member_complaint(data), "user_id"));
  }
  for (auto data : {"", "not json", "[]", "\"ann\"", "10",
                    R"({"user_id":"a","user_info":)"}) {
    CAPTURE(data);
    CHECK(contains(member_complaint(data), "channel_data is not"));
  }
}

TEST_CASE("a user object has 1 KiB and not one byte more") {
  CHECK(member(object_of(1'024)).user_id == "a");
  CHECK(
      contains(member_complaint(object_of(1'025)), "1025 bytes, at most 1024"));
  // Other members and blanks are not shown to anybody.
  CHECK(member(joined(R"({"user_id":"a","other":")", std::string(5'000, 'x'),
                      R"("})"))
            .user_id
        == "a");
  CHECK(member(object_of(1'024) + std::string(5'000, ' ')).user_id == "a");
}

TEST_CASE("a sign-in has an id, user_info and a watchlist") {
  auto found =
      user(R"({"id":"1","user_info":{"name":"A"},"watchlist":["2","3"]})");
  CHECK(found.id == "1");
  CHECK(found.user_info_json == R"({"name":"A"})");
  CHECK(found.watchlist == std::vector<std::string>{"2", "3"});
  CHECK_FALSE(found.watchlist_cut);
  found = user(R"({"id":"a@b.c","user_info":null,"watchlist":null})");
  CHECK(found.user_info_json.empty());
  CHECK(found.watchlist.empty());
}

TEST_CASE("a sign-in id is a string of the characters of names") {
  for (auto data : {"{}", R"({"id":1})", R"({"id":null})", R"({"id":""})",
                    R"({"id":{}})", R"({"id":"a b"})", R"({"id":"a#b"})",
                    R"({"id":"\u00e9"})", "[]", "x"}) {
    CAPTURE(data);
    CHECK_FALSE(signin_complaint(data).empty());
  }
  CHECK(user(joined(R"({"id":")", std::string(200, 'x'), R"("})")).id.size()
        == 200);
  CHECK_FALSE(
      signin_complaint(joined(R"({"id":")", std::string(201, 'x'), R"("})"))
          .empty());
}

TEST_CASE("user_info of a sign-in is an object, the watchlist has strings") {
  for (auto data :
       {R"({"id":"1","user_info":"x"})", R"({"id":"1","user_info":[]})",
        R"({"id":"1","watchlist":{}})", R"({"id":"1","watchlist":"2"})",
        R"({"id":"1","watchlist":["2",3]})"}) {
    CAPTURE(data);
    CHECK_FALSE(signin_complaint(data).empty());
  }
}

TEST_CASE("of a long watchlist the first hundred are kept") {
  auto of = [](int n) {
    std::string data = R"({"id":"1","watchlist":[)";
    for (int i = 0; i < n; ++i)
      data += (i ? ",\"" : "\"") + std::to_string(i) + '"';
    return data + "]}";
  };
  CHECK(user(of(100)).watchlist.size() == 100);
  CHECK_FALSE(user(of(100)).watchlist_cut);
  auto cut = user(of(101));
  CHECK(cut.watchlist_cut);
  REQUIRE(cut.watchlist.size() == 100);
  CHECK(cut.watchlist.back() == "99");
}

TEST_CASE("a signed-in user becomes a member under the same limits") {
  auto result = member_of_signin(
      user(R"({"id":"7","user_info":{"name":"A"},"watchlist":["1"]})"),
      default_limits);
  auto found = as<presence_member>(result);
  REQUIRE(found);
  CHECK(found->user_id == "7");
  CHECK(found->user_info_json == R"({"name":"A"})");
  auto large = user(joined(R"({"id":"7","user_info":{"t":")",
                           std::string(1'024, 'x'), R"("}})"));
  result = member_of_signin(large, default_limits);
  CHECK(as<data_error>(result));
  result = member_of_signin(
      user(joined(R"({"id":")", std::string(129, 'x'), R"("})")),
      default_limits);
  CHECK(as<data_error>(result));
}
