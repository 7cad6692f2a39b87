// Webhooks on their way: batches, order, retries. Pure: events, answers and the
// time in; what to send and what to write down out.
#pragma once

#include <cstdint>
#include <deque>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <variant>
#include <vector>

namespace tidewire {

/// One request. The id (X-Tidewire-Delivery) and the body stay the same however
/// often it is tried. Times are milliseconds since 1970.
struct webhook_delivery {
  std::string id;
  std::string app;
  std::string url;
  std::string stream; ///< one after the other: of a channel; empty: batches
  std::string body;
  std::int64_t created_ms = 0;
  std::int64_t next_ms = 0; ///< the next try
  std::uint32_t attempts = 0;
  std::vector<std::string> events = {}; ///< of a batch: their keys

  friend bool operator==(const webhook_delivery&,
                         const webhook_delivery&) = default;
};

/// An event that waits for its batch.
struct waiting_event {
  std::int64_t number = 0; ///< grows
  std::string app;
  std::string url;
  std::string event; ///< rendered
  std::int64_t since_ms = 0;
  std::string channel = {};

  friend bool operator==(const waiting_event&, const waiting_event&) = default;
};

/// What it is called among those of all nodes.
std::string key_of(const waiting_event& what);

// -- what to write down -------------------------------------------------------

struct put_delivery {
  webhook_delivery what;
};
struct retry_delivery {
  std::string id;
  std::uint32_t attempts;
  std::int64_t next_ms;
};
struct drop_delivery {
  std::string id;
};
/// It goes to the dead letters, where it may not have been before.
struct bury_delivery {
  webhook_delivery what;
  std::string reason;
  std::int64_t at_ms;
};
struct put_waiting {
  waiting_event what;
};
/// Its batch was put.
struct drop_waiting {
  std::int64_t number;
};
/// For announcements; `user` empty: the channel's occupancy.
struct remember_announced {
  std::string app;
  std::string channel;
  std::string user;
};
struct forget_announced {
  std::string app;
  std::string channel;
  std::string user;
};

using journal_entry = std::variant<put_delivery, retry_delivery, drop_delivery,
                                   bury_delivery, put_waiting, drop_waiting,
                                   remember_announced, forget_announced>;

// -- the queue ----------------------------------------------------------------

/// How one endpoint wants its events.
struct endpoint_rules {
  bool batch = false;
  std::int64_t batch_interval_ms = 1000;
  std::size_t batch_events = 100;
  std::size_t batch_bytes = std::size_t{64} * 1024;
};

/// Deliveries by endpoint. Requests about one channel, and batches, go to an
/// endpoint one after the other; different channels at the same time, up to a
/// bound. Every endpoint has its own queue and bound, so that a slow or dead
/// one delays nobody else. Belongs to WEBHOOKS.
class webhook_queue {
public:
  static constexpr std::int64_t never =
      std::numeric_limits<std::int64_t>::max();

  /// Failures in a row after which an endpoint is asked by one request at a
  /// time only, until it answers again.
  static constexpr std::uint32_t failing_threshold = 8;

  struct limits {
    std::int64_t retry_for_ms = 300'000;
    std::uint32_t connections = 4; ///< requests at one time, per endpoint
    std::size_t max_queue = 100'000;
  };

  struct effects {
    std::vector<journal_entry> journal;
    std::vector<webhook_delivery> send;
  };

  struct figures {
    std::uint64_t sent = 0;
    std::uint64_t failed = 0; ///< tries
    std::uint64_t dead = 0;
    std::uint64_t waiting = 0;
  };

  explicit webhook_queue(limits bounds);
  webhook_queue(const webhook_queue&) = delete;
  webhook_queue& operator=(const webhook_queue&) = delete;
  ~webhook_queue();

  /// What an earlier life had not delivered; oldest first.
  void restore(webhook_delivery what);
  void restore(waiting_event what, const endpoint_rules& rules);

  /// The id is the same wherever it is made, and another one for whatever
  /// differs.
  static std::string id_of(const std::string& app, const std::string& url,
                           const std::string& channel, std::string_view name,
                           std::string_view event, std::int64_t number);

  /// An event for an endpoint. `name` is that of its kind, `event` the object;
  /// without a number it is given one.
  void add(const std::string& app, const std::string& url,
           const endpoint_rules& rules, const std::string& channel,
           std::string_view name, std::string event, std::int64_t now_ms,
           effects& out, std::int64_t number = 0);

  /// The endpoint answered with 2xx.
  void delivered(const std::string& id, std::int64_t now_ms, effects& out);

  /// It did not, for that reason.
  void failed(const std::string& id, const std::string& reason,
              std::int64_t now_ms, effects& out);

  /// It is not to be tried again at all.
  void give_up(const std::string& id, const std::string& reason,
               std::int64_t now_ms, effects& out);

  /// Closes batches and starts requests that are due.
  void tick(std::int64_t now_ms, effects& out);

  /// When `tick` has something to do; `never` if nothing waits.
  std::int64_t next_due() const noexcept {
    return agenda_.empty() ? never : std::get<0>(*agenda_.begin());
  }

  std::size_t in_flight() const noexcept { return in_flight_.size(); }

  /// How many more an app may have waiting.
  std::size_t room(const std::string& app) const;

  /// By app id.
  std::map<std::string, figures> all_figures() const { return figures_; }

  /// A number that is greater than every one before, of this life and earlier
  /// ones: microseconds since 1970 where those come fast enough.
  std::int64_t next_number(std::int64_t now_ms);

  /// Everything that waits, for a journal that has to be written anew.
  std::vector<journal_entry> snapshot() const;

private:
  struct endpoint;
  using stream_key = std::tuple<std::int64_t, std::uint64_t, std::string>;

  endpoint& at(const std::string& app, const std::string& url);
  void push(endpoint& to, webhook_delivery what);
  void make_ready(endpoint& e, const std::string& stream);
  void close_batch(endpoint& e, std::int64_t now_ms, effects& out);
  void start_some(endpoint& e, std::int64_t now_ms, effects& out);
  void finish(const std::string& id, std::optional<std::string> reason,
              bool again, std::int64_t now_ms, effects& out);
  void bury(webhook_delivery what, const std::string& reason,
            std::int64_t now_ms, effects& out);
  void recovered(endpoint& e, std::int64_t now_ms);
  void reschedule(endpoint& e);
  bool window_over(const webhook_delivery& what, std::int64_t now_ms) const;

  limits limits_;
  std::unordered_map<std::string, std::unique_ptr<endpoint>> endpoints_;
  std::set<std::tuple<std::int64_t, endpoint*>> agenda_;
  std::unordered_map<std::string, std::pair<endpoint*, std::string>> in_flight_;
  std::map<std::string, figures> figures_; // by app
  std::int64_t last_number_ = 0;
  std::uint64_t turns_ = 0; // breaks ties: first come, first served
};

} // namespace tidewire
