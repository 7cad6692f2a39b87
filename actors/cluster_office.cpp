#include "actors/cluster_office.hpp"

#include "actors/cluster_port.hpp"
#include "actors/gauge.hpp"
#include "actors/gauge_caps.hpp"
#include "actors/gauge_cluster.hpp"
#include "actors/gauge_rights.hpp"
#include "actors/node_messages.hpp"
#include "actors/registry.hpp"
#include "config/endpoint.hpp"

#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

#include <chrono>
#include <utility>

namespace tidewire {

namespace {

// What is said at the end goes out for so long.
constexpr std::int64_t farewell_ns = 500'000'000;
constexpr std::chrono::seconds goodbye_patience{1};

class line_of_link final : public node_line {
public:
  explicit line_of_link(link_line_ptr line) : line_(std::move(line)) {}

  bool may_send() override { return line_->may_send(); }
  bool send(cluster::record_kind kind, std::uint32_t from, std::uint32_t to,
            std::string bytes) override {
    return line_->send({.kind = kind,
                        .slot = 0,
                        .from = from,
                        .to = to,
                        .bytes = std::move(bytes)});
  }

private:
  link_line_ptr line_;
};

cluster::membership_settings times_of(const config::cluster_settings& x) {
  cluster::membership_settings out;
  out.heartbeat_ns = std::chrono::nanoseconds{x.heartbeat}.count();
  out.suspect_ns = std::chrono::nanoseconds{x.suspect}.count();
  out.lost_ns = std::chrono::nanoseconds{x.lost}.count();
  return out;
}

std::string address_of(const config::cluster_settings& x, std::uint16_t port) {
  if (!x.advertise.empty())
    return x.advertise;
  auto where = config::split_endpoint(x.listen);
  return config::join_endpoint(where ? where->host : "127.0.0.1",
                               std::to_string(port));
}

} // namespace

cluster_office::cluster_office(const site& at)
    : system_(at.system),
      port_(at.channels),
      links_(at.system, at.index, at.settings.cluster, {at.me, 1, at.reactors}),
      gate_(std::make_shared<gate>()) {
  gate_->open = this;
  connect();
  links_.open();
  auto& settings = at.settings.cluster;
  members_ = std::make_shared<member_keeper>(
      times_of(settings),
      cluster::membership_self{at.me, address_of(settings, links_.port()),
                               at.reactors},
      settings.peers, cluster_store{at.store_file}, links_);
}

// Everything here runs on the links' thread and only passes on.
void cluster_office::connect() {
  links_.receive(cluster::view_kinds, [this](link_record&& x) {
    caf::anon_send(node_,
                   member_record{x.peer->who, x.kind, std::move(x.bytes)});
  });
  links_.receive(cluster::channel_kinds, [this](link_record&& x) {
    port_.arrived(x.peer->number, reactor_of(x.from), x.to, x.kind,
                  std::move(x.bytes));
  });
  links_.receive(cluster::row_kinds, [this](link_record&& x) {
    tell_gauge(row_record{x.peer->who, x.kind, std::move(x.bytes)});
  });
  links_.receive(cluster::right_kinds, [this](link_record&& x) {
    tell_gauge(right_record_came{x.peer->who, x.kind, std::move(x.bytes)});
  });
  links_.receive(cluster::cap_kinds, [this](link_record&& x) {
    tell_gauge(cap_record_came{x.peer->who, x.kind, std::move(x.bytes)});
  });
  links_.receive(cluster::shared_kinds, [this](link_record&& x) {
    tell_registry(shared_record{x.peer->who, x.kind, std::move(x.bytes)});
  });
  port_.distrust = [this](node_number number) {
    std::lock_guard lock{lock_};
    if (auto who = numbers_.find(number); who != numbers_.end())
      links_.cut(who->second, "it said something that cannot be read");
  };
  links_.watch({
      .up =
          [this](const link_line_ptr& line) {
            auto& peer = line->peer();
            {
              std::lock_guard lock{lock_};
              numbers_[peer.number] = peer.who;
              linked_.insert(peer.who);
            }
            tell_registry(registry_linked{peer.who});
            port_.line_is(peer.who, peer.number, peer.reactors,
                          std::make_shared<line_of_link>(line));
            tell_gauge(peer_linked{peer.who});
          },
      .down =
          [this](const link_line_ptr& line, const std::string&) {
            auto& peer = line->peer();
            port_.line_ended(peer.number);
            {
              std::lock_guard lock{lock_};
              linked_.erase(peer.who);
            }
            tell_registry(registry_unlinked{peer.who});
            tell_gauge(peer_unlinked{peer.who});
          },
      .room =
          [this](const link_line_ptr& line) {
            port_.has_room(line->peer().number);
          },
  });
}

template <class Message>
void cluster_office::tell_gauge(Message what) {
  std::lock_guard lock{lock_};
  if (gauge_)
    caf::anon_send(gauge_, std::move(what));
}

template <class Message>
void cluster_office::tell_node(Message what) {
  std::lock_guard lock{lock_};
  if (node_)
    caf::anon_send(node_, std::move(what));
}

template <class Message>
void cluster_office::tell_registry(Message what) {
  std::lock_guard lock{lock_};
  if (registry_)
    caf::anon_send(registry_, std::move(what));
}

// GAUGE and REGISTRY may outlive this office by what they are in the middle of.
row_sender cluster_office::rows() {
  return [gate = gate_](const std::optional<cluster::life>& to,
                        cluster::record_kind kind, std::string bytes) {
    std::lock_guard lock{gate->lock};
    if (!gate->open)
      return;
    link_order what{.kind = kind, .bytes = std::move(bytes)};
    if (to)
      gate->open->links_.send(*to, std::move(what));
    else
      gate->open->links_.send_all(std::move(what));
  };
}

std::function<void(const cluster::life&, cluster::record_kind, std::string)>
cluster_office::rights() {
  return [gate = gate_](const cluster::life& to, cluster::record_kind kind,
                        std::string bytes) {
    std::lock_guard lock{gate->lock};
    if (gate->open)
      gate->open->links_.send(
          to, link_order{.kind = kind, .bytes = std::move(bytes)});
  };
}

std::function<void(const cluster::life&, cluster::record_kind, std::string)>
cluster_office::shared() {
  return [gate = gate_](const cluster::life& to, cluster::record_kind kind,
                        std::string bytes) {
    std::lock_guard lock{gate->lock};
    if (!gate->open)
      return;
    // Of digests the latest is all that counts.
    std::uint64_t slot = kind == cluster::shared_digest_kind ? 1 : 0;
    gate->open->links_.send(
        to, link_order{.kind = kind, .slot = slot, .bytes = std::move(bytes)});
  };
}

std::function<void(const meter::cap_subject&, std::int64_t)>
cluster_office::graces() {
  return [gate = gate_](const meter::cap_subject& whose, std::int64_t until_s) {
    std::lock_guard lock{gate->lock};
    if (gate->open)
      gate->open->tell_gauge(
          grace_order{whose, 0, [](const grace_answer&) {}, until_s});
  };
}

std::function<void(const meter::cluster_clock&)>
cluster_office::clock_for_node() {
  return [gate = gate_](const meter::cluster_clock& now) {
    std::lock_guard lock{gate->lock};
    if (gate->open)
      gate->open->tell_node(clock_told{now});
  };
}

void cluster_office::gauge_is(caf::actor who) {
  std::lock_guard lock{lock_};
  gauge_ = std::move(who);
}

void cluster_office::registry_is(caf::actor who) {
  std::lock_guard lock{lock_};
  registry_ = std::move(who);
  for (auto& each : linked_)
    caf::anon_send(registry_, registry_linked{each});
}

// What membership finds concerns the reactors, who hold the view, and the
// GAUGE, whose ticks wait for whoever is heard.
void cluster_office::start(caf::actor node, std::function<void()> over) {
  {
    std::lock_guard lock{lock_};
    node_ = std::move(node);
  }
  member_keeper::listeners found;
  found.view = [this](const auto& view, cluster::standing) {
    port_.view_is(view);
  };
  found.rights = [this](const auto& view, bool may_found) {
    tell_gauge(view_seen{view, may_found});
  };
  found.heard = [this](const cluster::life& who) {
    tell_gauge(life_heard{who});
  };
  found.over = [this](const cluster::life_ended& x) {
    port_.life_over(x.what.who);
    tell_gauge(life_over{x});
  };
  found.time = [this](auto now) {
    tell_gauge(cluster_time_is{std::move(now)});
  };
  found.joined = [this] { port_.joined(); };
  found.told_ended = std::move(over);
  caf::anon_send(node_, begin_cluster{std::move(found)});
  links_.node_is(node_);
  links_.start();
}

void cluster_office::prepare_to_leave() {
  std::lock_guard lock{lock_};
  if (node_)
    caf::anon_send(node_, prepare_to_leave_now{});
}

void cluster_office::leave() {
  caf::scoped_actor self{system_};
  self->request(node_, goodbye_patience, leave_cluster{})
      .receive([](bool) {}, [](caf::error&) {});
  {
    std::lock_guard lock{gate_->lock};
    gate_->open = nullptr;
  }
  links_.leave(farewell_ns);
  port_.stop();
  std::lock_guard lock{lock_};
  node_ = nullptr;
  gauge_ = nullptr;
  registry_ = nullptr;
}

} // namespace tidewire
