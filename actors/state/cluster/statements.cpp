#include "actors/state/cluster/statements.hpp"

#include <utility>

namespace tidewire::cluster {

// Edges of this node see the views that we see, and were there before the
// first.
statements::edge& statements::of(place from) {
  auto [at, fresh] = edges_.try_emplace(from);
  if (fresh)
    at->second.known = is_local(from);
  return at->second;
}

void statements::view_is(std::uint64_t view) {
  view_ = view;
  for (auto& [where, e] : edges_) {
    if (e.view == view)
      e.lost = true; // it was here before us, and has no more to say of it
    else if (e.missed.size() < max_views)
      e.missed.insert(view);
    else
      e.lost = true;
    if (e.next != view && e.since.size() < max_views)
      e.since.insert(view);
  }
}

void statements::speaks(place from, std::uint64_t view) {
  auto& e = of(from);
  if (e.next == view)
    return;
  e.next = view;
  e.whole = false;
  e.since.clear();
  if (view != view_)
    e.since.insert(view_);
}

void statements::begins(place from) {
  auto& e = of(from);
  e.since.clear();
  if (e.next != view_)
    e.since.insert(view_);
  e.whole = true;
  e.asked = false;
}

statements::extent statements::stated(place from, std::uint64_t view) {
  auto& e = of(from);
  auto whole = std::exchange(e.whole, false);
  if (whole) {
    e.known = true;
    e.lost = false;
    e.missed.clear();
  }
  e.missed.merge(e.since);
  e.missed.erase(view);
  e.since.clear();
  e.view = e.next = view;
  return {whole, view == view_ && e.known && !e.lost && e.missed.empty()};
}

void statements::lost(place from) {
  auto& e = of(from);
  e.lost = true;
  e.whole = e.asked = false; // the answer may be what is lost
}

void statements::left(place from) {
  auto at = edges_.find(from);
  if (at == edges_.end())
    return;
  auto lost = at->second.lost;
  edges_.erase(at);
  if (lost)
    edges_[from].lost = true;
}

std::vector<place> statements::owing() const {
  std::vector<place> result;
  for (auto& [where, e] : edges_)
    if (e.lost)
      result.push_back(where);
  return result;
}

} // namespace tidewire::cluster
