#include "net/pusher/text.hpp"

#include "tests/catch.hpp"
#include "tests/net/pusher/support.hpp"

using namespace tidewire::pusher;

TEST_CASE("characters are counted, not bytes") {
  CHECK(count_characters("") == 0);
  CHECK(count_characters("abc") == 3);
  CHECK(count_characters("\u00e4\u20ac\U0001F30A") == 3);
}

TEST_CASE("only decimal digits are digits") {
  CHECK(all_digits("0123456789"));
  for (auto text : {"", "-1", "+1", "1.0", " 1", "1 ", "0x1", "\xd9\xa1"})
    CHECK_FALSE(all_digits(text));
}

TEST_CASE("a text is cut between characters") {
  CHECK(shortened("abc", 3) == "abc");
  CHECK(shortened("abcd", 3) == "abc...");
  CHECK(shortened("a\u00e4b", 2) == "a...");
  CHECK(shortened("a\u00e4b", 3) == "a\u00e4...");
  CHECK(shortened("\U0001F30A", 3) == "...");
}

TEST_CASE("a quoted text is escaped, short and plain ASCII") {
  CHECK(in_quotes("a\"b\n") == R"("a\"b\n")");
  CHECK(in_quotes("caf\u00e9") == "\"caf?\"");
  CHECK(in_quotes("\xff\xfe\x80z") == "\"??z\"");
  CHECK(in_quotes("abcdef", 3) == "\"abc...\"");
}

TEST_CASE("lower case is that of ASCII") {
  CHECK(lower_case("Auth_KEY[]@\xc3\x84") == "auth_key[]@\xc3\x84");
}
