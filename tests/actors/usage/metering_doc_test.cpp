// The worked example of docs/metering.md, made anew from the page.
#include "actors/state/meter/statement.hpp"
#include "tests/catch.hpp"

#include <array>
#include <charconv>
#include <fstream>
#include <iterator>
#include <map>

using namespace tidewire::meter;

namespace {

// The cells of the rows of a table, behind its first heading.
std::vector<std::array<std::string, 2>> table(const std::string& page,
                                              const std::string& heading) {
  auto at = page.find("| " + heading + " |");
  REQUIRE(at != std::string::npos);
  std::vector<std::array<std::string, 2>> out;
  for (int line = 0; page[at] == '|'; ++line) {
    auto end = page.find('\n', at);
    auto text = page.substr(at, end - at);
    at = end + 1;
    if (line < 2)
      continue;
    auto middle = text.find(" | ");
    out.push_back({text.substr(2, middle - 2),
                   text.substr(middle + 3, text.size() - middle - 5)});
  }
  return out;
}

// `12:31:10`, in seconds of that day.
std::int64_t seconds_of(const std::string& x) {
  return std::stoll(x.substr(0, 2)) * 3600 + std::stoll(x.substr(3, 2)) * 60
         + std::stoll(x.substr(6, 2));
}

} // namespace

TEST_CASE("the worked example of the documentation is right") {
  std::ifstream file{TIDEWIRE_DOCS_FOLDER "/metering.md"};
  std::string page{std::istreambuf_iterator<char>{file}, {}};
  auto levels = table(page, "from | open");
  REQUIRE(levels.size() == 7);
  constexpr std::int64_t noon = 12 * 3600;
  window hour{noon, noon + 3600};
  auto builder = std::get<statement_builder>(statement_builder::make(hour, 60));
  for (std::int64_t m = noon / 60; m < hour.to / 60; ++m) {
    minute_slice slice;
    slice.at = {m};
    for (int i = 0; i < minute::ticks; ++i) {
      // A level holds for the ticks of the seconds behind its begin.
      auto level = levels.front()[1];
      for (auto& [from, open] : levels)
        if (seconds_of(from) < slice.at.at(i).number)
          level = open;
      if (level == "unknown")
        continue;
      slice.known |= bit(i);
      slice.sum.set(i, tick_figures::idle({.open = std::stoull(level)}));
    }
    CHECK(builder.add(slice));
  }
  auto s = std::get<statement>(builder.finish());
  std::map<std::string, std::string> is{
      {"peak", std::to_string(s.open.peak.value)},
      {"peak at", "12:" + std::to_string((s.open.peak.at.number - noon) / 60)
                      + ':' + std::to_string(s.open.peak.at.number % 60)},
      {"p95", std::to_string(s.open.p95.value())},
      {"average", render_thousandths(average_thousandths(s, s.open))},
      {"connection-seconds", std::to_string(s.open.connection_ms / 1000)},
      {"known seconds", std::to_string(s.known_seconds)},
      {"unknown seconds", std::to_string(s.unknown_seconds)},
      {"samples", std::to_string(s.samples)},
      {"samples left out", std::to_string(s.unknown_samples)}};
  auto figures = table(page, "figure | value");
  CHECK(figures.size() == is.size());
  for (auto& [figure, value] : figures) {
    INFO(figure);
    CHECK(is[figure] == value);
  }
  CHECK(page.find("it would have been 46.458") != std::string::npos);
  CHECK(render_thousandths((s.open.connection_ms * 2 + 3600) / 7200)
        == "46.458");
}
