#include "actors/state/plain_channel.hpp"

#include "actors/state/router_state.hpp"
#include "net/pusher/server_event.hpp"

#include <algorithm>

namespace tidewire {

void plain_channel::join(const join_channel& record, channel_output& out) {
  auto& e = edges_[record.edge.at];
  e.stay = record.edge.stay;
  e.subscriptions = std::max<std::uint64_t>(e.subscriptions, 1);
  grant(record.edge.at, record.who, out);
}

// Who leaves does not matter here, only that nobody of the edge is left.
void plain_channel::leave(const left_channel& record, channel_output& out) {
  auto at = edges_.find(record.edge.at);
  if (record.wish != 0 || at == edges_.end()
      || at->second.stay != record.edge.stay)
    return;
  edges_.erase(at);
  recount(out);
}

void plain_channel::restate(const restate_edge& record, channel_output& out) {
  if (record.counted && !counter_)
    counter_ = std::make_unique<subscription_counter>();
  auto where = record.edge.at;
  auto attached = [](auto& s) { return s.attached; };
  auto& all = record.subscribers;
  // Whoever is granted a wish is to get what is published anywhere: not before
  // every edge goes by the view that made this the channel.
  if (all.empty()
      || (gathering() && std::none_of(all.begin(), all.end(), attached)))
    edges_.erase(where);
  else
    edges_[where] = {record.edge.stay, record.subscriptions};
  for (auto& s : all)
    if (!s.attached && gathering())
      put_off(join_channel{record.edge, key_, s});
    else if (!s.attached)
      grant(where, s, out);
  if (!gathering())
    recount(out);
}

void plain_channel::count(const counted_channel& record, channel_output& out) {
  if (!counter_)
    counter_ = std::make_unique<subscription_counter>();
  channel_state::count(record, out);
  recount(out);
}

void plain_channel::gathered(channel_output& out) {
  recount(out);
}

void plain_channel::wake(channel_output& out) {
  channel_state::wake(out);
  recount(out);
}

std::int64_t plain_channel::wakes_ns() const noexcept {
  auto cached = channel_state::wakes_ns();
  auto counted = counter_ ? counter_->due_ns() : 0;
  return cached == 0 || counted == 0 ? cached + counted
                                     : std::min(cached, counted);
}

void plain_channel::recount(channel_output& out) {
  if (!counter_)
    return;
  auto sum = facts().subscriptions;
  if (!counter_->tell(sum, out.now_ns()))
    return;
  out.report(subscriptions_counted{sum});
  if (edges_.empty())
    return;
  std::string text;
  pusher::render_subscription_count(text, key_.name, sum);
  auto event = text_frame(text);
  for (auto& [where, e] : edges_)
    out.to_edge(where, deliver_event{key_, event, {}});
  out.published({});
}

} // namespace tidewire
