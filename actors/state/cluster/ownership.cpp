#include "actors/state/cluster/ownership.hpp"

#include "actors/state/cluster/stable_hash.hpp"

namespace tidewire::cluster {

namespace {

// Reactors are chosen apart from members, or the reactors of one member would
// get unequal shares.
constexpr std::uint64_t reactor_salt = 0x7469646577697265u;

std::uint32_t reactor_of(const view_member& who, std::uint64_t key) noexcept {
  auto reactors = std::uint64_t{who.reactors};
  return static_cast<std::uint32_t>(
      (spread(key ^ reactor_salt) >> 32u) * reactors >> 32u);
}

// The best of all members but `without`; one that does not drain is better than
// any that does.
std::size_t best_of(const view& in, std::uint64_t key,
                    std::size_t without) noexcept {
  auto best = no_member;
  std::uint64_t best_score = 0;
  for (std::size_t i = 0; i < in.members.size(); ++i) {
    if (i == without)
      continue;
    const auto& one = in.members[i];
    auto score = spread(key ^ one.seed);
    auto better = best == no_member;
    if (!better) {
      const auto& other = in.members[best];
      better = one.draining != other.draining ? other.draining
               : score != best_score          ? score > best_score
                                              : one.who < other.who;
    }
    if (better) {
      best = i;
      best_score = score;
    }
  }
  return best;
}

channel_owner place_on(const view& in, std::size_t member,
                       std::uint64_t key) noexcept {
  return {static_cast<std::uint32_t>(member),
          reactor_of(in.members[member], key)};
}

} // namespace

std::uint64_t channel_hash(std::string_view app_id,
                           std::string_view channel) noexcept {
  return stable_hash(channel, stable_hash(app_id));
}

channel_owner owner_of(const view& in, std::uint64_t key) noexcept {
  return place_on(in, best_of(in, key, no_member), key);
}

std::optional<channel_owner> runner_up_of(const view& in,
                                          std::uint64_t key) noexcept {
  if (in.members.size() < 2)
    return std::nullopt;
  auto owner = best_of(in, key, no_member);
  return place_on(in, best_of(in, key, owner), key);
}

} // namespace tidewire::cluster
