// The cluster side of a node: its links, and who is given what comes over them.
#pragma once

#include "actors/gauge_cluster.hpp"
#include "actors/links.hpp"
#include "actors/member_keeper.hpp"
#include "actors/state/meter/cap_subject.hpp"
#include "config/settings.hpp"

#include <caf/actor.hpp>
#include <caf/actor_system.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>

namespace tidewire {

class cluster_port;

/// Exists if `[cluster]` is configured. Records of the view go to NODE, those
/// of channels to the reactors, rows and rights to the GAUGE, apps to the
/// REGISTRY; what `membership` finds goes to all of them. Made and ended by the
/// control plane.
class cluster_office {
public:
  struct site {
    caf::actor_system& system;
    std::uint32_t index; ///< of the links' reactor, for logs
    const config::settings& settings;
    cluster::life me;
    std::uint16_t reactors;
    std::string store_file;
    cluster_port& channels;
  };

  /// Opens the port; throws std::runtime_error with a sentence if it is taken.
  explicit cluster_office(const site& at);

  /// For NODE.
  const std::shared_ptr<member_keeper>& members() const noexcept {
    return members_;
  }

  /// For the GAUGE: how it sends rows.
  row_sender rows();

  /// For the GAUGE: how it sends what concerns rights.
  std::function<void(const cluster::life&, cluster::record_kind, std::string)>
  rights();

  /// For the GAUGE: how it tells NODE what its clock shows, after each tick.
  std::function<void(const meter::cluster_clock&)> clock_for_node();

  /// For the REGISTRY: how it sends what concerns apps. It may outlive this;
  /// after `leave` nothing is sent.
  std::function<void(const cluster::life&, cluster::record_kind, std::string)>
  shared();

  /// For the REGISTRY: graces that were given on another node. Not after
  /// `leave`, either.
  std::function<void(const meter::cap_subject&, std::int64_t seconds)> graces();

  /// From now on this GAUGE is told. Any thread.
  void gauge_is(caf::actor who);

  /// The same for the REGISTRY, which is told of all lines there are first.
  void registry_is(caf::actor who);

  /// Listens and dials from now on, for this NODE. `over` is called on its
  /// thread when the others hold this life to be over, once.
  void start(caf::actor node, std::function<void()> over);

  /// links::renew_certificate.
  std::string renew_certificate() { return links_.renew_certificate(); }

  /// This node is about to end: it owns nothing from now on.
  void prepare_to_leave();

  /// NODE has said goodbye: ends all links, in at most 2 s.
  void leave();
  void join() { links_.join(); }

private:
  void connect();
  template <class Message>
  void tell_gauge(Message what);
  template <class Message>
  void tell_node(Message what);
  template <class Message>
  void tell_registry(Message what);

  caf::actor_system& system_;
  cluster_port& port_;
  links links_;
  std::shared_ptr<member_keeper> members_;
  caf::actor node_; // from `start` on
  std::mutex lock_; // of what follows
  caf::actor gauge_;
  caf::actor registry_;
  std::set<cluster::life> linked_;
  std::map<node_number, cluster::life> numbers_;

  struct gate {
    std::mutex lock;
    cluster_office* open;
  };
  std::shared_ptr<gate> gate_;
};

} // namespace tidewire
