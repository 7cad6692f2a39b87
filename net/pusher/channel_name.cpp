#include "net/pusher/channel_name.hpp"

#include "net/pusher/text.hpp"

#include <algorithm>

namespace tidewire::pusher {

namespace {

struct prefix {
  std::string_view text;
  channel_kind kind;
};

// A longer prefix stands before a shorter one that it begins with.
constexpr prefix prefixes[] = {
    {"private-encrypted-cache-", channel_kind::encrypted_cache},
    {"private-encrypted-", channel_kind::encrypted},
    {"private-cache-", channel_kind::private_cache},
    {"private-", channel_kind::private_},
    {"presence-cache-", channel_kind::presence_cache},
    {"presence-", channel_kind::presence},
    {"cache-", channel_kind::cache},
    {user_channel_prefix, channel_kind::user},
};

} // namespace

std::optional<channel_kind> classify(std::string_view name) noexcept {
  for (const auto& row : prefixes)
    if (name.starts_with(row.text))
      return row.kind;
  if (name.empty() || name.front() == '#')
    return std::nullopt;
  return channel_kind::public_;
}

std::string_view user_of_channel(std::string_view name) noexcept {
  if (!name.starts_with(user_channel_prefix))
    return {};
  return name.substr(user_channel_prefix.size());
}

std::optional<std::string> check_channel_name(std::string_view name,
                                              std::size_t max_length) {
  if (name.empty())
    return "Invalid channel name: it is empty";
  auto complain = [name](std::string_view what) {
    return "Invalid channel name " + in_quotes(name) + ": " + std::string{what};
  };
  auto rest = name;
  if (name.front() == '#') {
    if (!name.starts_with(user_channel_prefix))
      return complain("# is reserved for #server-to-user-{user id}");
    rest = user_of_channel(name);
    if (rest.empty())
      return complain("the user id is missing");
    max_length = max_user_id + user_channel_prefix.size();
  }
  if (name.size() > max_length)
    return complain("it has " + std::to_string(name.size())
                    + " characters, at most " + std::to_string(max_length)
                    + " are allowed");
  if (!std::all_of(rest.begin(), rest.end(), is_name_character))
    return complain("use only letters, digits and _-=@,.;");
  return std::nullopt;
}

} // namespace tidewire::pusher
