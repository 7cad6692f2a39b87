// A whole server in this process, and ways to hurt it.
#pragma once

#include "actors/server.hpp"
#include "actors/shard.hpp"
#include "tests/actors/support/http_client.hpp"
#include "tests/actors/support/temporary_folder.hpp"
#include "tests/actors/support/ws_client.hpp"

#include <caf/actor.hpp>

#include <poll.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace tidewire::testing {

/// Asks again and again until it is so, or patience ends.
template <class Fact>
bool eventually(Fact fact, std::chrono::milliseconds limit = patience) {
  auto deadline = std::chrono::steady_clock::now() + limit;
  while (!fact()) {
    if (std::chrono::steady_clock::now() > deadline)
      return false;
    ::poll(nullptr, 0, 1); // lets the others have the processor
  }
  return true;
}

/// How an actor is to end.
enum class death { exit, exception };

/// `GET /v1/gauge`.
struct gauge_view {
  std::uint64_t total = 0;
  std::int64_t drift = 0;
  bool exact = false;
};

using client_ptr = std::unique_ptr<ws_client>;

/// Ports are chosen by the kernel; one app, the demo app, but as `change` has
/// it. Its functions belong to the thread of the test.
class harness {
public:
  explicit harness(std::uint16_t reactors,
                   const std::function<void(config::settings&)>& change = {},
                   tidewire::server::load_again again = {});

  tidewire::server& server() noexcept { return server_; }
  std::uint32_t reactors() const noexcept { return reactors_; }

  client_ptr client(bool deflate = false);
  client_ptr client_on(std::size_t reactor, bool deflate = false);

  http_client& api() noexcept { return api_; }

  /// The admin port, with the token of data_dir.
  http_client& admin() noexcept { return admin_; }

  gauge_view gauge();

  /// Waits until the gauge says `total`, exactly and without drift.
  bool gauge_is(std::uint64_t total);

  /// The value of a metric, named with its labels as `/metrics` has it; -1 if
  /// there is none.
  double metric(std::string_view name);

  /// Runs on the reactor and returns what `task` does.
  template <class Task>
  auto on(std::size_t reactor, Task task) {
    decltype(task(std::declval<shard&>())) result{};
    server_.on_shard(reactor, [&](shard& s) { result = task(s); });
    return result;
  }

  static channel_key key(std::string_view channel) {
    return {0, std::string{channel}};
  }
  std::uint32_t owner(std::string_view channel) const;

  /// A channel with that prefix whose CHANNEL lives on that reactor.
  std::string channel_of(std::string_view prefix, std::uint32_t reactor) const;

  // -- handles ----------------------------------------------------------------

  caf::actor channel(std::string_view name);
  caf::actor router(std::uint32_t reactor);
  caf::actor directory(std::uint32_t reactor);
  caf::actor connection(socket_id id);
  caf::actor webhooks();

  // -- ends -------------------------------------------------------------------

  static void end(const caf::actor& who, death how);

  /// Each ends an actor and waits until its successor has taken over.
  void kill_channel(std::string_view name, death how = death::exit);
  void kill_router(std::uint32_t reactor, death how = death::exit);
  void kill_directory(std::uint32_t reactor, death how = death::exit);
  void kill_gauge(death how = death::exit);
  void kill_admin(death how = death::exit);
  void kill_registry(death how = death::exit);
  void kill_webhooks(death how = death::exit);

  /// Each waits until everybody knows another one than `old`.
  bool channel_replaced(std::string_view name, const caf::actor& old);
  bool router_replaced(std::uint32_t reactor, const caf::actor& old);
  bool directory_replaced(std::uint32_t reactor, const caf::actor& old);

private:
  temporary_folder folder_; // data_dir, unless the test has another
  config::settings settings_;
  std::uint32_t reactors_;
  tidewire::server server_;
  http_client api_;
  http_client admin_;
};

} // namespace tidewire::testing
