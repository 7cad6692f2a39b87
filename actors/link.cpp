#include "actors/link.hpp"

#include "net/log.hpp"

#include <caf/actor_system.hpp>
#include <caf/io/basp_broker.hpp>
#include <caf/io/middleman.hpp>
#include <caf/send.hpp>

#include <algorithm>
#include <set>
#include <utility>

#include <sys/socket.h>

namespace tidewire {

namespace {

constexpr std::int64_t tick_ns = 50'000'000;

// BASP wants a port for what it publishes; there is none, and every LINK's
// publication replaces the one before.
constexpr std::uint16_t no_port = 1;

// What a record of `cluster::link_kind` begins with.
constexpr char says_opening = 1;
constexpr char says_goodbye = 2;

std::int64_t ns_of(std::chrono::milliseconds x) {
  return std::chrono::nanoseconds{x}.count();
}

std::string seconds(std::chrono::milliseconds x) {
  return fmt::format("{:g} s", static_cast<double>(x.count()) / 1000);
}

} // namespace

bool link_line::send(link_order what) {
  if (ended_.load(std::memory_order_relaxed)
      || what.bytes.size() > cluster::max_record_bytes - 16)
    return false;
  waiting_.fetch_add(what.bytes.size(), std::memory_order_relaxed);
  caf::anon_send(link_, std::move(what));
  return true;
}

link::ticker::ticker(link& l)
    : timer([](net::timer& t) { static_cast<ticker&>(t).owner.tick(); }),
      owner(l) {}

link::link(caf::actor_config& cfg, net::reactor& where, site at)
    : pinned_actor(cfg, where),
      at_(std::move(at)),
      queue_(at_.settings.max_unacknowledged),
      ticker_(*this),
      born_ns_(where.now()),
      ticked_ns_(where.now()) {
  auto& middleman = system().middleman();
  broker_ = middleman.named_broker<caf::io::basp_broker>(caf::atom("BASP"));
  socket_ = middleman.backend().new_scribe(at_.descriptor);
}

// What comes from another node must not be answered: whatever a handler
// returned would be sent back, and so would the error of a message that nobody
// expects. Nor may another node end this actor.
caf::behavior link::make_behavior() {
  set_default_handler([](caf::scheduled_actor*, caf::message_view&) {
    return caf::result<caf::message>{caf::delegated<caf::message>{}};
  });
  set_exit_handler([](caf::exit_msg&) {});
  set_down_handler([this](caf::down_msg&) {
    if (state_ == state::leaving)
      end("this node leaves", true);
    else
      end("the connection to node " + peer().who.node + " broke", false);
    remote_ = nullptr;
    ask_whether_known();
  });
  line_ = std::make_shared<link_line>(at_.peer, caf::actor{this},
                                      at_.settings.max_unacknowledged);
  std::string opening{says_opening};
  opening += net::cluster::view_of(at_.session);
  account(queue_.put(cluster::link_kind, 0, {}, opening));
  host().wheel().arm(ticker_, host().now() + tick_ns);
  hand_over();
  return {
      [this](const link_batch& what) { take(what); },
      [this](const link_order& what) { put(what); },
      [this](const end_link& what) { end(what.why, true); },
      [this](leave_link) {
        if (state_ == state::up) {
          state_ = state::leaving;
          account(
              queue_.put(cluster::link_kind, 0, {}, std::string{says_goodbye}));
          at_.office.wants_flush(*this);
        } else {
          end("this node leaves", true);
        }
      },
      [this](socket_known what) {
        if (!what.still)
          finish();
      },
  };
}

// -- the socket ---------------------------------------------------------------

// The dialler asks for the handle that the acceptor publishes, and is answered
// when BASP's own handshake is over; the acceptor learns the dialler's from the
// first batch. No timeout of CAF's: a long one would keep a dead actor.
void link::hand_over() {
  if (!peer().dialled) {
    caf::anon_send(broker_, caf::publish_atom_v, socket_, no_port,
                   caf::actor_cast<caf::strong_actor_ptr>(this),
                   std::set<std::string>{});
    return;
  }
  request(broker_, caf::infinite, caf::connect_atom_v, socket_, no_port)
      .then([this](const caf::node_id&, caf::strong_actor_ptr& who,
                   const std::set<std::string>&) { answered(std::move(who)); },
            [this](caf::error&) {
              end("node " + peer().who.node + " broke off", false);
            });
}

void link::answered(caf::strong_actor_ptr who) {
  if (state_ != state::opening)
    return;
  if (!who || who->node() == system().node()) {
    end("CAF takes node " + peer().who.node + " for this one", true);
    return;
  }
  meet(caf::actor_cast<caf::actor>(std::move(who)));
  at_.office.wants_flush(*this);
}

void link::meet(caf::actor who) {
  remote_ = std::move(who);
  node_ = remote_.node();
  monitor(remote_);
}

// -- inwards ------------------------------------------------------------------

void link::take(const link_batch& batch) {
  taken_over();
  if (state_ != state::opening && state_ != state::up
      && state_ != state::leaving)
    return;
  auto from = current_sender();
  if (!remote_ && from && from->node() != system().node())
    meet(caf::actor_cast<caf::actor>(from));
  // Only the peer of this handshake is listened to, whoever else may know how
  // to name this actor.
  if (!remote_ || !from || from != remote_)
    return;
  auto came = queue_.take(batch.bytes);
  if (!came || batch.version < cluster::oldest_record_version
      || batch.version > cluster::record_version) {
    end("node " + peer().who.node + " sent a batch that nobody can read", true);
    return;
  }
  account(-static_cast<std::int64_t>(came->freed));
  at_.office.was_heard(*this);
  auto whole = cluster::for_each_record(
      came->records, [this](cluster::record_kind kind, std::string_view bytes) {
        record(kind, bytes);
      });
  if (!whole)
    end("node " + peer().who.node + " sent a batch that is cut", true);
  at_.office.wants_flush(*this);
}

void link::record(cluster::record_kind kind, std::string_view bytes) {
  if (state_ == state::ending || state_ == state::gone)
    return;
  if (kind == cluster::link_kind)
    own_record(bytes);
  else if (proved_)
    deliver(kind, bytes);
}

void link::own_record(std::string_view bytes) {
  if (bytes.empty())
    return;
  auto said = bytes.substr(1);
  if (bytes.front() == says_goodbye) {
    was_left_ = true;
    end("node " + peer().who.node + " left", false);
  } else if (bytes.front() == says_opening && state_ == state::opening) {
    proved_ = said == net::cluster::view_of(at_.session);
    if (proved_) {
      state_ = state::up;
      at_.office.is_up(*this);
    } else {
      end("another node answered for " + peer().who.node, true);
    }
  }
}

void link::deliver(cluster::record_kind kind, std::string_view bytes) {
  link_record result{at_.peer, kind, make_place(peer().number, 0), 0, {}};
  if (cluster::channel_kinds.has(kind)) {
    wire_reader head{bytes};
    auto from = head.number(max_reactors - 1);
    result.to = static_cast<std::uint32_t>(head.number(max_reactors - 1));
    if (head.failed())
      return;
    result.from = make_place(peer().number, static_cast<std::uint32_t>(from));
    bytes = head.rest();
  }
  result.bytes = bytes;
  at_.office.has_received(std::move(result));
}

// -- outwards -----------------------------------------------------------------

// The line has counted the bytes already; what is counted from now on is what
// waits with its head.
void link::put(const link_order& what) {
  taken_over();
  account(-static_cast<std::int64_t>(what.bytes.size()));
  if (state_ != state::up && state_ != state::opening)
    return;
  std::string head;
  if (cluster::channel_kinds.has(what.kind)) {
    wire_writer places;
    places.number(what.from);
    places.number(what.to);
    head = places.take();
  }
  account(queue_.put(what.kind, what.slot, head, what.bytes));
  if (queue_.waiting() + queue_.under_way()
      > 2 * at_.settings.max_unacknowledged)
    end("more gathered for node " + peer().who.node
            + " than cluster.max_unacknowledged allows, twice over",
        true);
  else
    at_.office.wants_flush(*this);
}

void link::account(std::int64_t more) {
  auto& waiting = line_->waiting_;
  waiting.fetch_add(static_cast<std::size_t>(more), std::memory_order_relaxed);
  auto now = waiting.load(std::memory_order_relaxed);
  if (now >= line_->most_) {
    no_room_ = true;
  } else if (no_room_ && now < line_->most_ / 2 && state_ == state::up) {
    no_room_ = false;
    at_.office.has_room(*this);
  }
}

void link::flush() {
  dirty_ = false;
  if (!remote_ || state_ == state::ending || state_ == state::gone)
    return;
  while (auto batch = queue_.next())
    send_batch(std::move(*batch));
}

void link::send_batch(std::string bytes) {
  since_sent_ns_ = 0;
  send(remote_, link_batch{peer().version, std::move(bytes)});
}

// -- time ---------------------------------------------------------------------

// A pause of this process, however long, counts as two ticks at most: it says
// nothing about the peer.
void link::tick() {
  auto now = host().now();
  auto passed = std::min(now - std::exchange(ticked_ns_, now), 2 * tick_ns);
  if (state_ == state::ending) {
    ending_ns_ += passed;
    if (ending_ns_ > patience_ns)
      caf::anon_send(caf::actor{this}, socket_known{false});
    else
      ask_whether_known();
  } else if (state_ != state::gone) {
    watch_peer(passed);
  }
  if (state_ != state::gone)
    host().wheel().arm(ticker_, now + tick_ns);
}

void link::watch_peer(std::int64_t passed_ns) {
  auto silent_for = queue_.tick(passed_ns);
  since_sent_ns_ += passed_ns;
  if (state_ == state::opening && (ending_ns_ += passed_ns) > patience_ns) {
    end("node " + peer().who.node + " did not show itself in time", true);
  } else if (silent_for >= ns_of(at_.settings.lost)) {
    end("node " + peer().who.node + " acknowledged nothing for "
            + seconds(at_.settings.lost),
        true);
  } else if (state_ == state::leaving && queue_.idle()) {
    end("this node leaves", true);
  } else if (remote_) {
    flush();
    if (since_sent_ns_ >= ns_of(at_.settings.heartbeat))
      if (auto batch = queue_.next(true))
        send_batch(std::move(*batch));
  }
}

// -- the end ------------------------------------------------------------------

// CAF has no call that drops a peer, but it notices a socket that is shut.
void link::end(const std::string& why, bool by_us) {
  if (state_ == state::ending || state_ == state::gone)
    return;
  shut(why, by_us);
  ask_whether_known();
}

void link::shut(const std::string& why, bool by_us) {
  state_ = state::ending;
  ending_ns_ = 0;
  line_->ended_.store(true, std::memory_order_relaxed);
  if (at_.tls)
    at_.tls->cut();
  ::shutdown(at_.descriptor, SHUT_RDWR);
  at_.office.is_ending(*this, why, by_us);
}

// On CAF's own thread, where the broker may be looked at. It also forgets the
// peer's spawn server, which CAF would keep for ever.
void link::ask_whether_known() {
  system().middleman().run_later([broker = broker_, me = caf::actor{this},
                                  node = node_, at = socket_->hdl()] {
    auto* self = static_cast<caf::io::basp_broker*>(
        caf::actor_cast<caf::abstract_actor*>(broker));
    auto still = !self->getf(caf::abstract_actor::is_terminated_flag)
                 && self->ctx.count(at) != 0;
    if (!still && node)
      if (auto found = self->spawn_servers.find(node);
          found != self->spawn_servers.end()) {
        caf::anon_send_exit(found->second, caf::exit_reason::kill);
        self->spawn_servers.erase(found);
      }
    caf::anon_send(me, socket_known{still});
  });
}

void link::finish() {
  if (state_ == state::gone)
    return;
  state_ = state::gone;
  at_.office.is_gone(*this);
  quit();
}

bool link::cleanup(caf::error&& reason, caf::execution_unit* unit) {
  if (line_) {
    // After a failure nobody has been told.
    if (state_ != state::ending && state_ != state::gone)
      shut("its LINK failed", true);
    if (std::exchange(state_, state::gone) != state::gone)
      at_.office.is_gone(*this);
    line_ = nullptr;
  }
  // BASP keeps this object until it publishes the next one.
  queue_ = cluster::link_queue{0};
  ticker_.cancel();
  remote_ = nullptr;
  broker_ = nullptr;
  socket_ = nullptr;
  at_.tls = nullptr;
  return pinned_actor::cleanup(std::move(reason), unit);
}

} // namespace tidewire
