// What waits to be written to one socket.
#pragma once

#include "messages/frame.hpp"
#include "net/write_outcome.hpp"

#include <cstddef>
#include <cstdint>

namespace tidewire::net {

class tls_stream;

/// A bounded queue of frames of one connection. Holds references, never
/// copies; writes what has gathered with one system call. 24 bytes when empty.
/// Runs on one reactor's thread, which pools the pieces of its queues.
class outbox {
public:
  using outcome = write_outcome;

  /// Told of each frame that has been handed to the kernel in whole, or
  /// encrypted for it.
  class observer {
  public:
    virtual void written(const frame& what) noexcept = 0;

  protected:
    ~observer() = default;
  };

  outbox() noexcept = default;
  outbox(const outbox&) = delete;
  outbox& operator=(const outbox&) = delete;
  ~outbox() { clear(); }

  void push(frame_ptr what);

  /// Bytes that wait, the rest of a half-written frame included.
  std::size_t bytes() const noexcept { return bytes_; }
  bool empty() const noexcept { return head_ == nullptr; }

  /// Writes until nothing is left or the socket takes no more.
  outcome write_to(int descriptor, observer& seen);

  /// The same through TLS, unless `tls` is null: many frames make one record.
  /// What is encrypted leaves the outbox and is owed by `tls`.
  outcome write_to(int descriptor, tls_stream* tls, observer& seen) {
    return tls ? write_to(descriptor, *tls, seen) : write_to(descriptor, seen);
  }

  /// Drops what has not begun to be written, so that a close frame may follow
  /// a half-written event without breaking the stream.
  void drop_unwritten();

  void clear() noexcept;

private:
  struct piece;
  friend struct piece_pool;

  outcome write_to(int descriptor, tls_stream& tls, observer& seen);
  bool encrypt_into(tls_stream& tls, observer& seen);
  void pop(observer& seen);

  piece* head_ = nullptr;
  piece* tail_ = nullptr;
  std::uint32_t bytes_ = 0;
  std::uint32_t written_ = 0; // of the first frame
};

} // namespace tidewire::net
