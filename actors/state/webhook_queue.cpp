#include "actors/state/webhook_queue.hpp"

#include "actors/state/cluster/stable_hash.hpp"
#include "net/pusher/webhook.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace tidewire {

struct webhook_queue::endpoint {
  struct stream {
    std::deque<webhook_delivery> waiting; // the first one may be in flight
    std::optional<stream_key> ready;      // its place in `ready`
  };

  std::string app;
  std::string url;
  std::map<std::string, stream> streams;
  std::set<stream_key> ready; // streams whose first one waits, by time
  std::uint32_t in_flight = 0;

  endpoint_rules rules;
  std::vector<waiting_event> batch;
  std::size_t batch_bytes = 0;

  std::uint32_t failures = 0; // in a row
  std::int64_t failing_since_ms = 0;
  std::string last_failure;
  std::int64_t appointment = never; // its place in the agenda

  bool failing() const noexcept { return failures >= failing_threshold; }

  std::int64_t batch_due() const noexcept {
    if (batch.empty())
      return never;
    auto full =
        batch.size() >= rules.batch_events || batch_bytes >= rules.batch_bytes;
    return full ? 0 : batch.front().since_ms + rules.batch_interval_ms;
  }
};

webhook_queue::webhook_queue(limits bounds) : limits_(bounds) {}

webhook_queue::~webhook_queue() = default;

namespace {

// Two nodes may count to the same number in the same millisecond; then what
// they tell differs, or it is the same.
std::string with_number(const std::string& url, std::string_view what,
                        std::int64_t number) {
  std::array<char, 16> hex{};
  auto hash = cluster::stable_hash(what, cluster::stable_hash(url));
  auto end = std::to_chars(hex.begin(), hex.end(), hash, 16).ptr;
  return std::string{hex.begin(), end} + '/' + std::to_string(number);
}

// 1, 2, 4 … seconds.
std::int64_t pause_after(std::uint32_t attempts) {
  return std::int64_t{1000} << std::min(attempts - 1, 20u);
}

std::int64_t number_in(const std::string& id) {
  std::int64_t number = 0;
  auto slash = id.rfind('/');
  auto* begin = id.data() + (slash == id.npos ? 0 : slash + 1);
  std::from_chars(begin, id.data() + id.size(), number);
  return number;
}

} // namespace

std::string key_of(const waiting_event& what) {
  return what.app + '/' + what.channel + "/event/"
         + with_number(what.url, what.event, what.number);
}

std::int64_t webhook_queue::next_number(std::int64_t now_ms) {
  return last_number_ = std::max(last_number_ + 1, now_ms * 1000);
}

std::size_t webhook_queue::room(const std::string& app) const {
  auto found = figures_.find(app);
  auto waiting = found == figures_.end() ? 0 : found->second.waiting;
  return waiting >= limits_.max_queue ? 0 : limits_.max_queue - waiting;
}

webhook_queue::endpoint& webhook_queue::at(const std::string& app,
                                           const std::string& url) {
  auto& slot = endpoints_[app + '\n' + url];
  if (!slot) {
    slot = std::make_unique<endpoint>();
    slot->app = app;
    slot->url = url;
  }
  return *slot;
}

// -- coming -------------------------------------------------------------------

void webhook_queue::restore(webhook_delivery what) {
  last_number_ = std::max(last_number_, number_in(what.id));
  auto& e = at(what.app, what.url);
  ++figures_[what.app].waiting;
  push(e, std::move(what));
  reschedule(e);
}

void webhook_queue::restore(waiting_event what, const endpoint_rules& rules) {
  last_number_ = std::max(last_number_, what.number);
  auto& e = at(what.app, what.url);
  e.rules = rules;
  ++figures_[what.app].waiting;
  e.batch_bytes += what.event.size();
  e.batch.push_back(std::move(what));
  reschedule(e);
}

std::string webhook_queue::id_of(const std::string& app, const std::string& url,
                                 const std::string& channel,
                                 std::string_view name, std::string_view event,
                                 std::int64_t number) {
  return app + '/' + channel + '/' + std::string{name} + '/'
         + with_number(url, event, number);
}

