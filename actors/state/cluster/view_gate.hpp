// What was sent by another view than ours, until it can be judged. Pure.
#pragma once

#include "messages/channel_records.hpp"

#include <algorithm>
#include <cstdint>
#include <deque>
#include <map>
#include <utility>
#include <vector>

namespace tidewire::cluster {

/// Whether a record was sent to us because of a view. The others (who is an
/// edge, what was taken, answers, questions to everybody, copies) need none.
bool is_bound_to_view(const directory_record& record) noexcept;

/// Holds the records of senders whose view is not known here yet, in their
/// order: this node may be behind. Who waits longer than `patience_ns` is given
/// back to be refused; what the sender said besides is lost.
///
/// Belongs to a DIRECTORY.
class view_gate {
public:
  static constexpr std::int64_t patience_ns = 2'000'000'000;
  /// Records of one sender; more are treated as if they had waited too long.
  static constexpr std::size_t max_held = 65'536;

  struct record {
    std::uint64_t view;
    std::int64_t since_ns;
    directory_record what;
  };

  bool idle() const noexcept { return held_.empty(); }

  bool holds(place from) const { return held_.contains(from); }

  /// Whether some of it was sent by a view for which `known` does not hold.
  template <class Known>
  bool holds_other(place from, Known known) const {
    auto at = held_.find(from);
    return at != held_.end()
           && !std::all_of(at->second.begin(), at->second.end(),
                           [&](auto& x) { return known(x.view); });
  }

  void hold(place from, std::uint64_t view, directory_record what,
            std::int64_t now_ns);

  /// Everything of that sender up to the last record that was sent by a view
  /// for which `known` holds. Whatever was sent before that is old.
  template <class Known>
  std::vector<record> release(place from, Known known) {
    auto at = held_.find(from);
    if (at == held_.end())
      return {};
    auto& all = at->second;
    auto count = all.size();
    while (count > 0 && !known(all[count - 1].view))
      --count;
    return take(from, count);
  }

  /// Who holds records here.
  std::vector<place> senders() const;

  /// What has waited too long, or was too much.
  std::vector<std::pair<place, record>> expire(std::int64_t now_ns);

private:
  std::vector<record> take(place from, std::size_t count);

  std::map<place, std::deque<record>> held_;
};

} // namespace tidewire::cluster
