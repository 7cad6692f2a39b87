#include "actors/link_office.hpp"

#include "actors/link_config.hpp"
#include "config/endpoint.hpp"
#include "net/log.hpp"
#include "net/socket.hpp"

#include <algorithm>
#include <cerrno>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace tidewire {

namespace {

constexpr std::int64_t farewell_ns = 20'000'000;

// A peer whose machine is gone acknowledges nothing in TCP either; the kernel
// then gives its buffers up, too.
void prepare_link_socket(int descriptor, std::chrono::milliseconds lost) {
  net::prepare_client_socket(descriptor);
  int on = 1;
  setsockopt(descriptor, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  auto patience = static_cast<unsigned>(lost.count());
  setsockopt(descriptor, IPPROTO_TCP, TCP_USER_TIMEOUT, &patience,
             sizeof patience);
}

} // namespace

link_office::farewell::farewell(link_office& o)
    : timer([](net::timer& t) {
        static_cast<farewell&>(t).owner.check_farewell();
      }),
      owner(o) {}

link_office::link_office(caf::actor_system& sys, std::uint32_t index,
                         const config::cluster_settings& s,
                         const std::string& secret,
                         net::cluster::link_tls::ptr tls_of_links,
                         link_identity who)
    : system(sys),
      settings(s),
      identity(std::move(who)),
      key(secret),
      tls(std::move(tls_of_links)),
      host(sys, index, "links"),
      listener_(
          host, [this](int client) { knocked(client); },
          [] {
            log_warning("link_turned_away",
                        "a node was turned away at the cluster port: this "
                        "process has no descriptors left");
          }),
      names_(host),
      table_(identity.me, std::chrono::nanoseconds{s.suspect}.count()),
      farewell_(*this) {
  host.before_flush([this] { return flush(); });
}

void link_office::open() {
  auto where = config::split_endpoint(settings.listen);
  auto address = boost::asio::ip::make_address(
      where->host == "localhost" ? "127.0.0.1" : where->host);
  listener_.open({address, where->port}, 128, false);
  port = listener_.port();
}

// -- links --------------------------------------------------------------------

// A life is known by one number whenever it is linked: the reactors know their
// peers by it, and a link that is made anew leads to whom they know.
node_number link_office::number_of(const cluster::life& who) {
  return numbers_
      .try_emplace(who, static_cast<node_number>(numbers_.size() + 1))
      .first->second;
}

// `from` has agreed with its peer, and its place in the table is held.
void link_office::make_link(knock& from, bool dialled) {
  auto& said = from.talk().peer();
  auto who = std::make_shared<link_peer>();
  who->who = life_of(from);
  who->stay = said.stay;
  who->reactors = said.reactors;
  who->version = from.talk().version();
  who->number = number_of(who->who);
  who->dialled = dialled;
  who->address = said.address;
  auto session = from.talk().session();
  auto socket = from.take();
  prepare_link_socket(socket.descriptor, settings.lost);
  std::shared_ptr<net::cluster::relay> through;
  auto inner = socket.tls ? encrypted(socket, through) : socket.descriptor;
  if (inner < 0) {
    log_error("link_failed", "no link with node {}: {}", who->who.node,
              std::generic_category().message(errno));
    table_.gone(who->who);
    return;
  }
  auto life = who->who;
  auto handle = spawn_on<link>(host, link::site{*this, settings, who, session,
                                                inner, std::move(through)});
  auto* self =
      static_cast<link*>(caf::actor_cast<caf::abstract_actor*>(handle));
  links_[life] = {std::move(handle), self};
  table_.heard(life, host.now());
}

// BASP speaks plain bytes over one end of a socketpair; a relay encrypts them.
int link_office::encrypted(net::cluster::bare_link& from,
                           std::shared_ptr<net::cluster::relay>& through) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends)
      != 0) {
    ::close(from.descriptor);
    return -1;
  }
  through = std::make_shared<net::cluster::relay>(host, std::move(from),
                                                  ends[0], tls);
  through->start();
  return ends[1];
}

