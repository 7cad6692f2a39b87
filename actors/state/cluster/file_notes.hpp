// What the nodes' configuration files define, compared: files are not shared,
// so where they differ somebody has to be told. Pure.
#pragma once

#include "actors/state/cluster/life.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tidewire::cluster {

/// What things a file defines; the numbers are of the wire.
enum class file_thing : std::uint8_t { app = 1, tier = 2, account = 3 };

inline constexpr std::uint64_t last_file_thing = 3;

/// The word for it in a sentence.
std::string_view name_of(file_thing what) noexcept;

/// By what it is and its id or name: a hash of all that is said of it.
using file_notes = std::map<std::pair<file_thing, std::string>, std::uint64_t>;

/// This node's file and those of the lives that are linked. Belongs to the
/// REGISTRY.
class file_comparison {
public:
  /// True if it is another than before: the records are to be told to all.
  bool mine_are(file_notes now);

  /// For whoever is linked.
  std::vector<std::string> records() const;

  /// False if it cannot be read.
  bool receive(const life& from, std::string_view bytes);
  void unlinked(const life& who) { theirs_.erase(who); }

  /// Apps of other nodes' files, and which node has them.
  std::map<std::string, std::string> apps_elsewhere() const;

  /// A sentence for every node whose file says something else than ours.
  std::vector<std::string> differences() const;

private:
  struct statement {
    std::uint64_t number = 0;
    bool complete = false;
    file_notes notes;
  };

  std::uint64_t number_ = 0; // of our statement
  file_notes mine_;
  std::map<life, statement> theirs_;
};

} // namespace tidewire::cluster
