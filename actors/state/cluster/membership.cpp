// What happens to peers: links, dials, silence, ends.
#include "actors/state/cluster/membership.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace tidewire::cluster {

std::string_view word(peer_state x) noexcept {
  switch (x) {
  case peer_state::unmet:
    return "unmet";
  case peer_state::alive:
    return "alive";
  case peer_state::suspect:
    return "suspect";
  case peer_state::lost:
    return "lost";
  case peer_state::ended:
    return "ended";
  }
  return "unknown";
}

std::string_view word(standing x) noexcept {
  switch (x) {
  case standing::alone:
    return "alone";
  case standing::member:
    return "member";
  case standing::left_out:
    return "left out";
  }
  return "unknown";
}

membership::membership(const membership_settings& settings,
                       membership_self self, std::vector<std::string> seeds,
                       const meter::cluster_clock& clock, std::int64_t now_ns,
                       std::vector<ended_life> ended,
                       const std::vector<known_life>& known)
    : settings_(settings),
      self_(std::move(self)),
      now_ns_(now_ns),
      seeds_(std::move(seeds)),
      clock_(clock),
      dials_(settings.redial_first_ns, settings.redial_most_ns),
      alone_lived_(now_ns),
      beaten_lived_(now_ns) {
  // Between two of our own heartbeats is no pause.
  settings_.pause_ns = std::max(settings_.pause_ns, 2 * settings_.heartbeat_ns);
  for (auto& one : ended)
    ended_.add(std::move(one));
  // They were known long ago: whoever comes by one of their names is another.
  for (auto& one : known)
    if (auto* it = know(one.who, now_ns - settings_.suspect_ns)) {
      it->address = one.address;
      if (one.answered)
        dials_.answered(one.address, one.who);
    }
  hearing_row row;
  row.who = self_.who;
  row.reactors = self_.reactors;
  row.address = self_.address;
  row.age = clock_.at(now_ns);
  matrix_.rows.emplace(self_.who, std::move(row));
  view_ = std::make_shared<const view>(view_of(matrix_));
  own().view_hash = view_->hash;
  list_wanted();
}

// -- turns --------------------------------------------------------------------

std::int64_t membership::enter(std::int64_t now_ns, effects& out) {
  auto gap_ns = now_ns - now_ns_;
  if (gap_ns > settings_.pause_ns) {
    skipped_ns_ += gap_ns;
    quiet_lived_ = now_ns - skipped_ns_ + settings_.settle_ns();
    if (std::exchange(losing_lived_, std::nullopt))
      matrix_changed_ = true; // what was about to be lost still is
    hurried_ = true;
    out.emplace_back(paused{gap_ns});
  }
  now_ns_ = now_ns;
  return now_ns - skipped_ns_;
}

void membership::leave_turn(std::int64_t lived, effects& out) {
  watch(lived, out);
  consider(lived, out);
  redial(lived, out);
  beat(lived, out);
}

void membership::tick(std::int64_t now_ns, effects& out) {
  if (left_)
    return;
  auto lived = enter(now_ns, out);
  leave_turn(lived, out);
}

void membership::list_wanted() {
  wanted_.clear();
  auto useful = [this](const std::string& x) {
    return !x.empty() && x != self_.address;
  };
  for (const auto& [who, one] : peers_)
    if (useful(one.address)
        && (!one.linked || one.state == peer_state::suspect
            || dials_.resident(one.address) != who))
      wanted_.push_back(one.address);
  for (const auto& seed : seeds_) {
    const auto& resident = dials_.resident(seed);
    auto at = resident ? peers_.find(*resident) : peers_.end();
    if (useful(seed) && (at == peers_.end() || !at->second.linked))
      wanted_.push_back(seed);
  }
}

std::int64_t membership::wake_ns() const {
  auto next = beaten_lived_
              + (hurried_ || roll_changed_ ? settings_.hurry_ns()
                                           : settings_.heartbeat_ns);
  if (losing_lived_)
    next = std::min(next, *losing_lived_ + settings_.settle_ns());
  for (const auto& address : wanted_)
    next = std::min(next, dials_.due_ns(address));
  for (const auto& [who, one] : peers_) {
    if (one.heard_lived && one.state == peer_state::alive)
      next = std::min(next, *one.heard_lived + settings_.suspect_ns);
    if (one.heard_lived && one.state == peer_state::suspect)
      next = std::min(next, *one.heard_lived + settings_.lost_ns);
  }
  return std::max(next + skipped_ns_, now_ns_ + 1'000'000);
}

