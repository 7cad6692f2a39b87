#include "actors/state/cluster/dial_book.hpp"

#include <algorithm>
#include <limits>

namespace tidewire::cluster {

namespace {

const std::optional<life> nobody;

// An answer that has not come after so many of the longest pauses is not waited
// for any longer.
constexpr std::int64_t patience = 10;

} // namespace

bool dial_book::dial_now(const std::string& address, std::int64_t now_ns) {
  auto& one = entries_[address];
  if (now_ns < due_ns(address))
    return false;
  one.dialling_since_ns = now_ns;
  return true;
}

std::int64_t dial_book::due_ns(const std::string& address) const {
  auto at = entries_.find(address);
  if (at == entries_.end())
    return std::numeric_limits<std::int64_t>::min();
  const auto& one = at->second;
  if (one.own)
    return std::numeric_limits<std::int64_t>::max();
  return one.dialling_since_ns ? *one.dialling_since_ns + patience * most_ns_
                               : one.next_ns;
}

void dial_book::hurry(const std::string& address, std::int64_t now_ns) {
  auto& one = entries_[address];
  one.next_ns = now_ns;
  one.pause_ns = 0;
}

void dial_book::join_in(const std::string& address, std::int64_t now_ns) {
  auto& one = entries_[address];
  one.next_ns = std::min(one.next_ns, now_ns);
}

bool dial_book::own(const std::string& address) const {
  auto at = entries_.find(address);
  return at != entries_.end() && at->second.own;
}

std::optional<std::int64_t>
dial_book::ended(const std::string& address, dial_result result,
                 const std::optional<life>& answered, std::int64_t now_ns) {
  auto at = entries_.find(address);
  if (at == entries_.end() || !at->second.dialling_since_ns)
    return std::nullopt;
  auto& one = at->second;
  auto began = one.dialling_since_ns;
  one.dialling_since_ns.reset();
  one.own = result == dial_result::yourself;
  if (result == dial_result::answered && answered)
    one.resident = answered;
  one.pause_ns = std::clamp(2 * one.pause_ns, first_ns_, most_ns_);
  one.next_ns = now_ns + one.pause_ns;
  return began;
}

const std::optional<life>&
dial_book::resident(const std::string& address) const {
  auto at = entries_.find(address);
  return at == entries_.end() ? nobody : at->second.resident;
}

} // namespace tidewire::cluster
