#include "actors/state/cluster/view_gate.hpp"

#include <iterator>
#include <type_traits>

namespace tidewire::cluster {

bool is_bound_to_view(const directory_record& record) noexcept {
  return std::visit(
      [](auto& x) {
        using kind = std::decay_t<decltype(x)>;
        if constexpr (std::is_same_v<
                          kind, edge_up> || std::is_same_v<kind, edge_stated>)
          return true;
        else if constexpr (std::is_same_v<kind, event_copied>)
          return false;
        else
          return requires {
            x.channel.name;
          };
      },
      record);
}

void view_gate::hold(place from, std::uint64_t view, directory_record what,
                     std::int64_t now_ns) {
  held_[from].push_back({view, now_ns, std::move(what)});
}

std::vector<view_gate::record> view_gate::take(place from, std::size_t count) {
  std::vector<record> result;
  auto at = held_.find(from);
  auto end = at->second.begin() + static_cast<std::ptrdiff_t>(count);
  result.assign(std::make_move_iterator(at->second.begin()),
                std::make_move_iterator(end));
  at->second.erase(at->second.begin(), end);
  if (at->second.empty())
    held_.erase(at);
  return result;
}

std::vector<place> view_gate::senders() const {
  std::vector<place> result;
  result.reserve(held_.size());
  for (auto& [from, all] : held_)
    result.push_back(from);
  return result;
}

std::vector<std::pair<place, view_gate::record>>
view_gate::expire(std::int64_t now_ns) {
  std::vector<std::pair<place, record>> result;
  for (auto from : senders()) {
    auto& all = held_[from];
    std::size_t count = all.size() > max_held ? all.size() - max_held : 0;
    while (count < all.size() && all[count].since_ns + patience_ns <= now_ns)
      ++count;
    if (count == 0)
      continue;
    for (auto& x : take(from, count))
      result.emplace_back(from, std::move(x));
  }
  return result;
}

} // namespace tidewire::cluster
