// A keep-alive HTTP connection that publishes events.
#pragma once

#include <cstdint>
#include <string>

#include "bench/loop.hpp"
#include "bench/publish_request.hpp"
#include "bench/target.hpp"

namespace tidewire::bench {

/// What has become of the events of a publisher.
struct publish_figures {
  std::uint64_t sent = 0;
  std::uint64_t accepted = 0;
  std::uint64_t refused = 0;    ///< answered with something else than 200
  std::uint64_t unanswered = 0; ///< the connection ended first
  std::string first_refusal;    ///< status and body of the first, for people
};

/// Publishes over one connection, pipelining as many requests as it is given.
/// Belongs to its loop's thread.
class http_publisher final : public io_handler {
public:
  /// `number` tells publishers apart in stamps; times in them count from
  /// `epoch`.
  http_publisher(loop& events, const socket_address& to,
                 publish_request request, std::uint8_t number, nanos epoch);
  ~http_publisher() override;
  http_publisher(const http_publisher&) = delete;
  http_publisher& operator=(const http_publisher&) = delete;

  /// Connects, also again after the server has closed. False, with errno, if
  /// there is no socket to be had. Not to be called while the loop dispatches.
  bool open();

  bool is_open() const { return fd_ >= 0; }

  /// Queues one event that was due at `due`; flush() sends what is queued.
  void publish(nanos due, std::time_t unix_time);

  /// Sends as much as the socket takes; the rest follows when it takes more.
  void flush();

  /// Events queued or sent and not answered.
  std::uint64_t outstanding() const {
    return figures_.sent - figures_.accepted - figures_.refused
           - figures_.unanswered;
  }

  const publish_figures& figures() const { return figures_; }

  void on_ready(std::uint32_t events) override;

private:
  void receive();
  void take_answers();
  void fail(const std::string& why);

  loop& events_;
  socket_address to_;
  publish_request request_;
  nanos epoch_;
  std::uint8_t number_;
  std::uint32_t sequence_ = 0;
  int fd_ = -1;
  std::string out_;
  std::string in_;
  publish_figures figures_;
};

} // namespace tidewire::bench
