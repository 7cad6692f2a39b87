#include "actors/state/directory_state.hpp"

#include "actors/state/cluster/directory_records.hpp"

#include <algorithm>
#include <utility>

namespace tidewire {

namespace {

// Whether a record alone is reason enough for a channel to exist.
bool brings_something(const directory_record& record,
                      const directory_home& home) {
  if (auto* told = std::get_if<restate_edge>(&record))
    return !told->subscribers.empty() || told->stake;
  if (auto* told = std::get_if<edge_stake>(&record))
    return static_cast<bool>(told->stake);
  if (auto* event = std::get_if<publish_event>(&record))
    return !event->by_client && home.keeps_events(event->channel.name);
  if (std::holds_alternative<event_handed_over>(record))
    return true;
  return std::holds_alternative<join_channel>(record);
}

} // namespace

// -- requests of this reactor -------------------------------------------------

void directory_state::send(directory_record record) {
  auto owner = home_.owner_of(*cluster::key_of(record));
  if (owner == home_.here())
    accept(std::move(record));
  else
    home_.to_directory(owner, std::move(record));
}

ticket directory_state::expect(answered then, std::uint32_t parts) {
  auto number = next_ticket_++;
  pending_.emplace(number, pending{std::move(then),
                                   home_.now_ns() + ask_timeout_ns,
                                   parts,
                                   {number, true, {}}});
  return {home_.here(), number};
}

template <class Record>
void directory_state::ask_owner(Record record, answered then) {
  record.reply_to = expect(std::move(then), 1);
  if (home_.placed())
    note_request(record.reply_to.number, record);
  send(std::move(record));
}

template <class Record>
void directory_state::ask_all(Record record, answered then) {
  auto& all = home_.places();
  record.reply_to =
      expect(std::move(then), static_cast<std::uint32_t>(all.size()));
  pending_.at(record.reply_to.number).asked = all.back();
  for (auto where : all)
    home_.to_directory(where, record);
}

void directory_state::ask(publish_event record, answered then) {
  ask_owner(std::move(record), std::move(then));
}

void directory_state::ask(end_user record, answered then) {
  ask_owner(std::move(record), std::move(then));
}

void directory_state::ask(describe_channel record, answered then) {
  ask_owner(std::move(record), std::move(then));
}

void directory_state::ask(list_channels record, answered then) {
  ask_all(std::move(record), std::move(then));
}

void directory_state::ask(count_connections record, answered then) {
  ask_all(record, std::move(then));
}

void directory_state::complete(ticket_answer what) {
  auto at = pending_.find(what.number);
  if (at == pending_.end())
    return; // it came after the deadline
  if (what.refused && at->second.again) {
    put_again(at->second);
    return;
  }
  auto& sum = at->second.sum;
  sum.complete = sum.complete && what.complete;
  sum.connections += what.connections;
  for (auto& facts : what.channels)
    sum.channels.push_back(std::move(facts));
  if (--at->second.parts > 0)
    return;
  auto done = std::move(at->second);
  pending_.erase(at);
  done.then(done.sum);
}

// -- channels of this reactor -------------------------------------------------

void directory_state::accept(directory_batch batch) {
  if (batch.view != view_hash() || batch.unknown_apps
      || gate_.holds(batch.from)) {
    admit(std::move(batch));
    return;
  }
  statements_.speaks(batch.from, batch.view);
  for (auto& record : batch.records)
    accept(std::move(record));
}

void directory_state::accept(directory_record record) {
  if (auto* up = std::get_if<edge_up>(&record)) {
    introduced(*up);
    statements_.begins(up->edge.at);
    doubt_edge(up->edge);
    return;
  }
  if (auto* stated = std::get_if<edge_stated>(&record)) {
    conclude(*stated);
    return;
  }
  if (auto* copied = std::get_if<event_copied>(&record)) {
    copies_.keep(std::move(*copied), home_.now_ns());
    look_at(home_.now_ns() + copies_pause_ns);
    return;
  }
  if (auto* taken = std::get_if<records_taken>(&record)) {
    home_.taken(*taken);
    return;
  }
  if (auto* answer = std::get_if<ticket_answer>(&record)) {
    complete(std::move(*answer));
    return;
  }
  if (auto* wanted = std::get_if<list_channels>(&record)) {
    list(*wanted);
    return;
  }
  if (auto* wanted = std::get_if<count_connections>(&record)) {
    count(*wanted);
    return;
  }
  auto& key = *cluster::key_of(record);
  auto at = channels_.find(key);
  if (at != channels_.end()) {
    hand(at->second, std::move(record));
  } else if (!stopped_
             && (brings_something(record, home_) || may_move_here(record))) {
    auto& fresh = open(key); // before the record, and its key, are moved
    hand(fresh, std::move(record));
  } else {
    deny(record);
  }
}

// A request for a channel of which edges may still have something to say.
bool directory_state::may_move_here(const directory_record& record) const {
  return !hand_over_.settled()
         && (std::holds_alternative<publish_event>(record)
             || std::holds_alternative<end_user>(record)
             || std::holds_alternative<describe_channel>(record))
         && !awaited(*cluster::key_of(record)).empty();
}

// Nobody is subscribed, so nothing has to be kept: the answer is at hand.
void directory_state::deny(const directory_record& record) {
  if (auto* event = std::get_if<publish_event>(&record))
    home_.published(event->reply_to);
  else if (auto* order = std::get_if<end_user>(&record))
    home_.published(order->reply_to);
  else if (auto* wanted = std::get_if<describe_channel>(&record))
    home_.to_directory(wanted->reply_to.at,
                       ticket_answer{wanted->reply_to.number,
                                     true,
                                     {{wanted->channel.name, {}}}});
}

directory_state::entry& directory_state::open(const channel_key& key) {
  entry fresh;
  fresh.who = home_.open(key);
  auto& placed =
      channels_.insert_or_assign(key, std::move(fresh)).first->second;
  if (auto whom = awaited(key); !whom.empty())
    gather_unasked(key, placed, std::move(whom));
  return placed;
}

void directory_state::hand(entry& to, directory_record record) {
  ++to.sent;
  to.who->hand(std::move(record));
}

void directory_state::ask_edges() {
  for (auto& [key, e] : channels_)
    gather(key, e);
  for (auto where : home_.places())
    if (!is_local(where)) { // ours are told by NODE
      statements_.lost(where);
      ask_for_all(where);
    }
}

void directory_state::gather(const channel_key& key, entry& e) {
  auto& all = home_.places();
  e.who->gather(all, ++last_round_);
  e.gathering_until_ns = home_.now_ns() + gather_timeout_ns;
  ring(key, e, e.gathering_until_ns);
  for (auto where : all)
    home_.to_edge(where, restate_channel{key, last_round_});
}

// An answer may have been lost with an actor; until all have spoken, publishers
// are told that perhaps not everybody was reached.
void directory_state::ask_again(const channel_key& key) {
  auto at = channels_.find(key);
  if (at == channels_.end())
    return;
  auto& e = at->second;
  auto silent = e.who->ask_again(++last_round_);
  if (silent.empty())
    return;
  e.gathering_until_ns = home_.now_ns() + gather_timeout_ns;
  ring(key, e, e.gathering_until_ns);
  for (auto where : silent)
    home_.to_edge(where, restate_channel{key, last_round_});
}

void directory_state::state_reports() {
  for (auto& [key, e] : channels_)
    e.who->state_report();
}

void directory_state::state_reports(std::span<const app_index> apps) {
  for (auto& [key, e] : channels_)
    if (std::binary_search(apps.begin(), apps.end(), key.app))
      e.who->state_report();
}

void directory_state::list(const list_channels& record) {
  ticket_answer answer{record.reply_to.number, true, {}};
  for (auto& [key, e] : channels_)
    if (key.app == record.app && key.name.starts_with(record.prefix))
      if (auto facts = e.who->state().facts(); facts.occupied)
        answer.channels.push_back({key.name, std::move(facts)});
  home_.to_directory(record.reply_to.at, std::move(answer));
}

// It may not have heard of the app yet.
void directory_state::count(const count_connections& record) {
  ticket_answer answer{record.reply_to.number, true, {}};
  answer.connections = home_.connections_of(record.app);
  home_.to_directory(record.reply_to.at, std::move(answer));
}

bool directory_state::retire(const resident_channel& who,
                             std::uint64_t handled) {
  auto at = channels_.find(who.state().key());
  if (at == channels_.end() || at->second.who.get() != &who)
    return true;
  if (at->second.sent != handled)
    return false;
  channels_.erase(at);
  return true;
}

void directory_state::failed(const resident_channel& who) {
  auto key = who.state().key();
  auto at = channels_.find(key);
  if (stopped_ || at == channels_.end() || at->second.who.get() != &who)
    return;
  gather(key, open(key));
  home_.replaced(key);
}

resident_channel* directory_state::find(const channel_key& key) {
  auto at = channels_.find(key);
  return at == channels_.end() ? nullptr : at->second.who.get();
}

// A channel has one alarm that counts; one that was overtaken by an earlier one
// finds nothing due when it rings.
void directory_state::ring(const channel_key& key, entry& e,
                           std::int64_t when_ns) {
  if (e.wakes_ns != 0 && e.wakes_ns <= when_ns)
    return;
  e.wakes_ns = when_ns;
  alarms_.push({when_ns, key});
}

void directory_state::wake_at(const resident_channel& who,
                              std::int64_t when_ns) {
  auto at = channels_.find(who.state().key());
  if (at != channels_.end() && at->second.who.get() == &who)
    ring(at->first, at->second, when_ns);
}

void directory_state::wake(const channel_key& key, std::int64_t now_ns) {
  auto at = channels_.find(key);
  if (at == channels_.end())
    return;
  auto& e = at->second;
  if (e.wakes_ns != 0 && e.wakes_ns <= now_ns)
    e.wakes_ns = 0;
  auto keep = e.who; // it may retire
  if (auto until = e.gathering_until_ns; until != 0) {
    if (e.who->state().sure()) {
      e.gathering_until_ns = 0;
    } else if (until <= now_ns) {
      e.gathering_until_ns = 0;
      e.who->give_up_waiting(); // it may retire
      ask_again(key);
    } else {
      ring(key, e, until);
    }
  }
  keep->wake();
}

void directory_state::tick(std::int64_t now_ns) {
  while (!alarms_.empty() && alarms_.top().when_ns <= now_ns) {
    auto due = alarms_.top();
    alarms_.pop();
    wake(due.key, now_ns);
  }
  if (expire_ns_ != 0 && expire_ns_ <= now_ns)
    expire(now_ns);
  std::vector<pending> late;
  std::erase_if(pending_, [&](auto& x) {
    if (x.second.deadline_ns > now_ns)
      return false;
    late.push_back(std::move(x.second));
    return true;
  });
  for (auto& x : late) {
    x.sum.complete = false;
    x.then(x.sum);
  }
}

std::int64_t directory_state::due_ns() const {
  auto due = alarms_.empty() ? never_due : alarms_.top().when_ns;
  if (expire_ns_ != 0)
    due = std::min(due, expire_ns_);
  for (auto& [number, request] : pending_)
    due = std::min(due, request.deadline_ns);
  return due;
}

void directory_state::stop() {
  stopped_ = true;
  auto all = std::exchange(channels_, {});
  for (auto& [key, e] : all)
    e.who->end();
}

} // namespace tidewire
