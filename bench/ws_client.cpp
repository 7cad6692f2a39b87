#include "bench/ws_client.hpp"

#include <cerrno>
#include <cstring>
#include <system_error>

#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "bench/sampler.hpp"

namespace tidewire::bench {
namespace {

// One nonce for all connections, the one of RFC 6455 section 1.3, so that the
// server's answer is known and can still be checked.
constexpr std::string_view nonce = "dGhlIHNhbXBsZSBub25jZQ==";
constexpr std::string_view accept_for_nonce = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
constexpr std::size_t most_head = std::size_t{16} * 1024;

const std::string& pusher_pong() {
  static const auto frame =
      client_frame(opcode::text, R"({"event":"pusher:pong","data":{}})");
  return frame;
}

} // namespace

std::string upgrade_request(const target& to, std::string_view key,
                            bool deflate) {
  std::string text = "GET " + to.prefix + "/app/";
  text += key;
  text += "?protocol=7&client=tidewire-bench&version=1.0&flash=false HTTP/1.1"
          "\r\nHost: "
          + to.authority()
          + "\r\nUpgrade: websocket\r\nConnection: Upgrade"
            "\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ";
  text += nonce;
  if (deflate)
    text += "\r\nSec-WebSocket-Extensions: permessage-deflate";
  return text + "\r\n\r\n";
}

std::string subscribe_frame(std::string_view channel) {
  std::string text = R"({"event":"pusher:subscribe","data":{"auth":"",)"
                     R"("channel":")";
  text += channel;
  return client_frame(opcode::text, text + "\"}}");
}

ws_client::~ws_client() {
  release();
}

