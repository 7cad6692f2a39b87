#include "tests/actors/state/cluster/channels/any_batch.hpp"

#include <limits>

namespace tidewire::testing {

namespace {

struct dice {
  std::mt19937_64& random;

  std::uint64_t below(std::uint64_t n) { return random() % n; }
  bool flag() { return below(2) == 0; }
  std::uint64_t number() { return random() >> below(64); }
  std::string text() {
    std::string result;
    for (auto n = below(4) == 0 ? below(300) : below(12); n > 0; --n)
      result.push_back(static_cast<char>(below(256)));
    return result;
  }
  channel_key key() {
    return {static_cast<app_index>(below(app_ids.size())), text()};
  }
  frame_ptr event() {
    auto age = static_cast<std::int64_t>(below(1'000'000)) * 1000;
    return frame::make(text(), text(), flag() ? 0 : 1'000'000'000'000 - age);
  }
  socket_id socket() { return {number(), number()}; }
  member user() { return {text(), text()}; }
  attendance who() {
    attendance x{socket(), std::nullopt, flag(), number()};
    if (flag())
      x.user = user();
    return x;
  }
  template <class F>
  auto some(F one) {
    std::vector<decltype(one())> result;
    for (auto n = below(4); n > 0; --n)
      result.push_back(one());
    return result;
  }
  std::vector<std::string> texts() {
    return some([this] { return text(); });
  }
  edge_id edge() { return {sender, static_cast<std::uint32_t>(below(65'536))}; }
  ticket asker() { return {sender, number()}; }
  std::int64_t left() { return static_cast<std::int64_t>(below(1u << 30u)); }
};

} // namespace

edge_record any_edge_record(std::mt19937_64& random, unsigned kind) {
  dice d{random};
  switch (kind) {
  case 0:
    return deliver_event{d.key(), d.event(), d.socket()};
  case 1:
    return joined_channel{d.key(), d.socket(), d.number(),
                          d.some([&] { return d.event(); })};
  case 2:
    return refused_join{d.key(),
                        d.socket(),
                        d.text(),
                        d.text(),
                        static_cast<int>(d.below(5000)),
                        d.number()};
  case 3:
    return changed_members{d.key(), d.flag(), d.some([&] { return d.user(); }),
                           d.texts()};
  case 4:
    return user_seen{d.key(), d.flag()};
  case 5:
    return end_sessions{d.key()};
  case 6:
    return restate_channel{d.key(), d.number()};
  default:
    return state_everything{};
  }
}

directory_record any_directory_record(std::mt19937_64& random, unsigned kind) {
  dice d{random};
  switch (kind) {
  case 0:
    return join_channel{d.edge(), d.key(), d.who()};
  case 1:
    return left_channel{d.edge(), d.key(), d.socket(), d.number()};
  case 2:
    return counted_channel{d.edge(), d.key(), d.number()};
  case 3:
    return edge_stake{d.edge(), d.key(), {d.flag(), d.flag()}};
  case 4:
    return restate_edge{d.edge(),
                        d.key(),
                        d.number(),
                        d.some([&] { return d.who(); }),
                        {d.flag(), d.flag()},
                        d.flag(),
                        d.number()};
  case 5:
    return publish_event{d.key(), d.event(), d.socket(), d.asker(), d.flag()};
  case 6:
    return end_user{d.key(), d.asker()};
  case 7:
    return describe_channel{d.key(), d.asker()};
  case 8:
    return list_channels{static_cast<app_index>(d.below(3)), d.text(),
                         d.asker()};
  case 9:
    return count_connections{static_cast<app_index>(d.below(3)), d.asker()};
  case 10:
    return edge_up{d.edge(), {}};
  case 11:
    return records_taken{d.edge(), d.number()};
  case 12: {
    ticket_answer x{d.number(), d.flag(), {}, d.number(), d.flag()};
    x.channels = d.some([&] {
      named_facts f{d.text(), {d.flag(), d.number(), d.texts(), {}, d.flag()}};
      if (d.flag())
        f.facts.cache = cached_facts{d.text(), d.number()};
      return f;
    });
    return x;
  }
  case 13:
    return edge_stated{d.edge(), d.number()};
  case 14:
    return event_handed_over{d.key(), d.event(), d.left()};
  default:
    return event_copied{d.key(), d.flag() ? d.event() : frame_ptr{}, d.left()};
  }
}

cluster::channel_batch any_batch(std::mt19937_64& random) {
  dice d{random};
  cluster::channel_batch result;
  result.view = d.number();
  for (auto n = d.below(4); n > 0; --n) {
    cluster::edge_part part{
        static_cast<std::uint32_t>(d.below(4)), d.number(), {}};
    for (auto m = 1 + d.below(8); m > 0; --m)
      part.records.push_back(
          any_edge_record(random, static_cast<unsigned>(d.below(edge_kinds))));
    result.edges.push_back(std::move(part));
  }
  for (auto n = d.below(4); n > 0; --n) {
    cluster::directory_part part{static_cast<std::uint32_t>(d.below(4)), {}};
    for (auto m = 1 + d.below(8); m > 0; --m)
      part.records.push_back(any_directory_record(
          random, static_cast<unsigned>(d.below(directory_kinds))));
    result.directories.push_back(std::move(part));
  }
  return result;
}

} // namespace tidewire::testing