void webhook_queue::add(const std::string& app, const std::string& url,
                        const endpoint_rules& rules, const std::string& channel,
                        std::string_view name, std::string event,
                        std::int64_t now_ms, effects& out,
                        std::int64_t number) {
  if (number == 0)
    number = next_number(now_ms);
  auto full = room(app) == 0;
  if (rules.batch && !full) {
    waiting_event one{number, app, url, std::move(event), now_ms, channel};
    out.journal.emplace_back(put_waiting{one});
    restore(std::move(one), rules);
    return;
  }
  webhook_delivery one{id_of(app, url, channel, name, event, number),
                       app,
                       url,
                       rules.batch ? std::string{} : channel,
                       pusher::render_webhook_body(now_ms, {&event, 1}),
                       now_ms,
                       now_ms,
                       0,
                       {}};
  if (full) {
    bury(std::move(one), "too many were waiting (webhooks.max_queue)", now_ms,
         out);
    return;
  }
  out.journal.emplace_back(put_delivery{one});
  restore(std::move(one));
}

void webhook_queue::push(endpoint& to, webhook_delivery what) {
  auto name = what.stream;
  auto& s = to.streams[name];
  s.waiting.push_back(std::move(what));
  if (s.waiting.size() == 1)
    make_ready(to, name);
}

void webhook_queue::make_ready(endpoint& e, const std::string& stream) {
  auto& s = e.streams[stream];
  s.ready = stream_key{s.waiting.front().next_ms, ++turns_, stream};
  e.ready.insert(*s.ready);
}

void webhook_queue::close_batch(endpoint& e, std::int64_t now_ms,
                                effects& out) {
  webhook_delivery one{{}, e.app, e.url, {}, {}, now_ms, now_ms, 0, {}};
  std::vector<std::string> events;
  for (std::size_t bytes = 0;
       events.size() < e.batch.size() && events.size() < e.rules.batch_events
       && (events.empty() || bytes < e.rules.batch_bytes);)
    bytes += events.emplace_back(e.batch[events.size()].event).size();
  one.body = pusher::render_webhook_body(now_ms, events);
  one.id =
      e.app + "/batch/" + with_number(e.url, one.body, next_number(now_ms));
  for (std::size_t i = 0; i < events.size(); ++i) {
    e.batch_bytes -= events[i].size();
    out.journal.emplace_back(drop_waiting{e.batch[i].number});
    one.events.push_back(key_of(e.batch[i]));
  }
  e.batch.erase(e.batch.begin(),
                e.batch.begin() + static_cast<std::ptrdiff_t>(events.size()));
  auto& waiting = figures_[e.app].waiting;
  waiting = waiting + 1 - events.size();
  out.journal.emplace_back(put_delivery{one});
  push(e, std::move(one));
}

// -- going --------------------------------------------------------------------

bool webhook_queue::window_over(const webhook_delivery& what,
                                std::int64_t now_ms) const {
  return now_ms >= what.created_ms + limits_.retry_for_ms;
}

void webhook_queue::start_some(endpoint& e, std::int64_t now_ms, effects& out) {
  while (!e.ready.empty() && std::get<0>(*e.ready.begin()) <= now_ms) {
    auto limit = e.failing() ? 1 : limits_.connections;
    if (e.in_flight >= limit)
      return;
    auto stream = std::get<2>(*e.ready.begin());
    e.ready.erase(e.ready.begin());
    auto& s = e.streams[stream];
    s.ready.reset();
    auto& first = s.waiting.front();
    ++e.in_flight;
    in_flight_.emplace(first.id, std::pair{&e, stream});
    // While it waited for its turn the endpoint answered nobody: so be it.
    if (first.attempts == 0 && e.failing()
        && e.failing_since_ms <= first.created_ms
        && window_over(first, now_ms)) {
      finish(first.id, e.last_failure, false, now_ms, out);
      continue;
    }
    out.send.push_back(first);
  }
}

void webhook_queue::delivered(const std::string& id, std::int64_t now_ms,
                              effects& out) {
  auto at = in_flight_.find(id);
  if (at == in_flight_.end())
    return;
  auto& e = *at->second.first;
  ++figures_[e.app].sent;
  recovered(e, now_ms);
  finish(id, std::nullopt, false, now_ms, out);
  reschedule(e);
}

