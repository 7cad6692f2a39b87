#include "actors/usage/export.hpp"

#include "actors/commands/render.hpp"
#include "actors/usage/answers.hpp"
#include "tests/catch.hpp"

using namespace tidewire;
using namespace tidewire::usage;

namespace {

stated november() {
  stated out{subject::account("acme", {"1", "2"}),
             {{1'793'491'200, 1'796'083'200}, "Europe/Berlin", 300, false},
             {}};
  auto& s = out.what;
  s.over = out.when.over;
  s.interval = 300;
  s.known_seconds = 2'591'000;
  s.unknown_seconds = 900;
  s.partly_seconds = 100;
  s.samples = 8637;
  s.unknown_samples = 3;
  s.open.peak = {1200, {1'794'000'000}};
  s.open.p95 = 900;
  s.open.connection_ms = 1'234'567'890'123;
  s.billable = s.open;
  s.billable.p95.reset();
  s.did.closed[0] = 7;
  s.did.refused[3] = 2;
  s.doubts = {{{1'793'491'201}, {1'793'492'100}, false},
              {{1'794'000'001}, {1'794'000'100}, true}};
  return out;
}

std::vector<ledger::head> heads() {
  ledger::head x{{"frankfurt-1:a", 0xFEDC'BA98'7654'3210u}, 41, {}};
  x.link[0] = 0xAB;
  x.link[31] = 1;
  return {x};
}

std::vector<exported_row> rows_of(const std::string& text) {
  auto read = read_export(text);
  if (auto* no = std::get_if<std::string>(&read))
    FAIL(*no);
  return std::get<std::vector<exported_row>>(read);
}

} // namespace

TEST_CASE("an export says the same as JSON and as CSV") {
  auto one = november();
  auto out = export_of({&one, 1}, heads());
  auto json = rows_of(commands::render_json(out));
  auto csv = rows_of(commands::render_csv(out, "statements"));
  REQUIRE(json.size() == 1);
  CHECK(json == csv);
  auto& row = json.front();
  CHECK(row.at("peak") == "1200");
  CHECK(row.at("peak_at") == "2026-11-06T21:20:00Z");
  CHECK(row.at("average") == "476.483");
  CHECK(row.at("connection_seconds") == "1234567890.123");
  CHECK(row.at("billable_p95").empty());
  CHECK(row.at("closed_client") == "7");
  CHECK(row.at("apps") == "1 2");
  CHECK(row.at("unknown")
        == "2026-11-01T00:00:00Z/2026-11-01T00:15:00Z "
           "~2026-11-06T21:20:00Z/2026-11-06T21:21:40Z");
}

TEST_CASE("an export says what was asked, and on which heads it rests") {
  auto one = november();
  auto row = rows_of(
      commands::render_csv(export_of({&one, 1}, heads()), "statements"))[0];
  auto asked = question_of(row);
  REQUIRE(std::holds_alternative<exported_question>(asked));
  CHECK(std::get<exported_question>(asked).whose == one.whose);
  CHECK(std::get<exported_question>(asked).when == one.when);
  auto found = heads_of(row);
  REQUIRE(std::holds_alternative<std::vector<ledger::head>>(found));
  CHECK(std::get<std::vector<ledger::head>>(found) == heads());
}

TEST_CASE("what is no export is said to be none") {
  for (auto* text : {"", "  \n", "{}", "{\"statements\": 3}",
                     "{\"statements\": [3]}", "{\"statements\": [{\"scope\"",
                     "a,b\r\n1,2\r\n", "scope,name\r\napp\r\n", "\"scope"}) {
    INFO(text);
    auto read = read_export(text);
    CHECK(std::holds_alternative<std::string>(read));
  }
  CHECK(std::holds_alternative<std::string>(question_of({})));
  CHECK(std::holds_alternative<std::string>(
      question_of({{"scope", "app"}, {"name", "1"}, {"from", "soon"}})));
  for (auto* text : {"a:1:2", "a:x:2:00", "a:1:2:zz", "a"})
    CHECK(std::holds_alternative<std::string>(heads_of({{"heads", text}})));
}

TEST_CASE("a statement is shown with its gaps, and says what they mean") {
  auto one = november();
  auto text = commands::render_text(answer_of(one, heads()));
  for (auto* part : {"account", "acme", "95th percentile", "What is not known",
                     "partly", "15 min", "Heads of the chains", "never "})
    CHECK(text.find(part) != std::string::npos);
}

TEST_CASE("an overview has the greatest first, after all apps") {
  std::vector<stated> all;
  for (auto& [name, peak] : std::vector<std::pair<std::string, std::uint64_t>>{
           {"", 30}, {"1", 10}, {"2", 25}, {"3", 0}}) {
    auto x = november();
    x.whose = name.empty() ? subject::all() : subject::app(name);
    x.what.billable.peak.value = peak;
    all.push_back(x);
  }
  auto out = overview_of(all, 2, {});
  auto csv = commands::render_csv(out, "apps");
  CHECK(csv.find("\r\nall apps,30,") != std::string::npos);
  CHECK(csv.find("\r\n2,25,") < csv.find("\r\n1,10,"));
  CHECK(csv.find("\r\n3,0,") == std::string::npos);
  CHECK(out.notes.back().starts_with("1 more apps"));
}
