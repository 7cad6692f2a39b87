#include "net/pusher/presence.hpp"

#include "net/pusher/channel_name.hpp"
#include "net/pusher/json_fields.hpp"
#include "net/pusher/server_event.hpp"
#include "net/pusher/text.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace tidewire::pusher {

namespace {

std::variant<presence_member, data_error>
checked(presence_member member, const config::limit_settings& limits) {
  if (count_characters(member.user_id) > limits.presence_user_id)
    return data_error{"user_id has more than "
                      + std::to_string(limits.presence_user_id)
                      + " characters"};
  // Measured as other members are shown it, so that it makes no difference
  // whether it came with a subscription or from a sign-in.
  std::string shown = R"({"user_id":)";
  append_json_string(shown, member.user_id);
  shown += R"(,"user_info":)";
  shown += member.user_info_json.empty() ? "null" : member.user_info_json;
  shown += '}';
  if (shown.size() > limits.presence_user)
    return data_error{"The user object has " + std::to_string(shown.size())
                      + " bytes, at most "
                      + std::to_string(limits.presence_user)
                      + " are allowed; put less into user_info"};
  return member;
}

std::string info_text(json_field& field) {
  if (field.kind == json_kind::string) {
    std::string result;
    append_json_string(result, field.text);
    return result;
  }
  return field.kind == json_kind::null ? std::string{} : std::move(field.text);
}

} // namespace

std::variant<presence_member, data_error>
parse_presence_member(std::string_view channel_data,
                      const config::limit_settings& limits) {
  std::array fields{json_field{"user_id"}, json_field{"user_info"}};
  auto& [user_id, user_info] = fields;
  if (auto wrong = read_fields(channel_data, fields))
    return data_error{"channel_data is " + *wrong};
  if (user_id.kind == json_kind::absent)
    return data_error{"channel_data has no user_id"};
  if (user_id.kind != json_kind::string && user_id.kind != json_kind::number)
    return data_error{"user_id must be a string or a number"};
  if (user_id.text.empty())
    return data_error{"user_id must not be empty"};
  return checked({std::move(user_id.text), info_text(user_info)}, limits);
}

std::variant<signin_user, data_error>
parse_signin_user(std::string_view user_data) {
  std::array fields{json_field{"id"}, json_field{"user_info"},
                    json_field{"watchlist"}};
  auto& [id, user_info, watchlist] = fields;
  if (auto wrong = read_fields(user_data, fields))
    return data_error{"user_data is " + *wrong};
  if (id.kind != json_kind::string || id.text.empty())
    return data_error{"user_data must have an id that is a non-empty string"};
  if (id.text.size() > max_user_id)
    return data_error{"The id of user_data has more than "
                      + std::to_string(max_user_id) + " characters"};
  if (!std::all_of(id.text.begin(), id.text.end(), is_name_character))
    return data_error{"The id of user_data may have only letters, digits and "
                      "_-=@,.;"};
  if (user_info.kind != json_kind::absent && user_info.kind != json_kind::null
      && user_info.kind != json_kind::object)
    return data_error{"The user_info of user_data must be an object"};
  signin_user user{std::move(id.text), info_text(user_info), {}, false};
  if (watchlist.kind == json_kind::absent || watchlist.kind == json_kind::null)
    return user;
  auto ids = read_strings(watchlist.text);
  if (!ids)
    return data_error{"The watchlist of user_data must be an array of strings"};
  user.watchlist_cut = ids->size() > max_watchlist;
  if (user.watchlist_cut)
    ids->resize(max_watchlist);
  user.watchlist = *std::move(ids);
  return user;
}

std::variant<presence_member, data_error>
member_of_signin(const signin_user& user,
                 const config::limit_settings& limits) {
  return checked({user.id, user.user_info_json}, limits);
}

} // namespace tidewire::pusher
