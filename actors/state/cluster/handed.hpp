// Facts that WEBHOOKS of this node hands to others until they have them, and
// those that it has told its backends are gone. Pure.
#pragma once

#include "actors/state/cluster/announced.hpp"
#include "messages/place.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace tidewire::cluster {

/// What is under way to the new owners of channels. A line that breaks may have
/// lost it, so that each record has a number, is kept until the other one says
/// that it has it, is said again over the next line, and counts once.
class handed_facts {
public:
  /// The records to be sent there.
  std::vector<std::string> hand(node_number to,
                                const std::vector<announced_fact>& facts);

  /// It has the records up to that number.
  void taken(node_number by, std::uint64_t number);

  /// What it has not said that it has, in its order.
  std::vector<std::string> again(node_number to) const;

  /// The same of those who are not there any more, who will not say so.
  std::vector<announced_fact>
  take_back(const std::function<bool(node_number)>& is_there);

  bool empty() const noexcept { return under_way_.empty(); }

  /// It has not said that it has everything.
  bool waits_for(node_number to) const { return under_way_.contains(to); }

  /// Of what comes here: false if it has come before.
  bool is_new(node_number from, std::uint64_t number);

private:
  using numbered = std::pair<std::uint64_t, std::string>;

  std::map<node_number, std::deque<numbered>> under_way_;
  std::uint64_t last_ = 0;
  std::map<node_number, std::uint64_t> came_;
};

/// What backends were told is gone lately. It moves with the channels: whoever
/// owns one after a heal may have told them otherwise before. Bounded: of too
/// many the first ones are forgotten.
class gone_facts {
public:
  static constexpr std::size_t most = 100'000;

  /// The node is the one that says so, 0: this one.
  void note(const announced_fact& what, std::int64_t now_ns,
            node_number from = 0);
  void forget(const announced_fact& what);
  bool has(const announced_fact& what) const;

  /// Forgets what was noted before that.
  void expire(std::int64_t before_ns);

  /// Takes out those for which `moved(app, channel, from)` is true.
  template <class Moved>
  std::vector<announced_fact> take(Moved moved) {
    std::vector<announced_fact> result;
    std::erase_if(all_, [&](auto& x) {
      auto& [app, channel, user] = x.first;
      if (!moved(app, channel, x.second.from))
        return false;
      result.push_back({app, channel, user, false});
      return true;
    });
    return result;
  }

  template <class Visit>
  void for_each(Visit visit) const {
    for (auto& [name, when] : all_)
      std::apply(visit, name);
  }

  std::size_t size() const noexcept { return all_.size(); }

private:
  using named = std::tuple<std::string, std::string, std::string>;

  struct noted {
    std::int64_t when_ns = 0;
    node_number from = 0;
  };

  void forget_first();

  std::map<named, noted> all_;
  std::deque<std::pair<std::int64_t, named>> order_; // of some no more
};

} // namespace tidewire::cluster
