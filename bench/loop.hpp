// The generator's event loop: epoll and nothing else.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "bench/clock.hpp"

namespace tidewire::bench {

/// What owns a descriptor in a loop.
class io_handler {
public:
  virtual ~io_handler() = default;

  /// Something may be possible; edge-triggered, so read and write until the
  /// socket says no more. Spurious calls happen.
  virtual void on_ready(std::uint32_t events) = 0;
};

/// One thread's loop. A raw loop on purpose: it has to be several times cheaper
/// than any server, so that one core of it saturates a core of the server.
class loop {
public:
  /// Throws std::system_error if there is no descriptor for the epoll set.
  loop();
  ~loop();
  loop(const loop&) = delete;
  loop& operator=(const loop&) = delete;

  /// Watches for reading and writing. The handler must outlive the watch, which
  /// ends when the descriptor is closed, and the turn in which that happens.
  /// False if the kernel refuses.
  bool watch(int fd, io_handler& handler);

  /// Handles what is ready; if nothing is, waits until something is or until
  /// `deadline`.
  void turn(nanos deadline);

  /// One large buffer that all connections of the loop read into. In front of
  /// it there is room for what a connection had left over.
  std::span<char> buffer() { return {buffer_.get(), buffer_size}; }

  static constexpr std::size_t buffer_size = std::size_t{256} * 1024;

private:
  int epoll_;
  bool coarse_ = false; // no epoll_pwait2 here
  std::unique_ptr<char[]> buffer_;
};

} // namespace tidewire::bench
