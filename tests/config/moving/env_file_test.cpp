// `.env` files are read as Node and PHP read them.
#include "config/moving/moving.hpp"
#include "tests/catch.hpp"

using tidewire::config::moving::read_env_file;

using variables = std::map<std::string, std::string>;

TEST_CASE("names and values, quoted or not") {
  const auto all = read_env_file("A=1\n"
                                 " B = two words # and a comment\n"
                                 "export C='single # quoted $x'\r\n"
                                 "D=\"double \\\"quoted\\\"\\n\"\n"
                                 "E=\n"
                                 "# F=7\n"
                                 "no sign\n"
                                 "G=#nothing\n"
                                 "H=a#b",
                                 {});
  CHECK(all
        == variables{{"A", "1"},
                     {"B", "two words"},
                     {"C", "single # quoted $x"},
                     {"D", "double \"quoted\"\n"},
                     {"E", ""},
                     {"G", ""},
                     {"H", "a#b"}});
}

TEST_CASE("a value may refer to another") {
  const auto all = read_env_file("KEY=k\nV=\"${KEY}-${HOME}\"\nW=${KEY}\n"
                                 "X='${KEY}'\nY=\"${NONE}\"\nZ=${open",
                                 {{"HOME", "h"}});
  CHECK(all.at("V") == "k-h");
  CHECK(all.at("W") == "k");
  CHECK(all.at("X") == "${KEY}");
  CHECK(all.at("Y").empty());
  CHECK(all.at("Z") == "${open");
}

TEST_CASE("what the process has is not overridden") {
  const auto all = read_env_file("A=file\nB=file\n", {{"A", "process"}});
  CHECK(all.at("A") == "process");
  CHECK(all.at("B") == "file");
}

TEST_CASE("a quote without an end is text") {
  CHECK(read_env_file("A=\"open\n", {}).at("A") == "\"open");
}
