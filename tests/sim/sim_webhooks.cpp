#include "tests/sim/sim_webhooks.hpp"

#include "tests/sim/sim_node.hpp"

#include <algorithm>
#include <utility>

namespace tidewire::sim {

namespace {

constexpr webhook_state::interest everything{true, true};

app_index index_called(std::string_view id) {
  return static_cast<app_index>(std::find(app_names, app_names + apps, id)
                                - app_names);
}

} // namespace

sim_webhooks::sim_webhooks(sim_node& home) : home_(home), state_(delay_ns) {
  for (auto& x : home.around().disk_of(home.where()).announced) {
    auto until = home.now_ns() + settle_ns;
    if (x.user.empty())
      state_.restore(x.channel, until);
    else
      state_.restore(x.channel, x.user, until);
  }
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
  std::vector<place> awaited;
  for (auto where : placed_->places())
    if (!is_local(where))
      if (auto at = stated_.find(node_of(where));
          at == stated_.end() || at->second != placed_->hash())
        awaited.push_back(where);
  others_.view_is(placed_, std::move(awaited), home_.now_ns());
  for (auto& x : copies_.choose(
           [&](std::string_view app, std::string_view channel) {
             return owner_of(app, channel) == 0;
           },
           [&](std::string_view app, std::string_view channel) {
             auto next = placed_->runner_up_of(app, channel);
             return next && is_local(*next);
           }))
    inherited_.push_back(std::move(x));
  view_changed(before.get());
}

void sim_webhooks::take(node_number from, cluster::record_kind kind,
                        std::string_view bytes) {
  if (kind == cluster::announced_all_kind) {
    if (auto view = cluster::read_announced_all(bytes)) {
      stated_[from] = *view;
      others_.stated(make_place(from, 0), *view);
    }
    return;
  }
  auto facts = cluster::read_announced(bytes);
  if (!facts)
    return home_.around().fail("records", "a record of WEBHOOKS was refused");
  for (auto& x : *facts)
    if (kind == cluster::announced_copy_kind)
      copies_.apply(x);
    else
      inherited_.push_back(std::move(x));
}

// -- the actor ----------------------------------------------------------------

void sim_webhooks::view_changed(const cluster::placement* before) {
  std::map<node_number, std::vector<fact>> moved;
  for (auto& x : state_.hand_over(
           [this](const channel_key& key) { return owner_of(key) != 0; },
           home_.now_ns())) {
    auto& to = moved[owner_of(x.channel)];
    remember(x.channel, {}, false);
    for (auto& one : x.all) {
      fact what{app_names[x.channel.app], x.channel.name, one.user};
      if (one.departs_ns != webhook_state::never)
        what.departs_ms = static_cast<std::uint64_t>(one.departs_ns / ms);
      remember(x.channel, one.user, false);
      to.push_back(std::move(what));
    }
  }
  for (auto& [node, facts] : moved)
    for (auto& record : cluster::write(facts))
      tell(node, cluster::announced_here_kind, std::move(record));
  for (auto where : placed_->places())
    if (!is_local(where))
      tell(node_of(where), cluster::announced_all_kind,
           cluster::write_announced_all(placed_->hash()));
  tell_copies();
  auto add = [&](const channel_key& key, const std::string& user) {
    auto next = next_of(key, *placed_);
    if (!next
        || (before && next_of(key, *before) == next
            && before->stay_of(*next) == placed_->stay_of(*next)))
      return;
    to_copy_[*next].push_back({app_names[key.app], key.name, user});
  };
  state_.for_each_announced([&](const channel_key& key) { add(key, {}); }, add);
}

void sim_webhooks::inherit() {
  auto until = home_.now_ns() + settle_ns;
  std::map<node_number, std::vector<fact>> moved_on;
  for (auto& x : std::exchange(inherited_, {})) {
    channel_key key{index_called(x.app), x.channel};
    if (auto owner = owner_of(key); owner != 0) {
      moved_on[owner].push_back(std::move(x));
      continue;
    }
    auto departs = x.departs_ms ? static_cast<std::int64_t>(*x.departs_ms) * ms
                                : webhook_state::never;
    if (!state_.inherit(key, {x.user, departs}, home_.now_ns(), until))
      continue;
    remember(key, x.user, true);
    copy(key, x.user, true);
  }
  for (auto& [node, facts] : moved_on) {
    stated_.erase(node);
    for (auto& record : cluster::write(facts))
      tell(node, cluster::announced_here_kind, std::move(record));
    tell(node, cluster::announced_all_kind,
         cluster::write_announced_all(placed_->hash()));
  }
}

void sim_webhooks::copy(const channel_key& key, const std::string& user,
                        bool so) {
  if (!placed_)
    return;
  if (auto next = next_of(key, *placed_))
    to_copy_[*next].push_back({app_names[key.app], key.name, user, so});
}

void sim_webhooks::tell_copies() {
  for (auto& [node, facts] : std::exchange(to_copy_, {}))
    for (auto& record : cluster::write(facts))
      tell(node, cluster::announced_copy_kind, std::move(record));
}

void sim_webhooks::reported(std::vector<channel_report> what) {
  if (what.empty())
    return;
  if (waits() || !held_.empty() || !inherited_.empty())
    held_.insert(held_.end(), what.begin(), what.end());
  else
    handle(what);
}

void sim_webhooks::handle(const std::vector<channel_report>& what) {
  webhook_state::announcements out;
  for (auto& report : what)
    if (!placed_ || owner_of(report.channel) == 0
        || std::holds_alternative<client_event_sent>(report.what)
        || std::holds_alternative<cache_missed>(report.what))
      state_.handle(report, everything, home_.now_ns(), out);
  announce(out);
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
    handle(std::exchange(held_, {}));
  if (state_.next_due() <= home_.now_ns()) {
    webhook_state::announcements out;
    state_.tick(home_.now_ns(), out);
    announce(out);
  }
  tell_copies();
}

std::int64_t sim_webhooks::due_ns() const {
  auto due =
      state_.next_due() == webhook_state::never ? INT64_MAX : state_.next_due();
  return held_.empty() ? due : std::min(due, others_.until_ns());
}

} // namespace tidewire::sim
