// Which endpoint of an app wants which event of which channel.
#pragma once

#include "actors/apps.hpp"
#include "actors/state/webhook_queue.hpp"
#include "actors/state/webhook_state.hpp"
#include "net/pusher/webhook.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tidewire {

/// The webhooks of the configuration in a form that is quick to ask.
class webhook_filters {
public:
  struct endpoint {
    std::string url;
    std::uint32_t kinds = 0; ///< a bit per `pusher::webhook_kind`
    std::vector<std::string> channels;
    endpoint_rules rules;

    bool wants(pusher::webhook_kind kind) const noexcept {
      return (kinds >> static_cast<unsigned>(kind) & 1u) != 0;
    }
    bool wants_channel(std::string_view name) const noexcept;
  };

  void configure(const app_table& apps);

  /// The endpoints of an app; none for one that is not known.
  const std::vector<endpoint>& of(app_index app) const noexcept;

  const endpoint* find(app_index app, std::string_view url) const noexcept;

  /// Whether anybody wants to know who is in a channel.
  webhook_state::interest interest_in(const channel_key& channel) const;

  bool any() const noexcept { return any_; }

private:
  std::vector<std::vector<endpoint>> by_app_;
  bool any_ = false;
};

} // namespace tidewire
