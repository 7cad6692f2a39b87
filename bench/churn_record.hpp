// The generator's own account of what it opened and closed.
#pragma once

#include <cstdint>
#include <fstream>
#include <mutex>
#include <string>
#include <string_view>

namespace tidewire::bench {

/// A file with a JSON object per line: when (`t`, Unix time in microseconds),
/// what and which connection. `open` is the number of open connections after
/// the event; that is the truth a gauge is measured against. Opened means that
/// connection_established was received. Any thread may call.
class churn_record {
public:
  /// Writes to a file, or nowhere if the name is empty.
  explicit churn_record(const std::string& file);

  /// Whether all that was asked for has been written.
  bool good() const;

  void opened(std::uint64_t id, std::uint16_t port);
  void closed(std::uint64_t id, std::string_view how);

  /// One that never was open: a half handshake, a refused key.
  void never_opened(std::uint64_t id, std::string_view how);

  /// A quiet moment; `gauge` is -1 if nobody was asked.
  void checkpoint(std::int64_t gauge);

  std::uint64_t open() const;

private:
  std::ostream& line(std::string_view event);

  mutable std::mutex mutex_; // the worker writes, the conductor checks
  bool wanted_;
  std::ofstream out_;
  std::uint64_t open_ = 0;
};

} // namespace tidewire::bench
