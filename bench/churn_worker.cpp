#include "bench/churn_worker.hpp"

#include <cerrno>
#include <cstring>
#include <system_error>

#include "bench/client_pool.hpp"

namespace tidewire::bench {
namespace {

opening_kind opening_for(unsigned percent) {
  if (percent < 85)
    return opening_kind::regular;
  if (percent < 90)
    return opening_kind::half;
  return percent < 95 ? opening_kind::abandoned : opening_kind::unknown;
}

std::string_view name_of(closing_kind kind) {
  switch (kind) {
  case closing_kind::normal:
    return "close 1000";
  case closing_kind::reconnect:
    return "close 4200";
  case closing_kind::twice:
    return "close twice";
  case closing_kind::frame_and_rst:
    return "close and reset";
  case closing_kind::fin:
    return "fin";
  case closing_kind::rst:
    break;
  }
  return "reset";
}

std::string_view name_of(opening_kind kind) {
  switch (kind) {
  case opening_kind::regular:
    break;
  case opening_kind::half:
    return "half handshake";
  case opening_kind::abandoned:
    return "abandoned";
  case opening_kind::unknown:
    return "refused key";
  }
  return "regular";
}

} // namespace

churn_worker::churn_worker(const run_settings& settings,
                           const churn_options& options)
    : record(options.record),
      settings_(settings),
      options_(options),
      context_{events_, *this, settings.address, 0, {}},
      regular_{upgrade_request(settings.to, settings.app.key),
               subscribe_frame("churn")},
      half_(regular_),
      unknown_{upgrade_request(settings.to, "no-such-key"), ""},
      random_(options.seed) {
  half_.request.resize(half_.request.size() / 2);
}

nanos churn_worker::step(stage current, nanos at) {
  if (current != stage::publishing)
    started_ = 0;
  keep_dates(at);
  if (current == stage::publishing) {
    resting_.store(false, std::memory_order_release);
    if (started_ == 0) {
      started_ = at;
      done_ = 0;
    }
    const auto due = to_seconds(at - started_) * options_.rate;
    for (; static_cast<double>(done_) < due; ++done_) {
      open_one(at);
      // As many are closed per opening as brings the number towards `hold`.
      const auto ratio = static_cast<double>(open_.size())
                         / static_cast<double>(options_.hold);
      if (std::uniform_real_distribution<>(0, 1)(random_) < ratio)
        close_random(at);
    }
  } else if (current == stage::closing && !open_.empty()) {
    for (int i = 0; i < 64 && !open_.empty(); ++i)
      close_random(at);
    return at + a_millisecond;
  } else if (busy_ == open_.size()) {
    resting_.store(true, std::memory_order_release);
    if (current == stage::closing)
      finish(stage::closing);
  }
  open_now.store(open_.size(), std::memory_order_relaxed);
  return current == stage::publishing ? at + a_millisecond
                                      : at + 5 * a_millisecond;
}

void churn_worker::open_one(nanos at) {
  if (free_.empty()) {
    free_.push_back(slots_.size());
    slots_.push_back({std::make_unique<ws_client>(context_, slots_.size())});
  }
  const auto number = free_.back();
  auto& which = slots_[number];
  which.kind = opening_for(static_cast<unsigned>(random_() % 100));
  const auto& plan = which.kind == opening_kind::half      ? half_
                     : which.kind == opening_kind::unknown ? unknown_
                                                           : regular_;
  const auto* from =
      settings_.sources.empty()
          ? nullptr
          : &settings_.sources[next_id_ % settings_.sources.size()];
  if (!which.client->open(plan, from)) {
    ++surprises[std::string("no socket: ")
                + std::generic_category().message(errno)];
    return;
  }
  free_.pop_back();
  which.id = next_id_++;
  which.how = {};
  ++busy_;
  begun.store(begun.load(std::memory_order_relaxed) + 1,
              std::memory_order_relaxed);
  nanos leave = patience;
  if (which.kind == opening_kind::half)
    leave = static_cast<nanos>(random_() % 300) * a_millisecond;
  else if (which.kind == opening_kind::abandoned)
    leave = static_cast<nanos>(random_() % 2'000) * a_microsecond;
  which.due = at + leave;
  dates_.push({which.due, number, which.id});
}

// Half handshakes and abandoned ones leave; what should have been answered by
// now has not been.
void churn_worker::keep_dates(nanos at) {
  while (!dates_.empty() && dates_.top().due <= at) {
    const auto due = dates_.top();
    dates_.pop();
    auto& which = slots_[due.slot];
    if (which.id != due.id || which.due != due.due
        || which.client->phase() == client_phase::idle)
      continue;
    const auto leaves = which.kind == opening_kind::half
                        || which.kind == opening_kind::abandoned;
    if (which.open)
      continue;
    if (!leaves)
      ++surprises["no answer within 10 s"];
    else if (which.how.empty())
      never_opened(which);
    walk_away(which);
  }
}

void churn_worker::walk_away(slot& which) {
  if ((random_() & 1) != 0)
    which.client->reset();
  else
    which.client->drop();
  settle(which);
}

void churn_worker::never_opened(const slot& which) {
  record.never_opened(which.id, name_of(which.kind));
  ++ended[std::string(name_of(which.kind))];
}

void churn_worker::close_random(nanos at) {
  if (open_.empty())
    return;
  auto& which = slots_[open_[random_() % open_.size()]];
  close_one(which, static_cast<closing_kind>(random_() % 6), at);
}

void churn_worker::close_one(slot& which, closing_kind how, nanos at) {
  which.how = name_of(how);
  leave_open(which, which.how);
  auto& client = *which.client;
  switch (how) {
  case closing_kind::normal:
    client.close(1000);
    break;
  case closing_kind::reconnect:
    client.close(4200, "bye");
    break;
  case closing_kind::twice:
    client.close(1000);
    client.close(1001);
    break;
  case closing_kind::frame_and_rst:
    client.close(1000);
    client.reset();
    break;
  case closing_kind::fin:
    client.drop();
    break;
  case closing_kind::rst:
    client.reset();
    break;
  }
  if (client.phase() == client_phase::idle)
    settle(which);
  else
    dates_.push({which.due = at + patience, client.number(), which.id});
}

// Takes it out of what is open, here and in the record.
void churn_worker::leave_open(slot& which, std::string_view how) {
  which.open = false;
  record.closed(which.id, how);
  ++ended[std::string(how)];
  const auto last = open_.back();
  open_[which.place] = last;
  slots_[last].place = which.place;
  open_.pop_back();
}

// The slot has no socket any more. It is used again in a later turn only,
// because opening happens between turns.
void churn_worker::settle(slot& which) {
  --busy_;
  free_.push_back(which.client->number());
}

void churn_worker::established(ws_client& client, std::string_view) {
  auto& which = slots_[client.number()];
  which.open = true;
  which.place = open_.size();
  open_.push_back(client.number());
  ++opened;
  record.opened(which.id, client.local_port());
  if (which.kind != opening_kind::abandoned)
    return;
  // The server was quicker: it has counted this one, and so do we.
  leave_open(which, name_of(which.kind));
  walk_away(which);
}

void churn_worker::error(ws_client& client, std::string_view text) {
  // Servers may send the event besides the close frame.
  if (slots_[client.number()].kind != opening_kind::unknown)
    ++surprises["the server said: " + std::string(text.substr(0, 200))];
}

void churn_worker::closed(ws_client& client, const close_cause& cause) {
  auto& which = slots_[client.number()];
  if (which.open) {
    ++surprises["the server closed an open connection with "
                + std::to_string(cause.code)];
    leave_open(which, "by the server");
  } else if (which.how.empty()) {
    never_opened(which);
    if (which.kind == opening_kind::unknown && cause.code != 4001)
      ++surprises["an unknown key was answered with "
                  + std::to_string(cause.code) + " instead of 4001"];
    if (which.kind == opening_kind::regular)
      ++surprises["not opened: " + std::to_string(cause.code) + " "
                  + std::string(cause.text)];
  }
  settle(which);
}

} // namespace tidewire::bench