bool ws_client::open(const client_plan& plan, const socket_address* from) {
  const auto& to = plan.to ? *plan.to : context_.to;
  fd_ = ::socket(to.storage.ss_family,
                 SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd_ < 0)
    return false;
  const int on = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (from != nullptr) {
    // Without it, bind would reserve a port that no other destination may use.
    ::setsockopt(fd_, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    if (::bind(fd_, from->get(), from->size) != 0) {
      release();
      return false;
    }
  }
  if ((::connect(fd_, to.get(), to.size) != 0 && errno != EINPROGRESS)
      || !context_.events.watch(fd_, *this)) {
    release();
    return false;
  }
  plan_ = &plan;
  started_ = now();
  phase_ = client_phase::connecting;
  was_ready_ = false;
  ended_by_server_ = false;
  close_code_ = 1006;
  deliveries_ = 0;
  left_over_.clear();
  reason_.clear();
  return true;
}

void ws_client::release() {
  if (fd_ < 0)
    return;
  const auto saved = errno;
  ::close(fd_);
  errno = saved;
  fd_ = -1;
  phase_ = client_phase::idle;
}

void ws_client::drop() {
  release();
}

void ws_client::reset() {
  if (fd_ < 0)
    return;
  const linger none{1, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &none, sizeof none);
  release();
}

void ws_client::end(const close_cause& cause) {
  release();
  context_.listener.closed(*this, cause);
}

std::uint16_t ws_client::local_port() const {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (fd_ < 0
      || ::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
    return 0;
  // The port stands at the same place for both families.
  return ntohs(reinterpret_cast<const sockaddr_in*>(&address)->sin_port);
}

// What a client says is short and a socket's buffer is not: one that does not
// take it belongs to a server that has stopped reading.
void ws_client::send(std::string_view bytes) {
  const auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (sent != static_cast<ssize_t>(bytes.size())
      && phase_ != client_phase::idle)
    ::shutdown(fd_, SHUT_RDWR);
}

void ws_client::close(std::uint16_t code, std::string_view reason) {
  if (fd_ < 0)
    return;
  send(client_frame(opcode::close, close_payload(code, reason)));
  phase_ = client_phase::closing;
}

bool ws_client::connected() {
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) {
    end({ending::connect_failed, 1006, std::generic_category().message(error)});
    return false;
  }
  phase_ = client_phase::upgrading;
  send(plan_->request);
  return true;
}

void ws_client::on_ready(std::uint32_t events) {
  if (phase_ == client_phase::idle)
    return;
  if (phase_ == client_phase::connecting
      && ((events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) == 0 || !connected()))
    return;
  if ((events & ~EPOLLOUT) == 0)
    return;
  const auto buffer = context_.events.buffer();
  for (;;) {
    const auto kept = left_over_.size();
    const auto room = buffer.size() - kept;
    const auto got = ::recv(fd_, buffer.data() + kept, room, 0);
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
      return;
    if (got <= 0) {
      // After a close frame of ours the rest is a formality, whatever it is.
      const auto ours = phase_ == client_phase::closing && !ended_by_server_;
      // A close frame says more than how TCP ended behind it.
      end({ours ? ending::by_client : ending::by_server, close_code_,
           got < 0 && close_code_ == 1006
               ? std::generic_category().message(errno)
               : reason_});
      return;
    }
    if (kept != 0)
      std::memcpy(buffer.data(), left_over_.data(), kept);
    const std::string_view bytes(buffer.data(),
                                 kept + static_cast<std::size_t>(got));
    const auto used = handle(bytes);
    if (phase_ == client_phase::idle)
      return;
    if (used != bytes.size() || kept != 0)
      left_over_.assign(bytes.substr(used));
    // A short read empties the socket; the kernel tells when more comes. A FIN
    // that is already here was told and has to be read now.
    if (static_cast<std::size_t>(got) < room
        && (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) == 0)
      return;
  }
}

std::size_t ws_client::handle(std::string_view bytes) {
  std::size_t used = 0;
  if (phase_ == client_phase::upgrading) {
    used = take_upgrade(bytes);
    if (phase_ != client_phase::greeting)
      return used;
  }
  while (phase_ != client_phase::idle) {
    used += take_deliveries(bytes.substr(used));
    if (context_.deflate && phase_ == client_phase::open)
      used += take_packed(bytes.substr(used));
    const auto rest = bytes.substr(used);
    frame_head head;
    const auto status = read_head(rest, head);
    if (status == head_status::broken || (head.packed && !context_.deflate)) {
      end({ending::broken, 1002,
           "a frame with a mask, a reserved bit or an "
           "excessive length"});
      return used;
    }
    if (status == head_status::incomplete
        || rest.size() - head.header < head.payload)
      return used;
    const auto size = head.header + static_cast<std::size_t>(head.payload);
    take_frame(rest.substr(0, size), head);
    used += size;
  }
  return used;
}

std::size_t ws_client::take_upgrade(std::string_view bytes) {
  const auto blank = bytes.find("\r\n\r\n");
  if (blank == std::string_view::npos) {
    if (bytes.size() > most_head)
      end({ending::bad_upgrade, 1006, "an endless answer to the upgrade"});
    return 0;
  }
  const auto head = bytes.substr(0, blank);
  if (!head.starts_with("HTTP/1.1 101")) {
    end({ending::bad_upgrade, 1006, head.substr(0, head.find('\r'))});
    return 0;
  }
  if (head.find(accept_for_nonce) == std::string_view::npos) {
    end({ending::bad_upgrade, 1006, "a wrong Sec-WebSocket-Accept"});
    return 0;
  }
  if (context_.deflate
      && head.find("permessage-deflate") == std::string_view::npos) {
    end({ending::bad_upgrade, 1006, "the server does not compress"});
    return 0;
  }
  phase_ = client_phase::greeting;
  return blank + 4;
}

void ws_client::take_frame(std::string_view frame, const frame_head& head) {
  const auto payload = frame.substr(head.header);
  switch (head.code) {
  case opcode::text:
    take_text(frame, head);
    break;
  case opcode::ping:
    send(client_frame(opcode::pong, payload));
    context_.listener.pinged(*this);
    break;
  case opcode::close:
    take_close(payload);
    break;
  case opcode::pong:
    break;
  default:
    end({ending::broken, 1003, "a frame that is neither text nor control"});
  }
}

void ws_client::take_close(std::string_view payload) {
  close_code_ = 1005;
  if (payload.size() >= 2) {
    close_code_ =
        static_cast<std::uint16_t>(static_cast<unsigned char>(payload[0]) << 8
                                   | static_cast<unsigned char>(payload[1]));
    reason_ = payload.substr(2);
  }
  if (phase_ == client_phase::closing)
    return;
  // The answer; then it is for the server to end the connection.
  ended_by_server_ = true;
  send(client_frame(opcode::close, payload.substr(0, 2)));
  phase_ = client_phase::closing;
}

void ws_client::become_open() {
  phase_ = client_phase::open;
  was_ready_ = true;
  context_.listener.ready(*this);
}

void ws_client::take_text(std::string_view frame, const frame_head& head) {
  const auto payload = frame.substr(head.header);
  if (head.packed) {
    const auto message = context_.inflater.inflate(payload, 1u << 20);
    if (message.what == net::ws_inflater::outcome::done)
      take_event(message.text);
    else
      end({ending::broken, 1007, "a message that cannot be inflated"});
    return;
  }
  if (const auto shape = shape_of(frame, head)) {
    context_.shape = shape;
    ++deliveries_;
    ++context_.deliveries;
    context_.delivered_size += frame.size();
    if (sampler_ != nullptr)
      sampler_->saw(read_stamp(frame.data() + shape->stamp_at), now());
    return;
  }
  take_event(payload);
}

void ws_client::take_event(std::string_view text) {
  switch (kind_of(text)) {
  case event_kind::established:
    if (phase_ != client_phase::greeting)
      return;
    phase_ = client_phase::subscribing;
    context_.listener.established(*this, text);
    if (phase_ != client_phase::subscribing)
      return;
    if (!plan_->subscribe.empty()) {
      send(plan_->subscribe);
      return;
    }
    become_open();
    return;
  case event_kind::subscribed:
    if (phase_ == client_phase::subscribing)
      become_open();
    return;
  case event_kind::ping:
    send(pusher_pong());
    context_.listener.pinged(*this);
    return;
  case event_kind::error:
  case event_kind::subscription_error:
    context_.listener.error(*this, text);
    return;
  case event_kind::pong:
  case event_kind::other:
    return;
  }
}

} // namespace tidewire::bench
