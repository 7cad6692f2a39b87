// What the GAUGE does about rights in a cluster: the rights_keeper at the doors
// of this node.
#pragma once

#include "actors/apps.hpp"
#include "actors/permit_messages.hpp"
#include "actors/state/cluster/rights_keeper.hpp"
#include "messages/lifecycle.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace tidewire {

class node_limits;

/// The counters of the node as the permits see them.
class limits_door final : public cluster::permit_door {
public:
  explicit limits_door(node_limits& limits) : limits_(limits) {}

  void apps_are(const app_table& apps) { apps_ = apps; }
  const app_table& apps() const noexcept { return apps_; }
  node_limits& limits() noexcept { return limits_; }

  std::uint32_t used(const std::string& app) override;
  std::uint32_t hold(const std::string& app, std::uint32_t permits) override;
  void lift(const std::string& app) override;

private:
  node_limits& limits_;
  app_table apps_;
};

/// Translates between apps of this process and of the cluster, tells the doors
/// what holds, and passes everything else on. Outlives the GAUGE; belongs to
/// the GAUGE of the time, which
/// - calls `keeper()` for what NODE, rows and LINK say,
/// - calls the methods below for what reactors say,
/// - and then `turn`, also every 50 ms, and sends what it returns: records to
///   their LINKs, `came` and `refused` to every ROUTER if they are not empty.
/// `node_limits::require_permits` was called before the reactors started.
class rights_desk {
public:
  rights_desk(cluster::life me, node_limits& doors,
              cluster::episode_settings settings = {})
      : door_(doors), keeper_(std::move(me), door_, settings) {}

  cluster::rights_keeper& keeper() noexcept { return keeper_; }

  void apps_are(const app_table& apps);

  /// Facts that were not counted before, in order. Who is sent away (4200) is
  /// awaited elsewhere.
  void note(std::span<const lifecycle> facts, const cluster::moment& now);
  void note(const permits_wanted& x);
  void note(const users_seen& x, const cluster::moment& now);

  struct orders {
    std::vector<cluster::right_record> send;
    permits_came came;
    permits_refused refused;
    std::vector<cluster::episode_summary> opened, closed; ///< for the log
  };
  orders turn(const cluster::moment& now);

private:
  const std::string* id_of(app_index app) const;

  limits_door door_;
  cluster::rights_keeper keeper_;
};

} // namespace tidewire
