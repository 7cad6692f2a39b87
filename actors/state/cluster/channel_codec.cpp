#include "actors/state/cluster/channel_codec.hpp"

#include "messages/wire.hpp"

#include <algorithm>
#include <type_traits>
#include <unordered_map>

namespace tidewire::cluster {

namespace {

constexpr std::uint64_t format = 1;

// -- tags: numbers of the wire, never used anew -------------------------------

enum class to_edge : std::uint8_t {
  deliver = 1,
  joined = 2,
  refused = 3,
  members = 4,
  seen = 5,
  end = 6,
  restate = 7,
  everything = 8,
};

enum class to_owner : std::uint8_t {
  join = 1,
  left = 2,
  counted = 3,
  stake = 4,
  restate = 5,
  publish = 6,
  end = 7,
  describe = 8,
  list = 9,
  connections = 10,
  up = 11,
  taken = 12,
  answer = 13,
  stated = 14,
  handed_over = 15,
  copied = 16,
};

// -- writing ------------------------------------------------------------------

// The tables are known only when the records have been written, so they are
// put together at the end.
class batch_writer {
public:
  batch_writer(const std::function<std::string_view(app_index)>& id_of,
               std::int64_t now_ns)
      : id_of_(id_of), now_ns_(now_ns) {}

  std::string write(const channel_batch& batch) {
    out_.number(batch.edges.size());
    for (auto& part : batch.edges) {
      out_.number(part.to);
      out_.number(part.first);
      out_.number(part.records.size());
      for (auto& record : part.records)
        std::visit([this](auto& x) { put(x); }, record);
    }
    out_.number(batch.directories.size());
    for (auto& part : batch.directories) {
      out_.number(part.to);
      out_.number(static_cast<std::uint64_t>(
          std::count_if(part.records.begin(), part.records.end(), [](auto& x) {
            return !std::holds_alternative<edge_gone>(x);
          })));
      for (auto& record : part.records)
        std::visit([this](auto& x) { put(x); }, record);
    }
    wire_writer head;
    head.number(format);
    head.number(batch.view);
    head.number(app_ids_.size());
    for (auto id : app_ids_)
      head.text(id);
    head.number(frames_.size());
    for (auto* event : frames_) {
      // How old it is crosses, not when it was made: clocks differ.
      auto made = event->accepted_ns();
      head.number(made == 0 ? 0 : 1 + age_us(made));
      head.text(event->bytes());
    }
    auto result = head.take();
    result += out_.bytes();
    return result;
  }

private:
  std::uint64_t age_us(std::int64_t made) const noexcept {
    return static_cast<std::uint64_t>(std::max<std::int64_t>(now_ns_ - made, 0))
           / 1000;
  }

  void tag(to_edge x) { out_.number(static_cast<std::uint64_t>(x)); }
  void tag(to_owner x) { out_.number(static_cast<std::uint64_t>(x)); }

  void put(app_index x) {
    auto [at, fresh] = apps_.emplace(x, app_ids_.size());
    if (fresh)
      app_ids_.push_back(id_of_(x));
    out_.number(at->second);
  }
  void put(const tidewire::channel_key& x) {
    put(x.app);
    out_.text(x.name);
  }
  void put(const frame_ptr& x) {
    if (!x) {
      out_.number(0);
      return;
    }
    auto [at, fresh] = frame_numbers_.emplace(&*x, frames_.size() + 1);
    if (fresh)
      frames_.push_back(&*x);
    out_.number(at->second);
  }
  void put(socket_id x) {
    out_.number(x.node_part);
    out_.number(x.serial);
  }
  void put(const member& x) {
    out_.text(x.user_id);
    out_.text(x.user_info);
  }
  void put(const attendance& x) {
    put(x.who);
    out_.flag(x.user.has_value());
    if (x.user)
      put(*x.user);
    out_.flag(x.attached);
    out_.number(x.wish);
  }
  void put(user_stake x) {
    out_.number((x.signed_in ? 1u : 0u) | (x.watching ? 2u : 0u));
  }
  template <class T>
  void put_all(const std::vector<T>& all) {
    out_.number(all.size());
    for (auto& x : all)
      put(x);
  }
  void put(const std::string& x) { out_.text(x); }
  void put(const named_facts& x) {
    out_.text(x.channel);
    out_.flag(x.facts.occupied);
    out_.number(x.facts.subscriptions);
    put_all(x.facts.users);
    out_.flag(x.facts.cache.has_value());
    if (x.facts.cache) {
      out_.text(x.facts.cache->data);
      out_.number(x.facts.cache->seconds_left);
    }
    out_.flag(x.facts.signed_in);
  }

