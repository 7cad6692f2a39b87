// The routes of one reactor: channel → local subscribers. Pure: requests and
// records in, frames and records out; no socket, no clock, no actor.
#pragma once

#include "actors/state/deflate_audience.hpp"
#include "actors/state/subscriber.hpp"
#include "actors/state/user_table.hpp"
#include "messages/channel_records.hpp"

#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace tidewire {

/// How edges deal with a channel; its behaviour says so (channel_factory).
struct channel_manner {
  bool members = false; ///< subscribers are users who see each other
  bool each = false; ///< every wish is put to the CHANNEL, not only the first
  bool counted = false; ///< the CHANNEL is told how many subscribers there are
};

/// A channel as one edge knows it.
struct route {
  struct place {
    subscriber* who;
    std::uint32_t index; ///< of the subscription in the subscriber's list
  };

  struct wish {
    subscriber* who;
    std::uint64_t number;
  };

  // Who stands behind a subscriber, and the wish he came with.
  struct guest {
    member user;
    std::uint64_t wish;
  };

  route(channel_key k, channel_manner m) : key(std::move(k)), manner(m) {}

  bool asks_each() const noexcept { return manner.members || manner.each; }

  channel_key key;
  channel_manner manner;
  bool known = false;      ///< the CHANNEL has answered and knows this edge
  std::uint64_t asked = 0; ///< the last wish that was put to the CHANNEL
  std::vector<place> attached;
  std::uint32_t packers = 0; ///< of them, those that negotiated compression
  std::vector<wish> wishes;  ///< oldest first, as answers come
  std::vector<member> shown; ///< members: what subscribers were told
  /// members: by the serial number of the socket
  std::unordered_map<std::uint64_t, guest> users;
};

/// Belongs to a reactor and outlives its ROUTER: a restarted ROUTER adopts it.
class router_state {
public:
  /// Where records for channels go.
  using sender = std::function<void(directory_record)>;

  /// `audience` is told for which channels to compress, if anybody cares.
  router_state(edge_id edge, sender send, deflate_audience* audience = nullptr)
      : edge_(edge),
        send_(send),
        audience_(audience),
        users_(std::move(send)) {}
  router_state(const router_state&) = delete;
  router_state& operator=(const router_state&) = delete;

  // -- asked by connections ---------------------------------------------------

  /// Whether `who` is subscribed to, or waits for, a channel.
  bool subscribed(const subscriber& who, std::string_view channel) const;

  /// Whether it is subscribed and has been told so.
  bool attached(const subscriber& who, std::string_view channel) const;

  /// Notes the wish and asks the channel, or attaches at once when the channel
  /// knows this edge and need not be asked for each. `user` for channels with
  /// members. The caller has checked name, signature and that `who` is not
  /// subscribed.
  void wish(subscriber& who, std::string_view channel, channel_manner manner,
            std::optional<member> user = {});

  /// Ends one subscription; false if there is none.
  bool leave(subscriber& who, std::string_view channel);

  /// Ends all of them, and signs it out.
  void leave_all(subscriber& who);

  /// Signs it in; see `user_table`.
  void sign_in(subscriber& who, member user,
               const std::vector<std::string>& watchlist) {
    users_.sign_in(edge_, who, std::move(user), watchlist);
  }

  /// The user who is signed in on a connection, or null.
  const member* signed_in(const subscriber& who) const {
    return users_.user_of(who);
  }

  /// The user id of a subscriber of a presence channel, or null.
  const std::string* user_of(const subscriber& who,
                             std::string_view channel) const;

  // -- told by channels -------------------------------------------------------

  void apply(const deliver_event& record);
  void apply(const joined_channel& record);
  void apply(const refused_join& record);
  void apply(const changed_members& record);
  void apply(const user_seen& record) { users_.apply(record); }
  void apply(const end_sessions& record) { users_.apply(record); }
  void apply(const restate_channel& record);
  void apply(const state_everything&) {} ///< its ROUTER does that

  // -- after a restart --------------------------------------------------------

  /// A restarted ROUTER is a new edge: from now on it speaks as `edge`, and
  /// tells every channel everything.
  void adopt(edge_id edge);

  /// Tells every channel for which `concerned` holds everything.
  void restate(const std::function<bool(const channel_key&)>& concerned);

  /// Where a visit of the routes has come to.
  struct cursor {
    std::size_t bucket = 0;
    std::size_t buckets = 0; ///< when it began
  };

  /// Shows some routes, about as many as `most` at the most; false when all
  /// have been shown. A table that grew in between is begun again, so one may
  /// be shown twice; one that is there all the time is never left out.
  bool visit(cursor& at, std::size_t most,
             const std::function<void(const route&)>& show) const;

  edge_id edge() const noexcept { return edge_; }
  std::size_t routes() const noexcept { return routes_.size(); }
  const user_table& users() const noexcept { return users_; }

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
  void succeed(route& r, subscriber& who,
               const std::vector<frame_ptr>& greeting = {});
  void join(route& r, const route::wish& w);
  void announce(route& r, const std::string& text);
  void restate(route& r, std::uint64_t round);
  void count(route& r);

  edge_id edge_;
  sender send_;
  deflate_audience* audience_;
  table routes_;
  user_table users_;
  std::uint64_t last_wish_ = 0;
};

/// A text frame that a server sends.
frame_ptr text_frame(std::string_view text, std::int64_t accepted_ns = 0);

} // namespace tidewire
