// Who may do what on the admin port.
#pragma once

#include "actors/admin_token.hpp"
#include "net/http.hpp"

#include <optional>

namespace tidewire {

/// The one place that decides it, before any request is routed. Everything
/// below /v1 needs the token, but for GET /v1/gauge; the rest (metrics,
/// health, the demo page) is open. Whatever changes something is refused to
/// pages of another origin, and without a token to pages that were not opened
/// by address: a page elsewhere can give its own name our address (DNS
/// rebinding), but it cannot be called by it. Pure.
class admin_access {
public:
  void token_is(admin_token now) { token_ = std::move(now); }

  /// The answer to a request that is not allowed.
  std::optional<net::http_response>
  refuse(const net::http_request& request) const;

private:
  std::optional<net::http_response>
  refuse_without_token(const net::http_request& request) const;

  admin_token token_;
};

} // namespace tidewire
