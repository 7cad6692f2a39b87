#include "actors/state/cluster/shared_row.hpp"

#include "actors/state/cluster/stable_hash.hpp"

#include <algorithm>
#include <tuple>

namespace tidewire::cluster {

bool shared_row::follows(const row_stamp& what) const noexcept {
  if (what.version > stamp.version)
    return false;
  if (what.version <= floor || what.writer == stamp.writer)
    return true;
  return std::any_of(known.begin(), known.end(), [&](auto& x) {
    return x.writer == what.writer && what.version <= x.version;
  });
}

std::uint64_t shared_row::hash() const noexcept {
  auto result = stable_hash(id, spread(stamp.version));
  result = stable_hash(stamp.writer.node, result);
  result = stable_hash(value, result ^ spread(stamp.writer.incarnation));
  return spread(result ^ (gone ? 1u : 2u));
}

shared_row next_form(const shared_row* before, std::string id,
                     const life& writer) {
  shared_row result;
  result.id = std::move(id);
  result.stamp = {1, writer};
  if (!before)
    return result;
  result.stamp.version = before->stamp.version + 1;
  result.known = before->known;
  result.floor = before->floor;
  auto& known = result.known;
  if (before->stamp.writer != writer) {
    known.push_back(before->stamp);
    std::erase_if(known, [&](auto& x) { return x.writer == writer; });
  }
  std::sort(known.begin(), known.end(), std::greater<>{});
  for (; known.size() > shared_row::max_known; known.pop_back())
    result.floor = std::max(result.floor, known.back().version);
  return result;
}

bool outranks(const shared_row& a, const shared_row& b) noexcept {
  return std::tie(a.stamp, a.gone, a.value)
         > std::tie(b.stamp, b.gone, b.value);
}

bool clash(const shared_row& a, const shared_row& b) noexcept {
  if (a.gone == b.gone && a.value == b.value)
    return false;
  auto& late = a.stamp > b.stamp ? a : b;
  auto& early = a.stamp > b.stamp ? b : a;
  return a.stamp == b.stamp || !late.follows(early.stamp);
}

} // namespace tidewire::cluster
