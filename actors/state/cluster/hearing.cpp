#include "actors/state/cluster/hearing.hpp"

#include <algorithm>

namespace tidewire::cluster {

namespace {

bool holds(const std::vector<life>& in_order, const life& who) noexcept {
  return std::binary_search(in_order.begin(), in_order.end(), who);
}

view_member member_of(const hearing_row& row) {
  return {row.who, row.stay, row.reactors, row.draining, row.address,
          row.age, 0};
}

} // namespace

bool hearing_row::hears_life(const life& other) const noexcept {
  return holds(hears, other);
}

bool hearing_row::suspects_life(const life& other) const noexcept {
  return holds(suspects, other);
}

bool hearing_matrix::put(hearing_row row) {
  auto at = rows.find(row.who);
  if (at == rows.end()) {
    auto who = row.who;
    rows.emplace(std::move(who), std::move(row));
    return true;
  }
  if (row.number <= at->second.number)
    return false;
  at->second = std::move(row);
  return true;
}

bool hearing_matrix::strike(const life& who, std::uint32_t stay) {
  auto& most = struck[who];
  if (stay <= most)
    return false;
  most = stay;
  return true;
}

bool ranks_before(const hearing_row& a, const hearing_row& b) noexcept {
  if (a.settled != b.settled)
    return a.settled;
  return a.age != b.age ? a.age < b.age : a.who < b.who;
}

view view_of(const hearing_matrix& all) {
  std::vector<const hearing_row*> ranked;
  for (const auto& [who, row] : all.rows) {
    auto struck = all.struck.find(who);
    if (struck == all.struck.end() || row.stay > struck->second)
      ranked.push_back(&row);
  }
  std::sort(ranked.begin(), ranked.end(),
            [](auto* a, auto* b) { return ranks_before(*a, *b); });
  std::vector<const hearing_row*> in;
  for (const auto* one : ranked) {
    auto fits = [one](const hearing_row* other) {
      return other->who.node != one->who.node && other->hears_life(one->who)
             && one->hears_life(other->who);
    };
    if (std::all_of(in.begin(), in.end(), fits))
      in.push_back(one);
  }
  std::vector<view_member> members;
  members.reserve(in.size());
  for (const auto* one : in)
    members.push_back(member_of(*one));
  return make_view(std::move(members));
}

std::vector<hindrance> hindrances_of(const hearing_matrix& all, const view& in,
                                     const life& who) {
  std::vector<hindrance> result;
  auto at = all.rows.find(who);
  if (at == all.rows.end() || index_of(in, who) != no_member)
    return result;
  for (const auto& member : in.members) {
    auto other = all.rows.find(member.who);
    auto hears = other != all.rows.end() && other->second.hears_life(who);
    auto heard = at->second.hears_life(member.who);
    if (!hears || !heard)
      result.push_back({member.who, hears, heard});
  }
  return result;
}

} // namespace tidewire::cluster
