// A channel's state by itself, as the tests of it use it.
#pragma once

#include "tests/actors/state/support.hpp"

namespace tidewire::testing {

inline frame_ptr some_event() {
  return text_frame(R"({"event":"x"})");
}

/// A channel and what it says.
template <class Channel>
struct bench {
  template <class... Args>
  explicit bench(std::string_view called, std::uint32_t awaited = 0,
                 Args... args)
      : state(key(called), args...), name(called) {
    std::vector<place> edges;
    for (place i = 0; i < awaited; ++i)
      edges.push_back(i);
    state.gather(edges, round);
  }

  void join(edge_id edge, attendance who) {
    state.handle(join_channel{edge, key(name), who}, out);
  }
  void leave(edge_id edge, std::uint64_t serial) {
    auto members = name.starts_with("presence-");
    state.handle(
        left_channel{edge, key(name), {1, serial}, members ? serial : 0}, out);
  }
  void restate(edge_id edge, std::vector<attendance> all) {
    auto count = all.size();
    state.handle(
        restate_edge{edge, key(name), count, std::move(all), {}, false, round},
        out);
  }
  void publish(std::uint64_t number = 0) {
    state.handle(publish_event{key(name), some_event(), {}, {0, number}}, out);
  }

  static constexpr std::uint64_t round = 1;
  Channel state;
  std::string name;
  said_by_channel out;
};

using plain_bench = bench<plain_channel>;

struct room : bench<presence_channel> {
  explicit room(std::uint32_t awaited = 0, std::uint32_t limit = 100)
      : bench("presence-x", awaited, limit) {}

  names users() const { return state.facts().users; }
};

} // namespace tidewire::testing
