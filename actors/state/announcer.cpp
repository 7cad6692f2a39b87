#include "actors/state/announcer.hpp"

#include <algorithm>
#include <utility>

namespace tidewire {

node_number announcer::owner_of(std::string_view app,
                                std::string_view channel) const {
  return placed_ ? node_of(placed_->owner_of(app, channel)) : 0;
}

std::optional<node_number>
announcer::next_of(const channel_key& key, const cluster::placement& in) const {
  auto next = in.runner_up_of(home_.id_of(key.app), key.name);
  return next ? std::optional{node_of(*next)} : std::nullopt;
}

std::int64_t announcer::lost_until() const {
  std::int64_t result = 0;
  for (auto& [node, since] : missing_)
    result = std::max(result, since + set_.lost_after_ns);
  return result;
}

// -- what others say ----------------------------------------------------------

bool announcer::arrived(node_number from, cluster::record_kind kind,
                        std::string_view bytes) {
  if (kind == cluster::announced_all_kind) {
    auto view = cluster::read_announced_all(bytes);
    if (!view)
      return false;
    // Whoever comes to our view later may have forgotten what we said of it
    // over another one in between: he hears it again.
    auto before = std::exchange(stated_[from], *view);
    if (before != *view && placed_ && placed_->hash() == *view)
      to_conclude_.insert(from);
    others_.stated(office_of(from), *view);
    return true;
  }
  if (kind == cluster::announced_taken_kind) {
    auto number = cluster::read_announced_taken(bytes);
    if (!number)
      return false;
    handed_.taken(from, *number);
    to_conclude_.insert(from);
    return true;
  }
  auto all = cluster::read_announced(bytes);
  if (!all)
    return false;
  if (kind == cluster::announced_copy_kind) {
    for (auto& x : all->facts) {
      copies_.apply(x, from);
      if (x.so)
        gone_copies_.forget(x);
      else
        gone_copies_.note(x, home_.now_ns(), from);
    }
  } else if (kind == cluster::announced_here_kind) {
    to_confirm_[from] = std::max(to_confirm_[from], all->number);
    if (handed_.is_new(from, all->number))
      for (auto& x : all->facts)
        inherited_.push_back(std::move(x));
  }
  return true;
}

void announcer::life_over(node_number which) {
  over_.insert(which);
  if (missing_.erase(which) > 0)
    judged_ = false;
}

void announcer::inherit() {
  std::map<node_number, std::vector<fact>> moved_on;
  for (auto& x : std::exchange(inherited_, {})) {
    auto app = home_.by_id(x.app);
    if (app == no_app)
      continue;
    channel_key key{app, x.channel};
    if (auto owner = owner_of(key); owner != 0)
      moved_on[owner].push_back(std::move(x));
    else
      inherit(key, x);
  }
  // If that node has a newer view, they will come back, and what it stated
  // before says nothing of them.
  for (auto& [node, facts] : moved_on) {
    stated_.erase(node);
    hand(node, facts);
  }
}

// Of what two have announced apart, nobody knows which was the last: what is so
// is announced again.
void announcer::inherit(const channel_key& key, const fact& x) {
  judged_ = false;
  if (!x.so) {
    auto was = state_->doubt(key, x.user, x.apart);
    if (was == webhook_state::standing::doubted)
      copy(key, x.user, true);
    else
      gone_.note(x, home_.now_ns());
    if (was == webhook_state::standing::forgotten)
      home_.remember(fact_of(key, x.user, false));
    return;
  }
  auto departs = x.departs_ms
                     ? static_cast<std::int64_t>(*x.departs_ms) * ns_of_ms
                     : webhook_state::never;
  auto again = gone_.has(x);
  gone_.forget(x);
  if (!state_->inherit(key, {x.user, departs, again}, home_.now_ns(),
                       webhook_state::never))
    return;
  home_.remember(fact_of(key, x.user, true));
  copy(key, x.user, true);
}

// -- what our channels say ----------------------------------------------------

// A CHANNEL that is leaving may still have something to say about who is there;
// its successor says it all. What happened happened.
bool announcer::elsewhere(const channel_report& what) const {
  return placed_ && owner_of(what.channel) != 0
         && !std::holds_alternative<client_event_sent>(what.what)
         && !std::holds_alternative<cache_missed>(what.what);
}

void announcer::handle(std::uint32_t reactor,
                       std::span<const channel_report> reports,
                       const interest_in& interest, announcements& out) {
  auto lost = lost_until();
  state_->departures_wait(unsettled_.contains(reactor) ? lost : 0, lost);
  for (auto& report : reports)
    if (!home_.id_of(report.channel.app).empty() // or it is told again
        && !elsewhere(report))
      state_->handle(report, interest(report.channel), home_.now_ns(), out);
}

// Who was away begins its channels anew (DIRECTORY), also those that nobody is
// in any more, and that have nothing to say. What a reactor reported before it
// saw that view is of channels that are no more.
void announcer::settled(std::uint32_t reactor, std::uint64_t view) {
  if (!placed_ || view == 0)
    return;
  if (auto at = anew_.find(reactor); at != anew_.end() && at->second == view) {
    anew_.erase(at);
    state_->begin_anew([&](const channel_key& key) {
      auto where = placed_->owner_of(home_.id_of(key.app), key.name);
      return reactor_of(where) == reactor;
    });
  }
  auto at = unsettled_.find(reactor);
  if (view != placed_->hash() || at == unsettled_.end())
    return;
  if (std::exchange(at->second, true)) // told again
    unsettled_.erase(at);
}

// Only when all is told that there is: by reactors, by other nodes, and by
// those who know what was in the journal.
bool announcer::can_judge(bool all_said) const {
  return placed_ && !judged_ && unsettled_.empty() && !waits() && all_said
         && inherited_.empty();
}

// What is gone is of use until all have told what they had announced. Who has
// joined a part does not know whom that misses, so it is kept a while longer.
void announcer::judge(bool all_said, announcements& out) {
  auto now = home_.now_ns();
  if (can_judge(all_said)) {
    judged_ = true;
    state_->judge(now + set_.settle_ns, lost_until(), out);
  }
  if (!missing_.empty())
    return;
  auto forgotten = now - 10 * set_.lost_after_ns;
  if (judged_)
    gone_.expire(forgotten);
  gone_copies_.expire(forgotten);
}

// -- what is announced --------------------------------------------------------

announcer::fact announcer::fact_of(const channel_key& key,
                                   const std::string& user, bool so) const {
  return {std::string{home_.id_of(key.app)}, key.name, user, so};
}

announcer::fact announcer::as_copy(const channel_key& key,
                                   const std::string& user, bool so) const {
  auto result = fact_of(key, user, so);
  result.apart = so && state_->in_doubt(key, user);
  return result;
}

void announcer::announced(const channel_report& what) {
  auto& [key, it] = what;
  if (std::holds_alternative<channel_occupied>(it))
    announced(key, {}, true);
  else if (std::holds_alternative<channel_vacated>(it))
    announced(key, {}, false);
  else if (auto* in = std::get_if<member_added>(&it))
    announced(key, in->user_id, true);
  else if (auto* gone = std::get_if<member_removed>(&it))
    announced(key, gone->user_id, false);
}

void announcer::announced(const channel_key& key, const std::string& user,
                          bool so) {
  home_.remember(fact_of(key, user, so));
  copy(key, user, so);
}

void announcer::copy(const channel_key& key, const std::string& user, bool so) {
  if (!placed_)
    return;
  auto what = as_copy(key, user, so);
  if (so)
    gone_.forget(what);
  else
    gone_.note(what, home_.now_ns());
  if (auto next = next_of(key, *placed_))
    to_copy_[*next].push_back(std::move(what));
}

// -- what others are told -----------------------------------------------------

// What is unsent first: a fact whose event is lost would never be told.
void announcer::tell_copies() {
  if (!home_.tell_unsent())
    return;
  for (auto& [node, facts] : std::exchange(to_copy_, {}))
    for (auto& record : cluster::write(facts))
      home_.tell(node, cluster::announced_copy_kind, std::move(record));
}

// After the journal and the copies: it is in good hands.
void announcer::confirm() {
  for (auto& [node, number] : std::exchange(to_confirm_, {}))
    home_.tell(node, cluster::announced_taken_kind,
               cluster::write_announced_taken(number));
}

// Who does not see our view yet hands back to us what it is handed; so that
// this was all is said to who has confirmed it, or he would take it for all
// while that is under way.
void announcer::conclude() {
  for (auto node : std::exchange(to_conclude_, {}))
    if (placed_ && placed_->has(node) && !handed_.waits_for(node))
      home_.tell(node, cluster::announced_all_kind,
                 cluster::write_announced_all(placed_->hash()));
}

} // namespace tidewire
