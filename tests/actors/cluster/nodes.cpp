#include "tests/actors/cluster/nodes.hpp"

#include <algorithm>

namespace tidewire::testing {

nodes::one::one(std::uint32_t number, std::uint16_t reactors,
                const std::function<void(config::settings&)>& change)
    : who{"node-" + std::to_string(number), number + 100},
      server(reactors, change) {
  std::vector<shard*> shards;
  for (std::uint32_t i = 0; i < reactors; ++i)
    shards.push_back(server.on(i, [](shard& s) { return &s; }));
  port = std::make_unique<cluster_port>(std::move(shards), who,
                                        &server.server().office());
}

nodes::one::~one() {
  port->stop();
}

nodes::nodes(std::uint32_t count, std::uint16_t reactors,
             const std::function<void(config::settings&)>& change) {
  for (std::uint32_t i = 0; i < count; ++i) {
    all_.push_back(std::make_unique<one>(i, reactors, change));
    wire_.add(i, *all_[i]->port, all_[i]->who, reactors);
    all_[i]->port->distrust = [this, i](node_number other) {
      wire_.cut_soon(i, other - 1);
    };
  }
  split({everybody()});
  views({everybody()});
  if (!settled())
    throw std::runtime_error("the nodes never settled");
}

// The wire calls ports, and ports the reactors: each is told to stop first.
nodes::~nodes() {
  for (auto& x : all_)
    x->port->stop();
  wire_.stop();
}

nodes::group nodes::everybody() const {
  group result;
  for (std::uint32_t i = 0; i < count(); ++i)
    result.push_back(i);
  return result;
}

std::shared_ptr<const cluster::view> nodes::view(const group& members) const {
  std::vector<cluster::view_member> all;
  for (auto i : members) {
    cluster::view_member x;
    x.who = all_[i]->who;
    x.stay = all_[i]->stay;
    x.reactors = static_cast<std::uint16_t>(all_[i]->server.reactors());
    x.draining = all_[i]->draining;
    all.push_back(x);
  }
  return std::make_shared<const cluster::view>(
      cluster::make_view(std::move(all)));
}

void nodes::view_of(std::uint32_t node, const group& members) {
  all_[node]->view = members;
  all_[node]->port->view_is(view(members));
}

// The oldest member of a group was there all along; who has not been in its
// view comes back.
void nodes::views(const std::vector<group>& groups) {
  for (auto& members : groups) {
    auto& before = all_[members.front()]->view;
    for (auto i : members)
      if (std::find(before.begin(), before.end(), i) == before.end()
          && !all_[i]->view.empty())
        ++all_[i]->stay;
  }
  for (auto& members : groups)
    for (auto i : members)
      view_of(i, members);
}

bool nodes::sees(std::uint32_t node) {
  auto hash = view(all_[node]->view)->hash;
  return eventually([&] {
    for (std::uint32_t r = 0; r < all_[node]->server.reactors(); ++r)
      if (all_[node]->server.on(r, [](shard& s) { return s.view_hash(); })
          != hash)
        return false;
    return true;
  });
}

void nodes::over(std::uint32_t node) {
  for (std::uint32_t i = 0; i < count(); ++i)
    if (i != node)
      all_[i]->port->life_over(all_[node]->who);
}

bool nodes::settled(const group& of) {
  return eventually([&] {
    wire_.quiet();
    for (auto i : of) {
      auto hash = view(all_[i]->view)->hash;
      for (std::uint32_t r = 0; r < all_[i]->server.reactors(); ++r)
        if (!all_[i]->server.on(r, [&](shard& s) {
              return s.view_hash() == hash && s.directory.settled();
            }))
          return false;
    }
    return true;
  });
}

void nodes::split(const std::vector<group>& groups) {
  auto together = [&](std::uint32_t a, std::uint32_t b) {
    return std::any_of(groups.begin(), groups.end(), [&](auto& g) {
      return std::find(g.begin(), g.end(), a) != g.end()
             && std::find(g.begin(), g.end(), b) != g.end();
    });
  };
  for (std::uint32_t a = 0; a < count(); ++a)
    for (std::uint32_t b = a + 1; b < count(); ++b)
      if (together(a, b))
        wire_.join(a, b);
      else
        wire_.cut(a, b);
}

std::uint32_t nodes::owner(std::string_view channel, const group& members) {
  auto v = view(members);
  return members[cluster::owner_of(*v, "1", channel).member];
}

std::string nodes::channel_of(std::string_view prefix, std::uint32_t before,
                              std::uint32_t after, const group& members) {
  for (int i = 0;; ++i)
    if (auto name = std::string{prefix} + std::to_string(i);
        owner(name, everybody()) == before && owner(name, members) == after)
      return name;
}

std::vector<client_ptr> nodes::clients() {
  std::vector<client_ptr> result;
  for (auto& x : all_)
    result.push_back(x->server.client());
  return result;
}

} // namespace tidewire::testing
