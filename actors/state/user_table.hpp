// The users of one reactor: who is signed in on which connection, and whom
// they watch. Pure: requests and records in, frames and records out.
#pragma once

#include "actors/state/subscriber.hpp"
#include "messages/channel_records.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tidewire {

/// The channel of a user (protocol.md, 6).
channel_key user_channel_key(app_index app, std::string_view user_id);

/// Keeps what only this reactor can know, and states it to the users' channels:
/// whether a user is signed in here and whether he is watched here. Remembers
/// what watchers were told, so that a channel that is restarted and says the
/// same again is not heard. Part of the routes; outlives the ROUTER.
class user_table {
public:
  using sender = std::function<void(directory_record)>;

  explicit user_table(sender send);
  user_table(const user_table&) = delete;
  user_table& operator=(const user_table&) = delete;
  ~user_table();

  /// Signs a connection in that is not, as that user. The state of the users in
  /// `watchlist` is told as one event when it is known, and then its changes;
  /// an id twice counts once, one that nobody can sign in with is offline.
  void sign_in(edge_id edge, subscriber& who, member as,
               const std::vector<std::string>& watchlist);

  /// The user who is signed in on a connection, or null.
  const member* user_of(const subscriber& who) const;

  /// Forgets a connection; nothing if it is not signed in.
  void leave(edge_id edge, const subscriber& who);

  void apply(const user_seen& record);

  /// Calls `on_terminated` of everybody who is signed in as that user.
  void apply(const end_sessions& record);

  /// What this reactor has to do with the user of that channel.
  user_stake stake_in(const channel_key& channel) const;

  /// The channels of all users of whom there is something to state.
  std::vector<channel_key> channels() const;

  std::size_t users() const noexcept { return users_.size(); }
  std::size_t sessions() const noexcept { return sessions_.size(); }

private:
  struct session;

  // Somebody who is signed in here, or watched from here.
  struct user {
    channel_key channel;
    std::vector<session*> signed_in;
    std::vector<session*> watchers;
    std::optional<bool> online; // as his channel last said, to the watchers

    user_stake stake() const noexcept {
      return {!signed_in.empty(), !watchers.empty()};
    }
  };

  user& find_or_make(channel_key channel);
  void watch(session& who, const std::vector<std::string>& watchlist);
  static void tell_all(session& s);
  static void tell_change(session& s, const user& about);
  /// Says to the channel what has changed, and drops a user without a stake.
  void state(edge_id edge, user& about, user_stake before);

  sender send_;
  std::unordered_map<channel_key, std::unique_ptr<user>, channel_key_hash>
      users_;
  std::unordered_map<std::uint64_t, std::unique_ptr<session>>
      sessions_; // by the socket's serial number
};

} // namespace tidewire
