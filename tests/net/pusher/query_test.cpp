#include "net/pusher/query.hpp"

#include "tests/catch.hpp"

using namespace tidewire::pusher;

namespace {

std::string shown(const std::vector<query_param>& params) {
  std::string result;
  for (const auto& [key, value] : params)
    result += '<' + key + '|' + value + '>';
  return result;
}

} // namespace

TEST_CASE("escapes are undone, and what is none stays") {
  CHECK(percent_decode("a%2Cb%2c%20%C3%A9") == "a,b, \u00e9");
  CHECK(percent_decode("100%") == "100%");
  CHECK(percent_decode("%4") == "%4");
  CHECK(percent_decode("%zz%4g%") == "%zz%4g%");
  CHECK(percent_decode("%%41") == "%A");
  CHECK(percent_decode("%2541") == "%41");
  CHECK(percent_decode("%00") == std::string(1, '\0'));
}

TEST_CASE("a plus is a plus or a space, as one asks") {
  CHECK(percent_decode("a+b") == "a+b");
  CHECK(percent_decode("a+b%2B", plus_sign::space) == "a b+");
}

TEST_CASE("a query keeps order, repeated keys and empty values") {
  CHECK(shown(parse_query("channels[]=b&channels%5B%5D=a&x=&y&=z"))
        == "<channels[]|b><channels[]|a><x|><y|><|z>");
  CHECK(shown(parse_query("a=b=c%3D&&&d=1&")) == "<a|b=c=><d|1>");
  CHECK(parse_query("").empty());
  CHECK(parse_query("&&").empty());
}

TEST_CASE("an escaped & or = does not split") {
  CHECK(shown(parse_query("a=1%262%3D3")) == "<a|1&2=3>");
}

TEST_CASE("a parameter is found by its key in any case, the first one") {
  auto params = parse_query("Info=user_count&info=cache&x=");
  CHECK(find_param(params, "info") == "user_count");
  CHECK(find_param(params, "x") == "");
  CHECK_FALSE(find_param(params, "y"));
}
