#include "config/problem.hpp"

#include "config/report.hpp"
#include "tests/catch.hpp"

using namespace tidewire::config;

TEST_CASE("a problem is one line from place to message") {
  CHECK(to_string(problem{"a.toml", 12, 0, "log.level", "is odd"})
        == "a.toml:12: log.level: is odd");
  CHECK(to_string(problem{"a.toml", 12, 3, {}, "is odd"})
        == "a.toml:12:3: is odd");
  CHECK(to_string(problem{"a.toml", 0, 0, {}, "is odd"}) == "a.toml: is odd");
  CHECK(to_string(problem{{}, 0, 0, "apps", "is odd"}) == "apps: is odd");
}

TEST_CASE("what has no line comes behind what has one") {
  report problems;
  problems.add(grade::error, {origin::source::flag, "--port", 0}, "b", "1");
  problems.add(grade::error, {origin::source::file, "f", 9}, "a", "2");
  problems.add(grade::warning, {origin::source::file, "f", 1}, "a", "3");
  problems.add(grade::error, {origin::source::file, "f", 4}, "c", "4");
  std::string order;
  for (const auto& each : problems.take(grade::error))
    order += each.message;
  CHECK(order == "421");
}

TEST_CASE("the same problem is said once") {
  report problems;
  problems.add(grade::error, {origin::source::file, "f", 9}, "a", "x");
  problems.add(grade::error, {origin::source::file, "f", 9}, "a", "x");
  CHECK(problems.take(grade::error).size() == 1);
}

TEST_CASE("only an error makes a key one that failed") {
  report problems;
  problems.add(grade::warning, {}, "a", "x");
  problems.add(grade::error, {}, "b", "x");
  CHECK_FALSE(problems.failed("a"));
  CHECK(problems.failed("b"));
}
