// Small means for tests of the meter: lines of a gauge, without a server.
#pragma once

#include "actors/state/meter/statement.hpp"

#include <functional>

namespace tidewire::meter::testing {

/// What is open at a tick; nothing: unknown.
using gauge_line =
    std::function<std::optional<std::uint64_t>(std::int64_t second)>;

/// The figures of a tick in which so many were open throughout.
tick_figures steady(std::uint64_t open);

/// The slices of a window of one app of one author, whose gauge at the tick
/// that ends second s is `line(s)`. Throughout each second it is what it is at
/// the second's end.
void for_slices(window over, const gauge_line& line,
                const std::function<void(const minute_slice&)>& each);

/// Its statement. Throws if there is none.
statement state_line(window over, std::int64_t interval,
                     const gauge_line& line);

/// UTC; throws if there is none.
window month_of(int year, unsigned month, std::string_view zone = "UTC");

} // namespace tidewire::meter::testing
