// A call on its way to an answer, and what its handler may ask.
#pragma once

#include "actors/app_requests.hpp"
#include "actors/commands/call.hpp"
#include "actors/commands/worker.hpp"
#include "actors/reload_record.hpp"
#include "config/settings.hpp"
#include "messages/reading.hpp"

#include <caf/actor.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tidewire {
struct shard;
}

namespace tidewire::commands {

/// What there is to ask. Made by the server before its reactors start, not
/// changed afterwards, and there until they have ended.
struct desk {
  std::string version;
  std::string node;            ///< its name
  std::string data_dir;        ///< as the server opened it
  std::string ledger_file;     ///< in it; empty if there is no ledger
  std::int64_t started_ms = 0; ///< Unix time
  /// Bytes of its own memory that the process had before its first client; 0 if
  /// the machine does not say.
  std::uint64_t memory_at_start = 0;

  struct port {
    std::string what; ///< `ws`, `wss`, `admin`
    std::string host;
    std::uint16_t number;
  };
  std::vector<port> ports;
  std::string socket; ///< the path of the admin socket; empty: there is none

  /// By reactor. What is in them belongs to their threads (`on_reactor`); that
  /// of the ADMIN, where handlers run, is the first.
  std::vector<shard*> shards;

  /// What came of the last reload. Any thread.
  std::function<reload_record::entry()> last_reload;

  /// Starts the drain of the node, as SIGTERM does. Any thread.
  std::function<void()> drain;

  std::unique_ptr<worker> hands = std::make_unique<worker>();
};

/// Shared by whoever works on the answer. The first answer counts; if the last
/// copy goes without one, whoever asked is told to ask again. Copies may be
/// used and dropped on any thread.
class request {
public:
  /// Whoever is told, once; any thread.
  using taker = std::function<void(answer)>;

  /// How far it is; any thread, and as often as one likes.
  using watcher = std::function<void(std::uint64_t done, std::uint64_t of,
                                     std::string_view noun)>;

  /// `admin` is asked on behalf of it; invalid in tests of what asks nobody.
  request(call what, const desk& at, caf::actor admin, taker then,
          watcher progress = {});

  const call& arguments() const noexcept;
  const desk& at() const noexcept;

  /// Unix time, in milliseconds, when it came.
  std::int64_t came_ms() const noexcept;

  void reply(answer with) const;

  /// Shown by whoever waits, if they asked for it: `1,200 of 10,000 apps`.
  void progress(std::uint64_t done, std::uint64_t of,
                std::string_view noun) const;

  /// Whether the server stops: long work ends then, whatever it answers.
  bool cancelled() const noexcept;

  /// Runs `job` on a thread that may take long and wait for the disk; what it
  /// returns is the answer, and what it throws a failed one.
  void work(std::function<answer(const request&)> job) const;

  /// Asks the GAUGE; `then` runs on the reactor of the ADMIN, or never.
  void ask_gauge(std::function<void(const gauge_reading&)> then) const;

  /// Asks the REGISTRY, in the words of its HTTP API; likewise.
  void ask_registry(admin_call what,
                    std::function<void(const admin_answer&)> then) const;

  /// Runs `task` on the thread of a reactor, between two of its handlers. It
  /// has to be short (a fraction of a millisecond): connections wait for it.
  void on_reactor(std::size_t reactor, std::function<void(shard&)> task) const;

  /// The settings in force, and the apps they name. Only in a handler, or in
  /// what runs on the reactor of the ADMIN.
  const config::settings& settings() const;

private:
  struct state;
  std::shared_ptr<state> it_;
};

} // namespace tidewire::commands
