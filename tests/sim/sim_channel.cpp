#include "tests/sim/sim_channel.hpp"

#include "actors/state/plain_channel.hpp"
#include "actors/state/presence_channel.hpp"
#include "tests/sim/sim_channels.hpp"

#include <utility>

namespace tidewire::sim {

namespace {

constexpr std::uint32_t most_members = 100;
constexpr std::int64_t cache_ttl_ns = 1'800'000'000'000;

std::unique_ptr<channel_state> make(const channel_key& key) {
  channel_of c{key.app, *channel_called(key.name)};
  auto ttl = c.keeps() ? cache_ttl_ns : 0;
  if (c.members())
    return std::make_unique<presence_channel>(key, most_members, ttl);
  return std::make_unique<plain_channel>(key, ttl);
}

} // namespace

sim_channel::sim_channel(sim_channels& home, const channel_key& key)
    : home_(home), state_(make(key)) {}

void sim_channel::drop_reference() const noexcept {
  if (--references_ == 0)
    delete this;
}

void sim_channel::hand(directory_record record) {
  if (inbox_.empty())
    home_.has_mail(*this);
  inbox_.push_back(std::move(record));
}

void sim_channel::run() {
  while (!ended_ && !inbox_.empty()) {
    auto record = std::move(inbox_.front());
    inbox_.pop_front();
    ++handled_;
    state_->handle(std::move(record), *this);
    settle();
  }
}

void sim_channel::wake() {
  state_->wake(*this);
  settle();
}

void sim_channel::settle() {
  if (state_->idle() && home_.table().retire(*this, handled_))
    end();
  else if (auto at = state_->wakes_ns())
    home_.table().wake_at(*this, at);
}

void sim_channel::end() {
  ended_ = true;
  for (auto& record : std::exchange(inbox_, {}))
    home_.table().left_over(std::move(record));
}

// -- what it says -------------------------------------------------------------

void sim_channel::to_edge(place where, edge_record record) {
  home_.says(where, std::move(record));
}

void sim_channel::published(const ticket& reply_to) {
  home_.published(reply_to);
}

void sim_channel::answer(const ticket& reply_to, ticket_answer what) {
  home_.to_directory(reply_to.at, std::move(what));
}

void sim_channel::copy(event_copied what) {
  home_.table().copy(std::move(what));
}

void sim_channel::report(channel_fact what) {
  home_.report(state_->key(), std::move(what));
}

std::int64_t sim_channel::now_ns() const noexcept {
  return home_.now_ns();
}

} // namespace tidewire::sim
