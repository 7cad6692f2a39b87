#include "actors/state/cluster/gauge_sums.hpp"

#include <algorithm>

namespace tidewire::cluster {

app_names::app_names()
    : ids_{meter::all_apps}, numbers_{{meter::all_apps, 0}} {}

app_number app_names::number(const meter::app_id& id) {
  auto [at, is_new] =
      numbers_.try_emplace(id, static_cast<app_number>(ids_.size()));
  if (is_new)
    ids_.push_back(id);
  return at->second;
}

level_changes changes_of(const meter::tick_block& block, app_names& names) {
  level_changes out{block.restated, {}};
  out.apps.reserve(block.apps.size());
  for (auto& x : block.apps) {
    auto number = names.number(x.app);
    out.apps.emplace_back(number, x.figures.now);
    if (auto count = x.figures.did.broadcasts; count != 0 && number != 0)
      out.broadcasts.emplace_back(number, count);
  }
  return out;
}

void standing_apps::apply(const level_changes& x) {
  if (x.restated) {
    known = true;
    std::fill(now.begin(), now.end(), meter::levels{});
  }
  for (auto& [app, levels] : x.apps) {
    if (app >= now.size())
      now.resize(app + 1);
    now[app] = levels;
  }
}

} // namespace tidewire::cluster
