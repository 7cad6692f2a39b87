// Some nodes in this process, whole servers each, joined by a wire.
#pragma once

#include "tests/actors/cluster/wire.hpp"
#include "tests/actors/support/harness.hpp"

#include <memory>
#include <string>
#include <vector>

namespace tidewire::testing {

/// Views are what the test says: there is no NODE that finds them out.
class nodes {
public:
  using group = std::vector<std::uint32_t>;

  /// All of them are joined and in one view.
  explicit nodes(std::uint32_t count, std::uint16_t reactors = 2,
                 const std::function<void(config::settings&)>& change = {});
  ~nodes();

  std::uint32_t count() const noexcept {
    return static_cast<std::uint32_t>(all_.size());
  }
  harness& operator[](std::uint32_t node) { return all_[node]->server; }
  wire& lines() noexcept { return wire_; }

  /// From now on each of these groups is a view, and nothing else is. Who comes
  /// back into a view with somebody has a new stay. Nodes that are in no group
  /// keep theirs.
  void views(const std::vector<group>& groups);

  /// The same for one node of a group, when the others do not see it yet.
  void view_of(std::uint32_t node, const group& members);

  /// From now on that member owns nothing, or does; told with the next view.
  void drain(std::uint32_t node, bool on = true) { all_[node]->draining = on; }

  /// Its reactors see the view that it was told last.
  bool sees(std::uint32_t node);

  /// The others have proof that it is dead.
  void over(std::uint32_t node);

  /// Every edge of these nodes has stated everything, as of the last view.
  bool settled(const group& of);
  bool settled() { return settled(everybody()); }

  group everybody() const;

  /// Lines within the groups, none between them.
  void split(const std::vector<group>& groups);

  /// The node whose CHANNEL has that name in a view of these members.
  std::uint32_t owner(std::string_view channel, const group& members);

  /// A channel of that prefix that is owned by `before` in the view of all, and
  /// by `after` in that of the members.
  std::string channel_of(std::string_view prefix, std::uint32_t before,
                         std::uint32_t after, const group& members);
  std::string channel_of(std::string_view prefix, std::uint32_t owner) {
    return channel_of(prefix, owner, owner, everybody());
  }

  /// A client of each node.
  std::vector<client_ptr> clients();

private:
  struct one {
    one(std::uint32_t number, std::uint16_t reactors,
        const std::function<void(config::settings&)>& change);
    ~one();

    cluster::life who;
    harness server;
    std::unique_ptr<cluster_port> port;
    std::uint32_t stay = 1;
    bool draining = false;
    group view; // the last one it was told
  };

  std::shared_ptr<const cluster::view> view(const group& members) const;

  wire wire_;
  std::vector<std::unique_ptr<one>> all_;
};

} // namespace tidewire::testing
