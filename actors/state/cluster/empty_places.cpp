#include "actors/state/cluster/empty_places.hpp"

#include <algorithm>

namespace tidewire::cluster {

void empty_places::dialling(const std::string& address, std::int64_t now_ns) {
  dials_[address].asked_ns = now_ns;
}

void empty_places::ended(const std::string& address, bool refused,
                         std::int64_t now_ns) {
  auto& one = dials_[address];
  one = {one.asked_ns, now_ns, one.asked_ns, refused};
}

bool empty_places::has(const std::string& address) const {
  auto at = dials_.find(address);
  return at != dials_.end() && at->second.refused;
}

bool empty_places::at_once(const std::vector<std::string>& addresses,
                           std::int64_t since_ns,
                           std::int64_t window_ns) const {
  if (addresses.empty())
    return true;
  auto first = INT64_MAX, last = INT64_MIN;
  for (const auto& address : addresses) {
    auto at = dials_.find(address);
    if (at == dials_.end() || !at->second.refused)
      return false;
    first = std::min(first, at->second.began_ns);
    last = std::max(last, at->second.ended_ns);
  }
  return first >= since_ns && last - first <= window_ns;
}

} // namespace tidewire::cluster
