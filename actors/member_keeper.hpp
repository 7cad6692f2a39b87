// NODE's part in a cluster: who is there, and whom that concerns.
#pragma once

#include "actors/cluster_store.hpp"
#include "actors/link_messages.hpp"
#include "actors/order_desk.hpp"
#include "actors/state/cluster/membership.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tidewire {

class links;

/// How this node and the others stand to each other, for people and commands.
struct cluster_standing {
  struct refused {
    std::int64_t at_ms; ///< Unix time
    std::string from, node, code, sentence;
  };
  struct failing {
    std::string address;
    std::int64_t since_ms;
    std::string sentence;
  };

  cluster::life me;
  std::string address;
  std::uint32_t stay = 1;
  cluster::standing stands = cluster::standing::alone;
  std::shared_ptr<const cluster::view> view;
  std::vector<cluster::peer_status> peers;
  std::vector<cluster::ended_life> ended;
  std::vector<cluster::hindrance> hindrances;
  cluster::time_error time;
  bool draining = false;
  bool told_ended = false;          ///< the others hold this life to be over
  std::vector<refused> turned_away; ///< newest last
  std::vector<failing> dials;       ///< addresses that do not answer
};

/// Drives `cluster::membership` for NODE: what it wants done is done, what it
/// finds is told. Belongs to NODE, on whose thread everything runs.
class member_keeper {
public:
  /// Whom the findings concern. Called on NODE's thread.
  struct listeners {
    std::function<void(const std::shared_ptr<const cluster::view>&,
                       cluster::standing)>
        view;
    /// The view, and whether nobody can be there who is not heard.
    std::function<void(const std::shared_ptr<const cluster::view>&, bool)>
        rights;
    std::function<void(const cluster::life&)> heard;
    std::function<void(const cluster::life_ended&)> over;
    /// What is known of the oldest member's time, about once a second.
    std::function<void(std::shared_ptr<const cluster::cluster_time>)> time;
    /// Whoever is there knows this node, or does not answer. Once.
    std::function<void()> joined;
    /// The others hold this life to be over: its process has to end. Once.
    std::function<void()> told_ended;
    /// An operator has ordered something of this node itself.
    std::function<void(const cluster::order&)> order;
  };

  member_keeper(const cluster::membership_settings& settings,
                cluster::membership_self self, std::vector<std::string> seeds,
                cluster_store store, links& all);

  /// From now on; told at once how things stand.
  void listen(listeners who);

  void tick();
  void on(const linked& x);
  void on(const unlinked& x);
  void on(const dialled& x);
  void on(const turned_away& x);

  /// Returns an order of another node, which is to be answered.
  std::optional<cluster::order> receive(const cluster::life& from,
                                        cluster::record_kind kind,
                                        std::string_view bytes);

  /// Somebody else has the clock, and steers it by what is told of the time.
  void clock_is(const meter::cluster_clock& now);

  /// Orders for nodes, this one perhaps among them; a reply for each follows.
  void give(const std::vector<node_order>& orders,
            const order_desk::then& what);
  void answer(const cluster::life& to, cluster::order_answer said);

  void drain(bool on);
  void leave();
  cluster::forget_answer forget(const cluster::life& who);

  const cluster::life& self() const noexcept { return state_.self(); }
  cluster_standing now() const;

private:
  void act(cluster::effects& what);
  void act(const cluster::send_record& x);
  void act(const cluster::dial& x);
  void act(const cluster::drop_link& x);
  void act(const cluster::peer_changed& x);
  void act(const cluster::life_ended& x);
  void act(const cluster::view_changed& x);
  void act(const cluster::paused& x);
  void act(const cluster::told_ended& x);
  void act(const cluster::name_clash& x);
  void send_order(const cluster::life& to, const std::string& bytes);
  void keep_known();
  void steer(std::int64_t now_ns);
  void tell_rights();
  void tell_joined(std::int64_t now_ns);

  links& links_;
  cluster_store store_;
  std::vector<cluster::known_life> kept_; // who may live, as is on disk
  meter::cluster_clock clock_;
  cluster::membership state_;
  order_desk orders_;
  std::string address_;
  listeners listeners_;
  std::int64_t steered_ns_ = 0;
  bool clock_is_ours_ = true; // nobody else has one
  bool time_alarm_ = false;
  bool told_ended_ = false;
  std::int64_t joining_until_ns_ = 0;                // 0: it has joined
  std::shared_ptr<const cluster::view> rights_view_; // as was told
  bool rights_found_ = false;
  std::deque<cluster_standing::refused> turned_away_;
  std::map<std::string, cluster_standing::failing> failing_; // by address
};

} // namespace tidewire
