/// Who a user is: `channel_data` of presence channels and `user_data` of
/// sign-ins (protocol.md §5.5, §6, §17). Pure; callable from any thread.
#pragma once

#include "config/settings.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tidewire::pusher {

/// A sentence for the client that says what to fix.
struct data_error {
  std::string message;
};

struct presence_member {
  std::string user_id; ///< Numbers became strings: `10` and `"10"` are one.
  /// Compact JSON text, numbers as they were sent; empty if absent or null.
  std::string user_info_json;
};

/// Reads the signed `channel_data`. The user object, as members are going to
/// see it, is bounded by `presence_user`, the id by `presence_user_id`.
std::variant<presence_member, data_error>
parse_presence_member(std::string_view channel_data,
                      const config::limit_settings& limits);

/// The most ids a watchlist keeps (§14).
inline constexpr std::size_t max_watchlist = 100;

struct signin_user {
  std::string id;
  std::string user_info_json; ///< As in presence_member.
  std::vector<std::string> watchlist;
  bool watchlist_cut = false; ///< More than max_watchlist: an error 4302.
};

/// Reads the signed `user_data` of a sign-in. The id must be a string, as
/// pusher-js takes nothing else.
std::variant<signin_user, data_error>
parse_signin_user(std::string_view user_data);

/// The member that a signed-in user is on a presence channel when its
/// subscription carries no `channel_data`; the same limits hold.
std::variant<presence_member, data_error>
member_of_signin(const signin_user& user, const config::limit_settings& limits);

} // namespace tidewire::pusher
