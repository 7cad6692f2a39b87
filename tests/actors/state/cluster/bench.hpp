// One `membership`, whose peers are played by a test.
#pragma once

#include "actors/state/cluster/membership.hpp"
#include "tests/actors/state/cluster/units.hpp"
#include "tests/catch.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace tidewire::cluster::testing {

inline const life self{"me", 1};
inline const life other{"other", 1};
inline const life anew{"other", 2};

template <class T>
std::vector<T> all_of(const effects& all) {
  std::vector<T> result;
  for (const auto& one : all)
    if (const auto* x = std::get_if<T>(&one))
      result.push_back(*x);
  return result;
}

struct bench {
  std::int64_t now = 1000 * second;
  meter::cluster_clock clock{now, 0};
  membership it{{}, {self, "me:1", 2}, {}, clock, now};
  effects out;
  std::uint64_t number = 0;

  void pass(std::int64_t ns) {
    for (; ns > 0; ns -= 50 * ms) {
      now += std::min(ns, 50 * ms);
      it.tick(now, out);
    }
  }
  void link(const life& who, const std::string& address) {
    it.linked(who, address, now, out);
  }
  void prove(const life& who, const std::string& address) {
    it.dialled(address, dial_result::answered, who, now, out);
  }
  heartbeat beat_of(const life& who, std::vector<life> hears) {
    heartbeat x;
    x.row.who = who;
    x.row.number = ++number;
    x.row.hears = std::move(hears);
    return x;
  }
  void hear(const heartbeat& x) {
    CHECK(it.receive(x.row.who, heartbeat_kind, bytes_of(x), now, out));
  }
  void hear(const life& who, std::vector<life> hears = {self}) {
    hear(beat_of(who, std::move(hears)));
  }
  void hear(const life& who, const roll& x) {
    CHECK(it.receive(who, roll_kind, bytes_of(x), now, out));
  }
  // Passes while the peer is heard.
  void pass_with(const life& who, std::int64_t ns) {
    for (; ns > 0; ns -= 500 * ms) {
      hear(who);
      pass(500 * ms);
    }
  }
  template <class T>
  std::vector<T> take() {
    auto result = all_of<T>(out);
    out.clear();
    return result;
  }
  std::string states() {
    std::string result;
    for (const auto& x : take<peer_changed>())
      result += std::string(word(x.is)) + " ";
    return result;
  }
  void meet() {
    link(other, "other:1");
    prove(other, "other:1");
    pass_with(other, second);
    REQUIRE(it.now()->members.size() == 2);
    out.clear();
  }
};

} // namespace tidewire::cluster::testing
