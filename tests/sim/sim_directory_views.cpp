// What a change of the view means to the DIRECTORY of a process, and what was
// sent by another one: as in actors/directory_views.cpp.
#include "actors/state/cluster/directory_records.hpp"
#include "tests/sim/sim_channels.hpp"
#include "tests/sim/sim_node.hpp"

#include <algorithm>
#include <utility>

namespace tidewire::sim {

// -- the view changes ---------------------------------------------------------

void sim_channels::view_changed(const cluster::placement* before) {
  auto& now = *placed_;
  views_.push_back(now.hash());
  if (views_.size() > views_remembered)
    views_.erase(views_.begin());
  hand_over_.view_is(placed_, now.places(), now_ns());
  statements_.view_is(now.hash());
  unsettled_ = true;
  auto was_away = before && before->stay_of(0) != now.stay_of(0);
  if (before)
    for (auto where : before->places()) {
      auto node = node_of(where);
      auto is_other = now.stay_of(node) != before->stay_of(node);
      if (node != 0 && (was_away || is_other))
        statements_.left(where);
      if (node == 0 || !is_other)
        continue;
      if (now.has(node))
        doubt_edge({where, 0});
      else
        drop_edge(where);
      view_left(node);
    }
  for (auto where : statements_.owing())
    hand_over_.was_elsewhere(where);
  for (auto where : gate_.senders())
    if (gate_.holds_other(
            where, [&](std::uint64_t view) { return is_known(where, view); }))
      hand_over_.was_elsewhere(where);
  std::vector<channel_key> leaving;
  for (auto& [key, e] : channels_) {
    if (was_away || !is_ours(key))
      leaving.push_back(key);
    else if (!e.state->sure() && e.state->round() != 0)
      gather(key, e);
    else if (auto whom = e.state->sure() ? awaited(key) : hand_over_.missing();
             !whom.empty())
      gather_unasked(key, e, std::move(whom));
  }
  for (auto& key : leaving)
    move_away(key);
  for (auto& key :
       copies_.choose([this](const channel_key& x) { return is_ours(x); },
                      [&](const channel_key& x) {
                        return now.runner_up_of(id_of(x), x.name) == self;
                      }))
    if (auto event = copies_.take(key, now_ns()))
      accept(directory_record{std::move(*event)});
  copy_events(before);
  for (auto& [number, request] : std::map(pending_))
    if (request.view == 0)
      if (auto at = pending_.find(number); at != pending_.end())
        put_again(at->second);
  for (auto from : gate_.senders())
    release(from);
  for (auto from : statements_.owing())
    if (is_known(from, now.hash()))
      ask_for_all(from);
}

void sim_channels::move_away(const channel_key& key) {
  auto owner = owner_of(key);
  auto e = std::move(channels_.at(key));
  channels_.erase(key);
  std::optional<event_handed_over> event;
  as(key, [&] { event = e.state->resign(*this); });
  if (event)
    courier_.to_directory(owner, std::move(*event));
  for (auto& record : e.inbox)
    if (cluster::key_of(record))
      judge(std::move(record));
}

void sim_channels::doubt_edge(edge_id edge) {
  for (auto& [key, e] : channels_)
    if (e.state->concerned_by({edge.at, UINT32_MAX}) || !e.inbox.empty())
      e.inbox.push_back(edge_up{edge, {}});
}

void sim_channels::drop_edge(place where) {
  for (auto& [key, e] : channels_)
    if (e.state->concerned_by({where, UINT32_MAX}) || !e.inbox.empty())
      e.inbox.push_back(edge_gone{where});
}

void sim_channels::view_left(node_number node) {
  courier_.node_is_gone(node);
  std::vector<std::uint64_t> lost;
  for (auto at = pending_.begin(); at != pending_.end();) {
    auto& request = at->second;
    if (request.view == 0 || node_of(request.asked) != node) {
      ++at;
      continue;
    }
    lost.push_back(request.number);
    at = pending_.erase(at);
  }
  for (auto number : lost)
    home_.around().publish_answered(number, false);
}

void sim_channels::conclude(const edge_stated& record) {
  auto from = record.edge.at;
  auto is = from == self ? cluster::statements::extent{true, true}
                         : statements_.stated(from, record.view);
  if (is.all)
    hand_over_.stated(from, record.view);
  else if (record.view == (placed_ ? placed_->hash() : 0))
    ask_for_all(from);
  auto told = record;
  told.old = !is.all;
  for (auto& [key, e] : channels_) {
    if ((is.all || is.whole)
        && (e.state->concerned_by(record.edge) || !e.inbox.empty()))
      e.inbox.push_back(told);
    if (auto round = e.state->round(); round != 0)
      courier_.to_edge(record.edge.at, restate_channel{key, round});
  }
}

void sim_channels::ask_for_all(place where) {
  if (statements_.asks(where))
    courier_.to_edge(where, state_everything{});
}

// -- what another view sent ---------------------------------------------------

bool sim_channels::is_known(place from, std::uint64_t view) const {
  auto node = node_of(from);
  return (node == 0 || (placed_ && placed_->has(node)))
         && std::find(views_.rbegin(), views_.rend(), view) != views_.rend();
}

void sim_channels::admit(directory_batch batch) {
  for (auto& record : batch.records) {
    // A new edge is known at once; what it states begins in its order.
    if (auto* up = std::get_if<edge_up>(&record))
      introduced(*up);
    if (cluster::is_bound_to_view(record))
      gate_.hold(batch.from, batch.view, std::move(record), now_ns());
    else
      accept(std::move(record));
  }
  if (gate_.holds(batch.from))
    release(batch.from);
}

void sim_channels::release(place from) {
  auto known = [&](std::uint64_t view) { return is_known(from, view); };
  for (auto& x : gate_.release(from, known)) {
    statements_.speaks(from, x.view);
    if (x.view == (placed_ ? placed_->hash() : 0))
      accept(std::move(x.what));
    else
      judge(std::move(x.what));
  }
}

void sim_channels::judge(directory_record record) {
  auto* key = cluster::key_of(record);
  if (!key || is_ours(*key)) {
    accept(std::move(record));
  } else if (auto asker = cluster::asker_of(record)) {
    courier_.to_directory(asker.at,
                          ticket_answer{asker.number, false, {}, 0, true});
  } else if (std::holds_alternative<publish_event>(record)
             || std::holds_alternative<event_handed_over>(record)) {
    send(std::move(record));
  }
}

void sim_channels::refuse(place from, directory_record record) {
  if (auto asker = cluster::asker_of(record))
    courier_.to_directory(asker.at, ticket_answer{asker.number, false, {}});
  else if (auto* wish = std::get_if<join_channel>(&record))
    courier_.to_edge(from,
                     refused_join{wish->channel, wish->who.who, "ServerError",
                                  "The nodes do not agree. Subscribe again.",
                                  503, wish->who.wish});
}

void sim_channels::copy_events(const cluster::placement* before) {
  for (auto& [key, e] : channels_) {
    auto event = e.state->copy_of_event(now_ns());
    if (!event)
      continue;
    auto next = placed_->runner_up_of(id_of(key), key.name);
    auto knows =
        next && before && before->runner_up_of(id_of(key), key.name) == next
        && before->stay_of(node_of(*next)) == placed_->stay_of(node_of(*next));
    if (next && !knows)
      courier_.to_directory(*next, std::move(*event));
  }
}

} // namespace tidewire::sim
