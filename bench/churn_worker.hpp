// The thread that opens and closes connections at random.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <queue>
#include <random>
#include <string>
#include <vector>

#include "bench/churn_record.hpp"
#include "bench/crew.hpp"
#include "bench/modes.hpp"
#include "bench/ws_client.hpp"

namespace tidewire::bench {

/// How a connection is meant to begin.
enum class opening_kind : std::uint8_t {
  regular,   ///< stays until it is closed
  half,      ///< sends a part of the upgrade request and goes away
  abandoned, ///< sends all of it and goes away without waiting
  unknown,   ///< uses a key that no app has
};

/// How an open one is ended.
enum class closing_kind : std::uint8_t {
  normal,        ///< close frame 1000, then the server ends it
  reconnect,     ///< close frame 4200, as a client may send any code
  twice,         ///< two close frames
  frame_and_rst, ///< a close frame and a reset behind it
  fin,           ///< a FIN without a close frame
  rst,           ///< a reset
};

/// In the stage publishing it churns, in holding it comes to rest, in closing
/// it closes what is open.
class churn_worker final : public worker, private client_listener {
public:
  churn_worker(const run_settings& settings, const churn_options& options);

  /// Nothing is under way, and nothing will be until the stage changes.
  bool resting() const { return resting_.load(std::memory_order_acquire); }

  churn_record record;

  /// For the progress line.
  std::atomic<std::uint64_t> open_now{0};
  std::atomic<std::uint64_t> begun{0};

  /// To be read when the thread has ended.
  std::uint64_t opened = 0;
  std::map<std::string, std::uint64_t> ended;     ///< by us, by how
  std::map<std::string, std::uint64_t> surprises; ///< not as it should be

private:
  struct slot {
    std::unique_ptr<ws_client> client;
    opening_kind kind = opening_kind::regular;
    std::uint64_t id = 0;
    bool open = false;         // counted by the record
    std::size_t place = 0;     // in open_
    std::string_view how = {}; // we ended it
    nanos due = 0;             // until when it waits for an answer
  };

  // When to look after a connection, which may be gone by then.
  struct date {
    nanos due = 0;
    std::size_t slot = 0;
    std::uint64_t id = 0;
    friend bool operator>(const date& a, const date& b) {
      return a.due > b.due;
    }
  };

  nanos step(stage current, nanos at) override;
  void open_one(nanos at);
  void close_random(nanos at);
  void close_one(slot& which, closing_kind how, nanos at);
  void keep_dates(nanos at);
  void leave_open(slot& which, std::string_view how);
  void walk_away(slot& which);
  void never_opened(const slot& which);
  void settle(slot& which);

  void established(ws_client& client, std::string_view text) override;
  void error(ws_client& client, std::string_view text) override;
  void closed(ws_client& client, const close_cause& cause) override;

  const run_settings& settings_;
  const churn_options& options_;
  client_context context_;
  client_plan regular_;
  client_plan half_;
  client_plan unknown_;
  std::mt19937_64 random_;
  std::vector<slot> slots_;
  std::vector<std::size_t> free_;
  std::vector<std::size_t> open_; // slots that the record counts as open
  std::priority_queue<date, std::vector<date>, std::greater<>> dates_;
  std::size_t busy_ = 0; // slots with a socket
  nanos started_ = 0;    // of the present stretch of churning
  std::uint64_t done_ = 0;
  std::uint64_t next_id_ = 1;
  std::atomic<bool> resting_{false};
};

} // namespace tidewire::bench
