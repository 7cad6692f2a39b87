// What the admin port answers about webhooks.
#pragma once

#include "messages/node_messages.hpp"
#include "net/http.hpp"

#include <optional>
#include <variant>

namespace tidewire {

/// `GET /v1/apps/{id}/webhooks/dead` and `POST /v1/apps/{id}/webhooks/replay`:
/// a message for WEBHOOKS, or the refusal. Nothing for other paths.
using webhook_request =
    std::variant<list_dead_letters, replay_dead_letters, net::http_response>;

std::optional<webhook_request>
parse_webhook_request(const net::http_request& request);

} // namespace tidewire
