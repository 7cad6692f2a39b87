// The routes of a reactor by themselves, as the tests of them use them.
#pragma once

#include "actors/state/router_state.hpp"

#include "tests/actors/state/support.hpp"

#include <cstdint>
#include <utility>
#include <vector>

namespace tidewire::testing {

inline constexpr auto succeeded = "pusher_internal:subscription_succeeded";
inline constexpr auto added = "pusher_internal:member_added";
inline constexpr auto removed = "pusher_internal:member_removed";
inline constexpr auto refused = "pusher:subscription_error";

inline frame_ptr event(std::string_view name) {
  return text_frame(R"({"event":")" + std::string{name} + R"("})");
}

/// The routes of one reactor and what they say.
struct router_bench {
  said_to_channels out;
  std::vector<join_channel> history;
  router_state state{here, [this](directory_record x) {
                       if (auto* join = std::get_if<join_channel>(&x))
                         history.push_back(*join);
                       out.records.push_back(std::move(x));
                     }};
  bool counted = false;

  void wish(fake_subscriber& who, std::string_view channel = "news") {
    state.wish(who, channel, manner_for(channel, counted));
  }
  void come(fake_subscriber& who, std::string_view id) {
    state.wish(who, "presence-x", manner_for("presence-x"), user(id));
  }

  // The wish that the channel was asked last; members ask one by one.
  std::uint64_t asked(std::string_view channel, socket_id who = {}) const {
    std::uint64_t result = 0;
    for (auto& x : history)
      if (x.channel == key(channel) && (!who || x.who.who == who))
        result = x.who.wish;
    return result;
  }
  void joined(const fake_subscriber& who, std::string_view channel = "news",
              std::vector<frame_ptr> greeting = {}) {
    auto each = manner_for(channel).members || manner_for(channel).each;
    state.apply(
        joined_channel{key(channel), who.socket(),
                       asked(channel, each ? who.socket() : socket_id{}),
                       std::move(greeting)});
  }
  void members(bool whole, const names& present, const names& gone = {}) {
    changed_members what{key("presence-x"), whole, {}, gone};
    for (auto& id : present)
      what.present.push_back(user(id));
    state.apply(what);
  }
  // A member that is there and has been told so.
  void enter(fake_subscriber& who, std::string_view id) {
    come(who, id);
    members(false, {std::string{id}});
    joined(who, "presence-x");
    out.count();
    who.take();
  }
  void deliver(std::string_view channel, std::string_view name,
               socket_id except = {}) {
    state.apply(deliver_event{key(channel), event(name), except});
  }
};

} // namespace tidewire::testing
