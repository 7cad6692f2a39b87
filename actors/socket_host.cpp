#include "actors/socket_host.hpp"

#include <caf/exit_reason.hpp>
#include <caf/send.hpp>

#include <boost/asio/ip/address.hpp>

#include <sstream>

namespace tidewire {

namespace {

constexpr int backlog = 1024;
constexpr std::string_view plain = "text/plain; charset=utf-8";

} // namespace

socket_host::socket_host(caf::actor_system& system)
    : reactor_(system, 0),
      http_(reactor_, *this, {}),
      accepts_(
          reactor_, [this](int descriptor) { http_.accept(descriptor); },
          [] {}) {}

void socket_host::start(const std::string& address, std::uint16_t port) {
  where_ = {boost::asio::ip::make_address(address), port};
  accepts_.open(where_, backlog, false);
  where_.port(accepts_.port());
  running_ = true;
  reactor_.start();
}

std::string socket_host::endpoint() const {
  std::ostringstream out;
  out << where_;
  return out.str();
}

void socket_host::stop() {
  if (!std::exchange(running_, false))
    return;
  reactor_.post([this] {
    accepts_.close();
    http_.close_all();
    for (auto& [id, socket] : sockets_)
      caf::anon_send_exit(socket, caf::exit_reason::user_shutdown);
  });
  reactor_.stop_and_join();
}

void socket_host::on_upgrade(net::http_session& session,
                             const net::http_request& request) {
  auto found = paths_.find(request.path());
  if (found == paths_.end()) {
    session.refuse({404, plain, "No WebSocket is served on this path.\n"});
    return;
  }
  auto socket = found->second(session, request);
  auto id = socket.id();
  socket->attach_functor([this, id] { sockets_.erase(id); });
  sockets_.emplace(id, std::move(socket));
}

void socket_host::on_request(const net::http_exchange& exchange,
                             const net::http_request& request) {
  if (paths_.contains(request.path()))
    exchange.respond({426, plain, "This path speaks WebSocket only.\n",
                      "Upgrade: websocket\r\n"});
  else
    exchange.respond_text(404, "Nothing is served on this path.");
}

} // namespace tidewire
