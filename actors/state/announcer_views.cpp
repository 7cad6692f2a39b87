// What an announcer does when the view of the cluster changes, or a line is
// new.
#include "actors/state/announcer.hpp"

#include <utility>

namespace tidewire {

namespace {

bool at_home(std::optional<place> x) {
  return x && is_local(*x);
}

} // namespace

// Copies come before what is told now: whoever is dead tells nothing.
void announcer::view_is(std::shared_ptr<const cluster::placement> now) {
  if (placed_ && placed_->hash() == now->hash())
    return;
  auto before = std::exchange(placed_, std::move(now));
  judged_ = false;
  auto was_away = before && before->stay_of(0) != placed_->stay_of(0);
  for (auto where : placed_->places())
    if (is_local(where)) {
      unsettled_[reactor_of(where)] = false;
      if (was_away)
        anew_[reactor_of(where)] = placed_->hash();
    }
  if (before)
    for (auto where : before->places())
      if (auto node = node_of(where);
          !placed_->has(node) && !over_.contains(node))
        missing_.emplace(node, home_.now_ns());
  std::erase_if(missing_, [this](auto& x) { return placed_->has(x.first); });
  await_others();
  for (auto& x :
       handed_.take_back([this](auto node) { return placed_->has(node); }))
    inherited_.push_back(std::move(x));
  take_over_copies();
  if (state_)
    hand_over(before.get());
}

// A view without whoever drains comes again. Who has not spoken of the one in
// between has handed over nothing, and what it said before is worth nothing.
void announcer::await_others() {
  std::vector<place> awaited;
  for (auto where : placed_->places())
    if (!is_local(where) && reactor_of(where) == 0)
      if (auto at = stated_.find(node_of(where));
          at == stated_.end() || at->second != placed_->hash())
        awaited.push_back(where);
  std::erase_if(stated_,
                [this](auto& x) { return x.second != placed_->hash(); });
  others_.view_is(placed_, std::move(awaited), home_.now_ns(),
                  set_.patience_ns);
}

void announcer::take_over_copies() {
  auto is_there = [this](node_number node) { return placed_->has(node); };
  auto ours = [this](std::string_view app, std::string_view channel) {
    return at_home(placed_->owner_of(app, channel));
  };
  auto ours_next = [this](std::string_view app, std::string_view channel) {
    return at_home(placed_->runner_up_of(app, channel));
  };
  // The owner may have announced otherwise since those who left said it.
  auto at_second_hand = [this](fact x) {
    x.apart = true;
    inherited_.push_back(std::move(x));
  };
  for (auto& x :
       gone_copies_.take([&](const std::string&app, const std::string&channel,
                             node_number from) {
         return ours(app, channel) || !is_there(from);
       })) {
    if (ours(x.app, x.channel))
      gone_.note(x, home_.now_ns());
    else
      at_second_hand(std::move(x));
  }
  gone_copies_.take([&](const std::string& app, const std::string& channel,
                        node_number) { // nobody will say that they are back
    return !ours_next(app, channel);
  });
  for (auto& x : copies_.choose(ours, ours_next, [&](node_number from) {
         return !is_there(from);
       })) {
    home_.took_over(x);
    if (ours(x.app, x.channel))
      inherited_.push_back(std::move(x));
    else
      at_second_hand(std::move(x));
  }
}

// What a predecessor decided and did not come to write down was never
// announced; what was is told anew.
void announcer::adopt(webhook_state* state) {
  state_ = state;
  to_copy_.clear();
  if (state_ && placed_)
    hand_over(nullptr);
}

// The owner is told what was announced: who is there, and who is gone, in case
// that it has announced otherwise when we were apart.
void announcer::hand_over(const cluster::placement* before) {
  auto& now = *placed_;
  auto apart = [&](node_number node) {
    return before
           && (before->stay_of(node) != now.stay_of(node)
               || before->stay_of(0) != now.stay_of(0));
  };
  std::map<node_number, std::vector<fact>> moved;
  for (auto& x : state_->hand_over(
           [this](const channel_key& key) { return owner_of(key) != 0; },
           home_.now_ns())) {
    auto owner = owner_of(x.channel);
    auto& to = moved[owner];
    // The journal need not know who was there, only that we know it no more.
    home_.remember(fact_of(x.channel, {}, false));
    for (auto& one : x.all) {
      auto what = fact_of(x.channel, one.user, true);
      what.apart = apart(owner);
      if (one.departs_ns != webhook_state::never)
        what.departs_ms = static_cast<std::uint64_t>(one.departs_ns / ns_of_ms);
      if (!one.user.empty())
        home_.remember(fact_of(x.channel, one.user, false));
      to.push_back(what);
      if (one.again) {
        what.so = false;
        what.apart = true;
        to.push_back(std::move(what));
      }
    }
  }
  for (auto& x : gone_.take(
           [this](const std::string&app, const std::string&channel,
                  node_number) { return owner_of(app, channel) != 0; })) {
    auto owner = owner_of(x.app, x.channel);
    x.apart = apart(owner);
    moved[owner].push_back(std::move(x));
  }
  // What others have said, and are not there to say again.
  for (auto& x : std::exchange(inherited_, {})) {
    auto owner = owner_of(x.app, x.channel);
    x.apart = x.apart || (owner != 0 && apart(owner));
    (owner == 0 ? inherited_ : moved[owner]).push_back(std::move(x));
  }
  for (auto& [node, facts] : moved)
    hand(node, facts);
  for (auto where : now.places())
    if (!is_local(where) && reactor_of(where) == 0)
      to_conclude_.insert(node_of(where));
  tell_copies(); // to whom they were meant for
  // Whoever would be next and was not knows nothing yet.
  copy_all([&](const channel_key& key) -> std::optional<node_number> {
    auto next = next_of(key, now);
    if (next && before && next_of(key, *before) == next
        && before->stay_of(*next) == now.stay_of(*next))
      return std::nullopt;
    return next;
  });
}

void announcer::hand(node_number to, const std::vector<fact>& facts) {
  for (auto& record : handed_.hand(to, facts))
    home_.tell(to, cluster::announced_here_kind, std::move(record));
}

// What was under way over the line before may be lost.
void announcer::line_is(node_number with) {
  copies_.forget(with);
  if (!state_ || !placed_ || !placed_->has(with))
    return;
  for (auto& record : handed_.again(with))
    home_.tell(with, cluster::announced_here_kind, std::move(record));
  to_conclude_.insert(with);
  copy_all([&](const channel_key& key) {
    auto next = next_of(key, *placed_);
    return next == with ? next : std::nullopt;
  });
}

// Also of what is gone: who was away may think otherwise.
void announcer::copy_all(const next_of_channel& next_of) {
  auto add = [&](const channel_key& key, const std::string& user) {
    if (auto next = next_of(key))
      to_copy_[*next].push_back(as_copy(key, user, true));
  };
  state_->for_each_announced([&](const channel_key& key) { add(key, {}); },
                             add);
  gone_.for_each([&](const std::string& app, const std::string& channel,
                     const std::string& user) {
    channel_key key{home_.by_id(app), channel};
    if (auto next = key.app == no_app ? std::nullopt : next_of(key))
      to_copy_[*next].push_back(as_copy(key, user, false));
  });
}

} // namespace tidewire
