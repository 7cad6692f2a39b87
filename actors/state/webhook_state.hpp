// What has been announced about channels, and what is to be. Pure: reports and
// the time in, announcements out.
#pragma once

#include "messages/channel_reports.hpp"

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace tidewire {

/// Compares what channels report with what was announced, and announces the
/// difference: each change once, departures only when nobody came back within
/// the delay, counts of large channels at most every so often.
///
/// Belongs to WEBHOOKS. Times are nanoseconds of one clock.
class webhook_state {
public:
  static constexpr std::int64_t count_interval_ns = 5'000'000'000;
  static constexpr std::uint64_t count_threshold = 100;
  static constexpr std::int64_t never =
      std::numeric_limits<std::int64_t>::max();

  /// Whether anybody wants to know who is in a channel. What nobody wants to
  /// know is not kept either.
  struct interest {
    bool occupancy = true;
    bool members = true;
  };

  /// In the form of reports: what is announced is as good as reported.
  using announcements = std::vector<channel_report>;

  explicit webhook_state(std::int64_t delay_ns) : delay_ns_(delay_ns) {}

  /// What an earlier life had announced. If no report confirms it by `until`,
  /// or whatever `judge` says later, it is not so any more. What is known
  /// already stays as it is. `again`: others may have announced otherwise
  /// since, so that what is confirmed is announced once more.
  void restore(const channel_key& channel, std::int64_t until,
               bool again = false);
  void restore(const channel_key& channel, const std::string& user,
               std::int64_t until, bool again = false);

  /// What was announced of a channel, for a WEBHOOKS on another node, and how
  /// long the delays still run that would end in a departure.
  struct announced {
    struct one {
      std::string user;                ///< empty: the occupancy
      std::int64_t departs_ns = never; ///< from now
      bool again = false; ///< backends may have heard otherwise since
    };
    channel_key channel;
    std::vector<one> all; ///< the occupancy first, if it was announced
  };

  /// Takes out what is announced elsewhere from now on. What an earlier life of
  /// this node had announced, and no report has confirmed, is left out:
  /// whoever took the channels over meanwhile knows better.
  template <class Moved>
  std::vector<announced> hand_over(Moved moved, std::int64_t now) {
    std::vector<announced> result;
    for (auto at = channels_.begin(); at != channels_.end();) {
      auto& [key, e] = *at++;
      if (moved(key))
        result.push_back(take_out(channel_key{key}, now));
    }
    return result;
  }

  /// What another one had announced: delays go on, and what no report confirms
  /// by `until`, or whatever `judge` says later, is not so any more. What is
  /// known already stays as it is. True for those that were not known.
  bool inherit(const channel_key& channel, const announced::one& what,
               std::int64_t now, std::int64_t until);

  /// Somebody else has announced that this is not so: `apart` at the same time
  /// as we have, or after it. If it is so, it is announced again. What only an
  /// earlier life has said, or what came before, is forgotten.
  enum class standing : std::uint8_t { unknown, forgotten, doubted };
  standing doubt(const channel_key& channel, const std::string& user,
                 bool apart);

  /// Whether it would be announced again if it is so.
  bool in_doubt(const channel_key& channel, const std::string& user) const;

  /// These channels have begun anew: of what they reported nothing is known,
  /// until it is confirmed or judged.
  template <class Channels>
  void begin_anew(Channels which) {
    auto forget = [](presence& x) {
      x.unclear = x.unclear || std::exchange(x.here, false);
    };
    for (auto& [key, e] : channels_) {
      if (!which(key))
        continue;
      forget(e.occupancy);
      for (auto& [user, p] : e.members)
        forget(p);
    }
  }

  /// From now on users who are reported gone may be there all the same, with a
  /// node that is silent, and so may subscribers of channels that are vacated:
  /// it is not announced before that. 0: it is known.
  void departures_wait(std::int64_t users, std::int64_t channels) {
    users_wait_ = users;
    channels_wait_ = channels;
  }

  /// All that there is has been reported. What an earlier life or another one
  /// had announced and nobody has confirmed is not so any more at `due`, and
  /// who went meanwhile is gone; but neither is announced before `no_sooner`.
  /// What was doubted and is here is announced again.
  void judge(std::int64_t due, std::int64_t no_sooner, announcements& out);

  void handle(const channel_report& report, interest who_cares,
              std::int64_t now, announcements& out);

  /// What nobody wants to know any more was never announced. `out` says so in
  /// the form of departures, which nobody wants to know either.
  template <class Interest>
  void forget(Interest who_cares, announcements& out) {
    for (auto at = channels_.begin(); at != channels_.end();) {
      auto& [key, e] = *at++; // it may be the last of this entry
      release(key, e, who_cares(key), out);
    }
  }

  /// Announces what is due.
  void tick(std::int64_t now, announcements& out);

  /// When `tick` has something to do; `never` if nothing waits.
  std::int64_t next_due() const noexcept {
    return agenda_.empty() ? never : agenda_.begin()->first.first;
  }

  /// From now on nobody departs: the server is leaving, its clients are not.
  void hold_departures();

  /// Everything announced as occupied or present, members after their channel.
  template <class Channel, class Member>
  void for_each_announced(Channel on_channel, Member on_member) const {
    for (auto& [key, e] : channels_) {
      if (e.occupancy.announced)
        on_channel(key);
      for (auto& [user, p] : e.members)
        if (p.announced)
          on_member(key, user);
    }
  }

  std::size_t channels() const noexcept { return channels_.size(); }

private:
  using moment = std::pair<std::int64_t, std::uint64_t>; // and a tie breaker

  /// A channel's occupancy or a user's presence.
  struct presence {
    bool announced = false;
    bool here = false;
    bool stale = false;          // announced by an earlier life, not confirmed
    bool unclear = false;        // not here, but not known to be gone
    bool again = false;          // to be announced when it is confirmed
    std::int64_t leaves = never; // unclear: when the delay is over
    std::optional<moment> due;   // of the departure
  };

  /// The latest count of a large channel that was not announced.
  struct count {
    std::optional<std::uint64_t> held;
    moment due; // the end of the pause
  };

  struct entry {
    presence occupancy;
    std::map<std::string, presence> members;
    std::optional<count> counted;
  };

  struct appointment {
    enum class about : std::uint8_t { occupancy, member, count };
    channel_key channel;
    about what;
    std::string user;
  };

  void restore(presence& x, const channel_key& channel, const std::string& user,
               std::int64_t until, bool again);
  bool judge(presence& x, const channel_key& channel, const std::string& user,
             std::int64_t due, std::int64_t no_sooner);
  announced take_out(const channel_key& channel, std::int64_t now);

  /// Notes that it is here; true if that is to be announced.
  bool arrive(presence& x);
  void depart(presence& x, std::int64_t now, const channel_key& channel,
              const std::string& user);
  void set_due(presence& x, std::int64_t due, const channel_key& channel,
               const std::string& user);
  moment appoint(std::int64_t due, appointment what);
  void cancel(std::optional<moment>& due);
  void join(entry& e, const channel_key& channel, const std::string& user,
            announcements& out);
  void state(entry& e, const channel_report& report, const channel_stated& what,
             interest who_cares, std::int64_t now, announcements& out);
  void recount(entry& e, const channel_key& channel, std::uint64_t number,
               std::int64_t now, announcements& out);
  void meet(const appointment& what, std::int64_t now, announcements& out);
  void release(const channel_key& channel, entry& e, interest who_cares,
               announcements& out);
  void forget_if_empty(const channel_key& channel);

  std::int64_t delay_ns_;
  bool held_ = false;
  std::int64_t users_wait_ = 0;
  std::int64_t channels_wait_ = 0;
  std::unordered_map<channel_key, entry, channel_key_hash> channels_;
  std::map<moment, appointment> agenda_;
  std::uint64_t appointments_ = 0;
};

} // namespace tidewire
