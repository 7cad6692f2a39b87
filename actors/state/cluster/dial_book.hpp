// Which addresses are dialled when, and what may be concluded from the answer.
#pragma once

#include "actors/state/cluster/life.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace tidewire::cluster {

/// What became of a dial, as far as membership cares.
enum class dial_result : std::uint8_t {
  answered, ///< a node proved to live there: the life is given with it; also if
            ///< no link came of it (linked already, name taken, not wanted)
  yourself, ///< this node's own address
  refused,  ///< the kernel there said that nobody listens
  failed,   ///< anything else: silence, no route, not a node
};

/// One attempt per address at a time; after a failure the pauses double.
class dial_book {
public:
  dial_book(std::int64_t first_ns, std::int64_t most_ns) noexcept
      : first_ns_(first_ns), most_ns_(most_ns) {}

  /// Whether to dial it now; if so, it is noted as being dialled.
  bool dial_now(const std::string& address, std::int64_t now_ns);

  /// The next time `dial_now` may be true for it.
  std::int64_t due_ns(const std::string& address) const;

  /// Something has happened there: dial at once, and often at first.
  void hurry(const std::string& address, std::int64_t now_ns);

  /// Dial at once, too, but with pauses that go on as they were.
  void join_in(const std::string& address, std::int64_t now_ns);

  /// Notes a result; gives the time at which that dial began.
  std::optional<std::int64_t> ended(const std::string& address,
                                    dial_result result,
                                    const std::optional<life>& answered,
                                    std::int64_t now_ns);

  /// It has answered there, before this node began.
  void answered(const std::string& address, const life& who) {
    entries_[address].resident = who;
  }

  /// It is this node's own address.
  bool own(const std::string& address) const;

  /// Who last answered there.
  const std::optional<life>& resident(const std::string& address) const;

private:
  struct entry {
    std::optional<life> resident;
    std::optional<std::int64_t> dialling_since_ns;
    std::int64_t next_ns = 0;
    std::int64_t pause_ns = 0;
    bool own = false;
  };

  std::int64_t first_ns_;
  std::int64_t most_ns_;
  std::map<std::string, entry> entries_;
};

} // namespace tidewire::cluster
