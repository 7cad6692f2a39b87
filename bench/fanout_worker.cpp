#include "bench/fanout_worker.hpp"

#include <algorithm>

namespace tidewire::bench {
namespace {

// At a fixed rate a slow answer must not slow the publishing, but neither may
// a server that has stopped answering fill our memory.
constexpr std::uint64_t most_outstanding_at_rate = 64;

std::size_t share(std::size_t total, std::size_t index, std::size_t parts) {
  return total / parts + (index < total % parts ? 1 : 0);
}

pool_plan plan_for(const run_settings& settings, const fanout_options& options,
                   std::size_t index) {
  pool_plan plan;
  plan.to = settings.address;
  plan.sources = settings.sources;
  plan.first = index;
  plan.stride = settings.threads;
  plan.clients = share(options.subscribers, index, settings.threads);
  plan.deflate = options.deflate;
  plan.plans.push_back(
      {upgrade_request(settings.to, settings.app.key, options.deflate),
       subscribe_frame(options.channel)});
  for (const auto& [to, address] : settings.also)
    plan.plans.push_back(
        {upgrade_request(to, settings.app.key, options.deflate),
         subscribe_frame(options.channel), address});
  return plan;
}

} // namespace

fanout_worker::fanout_worker(const run_settings& settings,
                             const fanout_options& options, std::size_t index,
                             nanos epoch, const std::atomic<bool>& measuring)
    : pool(events_, plan_for(settings, options, index), epoch),
      options_(options),
      measuring_(measuring) {
  for (auto number = index; number < options.publishers;
       number += settings.threads)
    publishers_.push_back(std::make_unique<http_publisher>(
        events_, settings.address,
        publish_request(settings.to, settings.app, options.channel,
                        options.size),
        static_cast<std::uint8_t>(number), epoch));
  if (options.rate > 0 && !publishers_.empty())
    interval_ = static_cast<nanos>(static_cast<double>(options.subscribers)
                                   / options.rate * a_second
                                   * static_cast<double>(options.publishers)
                                   / static_cast<double>(publishers_.size()));

  // Evenly spread, because a server may serve subscribers in a fixed order.
  auto& clients = pool.clients();
  const auto samplers = std::min(
      clients.size(), share(options.samplers, index, settings.threads));
  for (std::size_t i = 0; i < samplers; ++i)
    clients[i * clients.size() / samplers]->sample_with(
        samplers_.emplace_back(latency_, epoch, recording_));
}

nanos fanout_worker::step(stage current, nanos at) {
  auto next = at + a_second;
  recording_ = measuring_.load(std::memory_order_relaxed);
  switch (current) {
  case stage::opening:
    next = pool.step(at);
    if (pool.settled()) {
      open_publishers();
      finish(stage::opening);
      next = at + a_second;
    }
    break;
  case stage::publishing:
    next = publish(at);
    break;
  case stage::draining:
    if (outstanding() == 0)
      finish(stage::draining);
    break;
  case stage::closing:
    if (pool.closed())
      finish(stage::closing);
    next = pool.step_closing(at);
    break;
  case stage::holding:
  case stage::over:
    break;
  }
  deliveries.store(pool.context().deliveries, std::memory_order_relaxed);
  std::uint64_t count = 0;
  for (const auto& one : publishers_)
    count += one->figures().accepted;
  accepted.store(count, std::memory_order_relaxed);
  return next;
}

void fanout_worker::open_publishers() {
  for (auto& one : publishers_)
    if (!one->is_open())
      one->open();
}

std::uint64_t fanout_worker::outstanding() const {
  std::uint64_t count = 0;
  for (const auto& one : publishers_)
    count += one->outstanding();
  return count;
}

nanos fanout_worker::publish(nanos at) {
  open_publishers();
  auto next = at + a_second;
  const auto unix_time = ::time(nullptr);
  if (options_.rate > 0) {
    next = publish_at_rate(at, unix_time);
  } else if (options_.one_at_a_time()) {
    // All have the events before, and the server has said so too.
    for (auto& one : publishers_)
      if (one->outstanding() == 0
          && pool.context().deliveries
                 >= one->figures().sent * options_.subscribers)
        one->publish(at, unix_time);
  } else {
    for (auto& one : publishers_)
      while (one->outstanding() < options_.pipeline)
        one->publish(at, unix_time);
  }
  for (auto& one : publishers_)
    one->flush();
  return next;
}

nanos fanout_worker::publish_at_rate(nanos at, std::time_t unix_time) {
  if (publishers_.empty())
    return at + a_second;
  if (due_ == 0)
    due_ = at;
  while (due_ <= at) {
    auto& one = *publishers_[turn_ % publishers_.size()];
    if (one.outstanding() >= most_outstanding_at_rate)
      return at + a_millisecond;
    // The latency counts from when it was due, however late we are: a server
    // that stalls may not hide the events that it held up.
    one.publish(due_, unix_time);
    ++turn_;
    due_ += interval_;
  }
  return due_;
}

void fanout_worker::add_to(publish_figures& published,
                           histogram& latency) const {
  for (const auto& one : publishers_) {
    const auto& from = one->figures();
    published.sent += from.sent;
    published.accepted += from.accepted;
    published.refused += from.refused;
    published.unanswered += from.unanswered;
    if (published.first_refusal.empty())
      published.first_refusal = from.first_refusal;
  }
  latency.merge(latency_);
}

std::uint64_t fanout_worker::gaps() const {
  std::uint64_t count = 0;
  for (const auto& one : samplers_)
    count += one.lost();
  return count;
}

std::uint64_t fanout_worker::disorder() const {
  std::uint64_t count = 0;
  for (const auto& one : samplers_)
    count += one.out_of_order();
  return count;
}

} // namespace tidewire::bench
