// Whatever owns a descriptor in a reactor.
#pragma once

#include <cstdint>

namespace tidewire::net {

class reactor;

/// Something with a descriptor that a reactor watches. Runs on the reactor's
/// thread only.
class pollable {
public:
  pollable() noexcept = default;
  pollable(const pollable&) = delete;
  pollable& operator=(const pollable&) = delete;
  virtual ~pollable() = default;

  /// The descriptor is ready: a set of EPOLLIN, EPOLLOUT, EPOLLHUP, EPOLLERR.
  virtual void on_ready(std::uint32_t events) = 0;

  /// The end of a turn in which `reactor::mark_dirty` was called for it.
  virtual void on_flush() {}

  /// An exception came out of `on_ready` or `on_flush`. The object must end
  /// itself; nobody else is touched.
  virtual void on_failure(const char* what) noexcept = 0;

  /// Gives up the reference that `reactor::release_later` took over.
  virtual void release() noexcept = 0;

  int descriptor() const noexcept { return descriptor_; }

protected:
  friend class reactor;

  int descriptor_ = -1;
  bool dirty_ = false;
};

} // namespace tidewire::net
