#include "net/pusher/json_fields.hpp"

#include "tests/catch.hpp"
#include "tests/net/pusher/support.hpp"

#include <array>

using namespace tidewire::pusher;

namespace {

// The member `x`, or what is wrong.
json_field read_x(std::string_view json) {
  std::array fields{json_field{"x"}};
  auto wrong = read_fields(json, fields);
  INFO(json << ": " << wrong.value_or("fine"));
  REQUIRE_FALSE(wrong);
  return fields[0];
}

bool fails(std::string_view json) {
  std::array fields{json_field{"x"}};
  return read_fields(json, fields).has_value();
}

} // namespace

TEST_CASE("each kind of JSON value is told from the others") {
  CHECK(read_x("{}").kind == json_kind::absent);
  CHECK(read_x(R"({"y":1})").kind == json_kind::absent);
  CHECK(read_x(R"({"x":null})").kind == json_kind::null);
  CHECK(read_x(R"({"x":true})").kind == json_kind::boolean);
  CHECK(read_x(R"({"x":0})").kind == json_kind::number);
  CHECK(read_x(R"({"x":""})").kind == json_kind::string);
  CHECK(read_x(R"({"x":[]})").kind == json_kind::array);
  CHECK(read_x(R"({"x":{}})").kind == json_kind::object);
}

