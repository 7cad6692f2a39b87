// Nodes of a cluster in this process: each an actor system of its own with its
// links, and a book of what its NODE and its receivers are told.
#pragma once

#include "actors/link_config.hpp"
#include "actors/links.hpp"
#include "tests/catch.hpp"

#include <caf/actor.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tidewire::testing {

/// What a node was told, in order. Any thread.
struct told {
  std::vector<link_line_ptr> up;
  std::vector<unlinked> down;
  std::vector<dialled> dials;
  std::vector<turned_away> refusals;
  std::vector<link_record> records;
  std::size_t rooms = 0;
};

/// Asks again and again until it is so, or 10 s are over.
bool soon(const std::function<bool()>& fact,
          std::chrono::milliseconds limit = std::chrono::seconds{10});

/// Lets time go by, where time itself is what is tested.
void let_pass(std::chrono::microseconds time);

/// A record as it is ordered.
link_order order(cluster::record_kind kind, std::string bytes,
                 std::uint64_t slot = 0);

/// Settings of a node on any free port of the loopback interface.
config::cluster_settings on_loopback(const std::string& secret = "tide");

class link_node {
public:
  explicit link_node(std::string name,
                     config::cluster_settings settings = on_loopback(),
                     std::uint64_t incarnation = 0);
  ~link_node();
  link_node(const link_node&) = delete;
  link_node& operator=(const link_node&) = delete;

  std::string address() const;
  links& work() noexcept { return *links_; }
  const cluster::life& life() const noexcept { return me_; }
  caf::actor_system& system() noexcept { return system_; }
  const caf::actor& node() const noexcept { return node_; }

  /// Of what it was told so far.
  template <class F>
  auto see(F look) const {
    std::lock_guard lock{book_->guard};
    return look(book_->all);
  }

  std::size_t ups() const;
  std::size_t downs() const;
  std::size_t records() const;
  /// The line to that node that came up last; null if it has gone since.
  link_line_ptr line(const std::string& node) const;
  /// Lines that stand.
  std::size_t lines() const;

  /// How many peers CAF's broker remembers for ever.
  std::size_t spawn_servers();

  /// Dials and waits for what becomes of it.
  dialled dial(const std::string& where);

  /// `leave` and `join`; how long they took.
  std::chrono::milliseconds stop();

private:
  struct book {
    mutable std::mutex guard;
    told all;
    std::vector<link_line_ptr> standing;
  };
  struct system_settings : caf::actor_system_config {
    system_settings();
  };

  cluster::life me_;
  std::shared_ptr<book> book_;
  system_settings config_;
  caf::actor_system system_;
  caf::actor node_;
  std::unique_ptr<links> links_;
  bool stopped_ = false;
};

/// `a` dials `b`, until both know of one link.
void join(link_node& a, link_node& b);

/// A plain TCP connection to a port of the loopback interface, or a listener
/// there; closed with it.
class bare_socket {
public:
  static bare_socket connect(std::uint16_t port);
  /// Nobody ever accepts; the backlog holds `room` connections at most.
  static bare_socket listen(int room);
  bare_socket(bare_socket&& other) noexcept;
  ~bare_socket();

  std::uint16_t port() const;
  void send(std::string_view bytes) const;
  /// What comes until the other side closes, or the time is over.
  std::string read_all(std::chrono::milliseconds limit = std::chrono::seconds{
                           10}) const;
  int descriptor() const noexcept { return descriptor_; }

private:
  explicit bare_socket(int descriptor) noexcept : descriptor_(descriptor) {}
  int descriptor_;
};

/// A node called "peer" in a process of its own, that dials `where` and then
/// goes on living. Killed with this.
class peer_process {
public:
  explicit peer_process(const std::string& where, const char* lost = "60000");
  ~peer_process();
  peer_process(const peer_process&) = delete;
  peer_process& operator=(const peer_process&) = delete;

  void signal(int what) const;

private:
  int id_ = -1;
};

/// Bytes of memory that this process holds; under ASan, which keeps what is
/// freed, those it has not freed.
std::size_t memory_now();

} // namespace tidewire::testing
