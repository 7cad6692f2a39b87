// What is to happen when: the event queue of a world.
#pragma once

#include "tests/sim/time.hpp"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace tidewire::sim {

enum class kind : std::uint8_t {
  step,    ///< the next step of the scenario
  packet,  ///< packet a arrives
  flush,   ///< what was held from host a to host b is sent again
  dial,    ///< dial a has come to its host
  proved,  ///< dial a: both ends have proved themselves
  dialled, ///< dial a: its outcome is known where it began
  timer,   ///< process a: timer number b
  wake,    ///< host a goes on; pause number b
  client,  ///< client a acts; plan number b
  sample,  ///< the oracle looks
  again,   ///< visit a asks for channel b again, which was refused
  finish,  ///< a process that drained ends: process a
};

struct event {
  instant at;
  std::uint64_t order; ///< of the same instant, what was planned first
  kind what;
  std::uint32_t a, b;
};

class agenda {
public:
  void plan(instant at, kind what, std::uint32_t a = 0, std::uint32_t b = 0) {
    heap_.push_back({at, order_++, what, a, b});
    std::push_heap(heap_.begin(), heap_.end(), later);
  }
  bool empty() const noexcept { return heap_.empty(); }
  instant next() const noexcept { return heap_.front().at; }
  event take() {
    std::pop_heap(heap_.begin(), heap_.end(), later);
    auto result = heap_.back();
    heap_.pop_back();
    return result;
  }

private:
  static bool later(const event& x, const event& y) noexcept {
    return x.at != y.at ? x.at > y.at : x.order > y.order;
  }

  std::vector<event> heap_;
  std::uint64_t order_ = 0;
};

} // namespace tidewire::sim
