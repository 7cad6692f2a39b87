#include "net/outbox.hpp"

#include "net/tls_stream.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <sys/socket.h>
#include <sys/uio.h>

namespace tidewire::net {

struct outbox::piece {
  static constexpr std::uint8_t capacity = 14;

  piece* next = nullptr;
  std::uint8_t begin = 0;
  std::uint8_t end = 0;
  std::array<frame_ptr, capacity> frames;
};

// Pieces of this thread's outboxes, kept for the next delivery.
struct piece_pool {
  static constexpr std::size_t most = 16384;

  ~piece_pool() {
    while (first)
      delete std::exchange(first, first->next);
  }

  outbox::piece* take() {
    if (!first)
      return new outbox::piece;
    --count;
    auto* result = std::exchange(first, first->next);
    result->next = nullptr;
    result->begin = result->end = 0;
    return result;
  }

  void give(outbox::piece* x) noexcept {
    if (count == most) {
      delete x;
      return;
    }
    ++count;
    x->next = std::exchange(first, x);
  }

  outbox::piece* first = nullptr;
  std::size_t count = 0;
};

namespace {

thread_local piece_pool pool;

constexpr std::size_t max_parts = 256;

} // namespace

void outbox::push(frame_ptr what) {
  if (!tail_ || tail_->end == piece::capacity) {
    auto* fresh = pool.take();
    (tail_ ? tail_->next : head_) = fresh;
    tail_ = fresh;
  }
  bytes_ += static_cast<std::uint32_t>(what->bytes().size());
  tail_->frames[tail_->end++] = std::move(what);
}

outbox::outcome outbox::write_to(int descriptor, observer& seen) {
  std::array<iovec, max_parts> parts;
  while (head_) {
    std::size_t count = 0;
    std::size_t wanted = 0;
    for (auto* p = head_; p && count < max_parts; p = p->next)
      for (auto i = p->begin; i < p->end && count < max_parts; ++i) {
        auto bytes = p->frames[i]->bytes();
        if (count == 0)
          bytes.remove_prefix(written_);
        parts[count++] = {const_cast<char*>(bytes.data()), bytes.size()};
        wanted += bytes.size();
      }
    ssize_t sent;
    if (count == 1) {
      sent = ::send(descriptor, parts[0].iov_base, parts[0].iov_len,
                    MSG_NOSIGNAL | MSG_DONTWAIT);
    } else {
      msghdr message{};
      message.msg_iov = parts.data();
      message.msg_iovlen = count;
      sent = ::sendmsg(descriptor, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    }
    if (sent < 0) {
      if (errno == EINTR)
        continue;
      return errno == EAGAIN || errno == EWOULDBLOCK ? outcome::blocked
                                                     : outcome::failed;
    }
    auto left = static_cast<std::size_t>(sent);
    for (std::size_t i = 0; i < count && left >= parts[i].iov_len; ++i) {
      left -= parts[i].iov_len;
      pop(seen);
    }
    written_ += static_cast<std::uint32_t>(left);
    bytes_ -= static_cast<std::uint32_t>(left);
    if (static_cast<std::size_t>(sent) < wanted)
      return outcome::blocked;
  }
  return outcome::empty;
}

// -- through TLS --------------------------------------------------------------

outbox::outcome outbox::write_to(int descriptor, tls_stream& tls,
                                 observer& seen) {
  for (;;) {
    if (auto got = tls.flush(descriptor); got != outcome::empty)
      return got;
    if (!head_)
      return outcome::empty;
    while (head_ && tls.owed() < tls_stream::batch_bytes)
      if (!encrypt_into(tls, seen)) {
        tls.flush(descriptor); // what could be said before it failed
        return outcome::failed;
      }
  }
}

// One record: of a single frame as it lies there, of several joined.
bool outbox::encrypt_into(tls_stream& tls, observer& seen) {
  static thread_local std::array<char, tls_engine::max_record> joined;
  auto first = head_->frames[head_->begin]->bytes().substr(written_);
  auto alone = bytes_ == first.size();
  if (alone || first.size() >= joined.size()) {
    first = first.substr(0, joined.size());
    if (!tls.put(first))
      return false;
    written_ += static_cast<std::uint32_t>(first.size());
    bytes_ -= static_cast<std::uint32_t>(first.size());
    if (written_ == head_->frames[head_->begin]->bytes().size())
      pop(seen);
    return true;
  }
  std::size_t size = 0;
  while (head_ && size < joined.size()) {
    auto bytes = head_->frames[head_->begin]->bytes().substr(written_);
    auto part = bytes.substr(0, joined.size() - size);
    std::memcpy(joined.data() + size, part.data(), part.size());
    size += part.size();
    written_ += static_cast<std::uint32_t>(part.size());
    bytes_ -= static_cast<std::uint32_t>(part.size());
    if (part.size() == bytes.size())
      pop(seen);
  }
  return tls.put({joined.data(), size});
}

void outbox::pop(observer& seen) {
  auto* p = head_;
  auto done = std::move(p->frames[p->begin++]);
  bytes_ -= static_cast<std::uint32_t>(done->bytes().size()) - written_;
  written_ = 0;
  seen.written(*done);
  if (p->begin < p->end)
    return;
  head_ = p->next;
  if (!head_)
    tail_ = nullptr;
  pool.give(p);
}

void outbox::drop_unwritten() {
  frame_ptr begun;
  auto written = written_;
  if (head_ && written != 0)
    begun = head_->frames[head_->begin];
  clear();
  if (!begun)
    return;
  push(begun);
  written_ = written;
  bytes_ -= written;
}

void outbox::clear() noexcept {
  while (head_) {
    auto* p = head_;
    head_ = p->next;
    for (auto i = p->begin; i < p->end; ++i)
      p->frames[i] = frame_ptr{};
    pool.give(p);
  }
  tail_ = nullptr;
  bytes_ = written_ = 0;
}

} // namespace tidewire::net
