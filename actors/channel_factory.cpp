#include "actors/channel_factory.hpp"

#include "net/pusher/channel_name.hpp"

namespace tidewire {

namespace {

struct row {
  bool (*applies)(pusher::channel_kind kind);
  std::unique_ptr<channel_state> (*make)(channel_key key,
                                         std::uint32_t edges_awaited,
                                         const config::limit_settings& limits);
};

// The first row that applies wins; the last one always does.
constexpr row rows[] = {
    {[](pusher::channel_kind kind) { return pusher::is_presence(kind); },
     [](channel_key key, std::uint32_t edges_awaited,
        const config::limit_settings& limits)
         -> std::unique_ptr<channel_state> {
       return std::make_unique<presence_channel>(std::move(key), edges_awaited,
                                                 limits.presence_members);
     }},
    {[](pusher::channel_kind) { return true; },
     [](channel_key key, std::uint32_t edges_awaited,
        const config::limit_settings&) -> std::unique_ptr<channel_state> {
       return std::make_unique<plain_channel>(std::move(key), edges_awaited);
     }},
};

} // namespace

std::unique_ptr<channel_state>
make_channel(channel_key key, std::uint32_t edges_awaited,
             const config::limit_settings& limits) {
  auto kind =
      pusher::classify(key.name).value_or(pusher::channel_kind::public_);
  for (auto& candidate : rows)
    if (candidate.applies(kind))
      return candidate.make(std::move(key), edges_awaited, limits);
  return nullptr;
}

} // namespace tidewire
