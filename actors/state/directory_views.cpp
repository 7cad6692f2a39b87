// What the DIRECTORY does when the view of the cluster changes, and with what
// was sent by another view.
#include "actors/state/cluster/directory_records.hpp"
#include "actors/state/directory_state.hpp"

#include <algorithm>
#include <utility>

namespace tidewire {

namespace {

constexpr std::size_t views_remembered = 32;

} // namespace

bool directory_state::is_ours(const channel_key& key) const {
  return home_.owner_of(key) == home_.here();
}

std::vector<place> directory_state::awaited(const channel_key& key) const {
  if (hand_over_.settled())
    return {};
  return hand_over_.awaited(home_.here(), home_.id_of(key.app), key.name);
}

// -- the view changes ---------------------------------------------------------

// The edges of this view are awaited before anything is opened, and what is
// handed over leaves before this reactor says that it has stated all.
void directory_state::view_changed(
    const std::shared_ptr<const cluster::placement>& before) {
  auto& now = *home_.placed();
  auto clock = home_.now_ns();
  views_.push_back(now.hash());
  if (views_.size() > views_remembered)
    views_.erase(views_.begin());
  hand_over_.view_is(home_.placed(), now.places(), clock);
  statements_.view_is(now.hash());
  unsettled_ = true;
  // In another stay there were views that this node has not seen, and what
  // edges said to others then is not known: channels begin anew.
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
      if (reactor_of(where) == 0)
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
    else if (!e.who->state().sure() && e.who->state().round() != 0)
      gather(key, e);
    else if (auto whom =
                 e.who->state().sure() ? awaited(key) : hand_over_.missing();
             !whom.empty())
      gather_unasked(key, e, std::move(whom));
  }
  for (auto& key : leaving)
    hand_over(key, channels_.at(key));
  for (auto& key :
       copies_.choose([this](const channel_key& key) { return is_ours(key); },
                      [&](const channel_key& key) {
                        return now.runner_up_of(home_.id_of(key.app), key.name)
                               == home_.here();
                      }))
    if (auto event = copies_.take(key, clock))
      accept(std::move(*event));
  copy_events(before.get());
  for (auto& [number, request] : pending_)
    if (request.again && request.view == 0)
      put_again(request);
  for (auto from : gate_.senders())
    release(from);
  for (auto from : statements_.owing())
    if (is_known(from, now.hash()))
      ask_for_all(from);
  apps_changed();
}

// Looked for until there is none, and then not any more.
std::uint64_t directory_state::newly_settled() {
  if (!unsettled_ || !hand_over_.settled()
      || std::any_of(channels_.begin(), channels_.end(), [](auto& x) {
           auto& state = x.second.who->state();
           return state.gathering() && state.round() == 0;
         }))
    return 0;
  unsettled_ = false;
  return view_hash();
}

// Waits for edges that have not stated all of this view.
void directory_state::gather_unasked(const channel_key& key, entry& e,
                                     std::vector<place> whom) {
  auto now = home_.now_ns();
  e.who->gather(std::move(whom), 0);
  if (hand_over_.until_ns() <= now) {
    e.who->give_up_waiting();
    return;
  }
  e.gathering_until_ns = hand_over_.until_ns();
  ring(key, e, e.gathering_until_ns);
}

// It ends as one that retires does: nobody has left.
void directory_state::hand_over(const channel_key& key, entry& e) {
  auto owner = home_.owner_of(key);
  auto gone = e.who;
  auto event = gone->resign();
  channels_.erase(key);
  if (event)
    home_.to_directory(owner, std::move(*event));
  gone->end();
}

// Channels that wait for what this edge has must ask its new ROUTER.
void directory_state::introduced(const edge_up& record) {
  home_.edge_is(record);
  for (auto& [key, e] : channels_)
    if (auto round = e.who->state().round(); round != 0)
      home_.to_edge(record.edge.at, restate_channel{key, round});
}

// What it has said so far stays until it has stated everything: who is there
// all the time does not go and come, and misses nothing.
void directory_state::doubt_edge(edge_id edge) {
  for (auto& [key, e] : channels_)
    if (e.who->state().concerned_by({edge.at, UINT32_MAX})
        || e.sent != e.who->handled())
      hand(e, edge_up{edge, {}});
}

void directory_state::drop_edge(place where) {
  for (auto& [key, e] : channels_)
    if (e.who->state().concerned_by({where, UINT32_MAX})
        || e.sent != e.who->handled())
      hand(e, edge_gone{where});
}

// Requests to a node that has left were perhaps served, and perhaps not. Of
// those to everybody an answer is missing that does not come any more.
void directory_state::view_left(node_number node) {
  home_.node_is_gone(node);
  std::vector<pending> lost;
  std::erase_if(pending_, [&](auto& x) {
    auto& request = x.second;
    auto one = request.again && request.view != 0;
    auto all = !request.again && !is_local(request.asked);
    if (!(one && node_of(request.asked) == node) && !all)
      return false;
    lost.push_back(std::move(request));
    return true;
  });
  for (auto& x : lost) {
    x.sum.complete = false;
    x.then(x.sum);
  }
}

// Who has stated by our view what is not all of it is asked for everything. One
// who has stated everything by another view has something more to say. Our own
// edge says so by a call, and always by our view.
void directory_state::conclude(const edge_stated& record) {
  auto from = record.edge.at;
  auto is = from == home_.here() ? cluster::statements::extent{true, true}
                                 : statements_.stated(from, record.view);
  if (is.all)
    hand_over_.stated(from, record.view);
  else if (record.view == view_hash())
    ask_for_all(from);
  auto told = record;
  told.old = !is.all;
  for (auto& [key, e] : channels_) {
    if ((is.all || is.whole)
        && (e.who->state().concerned_by(record.edge)
            || e.sent != e.who->handled()))
      hand(e, told);
    if (auto round = e.who->state().round(); round != 0)
      home_.to_edge(record.edge.at, restate_channel{key, round});
  }
}

