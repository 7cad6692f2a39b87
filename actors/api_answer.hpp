// What the files of the HTTP API share: actors/api*.cpp.
#pragma once

#include "messages/channel_records.hpp"
#include "net/http.hpp"
#include "net/pusher/api_error.hpp"
#include "net/pusher/api_info.hpp"
#include "net/pusher/api_response.hpp"

#include <functional>
#include <string>

namespace tidewire {

/// A refusal: its status, and a sentence that says what to fix.
void respond_error(const net::http_exchange& exchange,
                   const pusher::api_error& no);

inline void respond_json(const net::http_exchange& exchange, std::string body,
                         unsigned status = 200) {
  exchange.respond({status, "application/json", std::move(body)});
}

/// What was asked for and is known of such a channel: users only of presence
/// channels.
pusher::channel_figures figures_of(std::string_view channel,
                                   const channel_facts& facts,
                                   pusher::info_set info);

/// Several answers of channels that make one answer of the API.
struct gathering {
  std::size_t missing;
  bool complete = true;
  std::function<void(bool complete)> then;

  void one(bool ok) {
    complete = complete && ok;
    if (--missing == 0)
      then(complete);
  }
};

} // namespace tidewire
