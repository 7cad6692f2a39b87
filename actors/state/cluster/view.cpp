#include "actors/state/cluster/view.hpp"

#include "actors/state/cluster/stable_hash.hpp"

namespace tidewire::cluster {

view make_view(std::vector<view_member> oldest_first) {
  view result{std::move(oldest_first), 0};
  for (auto& x : result.members) {
    x.seed = stable_hash(x.who.node);
    auto one = spread(x.seed ^ x.who.incarnation);
    one = spread(one ^ x.stay);
    one = spread(one ^ (std::uint64_t{x.reactors} << 1u | x.draining));
    result.hash += one; // commutes: the order is not part of it
  }
  result.hash = spread(result.hash);
  return result;
}

std::size_t index_of(const view& in, const life& who) noexcept {
  for (std::size_t i = 0; i < in.members.size(); ++i)
    if (in.members[i].who == who)
      return i;
  return no_member;
}

} // namespace tidewire::cluster
