#include "actors/state/cluster/ended.hpp"

#include <algorithm>
#include <tuple>

namespace tidewire::cluster {

namespace {

auto rank(const ended_life& x) noexcept {
  return std::tie(x.at, x.by, x.how);
}

} // namespace

std::string_view word(ending how) noexcept {
  switch (how) {
  case ending::left:
    return "left";
  case ending::refused:
    return "refused";
  case ending::replaced:
    return "replaced";
  case ending::forgotten:
    return "forgotten";
  }
  return "unknown";
}

bool ended_book::add(ended_life what) {
  auto at = all_.find(what.who);
  if (at != all_.end()) {
    if (rank(what) < rank(at->second))
      at->second = std::move(what);
    return false;
  }
  auto who = what.who;
  all_.emplace(std::move(who), std::move(what));
  if (all_.size() > most)
    all_.erase(std::min_element(all_.begin(), all_.end(),
                                [](const auto& a, const auto& b) {
                                  return rank(a.second) < rank(b.second);
                                }));
  return true;
}

const ended_life* ended_book::find(const life& who) const {
  auto at = all_.find(who);
  return at == all_.end() ? nullptr : &at->second;
}

std::vector<ended_life> ended_book::list() const {
  std::vector<ended_life> result;
  result.reserve(all_.size());
  for (const auto& [who, what] : all_)
    result.push_back(what);
  return result;
}

} // namespace tidewire::cluster
