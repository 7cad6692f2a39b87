// What waits to be written to one socket.
#pragma once

#include "messages/frame.hpp"

#include <cstddef>
#include <cstdint>

namespace tidewire::net {

/// A bounded queue of frames of one connection. Holds references, never
/// copies; writes what has gathered with one system call. 24 bytes when empty.
/// Runs on one reactor's thread, which pools the pieces of its queues.
class outbox {
public:
  enum class outcome : std::uint8_t {
    empty,   ///< everything is with the kernel
    blocked, ///< the socket takes no more now: wait for EPOLLOUT
    failed,  ///< the socket is gone
  };

  /// Told of each frame that has been handed to the kernel in whole.
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

  /// Drops what has not begun to be written, so that a close frame may follow
  /// a half-written event without breaking the stream.
  void drop_unwritten();

  void clear() noexcept;

private:
  struct piece;
  friend struct piece_pool;

  void pop(observer& seen);

  piece* head_ = nullptr;
  piece* tail_ = nullptr;
  std::uint32_t bytes_ = 0;
  std::uint32_t written_ = 0; // of the first frame
};

} // namespace tidewire::net
