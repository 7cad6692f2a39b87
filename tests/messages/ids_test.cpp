#include "messages/ids.hpp"

#include "tests/catch.hpp"

#include <limits>

using namespace tidewire;

TEST_CASE("a socket id is written as two numbers with a dot between") {
  CHECK(to_string(socket_id{8113, 42}) == "8113.42");
  CHECK(to_string(socket_id{0, 0}) == "0.0");
  constexpr auto most = std::numeric_limits<std::uint64_t>::max();
  CHECK(to_string(socket_id{most, most})
        == "18446744073709551615.18446744073709551615");
}

TEST_CASE("a socket id that was written is read back") {
  constexpr auto most = std::numeric_limits<std::uint64_t>::max();
  for (std::uint64_t a : {0ull, 1ull, 1234ull, 0x1'0000'0000ull, most + 0ull})
    for (std::uint64_t b : {0ull, 9ull, 1'000'000'007ull, most + 0ull}) {
      socket_id id{a, b};
      CHECK(parse_socket_id(to_string(id)) == id);
    }
}

TEST_CASE("leading zeros do not change a socket id") {
  CHECK(parse_socket_id("007.0042") == socket_id{7, 42});
}

TEST_CASE("anything but digits, dot, digits is no socket id") {
  for (std::string_view text :
       {"",     ".",    "1",     "1.",    ".1",   "1.2.3", "1..2",
        "a.b",  "1.b",  "-1.2",  "1.-2",  "+1.2", "1.+2",  " 1.2",
        "1.2 ", "1 .2", "1.2\n", "0x1.2", "1,2",  "1e3.2"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_socket_id(text));
  }
  CHECK_FALSE(parse_socket_id(std::string_view{"1.2\0", 4}));
}

TEST_CASE("a number beyond 64 bits is no socket id") {
  CHECK_FALSE(parse_socket_id("18446744073709551616.1"));
  CHECK_FALSE(parse_socket_id("1.18446744073709551616"));
  CHECK(parse_socket_id("18446744073709551615.1"));
}

TEST_CASE("the id with serial 0 is nobody's") {
  CHECK_FALSE(socket_id{});
  CHECK_FALSE((socket_id{5, 0}));
  CHECK((socket_id{0, 1}));
}
