#include "tests/actors/support/http_client.hpp"

#include "config/settings.hpp"
#include "net/pusher/server_event.hpp"
#include "net/pusher/signature.hpp"

#include <array>
#include <charconv>
#include <ctime>

namespace tidewire::testing {

namespace {

// The number after `name`, or 0.
std::size_t number_after(std::string_view text, std::string_view name) {
  auto at = text.find(name);
  std::size_t result = 0;
  if (at != text.npos) {
    auto* begin = text.data() + at + name.size();
    std::from_chars(begin, text.data() + text.size(), result);
  }
  return result;
}

} // namespace

http_answer http_client::request(std::string_view method,
                                 std::string_view target, std::string_view body,
                                 std::chrono::milliseconds within) {
  if (!socket_)
    socket_.emplace(port_);
  std::string out{method};
  out += " ";
  out += target;
  out += " HTTP/1.1\r\nHost: localhost\r\nContent-Length: ";
  out += std::to_string(body.size());
  if (!bearer_.empty())
    out += "\r\nAuthorization: Bearer " + bearer_;
  out += "\r\n\r\n";
  out += body;
  socket_->write(out);
  auto deadline = std::chrono::steady_clock::now() + within;
  std::string in;
  for (;;) {
    auto end = in.find("\r\n\r\n");
    if (end != in.npos) {
      auto length = number_after(in, "Content-Length: ");
      if (in.size() >= end + 4 + length)
        return {static_cast<unsigned>(number_after(in, "HTTP/1.1 ")),
                in.substr(end + 4, length)};
    }
    std::array<char, 16384> buffer;
    auto size = buffer.size();
    if (socket_->read(buffer.data(), size, deadline) != socket::outcome::data) {
      socket_.reset(); // a late answer must not be taken for the next one
      return {};
    }
    in.append(buffer.data(), size);
  }
}

http_answer http_client::signed_request(std::string_view method,
                                        std::string_view path,
                                        std::string_view body) {
  auto whole = "/apps/1" + std::string{path};
  auto params = std::string{"auth_key="} + config::demo_key + "&auth_timestamp="
                + std::to_string(std::time(nullptr)) + "&auth_version=1.0";
  if (!body.empty())
    params += "&body_md5=" + pusher::md5_hex(body);
  auto signature = pusher::hmac_sha256_hex(
      config::demo_secret, pusher::http_string_to_sign(method, whole, params));
  return request(method, whole + "?" + params + "&auth_signature=" + signature,
                 body);
}

http_answer http_client::publish(std::string_view channel,
                                 std::string_view name, std::string_view data) {
  std::string body = R"({"name":)";
  pusher::append_json_string(body, name);
  body += R"(,"channels":[)";
  pusher::append_json_string(body, channel);
  body += R"(],"data":)";
  pusher::append_json_string(body, data);
  body += "}";
  return signed_request("POST", "/events", body);
}

} // namespace tidewire::testing
