#include "actors/directory.hpp"

#include "actors/channel_factory.hpp"
#include "actors/shard.hpp"
#include "actors/state/cluster/directory_records.hpp"
#include "messages/node_messages.hpp"
#include "net/log.hpp"

#include <caf/send.hpp>

#include <algorithm>
#include <stdexcept>

namespace tidewire {

namespace {

// Whether a record alone is reason enough for a channel to exist.
bool brings_something(const directory_record& record) {
  if (auto* told = std::get_if<restate_edge>(&record))
    return !told->subscribers.empty() || told->stake;
  if (auto* told = std::get_if<edge_stake>(&record))
    return static_cast<bool>(told->stake);
  if (auto* event = std::get_if<publish_event>(&record))
    return !event->by_client && behaviour_of(event->channel.name).keeps_events;
  if (std::holds_alternative<event_handed_over>(record))
    return true;
  return std::holds_alternative<join_channel>(record);
}

} // namespace

// -- requests of this reactor -------------------------------------------------

void directory_state::send(directory_record record) {
  auto owner = home_.owner_of(*cluster::key_of(record));
  if (owner == home_.host.index())
    accept(std::move(record));
  else
    home_.streams.to_directory(owner, std::move(record));
}

ticket directory_state::expect(answered then, std::uint32_t parts) {
  auto number = next_ticket_++;
  pending_.emplace(number, pending{std::move(then),
                                   home_.host.now() + ask_timeout_ns,
                                   parts,
                                   {number, true, {}}});
  return {home_.host.index(), number};
}

template <class Record>
void directory_state::ask_owner(Record record, answered then) {
  record.reply_to = expect(std::move(then), 1);
  if (home_.placed)
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
    home_.streams.to_directory(where, record);
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
  if (batch.view != home_.view_hash() || batch.unknown_apps
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
    copies_.keep(std::move(*copied), home_.host.now());
    look_at(home_.host.now() + copies_pause_ns);
    return;
  }
  if (auto* taken = std::get_if<records_taken>(&record)) {
    home_.streams.taken(taken->edge, taken->sequence);
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
    ticket_answer answer{wanted->reply_to.number, true, {}};
    if (wanted->app < home_.live.size()) // it may not have heard of the app yet
      answer.connections = home_.live[wanted->app].size();
    home_.streams.to_directory(wanted->reply_to.at, std::move(answer));
    return;
  }
  auto& key = *cluster::key_of(record);
  auto at = channels_.find(key);
  if (at != channels_.end()) {
    hand(at->second, std::move(record));
  } else if (!stopped_ && (brings_something(record) || may_move_here(record))) {
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
    home_.streams.published(event->reply_to);
  else if (auto* order = std::get_if<end_user>(&record))
    home_.streams.published(order->reply_to);
  else if (auto* wanted = std::get_if<describe_channel>(&record))
    home_.streams.to_directory(wanted->reply_to.at,
                               ticket_answer{wanted->reply_to.number,
                                             true,
                                             {{wanted->channel.name, {}}}});
}

directory_state::entry& directory_state::open(const channel_key& key) {
  auto& system = home_.host.system();
  caf::actor_config cfg{&home_.host};
  entry fresh;
  fresh.handle = caf::make_actor<channel, caf::strong_actor_ptr>(
      system.next_actor_id(), system.node(), &system, cfg, home_,
      make_channel(key, home_.limits(key.app)));
  fresh.actor = static_cast<channel*>(fresh.handle->get());
  auto& placed =
      channels_.insert_or_assign(key, std::move(fresh)).first->second;
  if (auto whom = awaited(key); !whom.empty())
    gather_unasked(key, placed, std::move(whom));
  return placed;
}

void directory_state::hand(entry& to, directory_record record) {
  ++to.sent;
  to.handle->enqueue(caf::make_mailbox_element(nullptr, caf::make_message_id(),
                                               {}, std::move(record)),
                     &home_.host);
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
  e.actor->gather(all, ++last_round_);
  e.gathering_until_ns = home_.host.now() + gather_timeout_ns;
  ring(key, e, e.gathering_until_ns);
  for (auto where : all)
    home_.streams.to_edge(where, restate_channel{key, last_round_});
}

// An answer may have been lost with an actor; until all have spoken, publishers
// are told that perhaps not everybody was reached.
void directory_state::ask_again(const channel_key& key) {
  auto at = channels_.find(key);
  if (at == channels_.end())
    return;
  auto& e = at->second;
  auto silent = e.actor->ask_again(++last_round_);
  if (silent.empty())
    return;
  e.gathering_until_ns = home_.host.now() + gather_timeout_ns;
  ring(key, e, e.gathering_until_ns);
  for (auto where : silent)
    home_.streams.to_edge(where, restate_channel{key, last_round_});
}

void directory_state::state_reports() {
  for (auto& [key, e] : channels_)
    e.actor->state_report();
}

void directory_state::state_reports(std::span<const app_index> apps) {
  for (auto& [key, e] : channels_)
    if (std::binary_search(apps.begin(), apps.end(), key.app))
      e.actor->state_report();
}

void directory_state::list(const list_channels& record) {
  ticket_answer answer{record.reply_to.number, true, {}};
  for (auto& [key, e] : channels_)
    if (key.app == record.app && key.name.starts_with(record.prefix))
      if (auto facts = e.actor->state().facts(); facts.occupied)
        answer.channels.push_back({key.name, std::move(facts)});
  home_.streams.to_directory(record.reply_to.at, std::move(answer));
}

bool directory_state::retire(channel& who, std::uint64_t handled) {
  auto at = channels_.find(who.state().key());
  if (at == channels_.end() || at->second.actor != &who)
    return true;
  if (at->second.sent != handled)
    return false;
  channels_.erase(at);
  return true;
}

void directory_state::failed(channel& who) {
  auto key = who.state().key();
  auto at = channels_.find(key);
  if (stopped_ || at == channels_.end() || at->second.actor != &who)
    return;
  log_warning("channel_restarted", "channel {} was restarted", key.name);
  gather(key, open(key));
  home_.restarted("CHANNEL");
}

channel* directory_state::find(const channel_key& key) {
  auto at = channels_.find(key);
  return at == channels_.end() ? nullptr : at->second.actor;
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

void directory_state::wake_at(const channel& who, std::int64_t when_ns) {
  auto at = channels_.find(who.state().key());
  if (at != channels_.end() && at->second.actor == &who)
    ring(at->first, at->second, when_ns);
}

void directory_state::wake(const channel_key& key, std::int64_t now_ns) {
  auto at = channels_.find(key);
  if (at == channels_.end())
    return;
  auto& e = at->second;
  if (e.wakes_ns != 0 && e.wakes_ns <= now_ns)
    e.wakes_ns = 0;
  auto keep = e.handle; // it may retire
  if (auto until = e.gathering_until_ns; until != 0) {
    if (e.actor->state().sure()) {
      e.gathering_until_ns = 0;
    } else if (until <= now_ns) {
      e.gathering_until_ns = 0;
      e.actor->give_up_waiting(); // it may retire
      ask_again(key);
    } else {
      ring(key, e, until);
    }
  }
  static_cast<channel*>(keep->get())->wake();
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

void directory_state::stop() {
  stopped_ = true;
  auto all = std::exchange(channels_, {});
  for (auto& [key, e] : all)
    e.actor->cleanup(caf::make_error(caf::exit_reason::user_shutdown),
                     &home_.host);
}

// -- the actor ----------------------------------------------------------------

caf::behavior directory::make_behavior() {
  // What its predecessor lost may have been the last thing an edge said.
  home_.directory.ask_edges();
  return {
      [this](directory_batch& batch) {
        taken_over();
        home_.directory.accept(std::move(batch));
      },
      [](const fail_now&) { throw std::runtime_error("told to fail"); },
  };
}

} // namespace tidewire