TEST_CASE("a string loses its escapes, other values become compact") {
  CHECK(read_x(R"({"x":"a\"\\\/\b\u00e9\ud83c\udf0a"})").text
        == "a\"\\/\b\u00e9\U0001F30A");
  CHECK(read_x(" { \"x\" : { \"a\" : [ 1 , 2 , { } , [ ] , \"b\" ] ,\n"
               "\"c\" : null , \"d\" : true } } ")
            .text
        == R"({"a":[1,2,{},[],"b"],"c":null,"d":true})");
  CHECK(read_x(R"({"x":[[[]],[{}],{"a":{"b":[]}}]})").text
        == R"([[[]],[{}],{"a":{"b":[]}}])");
  CHECK(read_x(R"({"x":["[","{",",",":"]})").text == R"(["[","{",",",":"])");
  CHECK(read_x(R"({"x":{"\u0022\n":"\u0000"}})").text
        == R"({"\"\n":"\u0000"})");
}

TEST_CASE("numbers stay digit for digit as they were sent") {
  for (auto number :
       {"0", "-0", "1.10", "1e2", "1E+2", "0.1000", "12345678901234567890123",
        "-9223372036854775808", "9223372036854775808", "18446744073709551616",
        "1e400", "1e-400", "3.141592653589793238462643383279"}) {
    auto bare = read_x(std::string{R"({"x":)"} + number + '}');
    CHECK(bare.kind == json_kind::number);
    CHECK(bare.text == number);
    CHECK(read_x(std::string{R"({"x":[)"} + number + "]}").text
          == joined('[', std::string{number}, ']'));
  }
}

TEST_CASE("of members with the same name the last one counts") {
  auto x = read_x(R"({"x":"first","x":[1],"x":"last"})");
  CHECK(x.kind == json_kind::string);
  CHECK(x.text == "last");
  CHECK(read_x(R"({"x":"first","x":null})").kind == json_kind::null);
  CHECK(read_x(R"({"\u0078":"escaped"})").text == "escaped");
}

TEST_CASE("only members of the outermost object are found") {
  CHECK(read_x(R"({"y":{"x":1},"z":[{"x":2}]})").kind == json_kind::absent);
  CHECK(read_x(R"({"y":{"x":1},"x":3,"z":{"x":4}})").text == "3");
  CHECK(read_x(R"({"X":1,"x ":2,"":3})").kind == json_kind::absent);
}

TEST_CASE("a key or string of any length is read whole") {
  // Escapes make the parser hand out a string in parts.
  auto long_text = repeat(R"(abc\u00e9\n)", 10'000);
  CHECK(read_x(R"({"x":")" + long_text + R"("})").text
        == repeat("abc\u00e9\n", 10'000));
  auto nested = R"({"x":{")" + long_text + R"(":[")" + long_text + R"("]}})";
  auto canonical = repeat("abc\u00e9\\n", 10'000);
  CHECK(read_x(nested).text
        == "{\"" + canonical + "\":[\"" + canonical + "\"]}");
  CHECK(read_x(R"({")" + long_text + R"(":1,"x":2})").text == "2");
}

TEST_CASE("what is not one JSON object is an error") {
  for (auto json : {"",
                    " ",
                    "x",
                    "{",
                    "}",
                    "{}{}",
                    "{} x",
                    "[]",
                    "[{\"x\":1}]",
                    "1",
                    "\"x\"",
                    "null",
                    "{\"x\"}",
                    "{\"x\":}",
                    "{\"x\":1,}",
                    "{,}",
                    "{x:1}",
                    "{'x':1}",
                    "{\"x\":01}",
                    "{\"x\":+1}",
                    "{\"x\":1.}",
                    "{\"x\":.5}",
                    "{\"x\":NaN}",
                    "{\"x\":Infinity}",
                    "{\"x\":0x10}",
                    "{\"x\":tru}",
                    "{\"x\":\"a\nb\"}",
                    "{\"x\":\"\\x41\"}",
                    "{\"x\":\"\\u12\"}",
                    "{\"x\":1}//",
                    "{\"x\":/**/1}",
                    "\xef\xbb\xbf{}"}) {
    CAPTURE(json);
    CHECK(fails(json));
  }
  CHECK(fails(std::string_view{"{}\0", 3}));
  CHECK(fails(std::string_view{"{\"x\":\"\0\"}", 9}));
}

TEST_CASE("text that is not UTF-8 is an error") {
  for (auto bytes : {"\x80", "\xff", "\xc3", "\xc0\xaf", "\xe0\x80\xaf",
                     "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf0\x9f\x98"}) {
    CHECK(fails(std::string{R"({"x":")"} + bytes + R"("})"));
    CHECK(fails(std::string{R"({")"} + bytes + R"(":1})"));
    CHECK(fails(std::string{R"({"y":")"} + bytes + R"("})"));
  }
}

TEST_CASE("half a surrogate pair is an error") {
  for (auto text : {R"(\ud800)", R"(\udc00)", R"(\ud800x)", R"(\ud800\n)",
                    R"(\ud800\ud800)", R"(\udc00\ud800)", R"(\ud83d\u0041)"})
    CHECK(fails(std::string{R"({"x":")"} + text + R"("})"));
}

TEST_CASE("nesting is read to its limit and not deeper") {
  auto nested = [](std::size_t depth) {
    return joined(R"({"x":)", repeat("[", depth - 1)) + repeat("]", depth - 1)
           + '}';
  };
  CHECK(read_x(nested(max_json_depth)).text
        == repeat("[", max_json_depth - 1) + repeat("]", max_json_depth - 1));
  CHECK(fails(nested(max_json_depth + 1)));
  CHECK(fails(repeat("[", 1'000'000)));
  CHECK(fails(joined(R"({"y":)", repeat(R"({"a":)", 1'000'000))));
}

TEST_CASE("a number too great for a double is passed on as written") {
  // Boost before 1.83 refuses an exponent that no integer holds.
  constexpr std::string_view huge = R"({"x":1e99999999999})";
  CHECK((fails(huge) || read_x(huge).text == "1e99999999999"));
  CHECK(read_x(joined(R"({"x":)", std::string(100'000, '9'), '}')).text
        == std::string(100'000, '9'));
}

TEST_CASE("every prefix of an object is an error") {
  constexpr std::string_view json =
      R"({"x":{"a":[1,-2.5e3,"\u00e9\ud83c\udf0a",true,null]},"y":"z"})";
  for (std::size_t n = 0; n < json.size(); ++n) {
    CAPTURE(n);
    CHECK(fails(json.substr(0, n)));
  }
  CHECK_FALSE(fails(json));
}

TEST_CASE("an array of strings is read, anything else is not") {
  using strings = std::vector<std::string>;
  CHECK(read_strings(R"(["a","\u00e9",""])") == strings{"a", "\u00e9", ""});
  CHECK(read_strings("[]") == strings{});
  for (auto json : {"", "{}", "\"a\"", "[1]", "[\"a\",null]", "[[\"a\"]]",
                    "[\"a\"", "[\"a\"]]"})
    CHECK_FALSE(read_strings(json));
}