// -- links and dials ----------------------------------------------------------

void membership::linked(const life& who, const std::string& address,
                        std::int64_t now_ns, effects& out) {
  if (left_)
    return;
  auto lived = enter(now_ns, out);
  if (auto* one = know(who, lived)) {
    if (!address.empty())
      one->address = address;
    one->linked = wanted_changed_ = true;
    one->linked_lived = lived;
    hurried_ = true;
    end_others_of(who, lived, out);
  } else {
    told_[who] = lived;
  }
  tell_roll(who, out);
  leave_turn(lived, out);
}

void membership::unlinked(const life& who, std::int64_t now_ns, effects& out) {
  if (left_)
    return;
  auto lived = enter(now_ns, out);
  told_.erase(who);
  if (auto at = peers_.find(who); at != peers_.end() && at->second.linked) {
    at->second.linked = false;
    wanted_changed_ = true;
    dials_.hurry(at->second.address, lived);
  }
  leave_turn(lived, out);
}

void membership::dialled(const std::string& address, dial_result result,
                         const std::optional<life>& answered,
                         std::int64_t now_ns, effects& out) {
  if (left_)
    return;
  auto lived = enter(now_ns, out);
  auto began = dials_.ended(address, result, answered, lived);
  empty_.ended(address, result == dial_result::refused, now_ns);
  wanted_changed_ = true;
  if (began && result == dial_result::answered && answered)
    end_others_of(*answered, lived, out);
  if (began && result == dial_result::refused) {
    if (!empty_.at_once({address}, last_end_ns_, INT64_MAX))
      dials_.join_in(address, lived); // somebody has gone meanwhile
    refused_at(address, *began, lived, out);
  }
  leave_turn(lived, out);
}

void membership::met(const life& who, std::int64_t now_ns, effects& out) {
  if (left_)
    return;
  auto lived = enter(now_ns, out);
  end_others_of(who, lived, out);
  leave_turn(lived, out);
}

void membership::refused_at(const std::string& address, std::int64_t began,
                            std::int64_t lived, effects& out) {
  const auto& resident = dials_.resident(address);
  if (!resident)
    return;
  auto at = peers_.find(*resident);
  if (at == peers_.end() || at->second.address != address
      || is_heard(at->second, lived)
      || at->second.heard_lived.value_or(began) > began)
    return;
  end(ending_of(*resident, ending::refused), out);
}

void membership::redial(std::int64_t lived, effects& out) {
  if (std::exchange(wanted_changed_, false))
    list_wanted();
  dial_empty_again(lived);
  for (const auto& address : wanted_)
    if (dials_.dial_now(address, lived)) {
      empty_.dialling(address, now_ns_);
      out.emplace_back(dial{address});
    }
}

// All at once, or nothing follows from what they say (nobody_else).
void membership::dial_empty_again(std::int64_t lived) {
  auto due = [&](const std::string& x) {
    return empty_.has(x) && dials_.due_ns(x) <= lived;
  };
  if (std::none_of(wanted_.begin(), wanted_.end(), due))
    return;
  for (const auto& address : wanted_)
    if (empty_.has(address))
      dials_.join_in(address, lived);
}

// -- silence ------------------------------------------------------------------

bool membership::is_heard(const peer& which, std::int64_t lived) const {
  return which.linked && which.heard_lived
         && lived - *which.heard_lived < settings_.suspect_ns;
}

void membership::watch(std::int64_t lived, effects& out) {
  if (lived >= quiet_lived_) {
    for (auto& [who, one] : peers_) {
      auto silent = lived - one.heard_lived.value_or(one.known_lived);
      if (silent >= settings_.lost_ns)
        state_is(who, one, peer_state::lost, out);
      else if (silent >= settings_.suspect_ns && one.state == peer_state::alive)
        state_is(who, one, peer_state::suspect, out);
      if (one.linked && one.state == peer_state::lost && !one.dropped
          && lived - one.linked_lived >= settings_.lost_ns) {
        one.dropped = true;
        out.emplace_back(drop_link{who, "it has been silent for too long"});
      }
      if (lived - one.fresh_lived >= settings_.lost_ns
          && matrix_.rows.erase(who) > 0)
        matrix_changed_ = true;
    }
  }
  for (auto at = told_.begin(); at != told_.end();) {
    if (lived - at->second < settings_.settle_ns()) {
      ++at;
      continue;
    }
    out.emplace_back(drop_link{at->first, "its life is over"});
    at = told_.erase(at);
  }
  if (ears_changed_)
    list_heard();
}

