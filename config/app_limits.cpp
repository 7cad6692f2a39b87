#include "config/app_limits.hpp"

namespace tidewire::config {

limit_settings limits_of(const limit_settings& everybody,
                         const app_limits& its_own) {
  auto out = everybody;
  auto put = [](auto& into, auto value) {
    if (value != 0)
      into = value;
  };
  put(out.max_message, its_own.max_message);
  put(out.channel_name, its_own.channel_name);
  put(out.event_name, its_own.event_name);
  put(out.event_data, its_own.event_data);
  put(out.channels_per_event, its_own.channels_per_event);
  put(out.events_per_batch, its_own.events_per_batch);
  put(out.presence_members, its_own.presence_members);
  put(out.presence_user, its_own.presence_user);
  put(out.presence_user_id, its_own.presence_user_id);
  put(out.subscriptions_per_connection, its_own.subscriptions_per_connection);
  return out;
}

} // namespace tidewire::config
