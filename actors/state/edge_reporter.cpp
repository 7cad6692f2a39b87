#include "actors/state/edge_reporter.hpp"

#include <utility>

namespace tidewire {

void edge_reporter::view_changed(const cluster::placement* before) {
  auto& now = *home_.placed();
  auto is_new = [&](node_number which) {
    return !before || before->stay_of(which) != now.stay_of(which);
  };
  auto were_away = is_new(0);
  for (auto where : now.places())
    if (!is_local(where) && (were_away || is_new(node_of(where))))
      home_.to_directory(where, edge_up{routes_.edge(), {}});
  routes_.restate([&](const channel_key& key) {
    auto owner = home_.owner_of(key);
    return were_away || is_new(node_of(owner))
           || before->owner_of(home_.id_of(key.app), key.name) != owner;
  });
  end_statement(now.places());
}

void edge_reporter::line_is(node_number which) {
  if (!home_.placed() || !home_.placed()->has(which))
    return;
  std::vector<place> there;
  for (auto where : home_.placed()->places())
    if (node_of(where) == which)
      there.push_back(where);
  for (auto where : there)
    home_.to_directory(where, edge_up{routes_.edge(), {}});
  routes_.restate([&](const channel_key& key) {
    return node_of(home_.owner_of(key)) == which;
  });
  end_statement(there);
}

void edge_reporter::introduce(place where, edge_up hello, std::uint64_t taken) {
  auto edge = hello.edge;
  if (where == home_.here())
    table_.accept(std::move(hello));
  else
    home_.to_directory(where, std::move(hello));
  if (taken != 0)
    home_.to_directory(where, records_taken{edge, taken});
}

void edge_reporter::state_to(place where) {
  routes_.restate(
      [&](const channel_key& key) { return home_.owner_of(key) == where; });
  end_statement({where});
}

void edge_reporter::end_statement(const std::vector<place>& to) {
  if (!home_.placed())
    return;
  edge_stated all{routes_.edge(), home_.placed()->hash()};
  for (auto where : to)
    if (where == home_.here())
      table_.accept(all);
    else
      home_.to_directory(where, all);
}

} // namespace tidewire