void membership::list_heard() {
  ears_changed_ = false;
  auto& row = own();
  row.hears.clear();
  row.suspects.clear();
  for (const auto& [who, one] : peers_) {
    if (one.state == peer_state::alive || one.state == peer_state::suspect)
      row.hears.push_back(who);
    if (one.state == peer_state::suspect)
      row.suspects.push_back(who);
  }
  matrix_changed_ = hurried_ = true;
}

void membership::state_is(const life& who, peer& which, peer_state is,
                          effects& out) {
  if (which.state == is)
    return;
  out.emplace_back(peer_changed{who, which.state, is});
  which.state = is;
  ears_changed_ = wanted_changed_ = true;
}

// -- ends ---------------------------------------------------------------------

membership::peer* membership::know(const life& who, std::int64_t lived) {
  if (who.node == self_.who.node || ended_.has(who))
    return nullptr;
  auto at = peers_.find(who);
  if (at == peers_.end()) {
    if (peers_.size() >= max_lives)
      return nullptr;
    at = peers_.emplace(who, peer{}).first;
    at->second.known_lived = lived;
    roll_changed_ = wanted_changed_ = true;
  }
  return &at->second;
}

ended_life membership::ending_of(const life& who, ending how) const {
  return {who, how, clock_.at(now_ns_), self_.who.node};
}

void membership::end(ended_life what, effects& out) {
  if (!ended_.add(what))
    return;
  roll_changed_ = wanted_changed_ = true;
  last_end_ns_ = now_ns_;
  for (const auto& seed : seeds_)
    if (empty_.has(seed))
      dials_.join_in(seed, now_ns_ - skipped_ns_);
  std::optional<std::int64_t> ahead;
  auto at = peers_.find(what.who);
  if (at != peers_.end()) {
    ahead = at->second.ahead_ns;
    state_is(what.who, at->second, peer_state::ended, out);
    if (at->second.linked && what.how != ending::left) {
      tell_roll(what.who, out); // it may hear it yet
      told_[what.who] = now_ns_ - skipped_ns_;
    }
    peers_.erase(at);
  }
  matrix_changed_ |= matrix_.rows.erase(what.who) > 0;
  matrix_.struck.erase(what.who);
  time_.forget(what.who);
  out.emplace_back(life_ended{std::move(what), ahead});
}

// A hello may have been under way for as long as a handshake takes: it proves
// nothing about a life that was not known yet when it may have begun.
void membership::end_others_of(const life& who, std::int64_t lived,
                               effects& out) {
  if (who == self_.who || ended_.has(who))
    return;
  std::vector<life> gone;
  for (auto& [other, one] : peers_) {
    if (other.node != who.node || other == who)
      continue;
    if (is_heard(one, lived))
      clash(other, one, who, lived, out);
    else if (lived - one.known_lived >= settings_.suspect_ns)
      gone.push_back(other);
  }
  for (const auto& other : gone)
    end(ending_of(other, ending::replaced), out);
}

// A link may be about to break whose life has just ended; only if both are
// heard for a while are there two.
void membership::clash(const life& known, peer& which, const life& newcomer,
                       std::int64_t lived, effects& out) {
  if (which.rival != newcomer) {
    which.rival = newcomer;
    which.rival_lived = lived;
  } else if (lived - which.rival_lived >= settings_.suspect_ns) {
    which.rival_lived = lived;
    out.emplace_back(name_clash{known, newcomer});
  }
}

bool membership::admits(const life& who, std::int64_t now_ns) const {
  if (who.node == self_.who.node)
    return false;
  auto lived = now_ns - skipped_ns_;
  return std::none_of(peers_.begin(), peers_.end(), [&](const auto& x) {
    return x.first.node == who.node && x.first != who
           && is_heard(x.second, lived);
  });
}

forget_answer membership::forget(const life& who, std::int64_t now_ns,
                                 effects& out) {
  if (who == self_.who)
    return forget_answer::myself;
  if (left_ || ended_.has(who))
    return forget_answer::ended_before;
  auto lived = enter(now_ns, out);
  auto at = peers_.find(who);
  auto heard = at != peers_.end()
               && (at->second.state == peer_state::alive
                   || at->second.state == peer_state::suspect);
  if (heard || matrix_.rows.count(who) > 0)
    return forget_answer::alive;
  end(ending_of(who, ending::forgotten), out);
  leave_turn(lived, out);
  return forget_answer::forgotten;
}

} // namespace tidewire::cluster
