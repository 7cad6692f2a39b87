#include "actors/state/user_channel.hpp"

#include <algorithm>
#include <utility>

namespace tidewire {

namespace {

constexpr auto nobody = UINT32_MAX;

} // namespace

bool user_channel::online() const noexcept {
  return std::any_of(stakes_.begin(), stakes_.end(),
                     [](auto& x) { return x.second.stake.signed_in; });
}

bool user_channel::idle() const noexcept {
  return stakes_.empty() && plain_channel::idle();
}

channel_facts user_channel::facts() const {
  auto result = plain_channel::facts();
  result.signed_in = online();
  return result;
}

void user_channel::note(edge_id from, user_stake what) {
  auto at = stakes_.find(from.at);
  if (at != stakes_.end() && from.stay < at->second.stay)
    return; // of a former life
  if (what)
    stakes_[from.at] = {from.stay, what};
  else if (at != stakes_.end())
    stakes_.erase(at);
}

void user_channel::stake(const edge_stake& record, channel_output& out) {
  auto where = record.edge.at;
  auto at = stakes_.find(where);
  auto watched = at != stakes_.end() && at->second.stake.watching;
  note(record.edge, record.stake);
  tell(record.stake.watching && !watched ? where : nobody, out);
}

void user_channel::restate(const restate_edge& record, channel_output& out) {
  plain_channel::restate(record, out);
  note(record.edge, record.stake);
  if (!gathering())
    tell(record.edge.at, out);
}

bool user_channel::knows_other(edge_id edge) const {
  auto at = stakes_.find(edge.at);
  return plain_channel::knows_other(edge)
         || (at != stakes_.end() && at->second.stay != edge.stay);
}

void user_channel::gathered(channel_output& out) {
  plain_channel::gathered(out);
  told_.reset(); // whatever our predecessor said: all are told
  tell(nobody, out);
}

void user_channel::became_sure(channel_output& out) {
  told_.reset();
  tell(nobody, out);
}

// As long as an edge is silent he may be online there, so nobody is told that
// he is not.
void user_channel::tell(place newcomer, channel_output& out) {
  auto now = online();
  if (!now && !sure())
    return;
  auto changed = std::exchange(told_, now) != now;
  for (auto& [where, x] : stakes_)
    if (x.stake.watching && (changed || where == newcomer))
      out.to_edge(where, user_seen{key_, now});
}

void user_channel::end(const end_user& record, channel_output& out) {
  for (auto& [where, x] : stakes_)
    if (x.stake.signed_in)
      out.to_edge(where, end_sessions{key_});
  out.published(record.reply_to);
}

} // namespace tidewire
