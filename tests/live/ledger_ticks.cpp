// Prints what a ledger says of each tick, one line of JSON a tick: for tests
// that compare it with their own record.
//
//   tidewire_ledger_ticks LEDGER FROM TO [APP]
//   tidewire_ledger_ticks spoil LEDGER
//
// FROM and TO are Unix seconds; without an app it is all of them together.
// `spoil` flips one bit of one record and prints when its minute begins.
#include "actors/ledger/reader.hpp"
#include "actors/sqlite.hpp"

#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>

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

} // namespace

int main(int count, char** words) {
  if (count == 3 && std::string_view{words[1]} == "spoil")
    return spoil(words[2]);
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
