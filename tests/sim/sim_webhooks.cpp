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
sim_webhooks::sim_webhooks(sim_node& home) : home_(home) {
  auto& journal = home.around().disk_of(home.where()).announced;
  std::erase_if(journal, [&](auto& x) {
    return home.around().is_taken_over(x.channel, x.user);
  });
  auto others = home.around().others_live(home.self());
  for (auto& x : journal) {
    auto until = home.now_ns() + times.settle_ns;
    if (x.user.empty())
      state_.restore(x.channel, until, others);
    else
      state_.restore(x.channel, x.user, until, others);
  }
  among_.judge_anew();
  among_.adopt(&state_);
}

bool sim_webhooks::took(const channel_key& key, const std::string& user) const {
  return took_.contains(
      cluster::key_of(fact{app_names[key.app], key.name, user}));
}

void sim_webhooks::take(node_number from, cluster::record_kind kind,
                        std::string_view bytes) {
  if (!among_.arrived(from, kind, bytes))
    home_.around().fail("records", "a record of WEBHOOKS was refused");
}

void sim_webhooks::reported(std::vector<channel_report> what,
                            std::uint64_t settled) {
  if (what.empty() && settled == 0)
    return;
  if (among_.holds_reports() || !held_.empty())
    held_.emplace_back(std::move(what), settled);
  else
    handle(what, settled);
}

void sim_webhooks::handle(const std::vector<channel_report>& what,
                          std::uint64_t settled) {
  webhook_state::announcements out;
  among_.handle(
      0, what, [](auto&) { return everything; }, out);
  announce(out);
  among_.settled(0, settled);
}

void sim_webhooks::announce(const webhook_state::announcements& what) {
  auto told = [&](const channel_key& key, const std::string& user, bool so) {
    home_.around().announced(home_.self(), {key.app, *channel_called(key.name)},
                             user, so);
  };
  for (auto& one : what) {
    among_.announced(one);
    auto& [key, it] = one;
    if (std::holds_alternative<channel_occupied>(it))
      told(key, {}, true);
    else if (std::holds_alternative<channel_vacated>(it))
      told(key, {}, false);
    else if (auto* in = std::get_if<member_added>(&it))
      told(key, in->user_id, true);
    else if (auto* gone = std::get_if<member_removed>(&it))
      told(key, gone->user_id, false);
  }
}

void sim_webhooks::end_turn() {
  among_.inherit();
  if (!held_.empty() && !among_.waits())
    for (auto& [what, settled] : std::exchange(held_, {}))
      handle(what, settled);
  webhook_state::announcements out;
  among_.judge(held_.empty(), out);
  state_.tick(now_ns(), out);
  announce(out);
  among_.tell_copies();
  among_.confirm();
  among_.conclude();
}

std::int64_t sim_webhooks::due_ns() const {
  auto due =
      state_.next_due() == webhook_state::never ? INT64_MAX : state_.next_due();
  return held_.empty() ? due : std::min(due, among_.waits_until_ns());
}

// -- what its node lends to the announcer -------------------------------------

std::int64_t sim_webhooks::now_ns() const noexcept {
  return home_.now_ns();
}

std::string_view sim_webhooks::id_of(app_index app) const {
  return app_names[app];
}

void sim_webhooks::tell(node_number to, cluster::record_kind kind,
                        std::string bytes) {
  home_.send(to - 1, kind, bytes);
}

// The journal outlives the process.
void sim_webhooks::remember(const fact& what) {
  channel_key key{app_by_id(what.app), what.channel};
  auto& all_of_it = home_.around().disk_of(home_.where()).announced;
  auto is_it = [&](auto& x) { return x.channel == key && x.user == what.user; };
  if (!what.so)
    std::erase_if(all_of_it, is_it);
  else if (std::none_of(all_of_it.begin(), all_of_it.end(), is_it))
    all_of_it.push_back({key, what.user});
}

void sim_webhooks::took_over(const fact& what) {
  took_.insert(cluster::key_of(what));
}

} // namespace tidewire::sim
