// What the GAUGE knows: facts as they came, and the readings beside them.
#pragma once

#include "messages/lifecycle.hpp"
#include "messages/reading.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace tidewire {

/// Adds up facts and readings. Pure. Outlives the GAUGE, so that a restarted
/// one goes on where the last one was.
class gauge_state {
public:
  /// `apps` is how many there are at first; others are known by what happens.
  explicit gauge_state(std::size_t apps) : facts_(apps) {}

  /// Counts what a reactor saw, each fact once however often it is told:
  /// `first` is the number of the first one, from 1 and without gaps. Never
  /// changes how many are open: that is what the readings say. Returns how many
  /// of the batch had been told before.
  std::size_t apply(std::uint64_t first, const lifecycle_batch& batch);

  /// How many facts of a reactor have been counted.
  std::uint64_t counted(std::uint32_t reactor) const noexcept {
    return reactor < counted_.size() ? counted_[reactor] : 0;
  }

  void count_restart() noexcept { ++restarts_; }

  /// Puts the readings of all reactors together. The drift compares the books
  /// (live sets, facts, pending and closing) with the sockets that are held.
  /// `booked` is what `unbooked` said of each reading when it came; without it
  /// the readings are compared with the facts of now.
  gauge_reading merge(const std::vector<reactor_reading>& readings,
                      bool complete,
                      std::optional<std::int64_t> booked = {}) const;

  /// The open connections of a reading minus what the facts of its reactor say.
  /// To be asked when the reading comes: a reactor sends its facts before the
  /// reading they belong to, and more of them after it.
  std::int64_t unbooked(const reactor_reading& reading) const noexcept;

private:
  void count(const lifecycle& fact);

  std::vector<std::uint64_t> counted_; // by reactor
  std::vector<app_gauge> facts_; // closed, refused, opened, time of the closed
  std::array<std::uint64_t, refuse_reasons> refused_without_app_{};
  std::uint64_t restarts_ = 0;
  std::vector<std::int64_t> booked_; // opened minus closed, by reactor
};

/// Compares the reactors' sockets with the kernel's, over two audits, because
/// the two are never read at the same instant: a difference that one audit
/// sees may be a connection on its way; one that stays is drift.
class kernel_audit {
public:
  /// `before` and `after` were taken around counting `kernel` sockets. Returns
  /// the drift that this audit and the one before agree on.
  std::int64_t compare(const gauge_reading& before, std::uint64_t kernel,
                       const gauge_reading& after) noexcept;

  std::int64_t drift() const noexcept { return drift_; }

private:
  std::int64_t last_ = 0;
  std::int64_t drift_ = 0;
};

} // namespace tidewire
