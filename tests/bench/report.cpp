#include "bench/report.hpp"

#include <sstream>

#include "tests/catch.hpp"

using namespace tidewire::bench;

namespace {

std::string json_of(const report& result) {
  std::ostringstream out;
  result.write_json(out);
  return out.str();
}

std::string table_of(const report& result, bool colours) {
  std::ostringstream out;
  result.write_table(out, colours);
  return out.str();
}

} // namespace

TEST_CASE("a report is one JSON object that names its schema") {
  report result("fanout", "ws://127.0.0.1:6001");
  result.add("deliveries", "deliveries", std::uint64_t{1'234'567});
  result.add("cpu_us_per_delivery", "CPU", 2.5, "us");
  result.add("loop", "publishing", std::string("a \"loop\"\n"));
  CHECK(json_of(result)
        == R"({"schema":"tidewire.bench/1","mode":"fanout",)"
           R"("target":"ws://127.0.0.1:6001","ok":true,"deliveries":1234567,)"
           R"("cpu_us_per_delivery":2.500000,"loop":"a \"loop\"\u000a",)"
           "\"failures\":[]}\n");
}

TEST_CASE("failures make a report fail, in the JSON too") {
  report result("churn", "x");
  CHECK_FALSE(result.failed());
  result.fail_each("not opened", {{"refused", 1'200}, {"late", 1}});
  CHECK(result.failed());
  const auto json = json_of(result);
  CHECK(json.find("\"ok\":false") != std::string::npos);
  CHECK(json.find("not opened: late (1 time)") != std::string::npos);
  CHECK(json.find("not opened: refused (1,200 times)") != std::string::npos);
}

TEST_CASE("a figure that is no number is null") {
  report result("m", "t");
  result.add("ratio", "ratio", 0.0 / 0.0);
  CHECK(json_of(result).find("\"ratio\":null") != std::string::npos);
}

TEST_CASE("the table groups digits and colours only when asked") {
  report result("m", "t");
  result.add("n", "number", std::uint64_t{1'234'567}, "bytes");
  const auto plain = table_of(result, false);
  CHECK(plain.find("1,234,567 bytes") != std::string::npos);
  CHECK(plain.find('\x1b') == std::string::npos);
  CHECK(table_of(result, true).find('\x1b') != std::string::npos);
}

TEST_CASE("digits are grouped by three") {
  CHECK(grouped(0) == "0");
  CHECK(grouped(999) == "999");
  CHECK(grouped(1'000) == "1,000");
  CHECK(grouped(12'345'678) == "12,345,678");
}
