#include "tests/actors/state/meter/support.hpp"

namespace tidewire::meter::testing {

tick_figures steady(std::uint64_t open) {
  return tick_figures::idle({.open = open});
}

void for_slices(window over, const gauge_line& line,
                const std::function<void(const minute_slice&)>& each) {
  timeline sum{{{{"a", 1}, over.first(), over.last(), false}}, 1};
  for (auto m = minute_of(over.first()); m <= minute_of(over.last());
       m = m + 1) {
    author_minute page{0, 0, {}};
    minute_record record;
    for (int i = 0; i < minute::ticks; ++i)
      if (auto open = line(m.at(i).number - 1)) {
        page.known |= bit(i);
        record.set(i, steady(*open));
      }
    page.entries.emplace_back(record);
    each(sum.next(m, {&page, 1}));
  }
}

statement state_line(window over, std::int64_t interval,
                     const gauge_line& line) {
  auto builder =
      std::get<statement_builder>(statement_builder::make(over, interval));
  for_slices(over, line, [&](auto& slice) { builder.add(slice); });
  return std::get<statement>(builder.finish());
}

window month_of(int year, unsigned month, std::string_view zone) {
  return std::get<window>(month_window(year, month, zone));
}

} // namespace tidewire::meter::testing
