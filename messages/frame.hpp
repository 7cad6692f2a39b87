// The encoded form of one event: made once, shared by every outbox.
#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>
#include <utility>

namespace tidewire {

class frame_ptr;

/// Immutable bytes, ready for the socket. One allocation holds header and
/// bytes; any thread may hold references to it.
class frame {
public:
  frame(const frame&) = delete;
  frame& operator=(const frame&) = delete;

  /// What goes on the wire, WebSocket header included.
  std::string_view bytes() const noexcept {
    return {reinterpret_cast<const char*>(this + 1), size_};
  }

  /// When the server accepted the event, in nanoseconds of the steady clock;
  /// 0 for frames whose delivery time nobody measures (answers, pings).
  std::int64_t accepted_ns() const noexcept { return accepted_ns_; }

  /// Makes a frame of two parts laid end to end, typically a WebSocket header
  /// and its payload. Sizes in bytes; throws std::bad_alloc only.
  static frame_ptr make(std::string_view head, std::string_view body,
                        std::int64_t accepted_ns = 0);

  /// The same message in the compressed form, for those who negotiated it: the
  /// frame itself where that would be no shorter, null while nobody has asked.
  const frame* packed() const noexcept {
    return packed_.load(std::memory_order_acquire);
  }

  /// Keeps `made` as the compressed form; a null one says that there is none.
  /// If several threads do so at once the first one wins. Returns what all get.
  const frame& keep_packed(frame_ptr made) const noexcept;

  /// One more reference to a frame that somebody holds.
  static frame_ptr share(const frame& what) noexcept;

private:
  friend class frame_ptr;

  frame(std::uint32_t size, std::int64_t accepted_ns) noexcept
      : size_(size), accepted_ns_(accepted_ns) {}

  static void destroy(const frame* self) noexcept;

  mutable std::atomic<std::uint32_t> refs_{1};
  std::uint32_t size_;
  std::int64_t accepted_ns_;
  mutable std::atomic<const frame*> packed_{nullptr}; // a reference, or `this`
};

/// A counted reference to a frame. The pointer alone, 8 bytes.
class frame_ptr {
public:
  frame_ptr() noexcept = default;

  /// Takes over a reference that is already counted.
  explicit frame_ptr(const frame* adopted) noexcept : frame_(adopted) {}

  frame_ptr(const frame_ptr& other) noexcept : frame_(other.frame_) {
    if (frame_)
      frame_->refs_.fetch_add(1, std::memory_order_relaxed);
  }

  frame_ptr(frame_ptr&& other) noexcept
      : frame_(std::exchange(other.frame_, nullptr)) {}

  frame_ptr& operator=(frame_ptr other) noexcept {
    std::swap(frame_, other.frame_);
    return *this;
  }

  ~frame_ptr() {
    if (frame_ && frame_->refs_.fetch_sub(1, std::memory_order_acq_rel) == 1)
      frame::destroy(frame_);
  }

  const frame* operator->() const noexcept { return frame_; }
  const frame& operator*() const noexcept { return *frame_; }
  explicit operator bool() const noexcept { return frame_ != nullptr; }

private:
  friend class frame;

  const frame* frame_ = nullptr;
};

} // namespace tidewire
