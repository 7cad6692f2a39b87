#include "config/suggest.hpp"

#include "tests/catch.hpp"

using namespace tidewire::config;

TEST_CASE("distance counts insertions, removals, changes and swaps") {
  CHECK(distance("", "") == 0);
  CHECK(distance("", "abc") == 3);
  CHECK(distance("abc", "") == 3);
  CHECK(distance("port", "port") == 0);
  CHECK(distance("prt", "port") == 1);
  CHECK(distance("poort", "port") == 1);
  CHECK(distance("pert", "port") == 1);
  CHECK(distance("prot", "port") == 1);
  CHECK(distance("kitten", "sitting") == 3);
}

TEST_CASE("capitals and dashes are no difference") {
  CHECK(distance("Max-Message", "max_message") == 0);
}

TEST_CASE("the nearest candidate is suggested") {
  CHECK(nearest("prot", {"host", "port", "node"}) == "port");
  CHECK(nearest("hst", {"host", "port"}) == "host");
}

TEST_CASE("what is too far off is not suggested") {
  CHECK_FALSE(nearest("frobnicate", {"host", "port"}));
  CHECK_FALSE(nearest("x", {"id", "key"}));
  CHECK_FALSE(nearest("port", {}));
}