void webhook_queue::failed(const std::string& id, const std::string& reason,
                           std::int64_t now_ms, effects& out) {
  auto at = in_flight_.find(id);
  if (at == in_flight_.end())
    return;
  auto& e = *at->second.first;
  ++figures_[e.app].failed;
  if (e.failures++ == 0)
    e.failing_since_ms = now_ms;
  e.last_failure = reason;
  finish(id, reason, true, now_ms, out);
  reschedule(e);
}

void webhook_queue::give_up(const std::string& id, const std::string& reason,
                            std::int64_t now_ms, effects& out) {
  auto at = in_flight_.find(id);
  if (at == in_flight_.end())
    return;
  auto& e = *at->second.first;
  finish(id, reason, false, now_ms, out);
  reschedule(e);
}

// With a reason it was not delivered, and is tried again or buried.
void webhook_queue::finish(const std::string& id,
                           std::optional<std::string> reason, bool again,
                           std::int64_t now_ms, effects& out) {
  auto node = in_flight_.extract(id);
  auto& [where, stream] = node.mapped();
  auto& e = *where;
  --e.in_flight;
  auto& s = e.streams[stream];
  auto& first = s.waiting.front();
  first.attempts += again ? 1 : 0;
  if (reason && again && !window_over(first, now_ms)) {
    first.next_ms = std::min(now_ms + pause_after(first.attempts),
                             first.created_ms + limits_.retry_for_ms);
    out.journal.emplace_back(
        retry_delivery{first.id, first.attempts, first.next_ms});
    make_ready(e, stream);
    return;
  }
  --figures_[e.app].waiting;
  auto done = std::move(first);
  s.waiting.pop_front();
  if (s.waiting.empty())
    e.streams.erase(stream);
  else
    make_ready(e, stream);
  if (reason)
    bury(std::move(done), *reason, now_ms, out);
  else
    out.journal.emplace_back(drop_delivery{std::move(done.id)});
}

void webhook_queue::bury(webhook_delivery what, const std::string& reason,
                         std::int64_t now_ms, effects& out) {
  ++figures_[what.app].dead;
  out.journal.emplace_back(bury_delivery{std::move(what), reason, now_ms});
}

// An endpoint that answers again gets what waits at once, in its order.
void webhook_queue::recovered(endpoint& e, std::int64_t now_ms) {
  auto was_failing = e.failing();
  e.failures = 0;
  if (!was_failing)
    return;
  for (auto& [name, s] : e.streams)
    if (s.ready && s.waiting.front().next_ms > now_ms) {
      e.ready.erase(*s.ready);
      s.waiting.front().next_ms = now_ms;
      make_ready(e, name);
    }
}

// -- time ---------------------------------------------------------------------

void webhook_queue::reschedule(endpoint& e) {
  if (e.appointment != never)
    agenda_.erase({e.appointment, &e});
  e.appointment = e.batch_due();
  auto limit = e.failing() ? 1 : limits_.connections;
  if (!e.ready.empty() && e.in_flight < limit)
    e.appointment = std::min(e.appointment, std::get<0>(*e.ready.begin()));
  if (e.appointment != never)
    agenda_.emplace(e.appointment, &e);
  else if (e.streams.empty() && e.failures == 0)
    endpoints_.erase(e.app + '\n' + e.url);
}

void webhook_queue::tick(std::int64_t now_ms, effects& out) {
  while (next_due() <= now_ms) {
    auto& e = *std::get<1>(*agenda_.begin());
    while (e.batch_due() <= now_ms)
      close_batch(e, now_ms, out);
    start_some(e, now_ms, out);
    reschedule(e);
  }
}

std::vector<journal_entry> webhook_queue::snapshot() const {
  std::vector<journal_entry> result;
  for (auto& [key, e] : endpoints_) {
    for (auto& [name, s] : e->streams)
      for (auto& one : s.waiting)
        result.emplace_back(put_delivery{one});
    for (auto& one : e->batch)
      result.emplace_back(put_waiting{one});
  }
  return result;
}

} // namespace tidewire
