// A channel whose subscribers are users who see each other.
#pragma once

#include "actors/state/channel_state.hpp"

#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace tidewire {

/// Members are users, present while at least one of their connections is. At
/// most `max_members` of them, whatever happens to CHANNEL, ROUTER or
/// DIRECTORY.
class presence_channel final : public channel_state {
public:
  presence_channel(channel_key key, std::uint32_t max_members,
                   std::int64_t cache_ttl_ns = 0)
      : channel_state(std::move(key), cache_ttl_ns),
        max_members_(max_members) {}

  bool idle() const noexcept override;
  channel_facts facts() const override;

protected:
  void join(const join_channel& record, channel_output& out) override;
  void leave(const left_channel& record, channel_output& out) override;
  void restate(const restate_edge& record, channel_output& out) override;
  bool knows_other(edge_id edge) const override;
  void gathered(channel_output& out) override;
  void became_sure(channel_output& out) override;

private:
  struct connection {
    std::uint64_t wish;
    std::string user_id;
  };

  /// True if the user was not present before.
  bool add(place where, const attendance& who);
  /// The id of a user who is gone with this connection, or empty.
  std::string remove(place where, std::uint64_t wish);
  std::string release(const std::string& user_id);
  bool full_for(const std::string& user_id) const;
  /// Whether a silent edge may have the place he would take.
  bool must_wait(const std::string& user_id) const;
  void state_all(place where, channel_output& out) const;
  void tell_others(place but, const changed_members& what,
                   channel_output& out) const;
  void admit(edge_id from, const attendance& who, channel_output& out);
  void refuse(edge_id from, const attendance& who, channel_output& out) const;

  std::uint32_t max_members_;
  std::vector<member> members_; // in the order they came
  std::unordered_map<std::string, std::uint32_t> connections_of_;
  std::map<place, std::vector<connection>> by_edge_;
  std::vector<std::pair<edge_id, attendance>> waiting_; // until it is sure
};

} // namespace tidewire