void link_office::is_up(link& who) {
  auto at = links_.find(who.peer().who);
  if (at == links_.end())
    return;
  at->second.up = true;
  auto& peer = who.peer();
  log_info("node_linked", "linked with node {} at {}{}", peer.who.node,
           peer.address, tls ? ", encrypted" : "");
  for (auto& each : watchers)
    if (each.up)
      each.up(who.line());
  tell(linked{who.line()});
}

void link_office::was_heard(link& who) {
  table_.heard(who.peer().who, host.now());
}

void link_office::wants_flush(link& who) {
  if (who.mark())
    dirty_.push_back(&who);
}

bool link_office::flush() {
  for (auto* each : std::exchange(dirty_, {}))
    each->flush();
  return false;
}

void link_office::has_received(link_record&& what) {
  if (auto& to = receivers[what.kind])
    to(std::move(what));
}

void link_office::has_room(link& who) {
  for (auto& each : watchers)
    if (each.room)
      each.room(who.line());
}

void link_office::is_ending(link& who, const std::string& why, bool by_us) {
  auto& peer = who.peer();
  table_.ending(peer.who);
  if (leaving_ || who.was_left())
    log_info("node_unlinked", "no link with node {}: {}", peer.who.node, why);
  else
    log_warning("node_unlinked", "no link with node {}: {}", peer.who.node,
                why);
  auto at = links_.find(peer.who);
  if (at != links_.end() && std::exchange(at->second.up, false))
    for (auto& each : watchers)
      if (each.down)
        each.down(who.line(), why);
  tell(unlinked{peer.who, peer.number, why, by_us});
}

void link_office::is_gone(link& who) {
  auto life = who.peer().who;
  std::erase(dirty_, &who);
  table_.gone(life);
  links_.erase(life);
  judge_again(life.node);
}

void link_office::end_silent(const std::string& node) {
  auto* silent = table_.to_be_ended(node);
  auto at = silent ? links_.find(*silent) : links_.end();
  if (at != links_.end())
    caf::anon_send(at->second.handle,
                   end_link{"it was silent, and node " + node
                            + " came with a new connection"});
}

// -- what others ask for ------------------------------------------------------

void link_office::node_is(caf::actor who) {
  node_ = std::move(who);
  for (auto& [life, each] : links_)
    if (each.up)
      tell(linked{each.self->line()});
}

void link_office::send(const cluster::life& to, link_order&& what) {
  if (auto at = links_.find(to); at != links_.end() && at->second.up)
    at->second.self->line()->send(std::move(what));
}

void link_office::send_all(const link_order& what) {
  for (auto& [life, each] : links_)
    if (each.up)
      each.self->line()->send(what);
}

void link_office::cut(const cluster::life& who, const std::string& why) {
  if (auto at = links_.find(who); at != links_.end())
    caf::anon_send(at->second.handle, end_link{why});
}

// -- the end ------------------------------------------------------------------

void link_office::leave(std::int64_t patience_ns, std::function<void()> done) {
  leaving_ = true;
  left_ = std::move(done);
  leave_by_ns_ = host.now() + patience_ns;
  listener_.close();
  for (auto& [address, each] : calls_)
    if (each.now)
      each.now->abandon();
  calls_.clear();
  for (const auto& each : std::list<knock_ptr>{knocks_})
    each->refuse(net::cluster::refusal::leaving,
                 "node " + identity.me.node + " is shutting down");
  for (auto& each : knocks_)
    each->abandon();
  knocks_.clear();
  waiting_.clear();
  for (auto& [life, each] : links_)
    caf::anon_send(each.handle, leave_link{});
  check_farewell();
}

void link_office::check_farewell() {
  if (links_.empty()) {
    node_ = nullptr;
    left_();
    return;
  }
  if (host.now() >= leave_by_ns_ && !std::exchange(cut_all_, true))
    for (auto& [life, each] : links_)
      caf::anon_send(each.handle, end_link{"this node leaves"});
  host.wheel().arm(farewell_, host.now() + farewell_ns);
}

} // namespace tidewire
