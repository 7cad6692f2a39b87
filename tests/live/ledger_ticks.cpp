// Prints what a ledger says of each tick, one line of JSON a tick: for tests
// that compare it with their own record.
//
//   tidewire_ledger_ticks LEDGER FROM TO [APP]
//   tidewire_ledger_ticks spoil LEDGER
//   tidewire_ledger_ticks fill LEDGER FROM MINUTES APPS PERCENT
//
// FROM and TO are Unix seconds; without an app it is all of them together.
// `spoil` flips one bit of one record and prints when its minute begins. `fill`
// makes a ledger of that many minutes and apps, of which in each minute so many
// percent come and go.
#include "actors/ledger/reader.hpp"
#include "actors/ledger/rows.hpp"
#include "actors/ledger/schema.hpp"
#include "actors/sqlite.hpp"
#include "actors/state/meter/minute_record.hpp"

#include <cstdlib>
#include <iostream>
#include <random>
#include <string>
#include <string_view>
#include <vector>

using namespace tidewire;

namespace {

int spoil(const std::string& file) {
  sqlite::database db{file, sqlite::database::access::write};
  auto one = db.prepare("SELECT author, sequence, app, record, minute FROM "
                        "records JOIN entries USING (author, sequence) "
                        "ORDER BY random() LIMIT 1");
  if (!one.step())
    return 1;
  std::string record{one.bytes(3)};
  record[record.size() / 2] ^= 1;
  auto change = db.prepare("UPDATE records SET record = ? WHERE author = ? AND "
                           "sequence = ? AND app = ?");
  change.bind_bytes(1, record);
  for (int i = 0; i < 3; ++i)
    change.bind(i + 2, one.number(i));
  std::cout << one.number(4) * 60 << '\n';
  one.reset();
  change.run();
  return 0;
}

meter::minute_record busy_minute(std::uint64_t& open, std::mt19937& random) {
  meter::minute_record out;
  for (int place = 0; place < meter::minute::ticks; ++place) {
    auto x = meter::tick_figures::idle({.open = open});
    open = open > 0 && random() % 2 == 0 ? open - 1 : open + 1;
    x.now.open = open;
    x.lowest = std::min(x.lowest, open);
    x.highest = std::max(x.highest, open);
    x.connection_ms = static_cast<std::int64_t>(open) * 1000;
    ++x.did.opened;
    out.set(place, x);
    out.did += x.did;
  }
  return out;
}

// All apps together are said to have what the first app has: nobody who reads
// this file looks at their sum.
int fill(const std::string& file, meter::minute first, int minutes, int apps,
         unsigned percent) {
  auto db = ledger::open_to_write(file);
  auto author = ledger::make_author(*db, {"filled", 1}, first.first());
  ledger::app_numbers numbers{*db};
  std::mt19937 random{17};
  std::vector<std::uint64_t> open(static_cast<std::size_t>(apps), 20);
  for (int i = 0; i < minutes;) {
    sqlite::transaction change{*db};
    for (auto day = meter::day_of(first + i);
         i < minutes && meter::day_of(first + i) == day; ++i) {
      ledger::record_bytes records;
      for (std::size_t app = 0; app < open.size(); ++app)
        if (day.first_minute() == first + i || random() % 100 < percent)
          records.emplace(meter::app_id{std::to_string(1 + app)},
                          encode(busy_minute(open[app], random)));
      if (!records.empty())
        records.emplace(meter::all_apps, records.begin()->second);
      append(
          *db, author,
          {0, ledger::entry_kind::minute, first + i, meter::whole_minute, {}},
          records, numbers);
    }
    change.commit();
  }
  sqlite::transaction change{*db};
  append(*db, author,
         {0, ledger::entry_kind::goodbye, first + (minutes - 1), 0, {}}, {});
  change.commit();
  return 0;
}

} // namespace

int main(int count, char** words) {
  if (count == 3 && std::string_view{words[1]} == "spoil")
    return spoil(words[2]);
  if (count == 7 && std::string_view{words[1]} == "fill")
    return fill(words[2], {std::atoll(words[3]) / 60}, std::atoi(words[4]),
                std::atoi(words[5]),
                static_cast<unsigned>(std::atoi(words[6])));
  if (count < 4) {
    std::cerr << "usage: tidewire_ledger_ticks LEDGER FROM TO [APP]\n";
    return 2;
  }
  const meter::window over{std::atoll(words[2]), std::atoll(words[3])};
  const meter::app_id app{count > 4 ? words[4] : ""};
  try {
    ledger::reader reader{words[1]};
    reader.slices(over, {&app, 1}, [&](const meter::minute_slice& slice) {
      for (int place = 0; place < meter::minute::ticks; ++place) {
        auto at = slice.at.at(place);
        if (at < over.first() || over.last() < at
            || !(slice.known & ~slice.partly & meter::bit(place)))
          continue;
        auto x = slice.sum.figures(place);
        std::cout << R"({"at":)" << at.number << R"(,"open":)" << x.now.open
                  << R"(,"lowest":)" << x.lowest << R"(,"highest":)"
                  << x.highest << R"(,"ms":)" << x.connection_ms << "}\n";
      }
      return true;
    });
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
  return 0;
}
