// The generator's record of channels: who asked for what, what each was told,
// and what became of each publish. Never asks a class that is tested.
#pragma once

#include "tests/sim/network.hpp"
#include "tests/sim/time.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tidewire::sim {

/// Channels of each app, one of each kind that differs.
inline constexpr std::uint32_t channel_names = 4;
inline constexpr const char* channel_name[channel_names] = {
    "presence-room", "news", "cache-score", "presence-cache-hall"};

/// A channel of an app.
struct channel_of {
  std::uint32_t app = 0;
  std::uint32_t name = 0;

  // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 errs
  friend auto operator<=>(const channel_of&, const channel_of&) = default;
  bool members() const noexcept { return name == 0 || name == 3; }
  bool keeps() const noexcept { return name >= 2; }
};

/// `presence-room of app 7`.
std::string text_of(const channel_of& x);
std::optional<std::uint32_t> channel_called(std::string_view name) noexcept;

/// The user of a client in presence channels: some have two connections.
std::string user_of(std::uint32_t client);

class listeners {
public:
  using visit = std::uint32_t;

  /// One subscription of one socket, from its wish to its end.
  struct ear {
    instant asked = 0;
    std::optional<instant> since; ///< it was told that it succeeded
    bool greeted = false;
    std::optional<std::uint64_t> greeting; ///< the event it was greeted with
    std::set<std::string> members;
    std::set<std::uint64_t> heard;            ///< numbers of events
    std::map<process, std::uint64_t> last_of; ///< by owner, in its order
  };

  /// An event that somebody handed in.
  struct publish {
    channel_of where;
    process by;
    instant at;
    std::vector<visit> audience; ///< who must get it, if nothing happens
    std::optional<bool> answer;  ///< whether it reached everybody
    instant answered = never;
    /// The owners that sent it, and the how manyth of their channel it was.
    std::map<process, std::uint64_t> sent;
  };

  // -- by servers, as they handle what clients do -----------------------------

  void asked(visit v, const channel_of& c, instant at);
  void left(visit v, const channel_of& c);
  void closed(visit v);

  /// The number of a new publish.
  std::uint64_t published(const channel_of& c, process by, instant at,
                          std::vector<visit> audience);
  void answered(std::uint64_t number, bool complete, instant at);
  /// An owner sends it to its edges; of what it sent before it says nothing
  /// again.
  void sent(std::uint64_t number, process owner);

  /// A text that the socket got: what is wrong about it, or nothing. `refused`
  /// is set if it was the refusal of a wish.
  std::string hear(visit v, std::uint32_t client, std::uint32_t app,
                   std::string_view text, instant at,
                   std::optional<channel_of>& refused);

  // -- looked at --------------------------------------------------------------

  const ear* find(visit v, const channel_of& c) const;
  const publish& of(std::uint64_t number) const { return publishes_[number]; }
  std::uint64_t publishes() const noexcept { return publishes_.size(); }
  template <class F>
  void each(F f) const {
    for (auto& [key, x] : ears_)
      f(key.first, key.second, x);
  }

private:
  std::string hear_event(ear& to, const channel_of& c, std::uint64_t number);

  std::map<std::pair<visit, channel_of>, ear> ears_;
  std::vector<publish> publishes_;
  std::map<std::pair<process, channel_of>, std::uint64_t> sent_; // how many
};

} // namespace tidewire::sim
