#include "bench/client_pool.hpp"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <system_error>

namespace tidewire::bench {
namespace {

template <class Key>
void add_up(std::map<Key, std::uint64_t>& to,
            const std::map<Key, std::uint64_t>& from) {
  for (const auto& [key, count] : from)
    to[key] += count;
}

// One thread writes each of these, so a plain add would do; readers only need
// a value that is not torn.
void bump(std::atomic<std::uint64_t>& value, int by = 1) {
  value.store(value.load(std::memory_order_relaxed)
                  + static_cast<std::uint64_t>(static_cast<std::int64_t>(by)),
              std::memory_order_relaxed);
}

std::string describe(const close_cause& cause) {
  std::string text;
  switch (cause.how) {
  case ending::by_client:
  case ending::by_server:
    text = "closed by the server, " + std::to_string(cause.code);
    break;
  case ending::connect_failed:
    text = "connect failed";
    break;
  case ending::bad_upgrade:
    text = "upgrade refused";
    break;
  case ending::broken:
    text = "protocol broken";
    break;
  }
  if (!cause.text.empty())
    text += ": " + std::string(cause.text);
  return text;
}

} // namespace

void pool_figures::merge(const pool_figures& other) {
  subscribe_time.merge(other.subscribe_time);
  add_up(failures, other.failures);
  add_up(closes, other.closes);
  add_up(errors, other.errors);
  pings.resize(std::max(pings.size(), other.pings.size()));
  for (std::size_t i = 0; i < other.pings.size(); ++i)
    pings[i] += other.pings[i];
  activity_timeout = std::max(activity_timeout, other.activity_timeout);
  last_ready = std::max(last_ready, other.last_ready);
}

client_pool::client_pool(loop& events, pool_plan plan, nanos epoch)
    : plan_(std::move(plan)), context_{events, *this, plan_.to}, epoch_(epoch) {
  context_.deflate = plan_.deflate;
  // Made in advance, so that opening allocates nothing.
  clients_.reserve(plan_.clients);
  for (std::size_t i = 0; i < plan_.clients; ++i)
    clients_.push_back(std::make_unique<ws_client>(context_, i));
}

bool client_pool::begin_next() {
  const auto number = plan_.first + begun_ * plan_.stride;
  const auto* from = plan_.sources.empty()
                         ? nullptr
                         : &plan_.sources[number % plan_.sources.size()];
  const auto& plan = plan_.plans[number % plan_.plans.size()];
  const auto opened_socket = clients_[begun_]->open(plan, from);
  ++begun_;
  if (!opened_socket) {
    ++figures_.failures[std::string("no socket: ")
                        + std::generic_category().message(errno)];
    bump(failed);
    return false;
  }
  ++in_flight_;
  ++held_;
  return true;
}

nanos client_pool::step(nanos at) {
  if (started_ == 0)
    started_ = at;
  drop_overdue(at);
  auto due = plan_.clients;
  if (plan_.rate > 0)
    due = std::min(
        due,
        1 + static_cast<std::size_t>(to_seconds(at - started_) * plan_.rate));
  while (begun_ < due && in_flight_ < plan_.in_flight)
    begin_next();
  if (begun_ < plan_.clients && plan_.rate > 0)
    return started_
           + static_cast<nanos>(static_cast<double>(begun_) / plan_.rate
                                * a_second);
  return at + a_second;
}

// A client that gets no answer must not hold up the run. Looked for once a
// second, because it means walking over all of them.
void client_pool::drop_overdue(nanos at) {
  if (at - swept_ < a_second || in_flight_ == 0)
    return;
  swept_ = at;
  for (std::size_t i = 0; i < begun_; ++i) {
    auto& client = *clients_[i];
    const auto waiting =
        client.phase() != client_phase::idle && !client.was_ready();
    if (waiting && at - client.started() > patience) {
      client.drop();
      --in_flight_;
      --held_;
      ++figures_.failures["no answer within 10 s"];
      bump(failed);
    }
  }
}

nanos client_pool::step_closing(nanos at) {
  if (!closing_)
    in_flight_ = 0;
  closing_ = true;
  for (; close_next_ < clients_.size() && in_flight_ < plan_.in_flight;
       ++close_next_) {
    if (clients_[close_next_]->phase() == client_phase::idle)
      continue;
    clients_[close_next_]->close(1000);
    ++in_flight_;
  }
  return at + a_second;
}

void client_pool::drop_all() {
  for (auto& client : clients_)
    client->drop();
  held_ = 0;
}

void client_pool::established(ws_client&, std::string_view text) {
  if (figures_.activity_timeout == 0)
    figures_.activity_timeout =
        number_after(text, "activity_timeout").value_or(0);
}

void client_pool::ready(ws_client& client) {
  figures_.last_ready = now();
  figures_.subscribe_time.add(figures_.last_ready - client.started());
  --in_flight_;
  bump(opened);
  bump(open_now);
}

void client_pool::pinged(ws_client&) {
  const auto second = static_cast<std::size_t>((now() - epoch_) / a_second);
  if (second >= figures_.pings.size())
    figures_.pings.resize(second + 1, 0);
  ++figures_.pings[second];
  bump(pinged_total);
}

void client_pool::error(ws_client& client, std::string_view text) {
  ++figures_.errors[std::string(text.substr(0, 200))];
  if (client.phase() != client_phase::subscribing)
    return;
  client.drop();
  --in_flight_;
  --held_;
  ++figures_.failures["the subscription was refused"];
  bump(failed);
}

void client_pool::closed(ws_client& client, const close_cause& cause) {
  --held_;
  if (closing_) {
    // Only a pace: one that ended by itself may have been counted already.
    in_flight_ -= std::min<std::size_t>(in_flight_, 1);
    return;
  }
  bump(failed);
  if (!client.was_ready()) {
    --in_flight_;
    ++figures_.failures[describe(cause)];
    return;
  }
  bump(open_now, -1);
  ++figures_.closes[cause.code];
}

} // namespace tidewire::bench
