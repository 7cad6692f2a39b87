// Many clients that are opened at a rate and then held.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "bench/histogram.hpp"
#include "bench/ws_client.hpp"

namespace tidewire::bench {

/// What a pool is to open.
struct pool_plan {
  std::size_t clients = 0;
  /// The pool opens clients number `first`, `first + stride`, … of the run:
  /// that decides their channel and their source address.
  std::size_t first = 0;
  std::size_t stride = 1;
  /// Connections begun per second; 0 is as fast as the server answers.
  double rate = 0;
  /// At most so many are begun and not yet subscribed.
  std::size_t in_flight = 128;
  socket_address to;
  std::vector<socket_address> sources;
  /// One per channel, client i takes plan i mod the number of plans.
  std::vector<client_plan> plans;
  bool deflate = false; ///< the plans offer compression
};

/// What happened to the clients of a pool.
struct pool_figures {
  histogram subscribe_time; ///< connect begun → subscription_succeeded
  std::map<std::string, std::uint64_t> failures; ///< before being subscribed
  std::map<std::uint16_t, std::uint64_t> closes; ///< unexpected, by code
  std::map<std::string, std::uint64_t> errors;   ///< pusher:error and the like
  /// Pings in each second since the pool's epoch, of either kind.
  std::vector<std::uint32_t> pings;
  std::uint64_t activity_timeout = 0; ///< seconds, as the server announced
  nanos last_ready = 0;               ///< when the last client was subscribed

  void merge(const pool_figures& other);
};

/// Belongs to its loop's thread; only the atomics may be read by others.
class client_pool final : public client_listener {
public:
  /// Seconds of pings are counted from `epoch`.
  client_pool(loop& events, pool_plan plan, nanos epoch);

  /// Opens what is due. Returns when to be called again.
  nanos step(nanos at);

  /// Every client is subscribed or has failed.
  bool settled() const { return begun_ == plan_.clients && in_flight_ == 0; }

  /// Ends all: sends close frames, at most `in_flight` unanswered at a time.
  /// To be called until closed().
  nanos step_closing(nanos at);
  bool closed() const { return held_ == 0; }

  /// Ends what is left, without ceremony.
  void drop_all();

  client_context& context() { return context_; }
  const client_context& context() const { return context_; }
  std::vector<std::unique_ptr<ws_client>>& clients() { return clients_; }
  const pool_figures& figures() const { return figures_; }

  /// Subscribed at this moment, ever subscribed, failed or lost, pings seen.
  std::atomic<std::uint64_t> open_now{0};
  std::atomic<std::uint64_t> opened{0};
  std::atomic<std::uint64_t> failed{0};
  std::atomic<std::uint64_t> pinged_total{0};

  void established(ws_client&, std::string_view text) override;
  void ready(ws_client& client) override;
  void pinged(ws_client&) override;
  void error(ws_client& client, std::string_view text) override;
  void closed(ws_client& client, const close_cause& cause) override;

private:
  bool begin_next();
  void drop_overdue(nanos at);

  pool_plan plan_;
  client_context context_;
  nanos epoch_;
  nanos started_ = 0;
  std::vector<std::unique_ptr<ws_client>> clients_;
  pool_figures figures_;
  std::size_t begun_ = 0;
  std::size_t in_flight_ = 0;
  std::size_t held_ = 0; // clients that have a socket
  std::size_t close_next_ = 0;
  bool closing_ = false;
  nanos swept_ = 0;
};

/// How long a client may take to be subscribed, or to be closed.
constexpr nanos patience = 10 * a_second;

} // namespace tidewire::bench
