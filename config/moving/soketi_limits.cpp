// soketi's limits where nobody says anything, and room for what they allow.
#include "config/moving/soketi_apps.hpp"
#include "config/schema.hpp"
#include "config/units.hpp"

#include <algorithm>

namespace tidewire::config::moving {

namespace {

/// The greatest of a size for everybody and for single apps.
bytes greatest(const translator& to, std::string_view key, std::size_t apps,
               bytes otherwise) {
  const auto size_of = [&](const std::string& of, bytes if_unset) {
    const auto* value = to.value_of(of);
    return value == nullptr ? if_unset
                            : parse_size(value->text).value_or(if_unset);
  };
  auto result = size_of(std::string(key), otherwise);
  for (std::size_t i = 0; i < apps; ++i)
    result = std::max(
        result,
        size_of("apps[" + std::to_string(i) + "]." + std::string(key), 0));
  return result;
}

std::uint64_t greatest_count(const translator& to, std::string_view key,
                             std::size_t apps, std::uint64_t otherwise) {
  auto result = otherwise;
  const auto* all = to.value_of(key);
  if (all != nullptr && all->number > 0)
    result = static_cast<std::uint64_t>(all->number);
  for (std::size_t i = 0; i < apps; ++i) {
    const auto* own =
        to.value_of("apps[" + std::to_string(i) + "]." + std::string(key));
    if (own != nullptr && own->number > 0)
      result = std::max(result, static_cast<std::uint64_t>(own->number));
  }
  return result;
}

/// soketi takes messages of 100 MB; ours have to be as long as an event.
void make_room(std::size_t apps, translator& to) {
  const limit_settings ours;
  const auto data = greatest(to, "limits.event_data", apps, ours.event_data);
  const auto user =
      greatest(to, "limits.presence_user", apps, ours.presence_user);
  const auto events = greatest_count(to, "limits.events_per_batch", apps,
                                     ours.events_per_batch);
  const auto need = [&](std::string_view key, bytes size, bytes otherwise,
                        std::string_view why) {
    size = std::min<bytes>(size, entry_of(path_of(key))->highest);
    if (size > otherwise)
      to.assume(key, text_value(size_text(size)), why);
  };
  // Twice, because data is JSON within JSON.
  need("limits.max_message", 2 * std::max(data, user), ours.max_message,
       "room for an event of limits.event_data");
  need("limits.max_http_body", 2 * data * std::min<bytes>(events, 10'000),
       ours.max_http_body, "room for a batch of such events");
  need("limits.max_outbox",
       greatest(to, "limits.max_message", 0, ours.max_message), ours.max_outbox,
       "room for a message of limits.max_message");
}

} // namespace

void take_soketi_limits(std::size_t apps, translator& to) {
  to.assume("limits.channel_name", count_value(200));
  to.assume("limits.event_data", text_value("100KiB"));
  to.assume("limits.presence_user", text_value("2KiB"));
  to.assume("limits.cache_ttl", text_value("1h"));
  make_room(apps, to);
}

} // namespace tidewire::config::moving
