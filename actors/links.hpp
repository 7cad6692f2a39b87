// All links of a node: the thread on which they live, the port, the dialling.
#pragma once

#include "actors/link_line.hpp"
#include "actors/link_messages.hpp"
#include "config/cluster_settings.hpp"

#include <caf/actor.hpp>
#include <caf/actor_system.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace tidewire {

/// Takes records of a range of kinds. Called on the links' thread; must not
/// block, and passes on what it is given: to a reactor by `post`, to an actor
/// by a message.
using link_receiver = std::function<void(link_record&&)>;

/// Hears of lines, in step with the records: `up` before the first record of a
/// line, `down` after its last one. Called on the links' thread.
struct link_watcher {
  std::function<void(const link_line_ptr&)> up;
  std::function<void(const link_line_ptr&, const std::string& why)> down;
  /// There is room on a line that had none: `may_send` is true again.
  std::function<void(const link_line_ptr&)> room;
};

/// What this node says of itself to others.
struct link_identity {
  cluster::life me;
  std::uint32_t stay = 1;
  std::uint16_t reactors = 1;
};

/// The office of LINKs: a thread of its own, so that neither the data plane
/// nor the scheduler's few threads wait for a handshake or carry its bytes.
/// Exists only if `[cluster]` is configured. One of it in a process: CAF's
/// middleman is told to be `listen`'s only door. Everything may be called by
/// any thread unless it says otherwise.
///
/// Order of life: made; `watch`, `receive`, `node_is`, all by one thread;
/// `open`; `start`; and at the end `leave`, then `join`, which do nothing if it
/// was not started.
class links {
public:
  /// The system has CAF's middleman (link_config.hpp).
  links(caf::actor_system& system, std::uint32_t index,
        const config::cluster_settings& settings, link_identity who);
  ~links();
  links(const links&) = delete;
  links& operator=(const links&) = delete;

  // -- before `start` ---------------------------------------------------------

  void watch(link_watcher who);
  void receive(cluster::kind_range what, const link_receiver& who);

  /// Opens the port; throws std::runtime_error with a sentence if it is taken.
  void open();
  void start();

  // -- any time ---------------------------------------------------------------

  /// From now on this NODE is told `linked`, `unlinked`, `dialled` and
  /// `turned_away`. A NODE that takes over is told of all lines first.
  void node_is(caf::actor who);

  /// The stay that newcomers are told.
  void stay_is(std::uint32_t stay);

  /// Dials `host:port` once, 2 s at most; NODE is told `dialled`. A black hole
  /// holds up nobody else. Dials of one address at the same time are one.
  void dial(std::string address);

  /// To a life, if it is linked, or to all that are. For NODE and GAUGE; a
  /// reactor sends by the line itself.
  void send(cluster::life to, link_order what);
  void send_all(link_order what);

  /// Ends the link with that life, if there is one. NODE is told `unlinked`.
  void cut(cluster::life who, std::string why);

  /// Refuses that life from now on with that sentence; an empty one ends it.
  void refuse(cluster::life who, std::string sentence);

  /// Reads the files of `[cluster.tls]` again, which blocks: handshakes from
  /// then on use them, and links that stand keep what they have. A sentence if
  /// they cannot be used; then nothing changes.
  std::string renew_certificate();

  /// The port that is open, for tests and logs; 0 before `open`.
  std::uint16_t port() const noexcept;

  // -- the end ----------------------------------------------------------------

  /// Closes the port, gives up dials, lets what was sent go out for at most
  /// `patience_ns`, ends all links. Blocks; after it NODE hears nothing more.
  void leave(std::int64_t patience_ns);

  /// Ends the thread.
  void join();

private:
  struct office;
  std::unique_ptr<office> office_;
};

} // namespace tidewire
