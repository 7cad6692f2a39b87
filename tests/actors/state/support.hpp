// What the tests of the pure states share.
#pragma once

#include "actors/state/plain_channel.hpp"
#include "actors/state/presence_channel.hpp"
#include "actors/state/router_state.hpp"
#include "actors/state/user_channel.hpp"
#include "net/pusher/server_event.hpp"
#include "net/ws_frame.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tidewire::testing {

inline constexpr edge_id here{0, 1};
inline constexpr edge_id there{1, 1};

/// What a client would be told: `data` is the text inside the doubly encoded
/// string.
struct told {
  std::string name;
  std::string channel;
  std::string data;

  friend bool operator==(const told&, const told&) = default;
};

told parse_told(std::string_view text);

/// The ids in the list of a presence channel's `subscription_succeeded`, or
/// the one id of a `member_added` or `member_removed`.
std::vector<std::string> ids_in(const told& what);

/// A subscriber without a socket.
class fake_subscriber final : public subscriber {
public:
  explicit fake_subscriber(std::uint64_t serial, app_index app = 0)
      : subscriber({1, serial}, app) {}

  /// As if it had negotiated compression.
  void pack() { window_bits_ = 15; }

  /// What it has been told since the last call, in order.
  std::vector<told> take();

  /// The same, names only.
  std::vector<std::string> take_names();

  void on_attached(std::string_view) override {}
  void on_terminated() override { ++terminated; }

  unsigned terminated = 0;

private:
  void on_queued() override {}
};

/// Notes what a router says to channels.
struct said_to_channels {
  std::vector<directory_record> records;

  router_state::sender sender() {
    return [this](directory_record x) { records.push_back(std::move(x)); };
  }

  /// The only record since the last call, which is of that kind.
  template <class T>
  std::optional<T> only() {
    auto all = std::exchange(records, {});
    if (all.size() != 1 || !std::holds_alternative<T>(all.front()))
      return std::nullopt;
    return std::get<T>(std::move(all.front()));
  }

  std::size_t count() { return std::exchange(records, {}).size(); }
};

/// Notes what a channel says.
struct said_by_channel final : channel_output {
  std::vector<std::pair<std::uint32_t, edge_record>> records;
  std::vector<ticket> publishes;
  std::vector<ticket_answer> answers;
  std::vector<channel_fact> reports;
  std::int64_t clock = 1'000'000'000;

  void to_edge(place where, edge_record record) override {
    records.emplace_back(where, std::move(record));
  }
  void published(const ticket& reply_to) override {
    publishes.push_back(reply_to);
  }
  void answer(const ticket&, ticket_answer what) override {
    answers.push_back(std::move(what));
  }
  void copy(event_copied) override {}
  void report(channel_fact what) override {
    reports.push_back(std::move(what));
  }
  std::int64_t now_ns() const noexcept override { return clock; }

  /// What it said to an edge since the last call to `clear`, of one kind.
  template <class T>
  std::vector<T> to(std::uint32_t reactor) const {
    std::vector<T> result;
    for (auto& [at, record] : records)
      if (at == reactor && std::holds_alternative<T>(record))
        result.push_back(std::get<T>(record));
    return result;
  }

  /// What it reported since then, of one kind.
  template <class T>
  std::vector<T> reported() const {
    std::vector<T> result;
    for (auto& what : reports)
      if (auto* fact = std::get_if<T>(&what))
        result.push_back(*fact);
    return result;
  }

  std::size_t count(std::uint32_t reactor) const {
    return static_cast<std::size_t>(
        std::count_if(records.begin(), records.end(),
                      [&](auto& x) { return x.first == reactor; }));
  }

  void clear() {
    records.clear();
    publishes.clear();
    answers.clear();
    reports.clear();
  }
};

inline channel_key key(std::string_view name) {
  return {0, std::string{name}};
}

inline member user(std::string_view id) {
  return {std::string{id}, {}};
}

/// Of the only wish of that socket, which has its number.
inline attendance plain(std::uint64_t serial, bool attached = false) {
  return {{1, serial}, std::nullopt, attached, serial};
}

inline attendance guest(std::uint64_t serial, std::string_view id,
                        bool attached = false) {
  return {{1, serial}, user(id), attached, serial};
}

inline channel_manner manner_for(std::string_view channel,
                                 bool counted = false) {
  auto members = channel.starts_with("presence-");
  return {members, channel.find("cache-") != channel.npos, counted};
}

inline std::vector<std::string> ids_of(const std::vector<member>& members) {
  std::vector<std::string> result;
  for (auto& m : members)
    result.push_back(m.user_id);
  return result;
}

using names = std::vector<std::string>;

} // namespace tidewire::testing
