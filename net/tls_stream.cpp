#include "net/tls_stream.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace tidewire::net {

namespace {

// Two of a thread's own, because one socket at a time is read or written.
thread_local std::array<char, std::size_t{48} * 1024> encrypted_in;
thread_local std::string spare_out;

constexpr std::size_t smallest_spare = tls_stream::batch_bytes + 2048;

} // namespace

// Encrypted bytes grow in the thread's buffer, so that none is allocated for
// each write.
void tls_stream::borrow() {
  if (!engine_.out.empty())
    return;
  std::swap(engine_.out, spare_out);
  if (engine_.out.capacity() < smallest_spare)
    engine_.out.reserve(smallest_spare);
}

// Gives the buffer back. What the kernel has not taken gets one that fits.
void tls_stream::settle() {
  if (engine_.out.capacity() < smallest_spare)
    return;
  auto rest = engine_.out.empty() ? std::string{} : std::string(engine_.out);
  engine_.out.clear();
  std::swap(engine_.out, spare_out);
  engine_.out = std::move(rest);
}

ssize_t tls_stream::receive(int descriptor, std::span<char> into) {
  if (!ended()) {
    auto room =
        std::min(encrypted_in.size(), into.size() - tls_engine::max_record);
    auto count = ::recv(descriptor, encrypted_in.data(), room, MSG_DONTWAIT);
    if (count < 0)
      return -1;
    if (count == 0) {
      errno = ECONNABORTED;
      return -1;
    }
    borrow();
    auto plain = engine_.take(
        {encrypted_in.data(), static_cast<std::size_t>(count)}, into);
    settle();
    if (plain != 0)
      return static_cast<ssize_t>(plain);
  }
  switch (engine_.now()) {
  case tls_engine::state::closed:
    return 0;
  case tls_engine::state::failed:
    errno = EPROTO;
    return -1;
  default:
    errno = EAGAIN;
    return -1;
  }
}

bool tls_stream::put(std::string_view plain) {
  borrow();
  return engine_.put(plain);
}

tls_stream::outcome tls_stream::flush(int descriptor) {
  auto& out = engine_.out;
  std::size_t sent = 0;
  auto result = outcome::empty;
  while (sent < out.size()) {
    auto count = ::send(descriptor, out.data() + sent, out.size() - sent,
                        MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count < 0 && errno == EINTR)
      continue;
    if (count < 0) {
      result = errno == EAGAIN || errno == EWOULDBLOCK ? outcome::blocked
                                                       : outcome::failed;
      break;
    }
    sent += static_cast<std::size_t>(count);
  }
  out.erase(0, sent);
  if (out.empty() && out.capacity() < smallest_spare)
    std::string{}.swap(out);
  settle();
  return result;
}

ssize_t tls_stream::send(int descriptor, std::string_view plain) {
  switch (flush(descriptor)) {
  case outcome::blocked:
    errno = EAGAIN;
    return -1;
  case outcome::failed:
    return -1;
  case outcome::empty:
    break;
  }
  if (plain.empty())
    return 0;
  plain = plain.substr(0, batch_bytes);
  if (!put(plain)) {
    settle();
    errno = EPROTO;
    return -1;
  }
  if (flush(descriptor) == outcome::failed)
    return -1;
  return static_cast<ssize_t>(plain.size());
}

tls_stream::outcome tls_stream::say_goodbye(int descriptor) {
  borrow();
  engine_.close();
  return flush(descriptor);
}

} // namespace tidewire::net
