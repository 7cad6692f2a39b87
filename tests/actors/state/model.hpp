// Routers, channels and the streams between them, without sockets and actors,
// and clients that know what they asked for.
#pragma once

#include "tests/actors/state/support.hpp"
#include "tests/catch.hpp"

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>

namespace tidewire::testing {

inline constexpr std::uint32_t model_edges = 3;

inline bool is_presence(std::string_view channel) {
  return channel.starts_with("presence-");
}

inline bool is_cache(std::string_view channel) {
  return channel.find("cache-") != channel.npos;
}

/// A client, what it wants, and what it has been told.
struct model_client {
  model_client(std::uint64_t serial, std::uint32_t where)
      : end(serial), edge(where), name("user-" + std::to_string(serial % 4)) {}

  struct view {
    bool succeeded = false;
    bool greeted = false;          // cache channels
    std::set<std::string> members; // presence
    std::uint64_t last = 0;        // number of the last event
    unsigned events = 0;
  };

  /// Checks and notes what came.
  void listen();

  /// What it is told is forgotten; it begins anew, as another socket would.
  void reconnect(router_state& routes) {
    routes.leave_all(end);
    end.take();
    wants.clear();
    watched.clear();
    signed_in = false;
  }

  fake_subscriber end;
  std::uint32_t edge;
  std::string name;
  std::map<std::string, view> wants; // what it asked for and did not leave
  bool signed_in = false;
  std::map<std::string, std::optional<bool>> watched; // as it was told

private:
  void hear_watchlist(const told& what);
  void hear_event(const told& what, view& seen);
};

/// Everything but the clients: as the reactors of a node, with the order of
/// each stream kept and everything else left to chance.
class model_world final : channel_output {
public:
  explicit model_world(std::uint32_t limit);

  router_state& routes(std::uint32_t edge) { return *edges_[edge].routes; }

  /// Moves one record of that edge's stream, in either direction.
  void step(std::uint32_t edge, bool to_owner);

  /// The ROUTER ends: what is on its way to it is lost from now on.
  void end_router(std::uint32_t edge);
  void start_router(std::uint32_t edge);

  /// The CHANNEL ends with all that it knows.
  void restart_channel(const std::string& name);

  /// The DIRECTORY ends with what is on its way to it from that edge. Routers
  /// and the new DIRECTORY then ask and tell everything.
  void restart_directory(std::uint32_t edge);

  /// Publishes the next event, which has a number.
  void publish(const std::string& name);

  /// Channels do not wait any longer for edges that are silent.
  void lose_patience();

  /// What WEBHOOKS would know of a channel.
  struct reports {
    bool occupied = false;
    std::set<std::string> users;
  };

  const reports& reported(const std::string& name) { return reported_[name]; }

  bool quiet() const;
  const channel_state* channel(const std::string& name) const;
  std::size_t channels() const noexcept { return channels_.size(); }

private:
  struct edge_stream {
    std::unique_ptr<router_state> routes;
    std::deque<directory_record> to_owner;
    std::deque<edge_record> to_edge;
    std::uint32_t stay = 1;
    bool alive = true;
    bool reachable = true; // the owner sends to the living ROUTER
  };

  std::unique_ptr<channel_state> make(const std::string& name) const;
  void gather(const std::string& name, channel_state& c);
  void own(directory_record record); // what a DIRECTORY does

  void to_edge(place where, edge_record record) override;
  void published(const ticket&) override {}
  void answer(const ticket&, ticket_answer) override {}
  void copy(event_copied) override {}
  void report(channel_fact what) override;
  std::int64_t now_ns() const noexcept override { return 1; }

  std::uint32_t limit_;
  std::uint64_t round_ = 0;
  std::uint64_t events_ = 0;
  std::map<std::uint32_t, edge_stream> edges_;
  std::map<std::string, std::unique_ptr<channel_state>> channels_;
  std::string reporting_; // which channel does, now
  std::map<std::string, reports> reported_;
};

} // namespace tidewire::testing
