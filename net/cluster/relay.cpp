#include "net/cluster/relay.hpp"

#include "net/socket.hpp"
#include "net/tls_stream.hpp"

#include <array>
#include <cerrno>
#include <exception>
#include <utility>

#include <sys/socket.h>

namespace tidewire::net::cluster {

namespace {

using descriptor_base = boost::asio::posix::descriptor_base;

constexpr std::size_t block_bytes = std::size_t{64} * 1024;

// Sends what the kernel takes; false if the socket is broken.
bool send_some(int descriptor, std::string& bytes) {
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    auto count = ::send(descriptor, bytes.data() + sent, bytes.size() - sent,
                        MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count < 0 && !would_block(errno))
      return false;
    if (count < 0)
      break;
    sent += static_cast<std::size_t>(count);
  }
  bytes.erase(0, sent);
  return true;
}

} // namespace

relay::relay(reactor& host, bare_link from, int inner, link_tls::ptr context)
    : context_(std::move(context)),
      tls_(std::move(from.tls)),
      plain_(std::move(from.early)),
      outer_(host.io(), from.descriptor),
      inner_(host.io(), inner) {}

relay::~relay() {
  end();
}

void relay::start() {
  pump();
}

void relay::cut() {
  if (!over_ && outer_.is_open())
    abort_on_close(outer_.native_handle());
  end();
}

void relay::wait(descriptor& where, bool write, bool& waiting) {
  if (std::exchange(waiting, true))
    return;
  where.async_wait(write ? descriptor_base::wait_write
                         : descriptor_base::wait_read,
                   [self = shared_from_this(), &waiting](auto error) {
                     waiting = false;
                     if (error || self->over_)
                       return;
                     try {
                       self->pump();
                     } catch (const std::exception&) {
                       self->cut();
                     }
                   });
}

// Each side is read only when the other one has taken everything.
void relay::pump() {
  auto self = shared_from_this();
  if (!flush_out() || !flush_in() || !outwards() || !inwards()) {
    end();
    return;
  }
  if (tls_->out.empty())
    wait(inner_, false, reads_inner_);
  else
    wait(outer_, true, writes_outer_);
  if (plain_.empty())
    wait(outer_, false, reads_outer_);
  else
    wait(inner_, true, writes_inner_);
}

bool relay::flush_out() {
  return send_some(outer_.native_handle(), tls_->out);
}

bool relay::flush_in() {
  return send_some(inner_.native_handle(), plain_);
}

bool relay::outwards() {
  if (!tls_->out.empty())
    return true;
  std::array<char, block_bytes> block;
  auto count =
      ::recv(inner_.native_handle(), block.data(), block.size(), MSG_DONTWAIT);
  if (count < 0)
    return would_block(errno);
  if (count == 0) {
    tls_->close();
    flush_out();
    return false;
  }
  return tls_->put({block.data(), static_cast<std::size_t>(count)})
         && flush_out();
}

bool relay::inwards() {
  if (!plain_.empty())
    return true;
  std::array<char, block_bytes> block;
  auto count =
      ::recv(outer_.native_handle(), block.data(), block.size(), MSG_DONTWAIT);
  if (count < 0)
    return would_block(errno);
  if (count == 0)
    return false;
  auto size = static_cast<std::size_t>(count);
  plain_.resize(size + tls_engine::max_record);
  plain_.resize(tls_->take({block.data(), size}, plain_));
  auto fine = flush_in() && flush_out();
  return fine && tls_->now() == tls_engine::state::open;
}

void relay::end() {
  if (std::exchange(over_, true))
    return;
  boost::system::error_code ignored;
  inner_.close(ignored);
  outer_.close(ignored);
}

} // namespace tidewire::net::cluster
