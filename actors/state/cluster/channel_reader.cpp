// Reading what a reactor of another node said; nothing of it is trusted.
#include "actors/state/cluster/channel_codec.hpp"
#include "actors/state/cluster/channel_tags.hpp"
#include "messages/wire.hpp"

#include <algorithm>

namespace tidewire::cluster {

namespace {

class batch_reader {
public:
  batch_reader(std::string_view bytes, const channel_reader& as)
      : in_(bytes), as_(as) {}

  std::optional<channel_batch> read() {
    channel_batch result;
    if (in_.number() != channel_form)
      return std::nullopt;
    result.view = in_.number();
    for (auto n = in_.count(); n > 0 && !in_.failed(); --n)
      apps_.push_back(as_.app_of(in_.text()));
    for (auto n = in_.count(2); n > 0 && !in_.failed(); --n)
      read_frame();
    std::size_t left = max_channel_records;
    for (auto n = in_.count(3); n > 0 && !in_.failed(); --n) {
      edge_part part;
      part.to = reactor();
      part.first = in_.number();
      for (auto m = some(left); m > 0 && !in_.failed(); --m)
        part.records.push_back(edge());
      result.edges.push_back(std::move(part));
    }
    for (auto n = in_.count(2); n > 0 && !in_.failed(); --n) {
      directory_part part;
      part.to = reactor();
      for (auto m = some(left); m > 0 && !in_.failed(); --m)
        part.records.push_back(owner());
      result.directories.push_back(std::move(part));
    }
    if (!in_.done())
      return std::nullopt;
    return result;
  }

private:
  std::size_t some(std::size_t& left) noexcept {
    auto n = in_.count();
    if (n > left)
      in_.fail();
    left -= in_.failed() ? 0 : n;
    return in_.failed() ? 0 : n;
  }

  void read_frame() {
    constexpr std::uint64_t day_us = 86'400'000'000;
    auto age = in_.number();
    auto bytes = in_.text();
    if (in_.failed())
      return;
    auto made =
        age == 0
            ? 0
            : as_.now_ns
                  - static_cast<std::int64_t>(std::min(age - 1, day_us) * 1000);
    frames_.push_back(frame::make(bytes, {}, made));
  }

  std::uint32_t reactor() noexcept {
    return static_cast<std::uint32_t>(in_.number(as_.reactors - 1));
  }
  std::uint32_t small() noexcept {
    return static_cast<std::uint32_t>(in_.number(UINT32_MAX));
  }
  std::string text() { return std::string{in_.text()}; }

  app_index app() {
    auto at = in_.number();
    if (at >= apps_.size()) {
      in_.fail();
      return 0;
    }
    return apps_[static_cast<std::size_t>(at)];
  }
  tidewire::channel_key channel() {
    auto of = app();
    return {of, text()};
  }
  // Where an event may be missing it says so.
  frame_ptr event(bool or_none = false) {
    auto at = in_.number(frames_.size());
    if (at == 0) {
      if (!or_none)
        in_.fail();
      return {};
    }
    return frames_[static_cast<std::size_t>(at) - 1];
  }
  socket_id socket() noexcept {
    auto part = in_.number();
    return {part, in_.number()};
  }
  member user() {
    auto id = text();
    return {std::move(id), text()};
  }
  attendance attendant() {
    attendance x;
    x.who = socket();
    if (in_.flag())
      x.user = user();
    x.attached = in_.flag();
    x.wish = in_.number();
    return x;
  }
  user_stake stake() noexcept {
    auto bits = in_.number(3);
    return {(bits & 1u) != 0, (bits & 2u) != 0};
  }
  // Each thing takes at least `least` bytes.
  template <class F>
  auto all(std::size_t least, F one) {
    std::vector<decltype(one())> result;
    for (auto n = in_.count(least); n > 0 && !in_.failed(); --n)
      result.push_back(one());
    return result;
  }
  std::int64_t time_left() noexcept {
    constexpr std::int64_t year_ns = 366ll * 86'400 * 1'000'000'000;
    return std::clamp<std::int64_t>(in_.difference(), 0, year_ns);
  }
  edge_id sender() noexcept {
    return edge_over(as_.from, small(), as_.session);
  }
  ticket asker() noexcept { return {as_.from, in_.number()}; }
  named_facts facts() {
    named_facts x;
    x.channel = text();
    x.facts.occupied = in_.flag();
    x.facts.subscriptions = in_.number();
    x.facts.users = all(1, [this] { return text(); });
    if (in_.flag()) {
      auto data = text();
      x.facts.cache = cached_facts{std::move(data), in_.number()};
    }
    x.facts.signed_in = in_.flag();
    return x;
  }

