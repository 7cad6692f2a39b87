#include "tests/sim/sim_webhooks.hpp"

#include "tests/sim/sim_node.hpp"

#include <algorithm>
#include <utility>

namespace tidewire::sim {

namespace {

constexpr webhook_state::interest everything{true, true};

} // namespace

app_index app_by_id(std::string_view id) {
  return static_cast<app_index>(std::find(app_names, app_names + apps, id)
                                - app_names);
}

// What the journal has and others have taken over is theirs; they are asked
// (webhooks_unsent.cpp).
sim_webhooks::sim_webhooks(sim_node& home) : home_(home), state_(delay_ns) {
  judged_ = false;
  auto& journal = home.around().disk_of(home.where()).announced;
  std::erase_if(journal, [&](auto& x) {
    return home.around().is_taken_over(x.channel, x.user);
  });
  auto others = home.around().others_live(home.self());
  for (auto& x : journal) {
    auto until = home.now_ns() + settle_ns;
    if (x.user.empty())
      state_.restore(x.channel, until, others);
    else
      state_.restore(x.channel, x.user, until, others);
  }
}

bool sim_webhooks::took(const channel_key& key, const std::string& user) const {
  return took_.contains(
      cluster::key_of(fact{app_names[key.app], key.name, user}));
}

node_number sim_webhooks::owner_of(std::string_view app,
                                   std::string_view channel) const {
  return placed_ ? node_of(placed_->owner_of(app, channel)) : 0;
}

node_number sim_webhooks::owner_of(const channel_key& key) const {
  return owner_of(app_names[key.app], key.name);
}

std::optional<node_number>
sim_webhooks::next_of(const channel_key& key,
                      const cluster::placement& in) const {
  auto next = in.runner_up_of(app_names[key.app], key.name);
  return next ? std::optional{node_of(*next)} : std::nullopt;
}

bool sim_webhooks::waits() const {
  return !others_.settled() && home_.now_ns() < others_.until_ns();
}

void sim_webhooks::tell(node_number to, cluster::record_kind kind,
                        std::string bytes) {
  home_.send(to - 1, kind, bytes);
}

// -- the office ---------------------------------------------------------------

void sim_webhooks::view_is(std::shared_ptr<const cluster::placement> now) {
  if (placed_ && placed_->hash() == now->hash())
    return;
  auto before = std::exchange(placed_, std::move(now));
  judged_ = false;
  unsettled_ = true;
  sees_ = false;
  if (before && before->stay_of(0) != placed_->stay_of(0))
    anew_ = placed_->hash();
  if (before)
    for (auto where : before->places())
      if (auto node = node_of(where);
          !placed_->has(node) && !over_.contains(node))
        missing_.emplace(node, home_.now_ns());
  std::erase_if(missing_, [this](auto& x) { return placed_->has(x.first); });
  std::vector<place> awaited;
  for (auto where : placed_->places())
    if (!is_local(where))
      if (auto at = stated_.find(node_of(where));
          at == stated_.end() || at->second != placed_->hash())
        awaited.push_back(where);
  std::erase_if(stated_,
                [this](auto& x) { return x.second != placed_->hash(); });
  others_.view_is(placed_, std::move(awaited), home_.now_ns(), patience_ns);
  auto is_there = [this](node_number node) { return placed_->has(node); };
  for (auto& x : handed_.take_back(is_there))
    inherited_.push_back(std::move(x));
  for (auto& x :
       gone_copies_.take([&](const std::string&app, const std::string&channel,
                             node_number from) {
         return owner_of(app, channel) == 0 || !is_there(from);
       })) {
    if (owner_of(x.app, x.channel) == 0)
      gone_.note(x, home_.now_ns());
    else
      at_second_hand(std::move(x));
  }
  gone_copies_.take(
      [&](const std::string& app, const std::string& channel, node_number) {
        auto next = placed_->runner_up_of(app, channel);
        return !next || !is_local(*next);
      });
  for (auto& x : copies_.choose(
           [&](std::string_view app, std::string_view channel) {
             return owner_of(app, channel) == 0;
           },
           [&](std::string_view app, std::string_view channel) {
             auto next = placed_->runner_up_of(app, channel);
             return next && is_local(*next);
           },
           [&](node_number from) { return !is_there(from); })) {
    took_.insert(cluster::key_of(x));
    if (owner_of(x.app, x.channel) == 0)
      inherited_.push_back(std::move(x));
    else
      at_second_hand(std::move(x));
  }
  view_changed(before.get());
}

void sim_webhooks::take(node_number from, cluster::record_kind kind,
                        std::string_view bytes) {
  if (kind == cluster::announced_all_kind) {
    if (auto view = cluster::read_announced_all(bytes)) {
      auto before = std::exchange(stated_[from], *view);
      if (before != *view && placed_ && placed_->hash() == *view)
        to_conclude_.insert(from);
      others_.stated(make_place(from, 0), *view);
    }
    return;
  }
  if (kind == cluster::announced_taken_kind) {
    if (auto number = cluster::read_announced_taken(bytes)) {
      handed_.taken(from, *number);
      to_conclude_.insert(from);
    }
    return;
  }
  auto facts = cluster::read_announced(bytes);
  if (!facts)
    return home_.around().fail("records", "a record of WEBHOOKS was refused");
  if (kind == cluster::announced_copy_kind) {
    for (auto& x : facts->facts) {
      copies_.apply(x, from);
      if (x.so)
        gone_copies_.forget(x);
      else
        gone_copies_.note(x, home_.now_ns(), from);
    }
    return;
  }
  to_confirm_[from] = std::max(to_confirm_[from], facts->number);
  if (handed_.is_new(from, facts->number))
    for (auto& x : facts->facts)
      inherited_.push_back(std::move(x));
}

void sim_webhooks::line_is(node_number with) {
  copies_.forget(with);
  if (!placed_ || !placed_->has(with))
    return;
  for (auto& record : handed_.again(with))
    tell(with, cluster::announced_here_kind, std::move(record));
  to_conclude_.insert(with);
  copy_all([&](const channel_key& key) {
    auto next = next_of(key, *placed_);
    return next == with ? next : std::nullopt;
  });
}

void sim_webhooks::life_over(node_number which) {
  over_.insert(which);
  if (missing_.erase(which) > 0)
    judged_ = false;
}

std::int64_t sim_webhooks::lost_until() const {
  std::int64_t result = 0;
  for (auto& [node, since] : missing_)
    result = std::max(result, since + lost_after_ns);
  return result;
}

// -- the actor ----------------------------------------------------------------

void sim_webhooks::view_changed(const cluster::placement* before) {
  auto apart = [&](node_number node) {
    return before
           && (before->stay_of(node) != placed_->stay_of(node)
               || before->stay_of(0) != placed_->stay_of(0));
  };
  std::map<node_number, std::vector<fact>> moved;
  for (auto& x : state_.hand_over(
           [this](const channel_key& key) { return owner_of(key) != 0; },
           home_.now_ns())) {
    auto owner = owner_of(x.channel);
    auto& to = moved[owner];
    remember(x.channel, {}, false);
    for (auto& one : x.all) {
      fact what{app_names[x.channel.app], x.channel.name, one.user};
      what.apart = apart(owner);
      if (one.departs_ns != webhook_state::never)
        what.departs_ms = static_cast<std::uint64_t>(one.departs_ns / ms);
      remember(x.channel, one.user, false);
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
  for (auto& x : std::exchange(inherited_, {})) {
    auto owner = owner_of(x.app, x.channel);
    x.apart = x.apart || (owner != 0 && apart(owner));
    (owner == 0 ? inherited_ : moved[owner]).push_back(std::move(x));
  }
  for (auto& [node, facts] : moved)
    hand(node, facts);
  for (auto where : placed_->places())
    if (!is_local(where))
      to_conclude_.insert(node_of(where));
  tell_copies();
  copy_all([&](const channel_key& key) -> std::optional<node_number> {
    auto next = next_of(key, *placed_);
    if (next && before && next_of(key, *before) == next
        && before->stay_of(*next) == placed_->stay_of(*next))
      return std::nullopt;
    return next;
  });
}

void sim_webhooks::hand(node_number to, const std::vector<fact>& facts) {
  for (auto& record : handed_.hand(to, facts))
    tell(to, cluster::announced_here_kind, std::move(record));
}

void sim_webhooks::inherit() {
  std::map<node_number, std::vector<fact>> moved_on;
  for (auto& x : std::exchange(inherited_, {})) {
    channel_key key{app_by_id(x.app), x.channel};
    if (auto owner = owner_of(key); owner != 0)
      moved_on[owner].push_back(std::move(x));
    else
      inherit(key, x);
  }
  for (auto& [node, facts] : moved_on) {
    stated_.erase(node);
    hand(node, facts);
  }
}

void sim_webhooks::inherit(const channel_key& key, const fact& x) {
  judged_ = false;
  if (!x.so) {
    auto was = state_.doubt(key, x.user, x.apart);
    if (was == webhook_state::standing::doubted)
      copy(key, x.user, true);
    else
      gone_.note(x, home_.now_ns());
    if (was == webhook_state::standing::forgotten)
      remember(key, x.user, false);
    return;
  }
  auto departs = x.departs_ms ? static_cast<std::int64_t>(*x.departs_ms) * ms
                              : webhook_state::never;
  auto again = gone_.has(x);
  gone_.forget(x);
  if (!state_.inherit(key, {x.user, departs, again}, home_.now_ns(),
                      webhook_state::never))
    return;
  remember(key, x.user, true);
  copy(key, x.user, true);
}

bool sim_webhooks::can_judge() const {
  return placed_ && !judged_ && !unsettled_ && !waits() && held_.empty()
         && inherited_.empty();
}

void sim_webhooks::reported(std::vector<channel_report> what,
                            std::uint64_t settled) {
  if (what.empty() && settled == 0)
    return;
  if (waits() || !held_.empty() || !inherited_.empty())
    held_.emplace_back(std::move(what), settled);
  else
    handle(what, settled);
}

void sim_webhooks::handle(const std::vector<channel_report>& what,
                          std::uint64_t settled) {
  state_.departures_wait(unsettled_ ? lost_until() : 0, lost_until());
  webhook_state::announcements out;
  for (auto& report : what)
    if (!placed_ || owner_of(report.channel) == 0
        || std::holds_alternative<client_event_sent>(report.what)
        || std::holds_alternative<cache_missed>(report.what))
      state_.handle(report, everything, home_.now_ns(), out);
  announce(out);
  if (!placed_ || settled == 0)
    return;
  if (settled == anew_) {
    anew_ = 0;
    state_.begin_anew([](auto&) { return true; });
  }
  if (settled == placed_->hash() && std::exchange(sees_, true))
    unsettled_ = false;
}

void sim_webhooks::announce(const webhook_state::announcements& what) {
  auto told = [&](const channel_key& key, const std::string& user, bool so) {
    remember(key, user, so);
    copy(key, user, so);
    home_.around().announced(home_.self(), {key.app, *channel_called(key.name)},
                             user, so);
  };
  for (auto& [key, it] : what)
    if (std::holds_alternative<channel_occupied>(it))
      told(key, {}, true);
    else if (std::holds_alternative<channel_vacated>(it))
      told(key, {}, false);
    else if (auto* in = std::get_if<member_added>(&it))
      told(key, in->user_id, true);
    else if (auto* gone = std::get_if<member_removed>(&it))
      told(key, gone->user_id, false);
}

// The journal outlives the process.
void sim_webhooks::remember(const channel_key& key, const std::string& user,
                            bool so) {
  auto& all_of_it = home_.around().disk_of(home_.where()).announced;
  auto is_it = [&](auto& x) { return x.channel == key && x.user == user; };
  if (!so)
    std::erase_if(all_of_it, is_it);
  else if (std::none_of(all_of_it.begin(), all_of_it.end(), is_it))
    all_of_it.push_back({key, user});
}

void sim_webhooks::end_turn() {
  inherit();
  if (!held_.empty() && !waits())
    for (auto& [what, settled] : std::exchange(held_, {}))
      handle(what, settled);
  if (can_judge()) {
    webhook_state::announcements out;
    judged_ = true;
    state_.judge(home_.now_ns() + settle_ns, lost_until(), out);
    announce(out);
  }
  auto forgotten = home_.now_ns() - 10 * lost_after_ns;
  if (judged_ && missing_.empty())
    gone_.expire(forgotten);
  if (missing_.empty())
    gone_copies_.expire(forgotten);
  if (state_.next_due() <= home_.now_ns()) {
    webhook_state::announcements out;
    state_.tick(home_.now_ns(), out);
    announce(out);
  }
  tell_copies();
  for (auto& [node, number] : std::exchange(to_confirm_, {}))
    tell(node, cluster::announced_taken_kind,
         cluster::write_announced_taken(number));
  conclude();
}

void sim_webhooks::conclude() {
  for (auto node : std::exchange(to_conclude_, {}))
    if (placed_ && placed_->has(node) && !handed_.waits_for(node))
      tell(node, cluster::announced_all_kind,
           cluster::write_announced_all(placed_->hash()));
}

std::int64_t sim_webhooks::due_ns() const {
  auto due =
      state_.next_due() == webhook_state::never ? INT64_MAX : state_.next_due();
  return held_.empty() ? due : std::min(due, others_.until_ns());
}

} // namespace tidewire::sim
