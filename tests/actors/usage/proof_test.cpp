#include "actors/usage/proof.hpp"

#include "actors/commands/render.hpp"
#include "actors/ledger/prune.hpp"
#include "actors/ledger/schema.hpp"
#include "actors/usage/answers.hpp"
#include "tests/actors/ledger/support.hpp"
#include "tests/catch.hpp"

using namespace tidewire;
using namespace tidewire::usage;
using namespace tidewire::ledger::testing;

namespace {

constexpr int apps = 3;

struct books {
  temporary_folder folder;
  std::string file = folder.file("ledger.db");
  meter::window over{midnight.number + 3600, midnight.number + 10'800};

  books() {
    speaker says{91, apps, 20};
    ledger::testing::fill(file, life(1), says, midnight + 1, midnight + 7'000);
    ledger::testing::fill(file, life(2), says, midnight + 7'100,
                          midnight + 12'000);
  }

  std::string exported(bool csv) const {
    ledger::reader from{file};
    std::vector<stated> rows;
    auto add = [&](subject whose) {
      rows.push_back(
          {whose,
           {over, "UTC", 60, false},
           std::get<meter::statement>(from.state(over, 60, whose.apps))});
    };
    add(subject::all());
    add(subject::app("1"));
    add(subject::account("acme", {"2", "3"}));
    auto out = export_of(rows, from.heads());
    return csv ? commands::render_csv(out, "statements")
               : commands::render_json(out);
  }

  commands::answer check(const std::string& text) const {
    ledger::reader from{file};
    return prove_export(from, text);
  }

  void run(const char* sql) const {
    sqlite::database{file, sqlite::database::access::write}.run(sql);
  }
};

} // namespace

TEST_CASE("an export agrees with the ledger to the digit") {
  books of;
  for (auto csv : {false, true}) {
    auto found = of.check(of.exported(csv));
    INFO(found.error);
    CHECK(found.status == commands::status::ok);
    CHECK(commands::render_json(found).find("\"agree\":3")
          != std::string::npos);
  }
}

TEST_CASE("it still agrees when the ledger has gone on") {
  books of;
  auto text = of.exported(false);
  speaker says{92, apps, 20};
  ledger::testing::fill(of.file, life(3), says, midnight + 12'100,
                        midnight + 15'000);
  CHECK(of.check(text).status == commands::status::ok);
}

TEST_CASE("a digit that was changed in an export is found") {
  books of;
  for (auto csv : {false, true}) {
    auto text = of.exported(csv);
    auto at = text.find(csv ? "\r\napp,1," : "\"name\":\"1\"");
    REQUIRE(at != std::string::npos);
    at = csv ? text.find(",60,", at) + 4 : text.find("\"peak\":", at) + 7;
    text[at] = text[at] == '9' ? '8' : static_cast<char>(text[at] + 1);
    auto found = of.check(text);
    CHECK(found.status == commands::status::failed);
    auto said = commands::render_text(found);
    CHECK(said.find("app 1") != std::string::npos);
    CHECK(said.find("peak") != std::string::npos);
    CHECK(commands::render_json(found).find("\"agree\":2")
          != std::string::npos);
  }
}

TEST_CASE("a byte of the ledger that was changed is found, with its minute") {
  books of;
  auto text = of.exported(false);
  of.run("UPDATE records SET record = CAST(substr(record, 1, length(record) - "
         "1) || x'55' AS BLOB) WHERE author = 1 AND sequence = 70 AND app = "
         "(SELECT number FROM apps WHERE id = '1')");
  auto found = of.check(text);
  CHECK(found.status == commands::status::failed);
  auto json = commands::render_json(found);
  CHECK(json.find("\"minute\":\"2026-02-16T01:10:00Z\"") != std::string::npos);
  ledger::reader from{of.file};
  CHECK(prove(from).status == commands::status::failed);
}

TEST_CASE("another ledger, whole in itself, is not the one it rests on") {
  books of;
  auto text = of.exported(false);
  books other;
  other.run("DELETE FROM records WHERE author = 2");
  other.run("DELETE FROM entries WHERE author = 2");
  other.run("DELETE FROM authors WHERE number = 2");
  ledger::reader from{other.file};
  CHECK(prove(from).status == commands::status::ok);
  CHECK(other.check(text).status == commands::status::failed);
}

TEST_CASE("an export outlives the pruning to minutes") {
  books of;
  auto text = of.exported(false);
  {
    auto db = ledger::open_to_write(of.file);
    while (ledger::prune_portion(
        *db, midnight + 10 * meter::seconds_per_day,
        {.tick_days = 1, .minute_days = 30, .time_zone = ""}))
      ;
  }
  auto found = of.check(text);
  auto json = commands::render_json(found);
  INFO(json);
  // The account's peak is a bound from now on, and says so.
  CHECK(json.find("\"agree\":2") != std::string::npos);
  CHECK(json.find("peak_is_bound") != std::string::npos);
}
