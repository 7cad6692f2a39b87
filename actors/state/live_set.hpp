// The open connections of one app on one reactor. Its size is the gauge.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tidewire {

/// A set with O(1) insertion and removal. `Entry` has a member
/// `std::uint32_t live_place` that belongs to the set, and `opened_ns()`.
template <class Entry>
class live_set {
public:
  static constexpr std::uint32_t nowhere = UINT32_MAX;

  /// Inserting what is in the set already changes nothing.
  void insert(Entry& x) {
    if (x.live_place != nowhere)
      return;
    x.live_place = static_cast<std::uint32_t>(entries_.size());
    entries_.push_back(&x);
    opened_sum_ns_ += x.opened_ns();
  }

  /// Removing what is not in the set changes nothing; true if it was.
  bool erase(Entry& x) noexcept {
    if (x.live_place == nowhere)
      return false;
    auto* last = entries_.back();
    entries_[x.live_place] = last;
    last->live_place = x.live_place;
    entries_.pop_back();
    x.live_place = nowhere;
    opened_sum_ns_ -= x.opened_ns();
    return true;
  }

  std::size_t size() const noexcept { return entries_.size() + leaked_; }

  /// Tests only: counts one member that does not exist, as if one had not been
  /// taken out.
  void leak_for_test() noexcept { ++leaked_; }
  const std::vector<Entry*>& entries() const noexcept { return entries_; }

  /// How long the members have been open by now, together.
  std::int64_t open_ns(std::int64_t now_ns) const noexcept {
    return static_cast<std::int64_t>(entries_.size()) * now_ns - opened_sum_ns_;
  }

private:
  std::vector<Entry*> entries_;
  std::size_t leaked_ = 0;
  std::int64_t opened_sum_ns_ = 0;
};

} // namespace tidewire
