// Where nobody listens, and whether that was so everywhere at one moment.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace tidewire::cluster {

/// The addresses whose machine refused the last dial. A refusal proves that no
/// node lived there at some time between the begin and the end of the dial; so
/// what two of them say together holds only if both dials fall into a time in
/// which no node can begin, join another one and take over what that had. Times
/// are of a steady clock that goes on while this process stands.
class empty_places {
public:
  void dialling(const std::string& address, std::int64_t now_ns);
  void ended(const std::string& address, bool refused, std::int64_t now_ns);

  bool has(const std::string& address) const;

  /// Whether nobody was at any of them at one moment: all dials began at
  /// `since_ns` or later, and were over within `window_ns`.
  bool at_once(const std::vector<std::string>& addresses, std::int64_t since_ns,
               std::int64_t window_ns) const;

private:
  struct dial {
    std::int64_t began_ns = 0;
    std::int64_t ended_ns = 0;
    std::int64_t asked_ns = 0; // when the one under way began
    bool refused = false;
  };
  std::map<std::string, dial> dials_;
};

} // namespace tidewire::cluster
