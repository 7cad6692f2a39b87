// Prints what a ledger says of each tick, one line of JSON a tick: for tests
// that compare it with their own record.
//
//   tidewire_ledger_ticks LEDGER FROM TO [APP]
//
// FROM and TO are Unix seconds; without an app it is all of them together.
#include "actors/ledger/reader.hpp"

#include <cstdlib>
#include <iostream>
#include <string>

using namespace tidewire;

int main(int count, char** words) {
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
