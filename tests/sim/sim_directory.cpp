// The DIRECTORY of a process: requests, records and time, as in
// actors/directory.cpp. What a change of the view means:
// sim_directory_views.cpp.
#include "actors/state/cluster/directory_records.hpp"
#include "actors/state/plain_channel.hpp"
#include "actors/state/presence_channel.hpp"
#include "tests/sim/sim_channels.hpp"
#include "tests/sim/sim_node.hpp"

#include <algorithm>
#include <utility>

namespace tidewire::sim {

namespace {

constexpr std::uint32_t most_members = 100;
constexpr std::int64_t cache_ttl_ns = 1'800'000'000'000;

channel_of kind_of(const channel_key& key) {
  return {key.app, *channel_called(key.name)};
}

bool brings_something(const directory_record& record) {
  if (auto* told = std::get_if<restate_edge>(&record))
    return !told->subscribers.empty() || told->stake;
  if (auto* event = std::get_if<publish_event>(&record))
    return !event->by_client && kind_of(event->channel).keeps();
  return std::holds_alternative<event_handed_over>(record)
         || std::holds_alternative<join_channel>(record);
}

std::unique_ptr<channel_state> make(const channel_key& key) {
  auto c = kind_of(key);
  auto ttl = c.keeps() ? cache_ttl_ns : 0;
  if (c.members())
    return std::make_unique<presence_channel>(key, most_members, ttl);
  return std::make_unique<plain_channel>(key, ttl);
}

// The number of an event, which stands in its text.
std::optional<std::uint64_t> number_of(const frame& event) {
  auto bytes = event.bytes();
  auto at = bytes.find("\"e-");
  if (at == bytes.npos)
    return {};
  return std::strtoull(bytes.data() + at + 3, nullptr, 10);
}

} // namespace

std::vector<place> sim_channels::awaited(const channel_key& key) const {
  return hand_over_.awaited(self, id_of(key), key.name);
}

// -- requests -----------------------------------------------------------------

void sim_channels::send(directory_record record) {
  auto owner = owner_of(*cluster::key_of(record));
  if (owner == self)
    accept(std::move(record));
  else
    courier_.to_directory(owner, std::move(record));
}

void sim_channels::complete(const ticket_answer& what) {
  auto at = pending_.find(what.number);
  if (at == pending_.end())
    return;
  if (what.refused)
    return put_again(at->second);
  auto number = at->second.number;
  pending_.erase(at);
  home_.around().publish_answered(number, what.complete);
}

void sim_channels::put_again(pending& request) {
  auto view = placed_ ? placed_->hash() : 0;
  if (request.view == view) {
    request.view = 0;
    request.deadline_ns = std::min(request.deadline_ns,
                                   now_ns() + cluster::view_gate::patience_ns);
    return;
  }
  request.view = view;
  request.asked = owner_of(*cluster::key_of(request.again));
  send(request.again);
}

// -- records ------------------------------------------------------------------

void sim_channels::accept(directory_batch batch) {
  if (batch.view != (placed_ ? placed_->hash() : 0) || gate_.holds(batch.from))
    return admit(std::move(batch));
  statements_.speaks(batch.from, batch.view);
  for (auto& record : batch.records)
    accept(std::move(record));
}

void sim_channels::accept(directory_record record) {
  if (auto* up = std::get_if<edge_up>(&record)) {
    introduced(*up);
    statements_.begins(up->edge.at);
    doubt_edge(up->edge);
  } else if (auto* stated = std::get_if<edge_stated>(&record)) {
    conclude(*stated);
  } else if (auto* copied = std::get_if<event_copied>(&record)) {
    copies_.keep(std::move(*copied), now_ns());
  } else if (auto* taken = std::get_if<records_taken>(&record)) {
    courier_.taken(taken->edge, taken->sequence);
  } else if (auto* answer = std::get_if<ticket_answer>(&record)) {
    complete(*answer);
  } else if (auto at = channels_.find(*cluster::key_of(record));
             at != channels_.end()) {
    at->second.inbox.push_back(std::move(record));
  } else if (brings_something(record) || may_move_here(record)) {
    auto& fresh = open(*cluster::key_of(record));
    fresh.inbox.push_back(std::move(record));
  } else {
    deny(record);
  }
}

void sim_channels::introduced(const edge_up& record) {
  courier_.edge_is(record.edge);
  for (auto& [key, e] : channels_)
    if (auto round = e.state->round(); round != 0)
      courier_.to_edge(record.edge.at, restate_channel{key, round});
}

bool sim_channels::may_move_here(const directory_record& record) const {
  return !hand_over_.settled() && std::holds_alternative<publish_event>(record)
         && !awaited(*cluster::key_of(record)).empty();
}

void sim_channels::deny(const directory_record& record) {
  if (auto* event = std::get_if<publish_event>(&record))
    courier_.published(event->reply_to);
}

sim_channels::entry& sim_channels::open(const channel_key& key) {
  auto& placed = channels_[key];
  placed.state = make(key);
  if (auto whom = awaited(key); !whom.empty())
    gather_unasked(key, placed, std::move(whom));
  return placed;
}

void sim_channels::handle(const channel_key& key, entry& e,
                          directory_record record) {
  as(key, [&] { e.state->handle(std::move(record), *this); });
  if (auto at = e.state->wakes_ns())
    e.wakes_ns = e.wakes_ns == 0 ? at : std::min(e.wakes_ns, at);
}

// Every channel reads its mail; one that knows nothing any more retires.
bool sim_channels::run_channels() {
  bool busy = false;
  for (auto at = channels_.begin(); at != channels_.end();) {
    auto& [key, e] = *at;
    while (!e.inbox.empty()) {
      auto record = std::move(e.inbox.front());
      e.inbox.pop_front();
      handle(key, e, std::move(record));
      busy = true;
    }
    at = e.state->idle() ? channels_.erase(at) : std::next(at);
  }
  return busy;
}

// -- gathering ----------------------------------------------------------------

void sim_channels::gather(const channel_key& key, entry& e) {
  auto all_of_them = places();
  e.state->gather(all_of_them, ++last_round_);
  e.gathering_until_ns = now_ns() + gather_timeout_ns;
  for (auto where : all_of_them)
    courier_.to_edge(where, restate_channel{key, last_round_});
}

void sim_channels::gather_unasked(const channel_key& key, entry& e,
                                  std::vector<place> whom) {
  e.state->gather(std::move(whom), 0);
  if (hand_over_.until_ns() <= now_ns())
    as(key, [&] { e.state->give_up_waiting(*this); });
  else
    e.gathering_until_ns = hand_over_.until_ns();
}

// -- time ---------------------------------------------------------------------

std::int64_t sim_channels::due_ns() const {
  auto due = INT64_MAX;
  auto at = [&](std::int64_t when) {
    if (when != 0)
      due = std::min(due, when);
  };
  for (auto& [key, e] : channels_) {
    at(e.gathering_until_ns);
    at(e.wakes_ns);
  }
  for (auto& [number, request] : pending_)
    at(request.deadline_ns);
  if (!gate_.senders().empty())
    at(now_ns() + cluster::view_gate::patience_ns / 20);
  return due;
}

void sim_channels::tick() {
  auto now = now_ns();
  for (auto& [key, e] : channels_) {
    if (e.gathering_until_ns != 0 && e.state->sure())
      e.gathering_until_ns = 0;
    if (e.gathering_until_ns != 0 && e.gathering_until_ns <= now) {
      e.gathering_until_ns = 0;
      as(key, [&, &x = e] { x.state->give_up_waiting(*this); });
      auto silent = e.state->ask_again(++last_round_);
      if (!silent.empty())
        e.gathering_until_ns = now + gather_timeout_ns;
      for (auto where : silent)
        courier_.to_edge(where, restate_channel{key, last_round_});
    }
    if (e.wakes_ns != 0 && e.wakes_ns <= now) {
      e.wakes_ns = 0;
      as(key, [&, &x = e] { x.state->wake(*this); });
      e.wakes_ns = e.state->wakes_ns();
    }
  }
  for (auto& [from, x] : gate_.expire(now)) {
    statements_.lost(from);
    refuse(from, std::move(x.what));
  }
  copies_.expire(now);
  std::vector<std::uint64_t> late;
  std::erase_if(pending_, [&](auto& x) {
    if (x.second.deadline_ns > now)
      return false;
    late.push_back(x.second.number);
    return true;
  });
  for (auto number : late)
    home_.around().publish_answered(number, false);
  webhooks_.tick();
}

// -- what channels say --------------------------------------------------------

void sim_channels::to_edge(place where, edge_record record) {
  if (auto* event = std::get_if<deliver_event>(&record))
    if (auto number = number_of(*event->event))
      home_.around().listening_to().sent(*number, home_.self());
  courier_.to_edge(where, std::move(record));
}

void sim_channels::copy(event_copied what) {
  if (!placed_)
    return;
  if (auto next = placed_->runner_up_of(id_of(what.channel), what.channel.name))
    courier_.to_directory(*next, std::move(what));
}

void sim_channels::report(channel_fact what) {
  reports_.push_back({*reporting_, std::move(what)});
}

} // namespace tidewire::sim
