#include "actors/admin_access.hpp"

#include "actors/app_requests.hpp"
#include "config/rules.hpp"
#include "net/pusher/signature.hpp"

#include <boost/beast/core/string.hpp>

namespace tidewire {

namespace {

bool is_api(std::string_view path) {
  return path == "/v1" || path.starts_with("/v1/");
}

bool same_origin(const net::http_request& request) {
  auto& origin = request.origin;
  auto scheme = origin.find("://");
  return scheme != std::string_view::npos && !request.host.empty()
         && boost::beast::iequals(
             {origin.data() + scheme + 3, origin.size() - scheme - 3},
             {request.host.data(), request.host.size()});
}

// `127.0.0.1:9601`, `[::1]`, `localhost`: nothing that DNS was asked for.
bool is_address(std::string_view host) {
  if (host.starts_with('[')) {
    auto end = host.find(']');
    return end != std::string_view::npos
           && config::is_host(host.substr(1, end - 1));
  }
  return config::is_host(host.substr(0, host.rfind(':')));
}

net::http_response answer(std::string_view path, unsigned status,
                          std::string_view sentence,
                          std::string_view headers = {}) {
  if (!is_api(path))
    return {status, "text/plain; charset=utf-8", std::string{sentence} + '\n',
            headers};
  return {status, "application/json", refusal(status, {}, sentence).body,
          headers};
}

// The token of `Bearer …`; the scheme's name is case-insensitive (RFC 9110).
std::string_view bearer(std::string_view authorization) {
  constexpr std::string_view scheme = "bearer ";
  if (authorization.size() <= scheme.size()
      || !boost::beast::iequals({authorization.data(), scheme.size()},
                                {scheme.data(), scheme.size()}))
    return {};
  authorization.remove_prefix(scheme.size());
  while (authorization.starts_with(' '))
    authorization.remove_prefix(1);
  return authorization;
}

} // namespace

std::optional<net::http_response>
admin_access::refuse(const net::http_request& request) const {
  auto path = request.path();
  auto reads = request.method == "GET" || request.method == "HEAD";
  if (!reads && !request.origin.empty() && !same_origin(request))
    return answer(path, 403,
                  "A page of another origin may change nothing here.");
  if (is_api(path) && !(reads && path == "/v1/gauge"))
    return refuse_without_token(request);
  if (!reads && !request.origin.empty() && !is_address(request.host))
    return answer(path, 403,
                  "Open this page by the address of the server, not by a "
                  "name, to do this.");
  return std::nullopt;
}

std::optional<net::http_response>
admin_access::refuse_without_token(const net::http_request& request) const {
  auto path = request.path();
  if (token_.value.empty())
    return answer(path, 503,
                  token_.trouble + " Nobody can be let in without a token.");
  auto given = bearer(request.authorization);
  if (pusher::constant_time_equal(given, token_.value))
    return std::nullopt;
  return answer(path, 401,
                std::string{given.empty() ? "This needs the admin token"
                                          : "This is not the admin token"}
                    + ": send the header \"Authorization: Bearer TOKEN\" with "
                      "what is in the file "
                    + token_.file + " on the server.",
                "WWW-Authenticate: Bearer realm=\"tidewire\"\r\n");
}

} // namespace tidewire
