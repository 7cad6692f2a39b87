#include "actors/state/meter/figures.hpp"

#include <algorithm>

namespace tidewire::meter {

levels& levels::operator+=(const levels& x) noexcept {
  open += x.open;
  unbilled += x.unbilled;
  unauthorized += x.unauthorized;
  users += x.users;
  return *this;
}

std::array<std::uint64_t, counts::size> counts::values() const noexcept {
  std::array<std::uint64_t, size> out{opened, broadcasts, deliveries, bytes};
  auto at = std::copy(closed.begin(), closed.end(), out.begin() + 4);
  std::copy(refused.begin(), refused.end(), at);
  return out;
}

counts counts::of(const std::array<std::uint64_t, size>& values) noexcept {
  counts out;
  out.opened = values[0];
  out.broadcasts = values[1];
  out.deliveries = values[2];
  out.bytes = values[3];
  auto* at = values.data() + 4;
  std::copy_n(at, close_reasons, out.closed.begin());
  std::copy_n(at + close_reasons, refuse_reasons, out.refused.begin());
  return out;
}

counts& counts::operator+=(const counts& x) noexcept {
  opened += x.opened;
  broadcasts += x.broadcasts;
  deliveries += x.deliveries;
  bytes += x.bytes;
  for (std::size_t i = 0; i < close_reasons; ++i)
    closed[i] += x.closed[i];
  for (std::size_t i = 0; i < refuse_reasons; ++i)
    refused[i] += x.refused[i];
  return *this;
}

} // namespace tidewire::meter
