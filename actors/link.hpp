// The LINK: one per life of another node.
#pragma once

#include "actors/link_line.hpp"
#include "actors/pinned_actor.hpp"
#include "actors/state/cluster/link_queue.hpp"
#include "config/cluster_settings.hpp"
#include "messages/link_batch.hpp"
#include "net/cluster/proof.hpp"
#include "net/cluster/relay.hpp"

#include <caf/io/scribe.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

namespace tidewire {

class link;

/// To a LINK, from its office: end.
struct end_link {
  std::string why;
};

/// To a LINK, from its office: say goodbye; end when the peer has everything.
struct leave_link {};

/// To a LINK: whether CAF still knows its socket.
struct socket_known {
  bool still;
};

/// Whom a LINK tells. Everything on the links' thread.
class link_host {
public:
  virtual ~link_host() = default;

  /// Both ends have shown themselves over BASP.
  virtual void is_up(link& who) = 0;
  /// Something came over it.
  virtual void was_heard(link& who) = 0;
  /// It has something to send at the end of this turn: `flush` it.
  virtual void wants_flush(link& who) = 0;
  virtual void has_received(link_record&& what) = 0;
  virtual void has_room(link& who) = 0;
  /// It sends and receives no more. `by_us` if this side cut it.
  virtual void is_ending(link& who, const std::string& why, bool by_us) = 0;
  /// CAF has forgotten the socket; the LINK ends.
  virtual void is_gone(link& who) = 0;
};

/// Sends and receives batches, keeps their bounds, and watches whether the peer
/// takes them. It is given a socket whose handshake is over, and hands it to
/// CAF's BASP broker; its own handle and the peer's are the only ones that ever
/// cross. Runs on the links' thread.
class link final : public pinned_actor {
public:
  struct site {
    link_host& office;
    const config::cluster_settings& settings;
    std::shared_ptr<const link_peer> peer;
    net::cluster::mac session; ///< known to the two ends of this handshake
    int descriptor;            ///< for BASP; owned from then on
    std::shared_ptr<net::cluster::relay> tls; ///< behind it; may be null
  };

  /// How long the peer may take to show itself over BASP, and CAF to forget a
  /// socket that is shut.
  static constexpr std::int64_t patience_ns = 2'000'000'000;

  link(caf::actor_config& cfg, net::reactor& where, site at);

  const char* name() const override { return "LINK"; }
  caf::behavior make_behavior() override;
  bool cleanup(caf::error&& reason, caf::execution_unit* unit) override;

  const link_peer& peer() const noexcept { return *at_.peer; }
  const link_line_ptr& line() const noexcept { return line_; }

  /// The peer said goodbye.
  bool was_left() const noexcept { return was_left_; }

  /// Notes that it is to be flushed; false if that was noted already.
  bool mark() noexcept { return !std::exchange(dirty_, true); }

  /// Sends what has gathered. At the end of a turn.
  void flush();

private:
  enum class state : std::uint8_t { opening, up, leaving, ending, gone };

  struct ticker : net::timer {
    explicit ticker(link& l);
    link& owner;
  };

  void hand_over();
  void answered(caf::strong_actor_ptr who);
  void meet(caf::actor who);
  void take(const link_batch& batch);
  void record(cluster::record_kind kind, std::string_view bytes);
  void own_record(std::string_view bytes);
  void deliver(cluster::record_kind kind, std::string_view bytes);
  void put(const link_order& what);
  void account(std::int64_t more);
  void send_batch(std::string bytes);
  void tick();
  void watch_peer(std::int64_t passed_ns);
  void end(const std::string& why, bool by_us);
  void shut(const std::string& why, bool by_us);
  void ask_whether_known();
  void finish();

  site at_;
  link_line_ptr line_;
  cluster::link_queue queue_;
  caf::actor broker_;
  caf::actor remote_;
  caf::node_id node_;          // of it
  caf::io::scribe_ptr socket_; // while we hold it, its number is not given anew
  ticker ticker_;
  state state_ = state::opening;
  std::int64_t born_ns_;
  std::int64_t ticked_ns_;
  std::int64_t since_sent_ns_ = 0;
  std::int64_t ending_ns_ = 0;
  bool proved_ = false; // the peer has shown the session
  bool was_left_ = false;
  bool dirty_ = false;
  bool no_room_ = false;
};

} // namespace tidewire

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::end_link)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::leave_link)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::socket_known)
