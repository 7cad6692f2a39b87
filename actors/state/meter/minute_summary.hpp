// What a record says of its whole minute, before its ticks.
#pragma once

#include "actors/state/meter/bytes.hpp"
#include "actors/state/meter/coarse.hpp"
#include "actors/state/meter/minute_record.hpp"

#include <optional>

namespace tidewire::meter {

/// Writes what `coarsen` says of a whole minute, but for the counts: a byte if
/// nothing changed in it. The record begins with the minute.
void write_summary(byte_writer& out, const minute_record& r);

/// Says that it is left out, for a record that would be too long with it.
void leave_out_summary(byte_writer& out);

/// Reads it; `first` are the levels at the minute's first tick. Nothing if it
/// was left out.
std::optional<coarse_minute> read_summary(byte_reader& in, const levels& first,
                                          minute at);

} // namespace tidewire::meter
