// A socket's way through TLS, or none: the one seam between those who own a
// socket and what goes over it.
#pragma once

#include "net/tls_context.hpp"
#include "net/tls_engine.hpp"
#include "net/write_outcome.hpp"

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include <sys/socket.h>
#include <sys/types.h>

namespace tidewire::net {

/// The engine of one socket, and the encrypted bytes that the kernel has not
/// taken. While idle these are none and nothing is allocated for them; while
/// something is written they lie in a buffer that the thread lends. Whoever
/// owns the socket owns this and gives it the descriptor with each call. Runs
/// on one reactor's thread.
class tls_stream {
public:
  using outcome = write_outcome;

  /// Plain bytes encrypted before the socket is offered any; what a socket
  /// that takes nothing holds encrypted at most, but for a record.
  static constexpr std::size_t batch_bytes = std::size_t{64} * 1024;

  explicit tls_stream(const tls_context& context)
      : engine_(context.native(), tls_engine::role::server) {}

  /// Like recv(2) for plain bytes, `into` being at least 32 KiB: their number,
  /// or 0 after the peer's close_notify, or -1 with errno: EAGAIN if there are
  /// none now, ECONNABORTED if the end came without a close_notify, EPROTO if
  /// the peer broke TLS, or what the socket has. May leave something to be
  /// written (`owed`), even after an error.
  ssize_t receive(int descriptor, std::span<char> into);

  /// `receive` would return 0 or an error now, whatever the socket has: to be
  /// asked after it has returned bytes, because the descriptor might not
  /// become readable once more.
  bool ended() const noexcept {
    return engine_.now() != tls_engine::state::open;
  }

  /// Encrypts; false if the connection has failed. To be followed by `flush`.
  bool put(std::string_view plain);

  /// Offers the kernel what is encrypted.
  outcome flush(int descriptor);

  /// Like send(2) for plain bytes: how many were taken, -1 with EAGAIN when
  /// the socket is blocked. Once taken they may still be owed.
  ssize_t send(int descriptor, std::string_view plain);

  /// The last word, close_notify, once; then like `flush`.
  outcome say_goodbye(int descriptor);

  /// Encrypted bytes that the kernel has not taken.
  std::size_t owed() const noexcept { return engine_.out.size(); }

  const tls_engine& engine() const noexcept { return engine_; }

private:
  void borrow();
  void settle();

  tls_engine engine_;
};

/// recv(2) from a socket that may or may not speak TLS.
inline ssize_t receive(int descriptor, tls_stream* tls, std::span<char> into) {
  return tls ? tls->receive(descriptor, into)
             : ::recv(descriptor, into.data(), into.size(), MSG_DONTWAIT);
}

/// send(2) likewise.
inline ssize_t send(int descriptor, tls_stream* tls, std::string_view bytes) {
  return tls ? tls->send(descriptor, bytes)
             : ::send(descriptor, bytes.data(), bytes.size(),
                      MSG_NOSIGNAL | MSG_DONTWAIT);
}

/// Whether an error of either says to try again later.
inline bool would_block(int error) noexcept {
  return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

} // namespace tidewire::net
