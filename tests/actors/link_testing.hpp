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

} // namespace tidewire::testing
