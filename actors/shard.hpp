// What one reactor's thread owns: its connections, routes, channels and
// figures. Everything in it is touched by that thread only.
#pragma once

#include "actors/apps.hpp"
#include "actors/courier.hpp"
#include "actors/directory.hpp"
#include "actors/permit_messages.hpp"
#include "actors/report_stream.hpp"
#include "actors/state/cluster/channel_codec.hpp"
#include "actors/state/cluster/placement.hpp"
#include "actors/state/edge_reporter.hpp"
#include "actors/state/live_set.hpp"
#include "actors/state/node_limits.hpp"
#include "actors/state/router_state.hpp"
#include "config/app_limits.hpp"
#include "config/settings.hpp"
#include "messages/reading.hpp"
#include "net/address.hpp"
#include "net/frame_packer.hpp"
#include "net/http_session.hpp"
#include "net/reactor.hpp"

#include <caf/actor.hpp>

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tidewire {

class connection;
class waiting_room;

namespace commands {
struct desk;
}

/// What came from a reactor of another node for the data plane of this one.
struct arrival {
  place from = 0;
  std::uint32_t session = 0; ///< grows with each link to that node
  cluster::record_kind kind = 0;
  std::string bytes;
};

struct shard {
  /// `incarnation` makes socket ids of two lives of a node differ.
  /// `packing_for` is the audience of the node.
  shard(net::reactor& r, const config::settings& s, const app_table& a,
        deflate_audience& packing_for, node_limits& limits_of_node,
        std::uint32_t reactor_count, std::uint32_t incarnation);
  ~shard();
  shard(const shard&) = delete;
  shard& operator=(const shard&) = delete;

  socket_id next_socket_id() noexcept { return {node_part, ++last_serial}; }

  /// Records a fact for the GAUGE; facts leave once per turn.
  void note(app_index app, lifecycle::kind what, std::uint8_t reason,
            std::int64_t open_ns = 0);
  void note_refused(app_index app, refuse_reason why) {
    note(app, lifecycle::kind::refused, static_cast<std::uint8_t>(why));
  }

  /// Notes that a limit refused something of an app, but ended nothing.
  void note_limited(app_index app, limit_reason why) noexcept {
    ++totals[app].limited[static_cast<std::size_t>(why)];
  }

  /// Notes whose connection it is, or was; in a cluster only.
  void note_user(const users_seen::fact& what) { users_.push_back(what); }

  /// The limits that hold for an app.
  config::limit_settings limits(app_index app) const {
    return config::limits_of(settings.limits, apps[app].limits);
  }

  /// From now on this GAUGE is told; what nobody has confirmed, once more.
  void gauge_is(caf::actor who);

  /// Facts up to that number are counted and need not be kept.
  void facts_counted(std::uint64_t number);

  /// Sends the facts of this turn. The hook of the reactor sends records, too.
  bool send_facts();

  /// Notes what a channel of ours reports, if its app has webhooks. Reports
  /// leave once per turn.
  void report(const channel_key& channel, channel_fact what);

  /// From now on this WEBHOOKS is told: what nobody has confirmed once more,
  /// and everything about the channels that live here.
  void webhooks_is(caf::actor who);

  /// Everything countable, between two handlers.
  reactor_reading reading() const;

  /// Tells NODE that something of this reactor was replaced.
  void restarted(const char* what);

  /// Every connection that is open or not accepted yet.
  std::vector<connection*> connections() const;

  /// Closes all of them with 4200, spread over `spread_ns`, and accepts nobody.
  void drain(std::int64_t spread_ns);

  /// Takes it back: who was not sent away yet stays.
  void undrain();

  /// Closes so many of them with 4200, or all there are, spread over
  /// `spread_ns`: chosen at random, each at a random moment of its own. They
  /// leave the gauge before they can come back elsewhere.
  void send_away(std::size_t most, std::int64_t spread_ns);

  /// From now on these are the apps and the settings. The figures grow with
  /// the table; connections of apps that are not served any more are sent away
  /// with 4003, so many at a time that nobody else notices.
  void configure(app_table now, config::settings fresh);

  /// Ends every connection and channel at once.
  void stop();

  // -- the cluster (shard_cluster.cpp) ----------------------------------------

  /// Where the CHANNEL of that name lives.
  place owner_of(const channel_key& key) const noexcept;

  /// Every edge: the reactors of all members of the view.
  const std::vector<place>& places() const noexcept {
    return placed ? placed->places() : places_;
  }

  /// 0 where there is no cluster.
  std::uint64_t view_hash() const noexcept {
    return placed ? placed->hash() : 0;
  }

  /// From now on this is the view: channels move, and edges say what they have.
  void view_is(std::shared_ptr<const cluster::placement> now);

  /// There is a link to that node, another than before.
  void node_is(node_number which, std::shared_ptr<node_exit> exit);

  /// What was sent to this reactor to be read, and passed on to all that it is
  /// for.
  void arrived(arrival what);

  /// Called when something came from a node that cannot be read: the link to it
  /// is to be ended, so that both begin anew.
  std::function<void(node_number)> distrust;

  net::reactor& host;
  config::settings settings; ///< but for the apps; `configure` replaces both
  app_table apps;
  deflate_audience& audience;
  node_limits& quotas; ///< shared by all reactors
  const net::proxy_list proxies;
  const std::uint32_t reactors;
  const std::uint64_t node_part;
  std::uint64_t last_serial = 0;

  net::frame_packer packer;  ///< of what goes to clients that compress,
  net::ws_inflater inflater; ///< and of what comes from them

  /// Null where there is no cluster.
  std::shared_ptr<const cluster::placement> placed;

  courier streams;
  report_stream reports;
  directory_table directory;
  router_state routes;
  edge_reporter edge; ///< what the routes have, to the owners

  std::vector<live_set<connection>> live; ///< by app: the gauge is its size
  /// By app: served but not accepted, because the app demands authorisation.
  std::vector<live_set<connection>> unauthorized;
  std::vector<connection*> closing;          ///< not counted any more
  std::vector<app_reading> totals;           ///< broadcasts and deliveries
  std::vector<const net::http_server*> http; ///< whose sessions are pending
  duration_histogram delivery;

  /// Who waits for a permit; null outside a cluster.
  std::unique_ptr<waiting_room> waiting;

  /// In a cluster, until the others know this node or there are none: whom it
  /// would serve before, they would not count.
  bool joining = false;

  bool draining = false;
  bool stopping = false;
  caf::actor gauge;
  caf::actor node;
  caf::actor admin;                     ///< on the reactor of the admin port
  caf::actor registry;                  ///< the same: whom the ADMIN asks
  const commands::desk* desk = nullptr; ///< the same: what commands may ask

  /// Connections that are open or closing, for whoever waits for a drain to
  /// end. Any thread may read it; a tenth of a second old.
  std::atomic<std::uint64_t> busy{0};

private:
  struct housekeeping;

  std::vector<lifecycle> facts_;        // of this turn
  std::vector<users_seen::fact> users_; // the same
  std::deque<lifecycle> unconfirmed_;   // sent, the last one is number `told_`
  std::uint64_t told_ = 0;
  std::vector<place> places_; // without a cluster
  cluster::piece_reader pieces_;
  std::unique_ptr<housekeeping> housekeeping_;
};

} // namespace tidewire
