// The network between hosts: what TCP does under loss, partitions and deaths.
#pragma once

#include "tests/sim/agenda.hpp"
#include "tests/sim/random.hpp"

#include <array>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tidewire::sim {

using host = std::uint32_t;
using process = std::uint32_t; ///< the number of a life, never given again
using link = std::uint32_t;    ///< the number of a TCP connection

inline constexpr host max_hosts = 8;
inline constexpr process nobody = UINT32_MAX;

enum class outcome : std::uint8_t {
  linked,   ///< `link_up` was told
  already,  ///< whoever answers there has a link with this process
  unwanted, ///< whoever answers there does not want one
  yourself, ///< it is this process that answers there
  refused,  ///< nothing listens there: the process is gone
  silent,   ///< no answer within two seconds
};

/// What the network tells. All of it reaches a stopped process when it goes on.
class network_user {
public:
  virtual void link_up(process who, link l, process peer, bool dialled) = 0;
  virtual void link_down(process who, link l, process peer) = 0;
  /// `met`: who answered, or nobody.
  virtual void dial_over(process who, host to, outcome how, process met) = 0;
  virtual void arrived(process who, link l, process from,
                       std::string bytes) = 0;
  /// Who listens on a host and answers; `stopped` if nobody can now.
  virtual process listening(host at, bool& stopped) const = 0;
  /// Whether `at` takes a link with `who`, who has proved who he is.
  virtual bool admits(process at, process who) = 0;
  virtual host host_of(process who) const = 0;
  virtual bool alive(process who) const = 0;

protected:
  ~network_user() = default;
};

/// Bytes of a link arrive in order and once, until it breaks; what was under
/// way then may be lost. Between hosts that cannot reach each other nothing
/// breaks: bytes wait, and are sent again some time after the path is mended.
/// Whoever sends on a link whose other end is gone is told so by a reset, if
/// that can reach him.
class network {
public:
  network(std::uint64_t seed, host hosts, instant round_trip, agenda& plans,
          network_user& user);

  // -- by processes -----------------------------------------------------------

  void dial(process from, host to, instant now);
  void send(process from, link l, std::string bytes, instant now);
  void close(process from, link l, instant now);
  /// Closes all that the process has, as its kernel does when it dies.
  void end(process who, instant now);

  // -- by fate ----------------------------------------------------------------

  /// One way.
  void block(host from, host to, bool blocked, instant now);
  bool open(host from, host to) const noexcept {
    return blocked_[from][to] == 0;
  }
  /// Since when nothing passes; `never` if something does.
  instant blocked_since(host from, host to) const noexcept {
    return open(from, to) ? never / 2 : since_[from][to];
  }
  /// Resets every link between the hosts.
  void reset(host a, host b, instant now);
  /// No packet takes longer, but where a path is slow.
  instant longest_trip() const noexcept {
    return (1 + queue_trips) * half_trip_ + 1;
  }

  void slow(host from, host to, instant delay) noexcept {
    slow_[from][to] = delay;
  }
  instant slowness(host from, host to) const noexcept {
    return slow_[from][to];
  }
  /// One trip now; for datagrams and clients.
  instant trip(host from, host to);

  /// When the last of what has come from one to the other was sent; before the
  /// beginning if nothing has.
  instant heard(process from, process by) const noexcept {
    auto at = heard_.find({from, by});
    return at == heard_.end() ? -never / 2 : at->second;
  }

  /// The one link that both hold, or no link.
  bool linked(process a, process b) const noexcept;

  void handle(const event& e);

  static constexpr instant dial_timeout = 2 * second;

private:
  struct packet {
    link on;
    std::uint8_t from; ///< 0 or 1: which end
    bool last;         ///< the end of the stream
    instant sent;
    std::string bytes;
  };

  struct connection {
    std::array<process, 2> ends;
    std::array<bool, 2> holds{true, true};
    std::array<instant, 2> last{0, 0}; ///< arrival of what end i sent last
    std::array<std::vector<std::uint32_t>, 2> held; ///< packets, by sender
    bool broken = false;
  };

  struct attempt {
    process from;
    host to;
    process met = nobody;
    instant began = 0;
    outcome how = outcome::silent;
    link made = 0;
  };

  std::uint32_t put(packet p);
  void launch(std::uint32_t p, instant now);
  void arrive(std::uint32_t p, instant now);
  void finish(connection& c, link l, std::uint8_t end, instant now);
  void drop(link l, std::uint8_t end);
  bool holds_one(process who, process with) const noexcept;
  void prove(std::uint32_t d, instant now);
  void conclude(std::uint32_t d, outcome how, instant at);
  std::uint8_t end_of(const connection& c, process who) const noexcept {
    return c.ends[0] == who ? 0 : 1;
  }
  host at(const connection& c, std::uint8_t end) const {
    return user_.host_of(c.ends[end]);
  }

  random chance_;
  host hosts_;
  /// Half trips that a packet may wait behind others.
  static constexpr instant queue_trips = 8;
  instant half_trip_;
  agenda& plans_;
  network_user& user_;
  std::array<std::array<std::uint8_t, max_hosts>, max_hosts> blocked_{};
  std::array<std::array<instant, max_hosts>, max_hosts> since_{}, slow_{};
  std::vector<connection> links_;
  std::vector<link> living_; ///< links that somebody holds
  std::vector<packet> packets_;
  std::vector<std::uint32_t> free_;
  std::vector<attempt> dials_;
  std::map<std::pair<process, process>, instant> heard_;
};

} // namespace tidewire::sim
