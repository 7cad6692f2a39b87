// The channel of a signed-in user: who he is to the edges.
#pragma once

#include "actors/state/plain_channel.hpp"

namespace tidewire {

/// `#server-to-user-{id}`. There is exactly one in the cluster, so it is what
/// knows whether the user is online: whether any edge says that he is signed in
/// there. Edges where somebody watches him are told, and told again when it
/// changes or when they restate.
class user_channel final : public plain_channel {
public:
  using plain_channel::plain_channel;

  bool online() const noexcept;
  bool is_user_online() const noexcept override { return online(); }
  bool idle() const noexcept override;
  channel_facts facts() const override;

protected:
  void restate(const restate_edge& record, channel_output& out) override;
  void stake(const edge_stake& record, channel_output& out) override;
  void end(const end_user& record, channel_output& out) override;
  bool knows_other(edge_id edge) const override;
  void gathered(channel_output& out) override;
  void became_sure(channel_output& out) override;

private:
  struct interest {
    std::uint32_t stay;
    user_stake stake;
  };

  void note(edge_id from, user_stake what);
  /// Tells edges that watch: `newcomer`, and all of them if it has changed.
  void tell(place newcomer, channel_output& out);

  std::map<place, interest> stakes_; // by place; only those with one
  std::optional<bool> told_;         // what all who watch were told last
};

} // namespace tidewire
