// A blocking socket with deadlines, for tests.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

namespace tidewire::testing {

/// How long a fact that must come true may take: long, because sanitizers and
/// a busy machine slow everything; nothing waits for it when all is well.
inline constexpr std::chrono::milliseconds patience{20'000};

/// A TCP connection to a port of this machine. Throws std::system_error when
/// it cannot be made. Used by one thread.
class socket {
public:
  enum class outcome { data, ended, late };

  explicit socket(std::uint16_t port);
  ~socket();
  socket(socket&& other) noexcept;
  socket(const socket&) = delete;
  socket& operator=(const socket&) = delete;

  /// Writes everything; false if the other side is gone.
  bool write(std::string_view bytes);

  /// Waits for bytes; `size` becomes how many came.
  outcome read(char* into, std::size_t& size,
               std::chrono::steady_clock::time_point deadline);

  /// Ends it with a reset.
  void reset();
  void close();

  int descriptor() const noexcept { return descriptor_; }

private:
  int descriptor_ = -1;
};

} // namespace tidewire::testing