  // To an edge.
  void put(const deliver_event& x) {
    tag(to_edge::deliver);
    put(x.channel);
    put(x.event);
    put(x.except);
  }
  void put(const joined_channel& x) {
    tag(to_edge::joined);
    put(x.channel);
    put(x.who);
    out_.number(x.wish);
    put_all(x.greeting);
  }
  void put(const refused_join& x) {
    tag(to_edge::refused);
    put(x.channel);
    put(x.who);
    out_.text(x.type);
    out_.text(x.sentence);
    out_.difference(x.status);
    out_.number(x.wish);
  }
  void put(const changed_members& x) {
    tag(to_edge::members);
    put(x.channel);
    out_.flag(x.whole);
    put_all(x.present);
    put_all(x.gone);
  }
  void put(const user_seen& x) {
    tag(to_edge::seen);
    put(x.channel);
    out_.flag(x.online);
  }
  void put(const end_sessions& x) {
    tag(to_edge::end);
    put(x.channel);
  }
  void put(const restate_channel& x) {
    tag(to_edge::restate);
    put(x.channel);
    out_.number(x.round);
  }
  void put(const state_everything&) { tag(to_edge::everything); }

  // To an owner. Whose edge or ticket it is need not be said: the sender's.
  void put(const join_channel& x) {
    tag(to_owner::join);
    out_.number(x.edge.stay);
    put(x.channel);
    put(x.who);
  }
  void put(const left_channel& x) {
    tag(to_owner::left);
    out_.number(x.edge.stay);
    put(x.channel);
    put(x.who);
    out_.number(x.wish);
  }
  void put(const counted_channel& x) {
    tag(to_owner::counted);
    out_.number(x.edge.stay);
    put(x.channel);
    out_.number(x.subscriptions);
  }
  void put(const edge_stake& x) {
    tag(to_owner::stake);
    out_.number(x.edge.stay);
    put(x.channel);
    put(x.stake);
  }
  void put(const restate_edge& x) {
    tag(to_owner::restate);
    out_.number(x.edge.stay);
    put(x.channel);
    out_.number(x.subscriptions);
    put_all(x.subscribers);
    put(x.stake);
    out_.flag(x.counted);
    out_.number(x.round);
  }
  void put(const publish_event& x) {
    tag(to_owner::publish);
    put(x.channel);
    put(x.event);
    put(x.except);
    out_.number(x.reply_to.number);
    out_.flag(x.by_client);
  }
  void put(const end_user& x) {
    tag(to_owner::end);
    put(x.channel);
    out_.number(x.reply_to.number);
  }
  void put(const describe_channel& x) {
    tag(to_owner::describe);
    put(x.channel);
    out_.number(x.reply_to.number);
  }
  void put(const list_channels& x) {
    tag(to_owner::list);
    put(x.app);
    out_.text(x.prefix);
    out_.number(x.reply_to.number);
  }
  void put(const count_connections& x) {
    tag(to_owner::connections);
    put(x.app);
    out_.number(x.reply_to.number);
  }
  void put(const edge_up& x) {
    tag(to_owner::up);
    out_.number(x.edge.stay);
  }
  void put(const records_taken& x) {
    tag(to_owner::taken);
    out_.number(x.edge.stay);
    out_.number(x.sequence);
  }
  void put(const ticket_answer& x) {
    tag(to_owner::answer);
    out_.number(x.number);
    out_.flag(x.complete);
    put_all(x.channels);
    out_.number(x.connections);
    out_.flag(x.refused);
  }
  void put(const edge_stated& x) {
    tag(to_owner::stated);
    out_.number(x.edge.stay);
    out_.number(x.view);
  }
  void put(const edge_gone&) {}
  void put(const event_handed_over& x) {
    tag(to_owner::handed_over);
    put(x.channel);
    put(x.event);
    out_.difference(x.left_ns);
  }
  void put(const event_copied& x) {
    tag(to_owner::copied);
    put(x.channel);
    put(x.event);
    out_.difference(x.left_ns);
  }

  const std::function<std::string_view(app_index)>& id_of_;
  std::int64_t now_ns_;
  wire_writer out_;
  std::unordered_map<app_index, std::size_t> apps_;
  std::vector<std::string_view> app_ids_;
  std::unordered_map<const frame*, std::size_t> frame_numbers_;
  std::vector<const frame*> frames_;
};

// -- reading ------------------------------------------------------------------

class batch_reader {
public:
  batch_reader(std::string_view bytes, const channel_reader& as)
      : in_(bytes), as_(as) {}

  std::optional<channel_batch> read() {
    channel_batch result;
    if (in_.number() != format)
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

std::string write(const channel_batch& batch,
                  const std::function<std::string_view(app_index)>& id_of,
                  std::int64_t now_ns) {
  return batch_writer{id_of, now_ns}.write(batch);
}

std::optional<channel_batch> read_channel_batch(std::string_view bytes,
                                                const channel_reader& as) {
  return batch_reader{bytes, as}.read();
}

} // namespace tidewire::cluster