  edge_record edge();
  directory_record owner();

  wire_reader in_;
  const channel_reader& as_;
  std::vector<app_index> apps_;
  std::vector<frame_ptr> frames_;
};

// What stands in braces is read in its order; the arguments of a call would not
// be.
edge_record batch_reader::edge() {
  switch (static_cast<to_edge>(in_.number(UINT8_MAX))) {
  case to_edge::deliver: {
    deliver_event x{channel(), event(), {}};
    x.except = socket();
    return x;
  }
  case to_edge::joined: {
    joined_channel x{channel(), socket()};
    x.wish = in_.number();
    x.greeting = all(1, [this] { return event(); });
    return x;
  }
  case to_edge::refused: {
    refused_join x{channel(), socket(), text(), text(), 0};
    x.status =
        static_cast<int>(std::clamp<std::int64_t>(in_.difference(), 0, 10'000));
    x.wish = in_.number();
    return x;
  }
  case to_edge::members: {
    changed_members x{channel(), in_.flag(), {}, {}};
    x.present = all(2, [this] { return user(); });
    x.gone = all(1, [this] { return text(); });
    return x;
  }
  case to_edge::seen:
    return user_seen{channel(), in_.flag()};
  case to_edge::end:
    return end_sessions{channel()};
  case to_edge::restate:
    return restate_channel{channel(), in_.number()};
  case to_edge::everything:
    return state_everything{};
  }
  in_.fail();
  return state_everything{};
}

directory_record batch_reader::owner() {
  switch (static_cast<to_owner>(in_.number(UINT8_MAX))) {
  case to_owner::join:
    return join_channel{sender(), channel(), attendant()};
  case to_owner::left:
    return left_channel{sender(), channel(), socket(), in_.number()};
  case to_owner::counted:
    return counted_channel{sender(), channel(), in_.number()};
  case to_owner::stake:
    return edge_stake{sender(), channel(), stake()};
  case to_owner::restate: {
    restate_edge x{sender(), channel(), in_.number(), {}};
    x.subscribers = all(5, [this] { return attendant(); });
    x.stake = stake();
    x.counted = in_.flag();
    x.round = in_.number();
    return x;
  }
  case to_owner::publish:
    return publish_event{channel(), event(), socket(), asker(), in_.flag()};
  case to_owner::end:
    return end_user{channel(), asker()};
  case to_owner::describe:
    return describe_channel{channel(), asker()};
  case to_owner::list:
    return list_channels{app(), text(), asker()};
  case to_owner::connections:
    return count_connections{app(), asker()};
  case to_owner::up:
    return edge_up{sender(), {}};
  case to_owner::taken:
    return records_taken{sender(), in_.number()};
  case to_owner::answer: {
    ticket_answer x{in_.number(), in_.flag(), {}};
    x.channels = all(6, [this] { return facts(); });
    x.connections = in_.number();
    x.refused = in_.flag();
    return x;
  }
  case to_owner::stated:
    return edge_stated{sender(), in_.number()};
  case to_owner::handed_over:
    return event_handed_over{channel(), event(), time_left()};
  case to_owner::copied:
    return event_copied{channel(), event(true), time_left()};
  }
  in_.fail();
  return edge_gone{};
}

} // namespace

std::optional<channel_batch> read_channel_batch(std::string_view bytes,
                                                const channel_reader& as) {
  return batch_reader{bytes, as}.read();
}

} // namespace tidewire::cluster
