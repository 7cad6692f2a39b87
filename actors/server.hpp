// One node: reactors, actors and ports, from start to stop.
#pragma once

#include "config/load.hpp"
#include "config/settings.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace tidewire {

struct shard;
struct webhook_office;

/// `server.node`, or the host's name.
std::string name_of_node(const config::settings& settings);

/// What `tidewire serve` runs; tests run it in-process. Made, started and
/// stopped by one thread that is not a reactor.
class server {
public:
  /// Reads file, environment and flags once more.
  using load_again = std::function<config::load_result()>;

  /// Without `again` nothing can be reloaded. `told_to_drain` is what the
  /// command `drain` does, on a reactor: what SIGTERM does, where there is
  /// more to it than `drain()`.
  explicit server(config::settings settings, load_again again = {},
                  std::function<void()> told_to_drain = {});
  ~server();
  server(const server&) = delete;
  server& operator=(const server&) = delete;

  /// Opens data_dir, binds the ports and starts the reactors. Throws
  /// std::exception with a sentence that names the address that cannot be
  /// bound, or the folder that another server uses.
  void start();

  /// `server.node`, or the host's name.
  const std::string& name() const noexcept;

  /// The ports in use; what 0 in the settings became.
  std::uint16_t port() const noexcept;
  std::uint16_t admin_port() const noexcept;

  /// The port that takes TLS, which may be `port()`; 0 without TLS.
  std::uint16_t tls_port() const noexcept;

  /// Loads the configuration again and takes over what a running server can,
  /// the files of the certificate included: TLS handshakes that begin from then
  /// on use the new one. Returns at once; what came of it is logged. Any
  /// thread.
  void reload();

  /// How long a drain may take, as the configuration has it now. Any thread.
  std::chrono::milliseconds drain_duration() const noexcept;

  /// Stops accepting and closes all connections with 4200, spread over
  /// `drain.duration`. Returns at once.
  void drain();

  /// The cluster holds this life to be over (another has its name, or an
  /// operator gave it up): it drains as if it had been told to, within a
  /// second, for nobody counts its connections any more; then the process has
  /// to begin a new one. Any thread.
  bool life_is_over() const noexcept;

  /// No connection is left, not even one that says goodbye.
  bool drained() const noexcept;

  /// Ends everything and joins the reactors. Called by the destructor, too.
  void stop();

  std::size_t reactors() const noexcept;

  /// Runs `task` on the thread of a reactor and waits for it. For tests.
  void on_shard(std::size_t reactor, const std::function<void(shard&)>& task);

  /// Where WEBHOOKS works, once started. For tests.
  webhook_office& office() noexcept;

private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

} // namespace tidewire
