// Those who stand at the door of a reactor until a permit comes, in a cluster.
#pragma once

#include "actors/permit_messages.hpp"
#include "actors/state/node_limits.hpp"
#include "net/http_session.hpp"
#include "net/ws_deflate.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace tidewire {

class connection;
struct shard;

/// A handshake that is in order, and what is needed to answer it.
struct patient_handshake {
  net::held_handshake session;
  newcomer who;
  std::string key; ///< Sec-WebSocket-Key
  std::optional<net::ws_deflate_terms> deflate;
  int protocol = 7;
};

/// Handshakes, and connections that were authorized, of apps with a hard limit,
/// while this node has no permit for them. They are let in, first come first
/// served, when the GAUGE has got more; sent away when it says that there are
/// none, or after `limits.permit_wait` with 4100. The GAUGE is told once per
/// turn how many wait. On its reactor's thread.
class waiting_room {
public:
  explicit waiting_room(shard& home) : home_(home) {}

  /// Somebody of the app waits, so who comes now has to wait, too.
  bool waits(app_index app) const { return lines_.count(app) > 0; }

  /// False if too many wait.
  bool enter(patient_handshake&& who);
  bool enter(connection& who);

  /// It closes.
  void leave(connection& who);

  void more(const permits_came& what);
  void refuse(const permits_refused& what);

  /// Who has waited long enough; to be called every so often.
  void tick(std::int64_t now_ns);

  /// Tells the GAUGE what has changed.
  void flush();

  /// A new GAUGE has to be told everything.
  void state_again();

  /// Ends all who wait.
  void clear();

private:
  struct waiter {
    std::int64_t since_ns;
    connection* authorized = nullptr; // null: a handshake
    std::optional<patient_handshake> handshake{};
  };

  bool enter(app_index app, waiter&& who);
  bool let_in(app_index app, waiter& first);
  void send_away(app_index app, waiter&& who, refuse_reason why, bool full);
  void send_away_before(app_index app, std::int64_t before_ns, bool full);

  shard& home_;
  std::map<app_index, std::deque<waiter>> lines_; // none is empty
  std::set<app_index> changed_;
  std::size_t count_ = 0;
};

} // namespace tidewire
