// The routes of one reactor: channel → local subscribers. Pure: requests and
// records in, frames and records out; no socket, no clock, no actor.
#pragma once

#include "actors/state/deflate_audience.hpp"
#include "actors/state/subscriber.hpp"
#include "messages/channel_records.hpp"
#include "net/pusher/channel_name.hpp"

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace tidewire {

/// A channel as one edge knows it.
struct route {
  struct place {
    subscriber* who;
    std::uint32_t index; ///< of the subscription in the subscriber's list
  };

  struct wish {
    subscriber* who; ///< null once it was withdrawn
    socket_id id;
  };

  explicit route(channel_key k) : key(std::move(k)) {}

  channel_key key;
  pusher::channel_kind kind = pusher::channel_kind::public_;
  bool counted = false; ///< the app counts subscriptions
  bool known = false;   ///< plain: the channel knows this edge
  std::vector<place> attached;
  std::uint32_t packers = 0; ///< of them, those that negotiated compression
  std::deque<wish> wishes;   ///< oldest first, as answers come
  std::vector<member> shown; ///< presence: what subscribers were told
  /// presence: who stands behind each of our subscribers
  std::unordered_map<std::uint64_t, member> users;
};

/// Belongs to a reactor and outlives its ROUTER: a restarted ROUTER adopts it.
class router_state {
public:
  /// Where records for channels go.
  using sender = std::function<void(directory_record)>;

  /// `audience` is told for which channels to compress, if anybody cares.
  router_state(edge_id edge, sender send, deflate_audience* audience = nullptr)
      : edge_(edge), send_(std::move(send)), audience_(audience) {}
  router_state(const router_state&) = delete;
  router_state& operator=(const router_state&) = delete;

  // -- asked by connections ---------------------------------------------------

  /// Whether `who` is subscribed to, or waits for, a channel.
  bool subscribed(const subscriber& who, std::string_view channel) const;

  /// Whether it is subscribed and has been told so.
  bool attached(const subscriber& who, std::string_view channel) const;

  /// Notes the wish and asks the channel, or attaches at once when the channel
  /// knows this edge. `user` for presence channels. The caller has checked
  /// name, signature and that `who` is not subscribed.
  void wish(subscriber& who, std::string_view channel,
            pusher::channel_kind kind, bool counted,
            std::optional<member> user);

  /// Ends one subscription; false if there is none.
  bool leave(subscriber& who, std::string_view channel);

  /// Ends all of them.
  void leave_all(subscriber& who);

  /// The user id of a subscriber of a presence channel, or null.
  const std::string* user_of(const subscriber& who,
                             std::string_view channel) const;

  // -- told by channels -------------------------------------------------------

  void apply(const deliver_event& record);
  void apply(const joined_channel& record);
  void apply(const refused_join& record);
  void apply(const changed_members& record);
  void apply(const restate_channel& record);

  // -- after a restart --------------------------------------------------------

  /// A restarted ROUTER is a new edge: from now on it speaks as `edge`, and
  /// tells every channel everything.
  void adopt(edge_id edge);

  /// Tells every channel for which `concerned` holds everything.
  void restate(const std::function<bool(const channel_key&)>& concerned);

  edge_id edge() const noexcept { return edge_; }
  std::size_t routes() const noexcept { return routes_.size(); }

private:
  using table =
      std::unordered_map<channel_key, std::unique_ptr<route>, channel_key_hash>;

  static subscription* find(subscriber& who, std::string_view channel);
  static const subscription* find(const subscriber& who,
                                  std::string_view channel);
  route* find_route(const channel_key& key);
  void attach(route& to, subscriber& who);
  void detach(route& from, const subscription& what);
  void end(subscriber& who, std::uint32_t index);
  static void forget(subscriber& who, std::uint32_t index);
  void drop_if_unused(route& r);
  void succeed(route& r, subscriber& who);
  void announce(route& r, const std::string& text);
  void restate(route& r);
  void decline(const joined_channel& record);
  void count(route& r);

  edge_id edge_;
  sender send_;
  deflate_audience* audience_;
  table routes_;
};

/// A text frame that a server sends.
frame_ptr text_frame(std::string_view text, std::int64_t accepted_ns = 0);

} // namespace tidewire
