#include "actors/state/cluster/directory_records.hpp"

#include <variant>

namespace tidewire::cluster {

const channel_key* key_of(const directory_record& record) noexcept {
  return std::visit(
      [](auto& x) -> const channel_key* {
        if constexpr (requires { x.channel.name; })
          return &x.channel;
        else
          return nullptr;
      },
      record);
}

ticket asker_of(const directory_record& record) noexcept {
  return std::visit(
      [](auto& x) -> ticket {
        if constexpr (requires { x.reply_to; })
          return x.reply_to;
        else
          return {};
      },
      record);
}

} // namespace tidewire::cluster
