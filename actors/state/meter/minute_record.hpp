// One minute of one app and author, tick by tick.
#pragma once

#include "actors/state/meter/codec.hpp"
#include "actors/state/meter/figures.hpp"

#include <array>
#include <optional>
#include <string>

namespace tidewire::meter {

/// The figures at each tick from `first` on; the counts of the whole minute.
/// Before `first` the app stands as the record before this one left it. Places
/// whose bit is not in the author's mask mean nothing.
struct minute_record {
  template <class T>
  using column = std::array<T, minute::ticks>;

  int first = 0;
  column<std::uint64_t> open{}, unbilled{}, unauthorized{}, users{};
  column<std::uint64_t> lowest{}, highest{};
  column<std::int64_t> connection_ms{}, unbilled_ms{};
  counts did;

  levels at(int place) const noexcept;
  tick_figures figures(int place) const noexcept; ///< without counts
  void set(int place, const tick_figures& x) noexcept;

  friend bool operator==(const minute_record&, const minute_record&) = default;
};

/// A version byte, the counts, what `coarsen` says of the whole minute (if the
/// record begins with it), then each column as differences from what the
/// columns before it let expect, in Rice codes with a parameter per column; a
/// column that is as expected takes one byte. At most 400 bytes for an app with
/// churn in every second (tests/actors/state/meter/record_size_test.cpp).
std::string encode(const minute_record& record);

decoded<minute_record> decode_minute(std::string_view bytes);

/// The same into a record that is there; it means nothing after an error.
std::optional<codec_error> decode(std::string_view bytes, minute_record& r);

} // namespace tidewire::meter
