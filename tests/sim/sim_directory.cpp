// The DIRECTORY of a process: see actors/directory.cpp and directory_views.cpp.
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

const channel_key* key_of(const directory_record& record) {
  return std::visit(
      [](auto& x) -> const channel_key* {
        if constexpr (requires { x.channel.name; })
          return &x.channel;
        else
          return nullptr;
      },
      record);
}

ticket asker_of(const directory_record& record) {
  return std::visit(
      [](auto& x) -> ticket {
        if constexpr (requires { x.reply_to; })
          return x.reply_to;
        else
          return {};
      },
      record);
}

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
  auto owner = owner_of(*key_of(record));
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
  request.asked = owner_of(*key_of(request.again));
  send(request.again);
}

// -- records ------------------------------------------------------------------

void sim_channels::accept(directory_batch batch) {
  if (batch.view != (placed_ ? placed_->hash() : 0) || gate_.holds(batch.from)
      || gate_.has_lost_from(batch.from))
    return admit(std::move(batch));
  for (auto& record : batch.records)
    accept(std::move(record));
}

void sim_channels::accept(directory_record record) {
  if (auto* up = std::get_if<edge_up>(&record)) {
    introduced(*up);
    doubt_edge(up->edge);
  } else if (auto* stated = std::get_if<edge_stated>(&record)) {
    conclude(*stated);
  } else if (auto* copied = std::get_if<event_copied>(&record)) {
    copies_.keep(std::move(*copied), now_ns());
  } else if (auto* taken = std::get_if<records_taken>(&record)) {
    courier_.taken(taken->edge, taken->sequence);
  } else if (auto* answer = std::get_if<ticket_answer>(&record)) {
    complete(*answer);
  } else if (auto at = channels_.find(*key_of(record)); at != channels_.end()) {
    at->second.inbox.push_back(std::move(record));
  } else if (brings_something(record) || may_move_here(record)) {
    auto& fresh = open(*key_of(record));
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
         && !awaited(*key_of(record)).empty();
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

template <class F>
void sim_channels::as(const channel_key& key, F f) {
  auto* before = std::exchange(reporting_, &key);
  f();
  reporting_ = before;
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

// -- the view changes ---------------------------------------------------------

void sim_channels::view_changed(const cluster::placement* before) {
  auto& now = *placed_;
  auto recurs =
      std::find(views_.begin(), views_.end(), now.hash()) != views_.end();
  views_.push_back(now.hash());
  if (views_.size() > views_remembered)
    views_.erase(views_.begin());
  hand_over_.view_is(placed_, now.places(), now_ns());
  unsettled_ = true;
  if (before)
    for (auto where : before->places())
      if (auto node = node_of(where);
          node != 0 && now.stay_of(node) != before->stay_of(node)) {
        if (now.has(node))
          doubt_edge({where, 0});
        else
          drop_edge(where);
        view_left(node);
      }
  auto was_away = before && before->stay_of(0) != now.stay_of(0);
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
  for (auto from : std::vector(gate_.owing().begin(), gate_.owing().end()))
    if (is_known(from, now.hash()) && gate_.takes_debt(from))
      courier_.to_edge(from, state_everything{});
  if (recurs)
    for (auto where : now.places())
      courier_.to_edge(where, state_everything{});
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
    if (key_of(record))
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
  hand_over_.stated(record.edge.at, record.view);
  auto told = record;
  told.old = record.view != (placed_ ? placed_->hash() : 0);
  for (auto& [key, e] : channels_) {
    if (e.state->concerned_by(record.edge) || !e.inbox.empty())
      e.inbox.push_back(told);
    if (auto round = e.state->round(); round != 0)
      courier_.to_edge(record.edge.at, restate_channel{key, round});
  }
}

// -- what another view sent ---------------------------------------------------

bool sim_channels::is_known(place from, std::uint64_t view) const {
  auto node = node_of(from);
  return (node == 0 || (placed_ && placed_->has(node)))
         && std::find(views_.rbegin(), views_.rend(), view) != views_.rend();
}

void sim_channels::admit(directory_batch batch) {
  // It sees our view now, and what it stated by another one was given back.
  auto asks = batch.view == (placed_ ? placed_->hash() : 0)
              && gate_.has_lost_from(batch.from)
              && gate_.takes_debt(batch.from);
  if (asks)
    std::erase_if(batch.records, [](auto& x) {
      return std::holds_alternative<edge_stated>(x);
    });
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
  // Behind its introduction, or it would get lost with what the edge before it
  // did not take.
  if (asks)
    courier_.to_edge(batch.from, state_everything{});
}

void sim_channels::release(place from) {
  auto ours = placed_ ? placed_->hash() : 0;
  auto known = [&](std::uint64_t view) { return is_known(from, view); };
  bool gap = false;
  for (auto& x : gate_.release(from, known)) {
    gap = gap || !known(x.view);
    if (x.view == ours)
      accept(std::move(x.what));
    else
      judge(std::move(x.what));
  }
  // By a view that was never ours it may have told others what is ours again.
  if (gap)
    courier_.to_edge(from, state_everything{});
}

void sim_channels::judge(directory_record record) {
  auto* key = key_of(record);
  if (!key || is_ours(*key)) {
    accept(std::move(record));
  } else if (auto asker = asker_of(record)) {
    courier_.to_directory(asker.at,
                          ticket_answer{asker.number, false, {}, 0, true});
  } else if (std::holds_alternative<publish_event>(record)
             || std::holds_alternative<event_handed_over>(record)) {
    send(std::move(record));
  }
}

void sim_channels::refuse(place from, directory_record record) {
  if (auto asker = asker_of(record))
    courier_.to_directory(asker.at, ticket_answer{asker.number, false, {}});
  else if (auto* wish = std::get_if<join_channel>(&record))
    courier_.to_edge(from,
                     refused_join{wish->channel, wish->who.who, "ServerError",
                                  "The nodes do not agree. Subscribe again.",
                                  503, wish->who.wish});
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
  for (auto& [from, x] : gate_.expire(now))
    refuse(from, std::move(x.what));
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

void sim_channels::report(channel_fact what) {
  reports_.push_back({*reporting_, std::move(what)});
}

} // namespace tidewire::sim