void directory_state::ask_for_all(place where) {
  if (statements_.asks(where))
    home_.to_edge(where, state_everything{});
}

// -- what another view sent ---------------------------------------------------

bool directory_state::is_known(place from, std::uint64_t view) const {
  auto node = node_of(from);
  return (node == 0 || (home_.placed() && home_.placed()->has(node)))
         && std::find(views_.rbegin(), views_.rend(), view) != views_.rend();
}

void directory_state::admit(directory_batch batch) {
  auto now = home_.now_ns();
  if (batch.unknown_apps)
    unknown_apps_.insert(batch.from);
  for (auto& record : batch.records) {
    // A new edge is known at once; what it states begins in its order.
    if (auto* up = std::get_if<edge_up>(&record))
      introduced(*up);
    if (cluster::is_bound_to_view(record))
      gate_.hold(batch.from, batch.view, std::move(record), now);
    else
      accept(std::move(record));
  }
  if (gate_.holds(batch.from)) {
    release(batch.from);
    if (gate_.holds(batch.from))
      look_at(now + cluster::view_gate::patience_ns);
  }
}

void directory_state::release(place from) {
  auto known = [&](std::uint64_t view) { return is_known(from, view); };
  for (auto& x : gate_.release(from, known)) {
    statements_.speaks(from, x.view);
    if (x.view == view_hash())
      accept(std::move(x.what));
    else
      judge(std::move(x.what));
  }
}

// The sender is behind, or far ahead in a view that has been. What is ours all
// the same is served. What is not the sender will state to the owner when it
// sees our view, and is let go; requests are put again, and an event that
// nobody waits for is passed on.
void directory_state::judge(directory_record record) {
  auto* key = cluster::key_of(record);
  if (!key || is_ours(*key)) {
    accept(std::move(record));
  } else if (auto asker = cluster::asker_of(record)) {
    home_.to_directory(asker.at,
                       ticket_answer{asker.number, false, {}, 0, true});
  } else if (std::holds_alternative<publish_event>(record)
             || std::holds_alternative<event_handed_over>(record)) {
    send(std::move(record));
  }
}

void directory_state::left_over(directory_record record) {
  if (!cluster::key_of(record))
    return; // its successor asks for itself
  if (home_.placed())
    judge(std::move(record));
  else
    accept(std::move(record));
}

void directory_state::look_at(std::int64_t when_ns) {
  if (expire_ns_ == 0 || when_ns < expire_ns_)
    expire_ns_ = when_ns;
}

void directory_state::expire(std::int64_t now_ns) {
  expire_ns_ = 0;
  for (auto& [from, x] : gate_.expire(now_ns)) {
    statements_.lost(from);
    refuse(from, std::move(x.what));
  }
  copies_.expire(now_ns);
  if (!gate_.senders().empty())
    look_at(now_ns + cluster::view_gate::patience_ns / 20);
  if (copies_.size() > 0)
    look_at(now_ns + copies_pause_ns);
}

void directory_state::refuse(place from, directory_record record) {
  if (auto asker = cluster::asker_of(record))
    home_.to_directory(asker.at, ticket_answer{asker.number, false, {}});
  else if (auto* wish = std::get_if<join_channel>(&record))
    home_.to_edge(
        from, refused_join{wish->channel, wish->who.who, "ServerError",
                           "The nodes of the cluster do not agree on who owns "
                           "this channel. Subscribe again.",
                           503, wish->who.wish});
}

void directory_state::apps_changed() {
  std::erase_if(unknown_apps_, [this](place from) {
    auto asks = is_known(from, view_hash());
    if (asks)
      ask_for_all(from);
    return asks;
  });
}

// -- requests of this reactor -------------------------------------------------

void directory_state::note_request(std::uint64_t number,
                                   const directory_record& record) {
  auto& request = pending_.at(number);
  request.again = record;
  request.view = view_hash();
  request.asked = home_.owner_of(*cluster::key_of(record));
}

// A refusal by somebody who sees what we do not see yet: when we do.
void directory_state::put_again(pending& request) {
  if (request.view == view_hash()) {
    request.view = 0;
    request.deadline_ns = std::min(
        request.deadline_ns, home_.now_ns() + cluster::view_gate::patience_ns);
    return;
  }
  request.view = view_hash();
  request.asked = home_.owner_of(*cluster::key_of(*request.again));
  send(*request.again);
}

// -- copies -------------------------------------------------------------------

void directory_state::copy(event_copied what) {
  if (!home_.placed())
    return;
  auto next = home_.placed()->runner_up_of(home_.id_of(what.channel.app),
                                           what.channel.name);
  if (next)
    home_.to_directory(*next, std::move(what));
}

// To those who would be next and were not.
void directory_state::copy_events(const cluster::placement* before) {
  auto now = home_.now_ns();
  for (auto& [key, e] : channels_) {
    auto event = e.who->state().copy_of_event(now);
    if (!event)
      continue;
    auto id = home_.id_of(key.app);
    auto next = home_.placed()->runner_up_of(id, key.name);
    auto knows = next && before && before->runner_up_of(id, key.name) == next
                 && before->stay_of(node_of(*next))
                        == home_.placed()->stay_of(node_of(*next));
    if (next && !knows)
      home_.to_directory(*next, std::move(*event));
  }
}

} // namespace tidewire
