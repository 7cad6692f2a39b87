// WEBHOOKS among others: what its node lends to the announcer.
#include "actors/webhooks.hpp"

#include <utility>

namespace tidewire {

// -- the office ---------------------------------------------------------------

std::string_view webhook_office::id_of(app_index app) const {
  return app < apps.size() ? std::string_view{apps[app].id}
                           : std::string_view{};
}

void webhook_office::tell(node_number to, cluster::record_kind kind,
                          std::string bytes) {
  if (sends)
    sends(to, kind, std::move(bytes));
}

void webhook_office::remember(const cluster::announced_fact& what) {
  if (current)
    current->remember(what);
}

void webhook_office::took_over(const cluster::announced_fact& what) {
  kept.took(cluster::key_of(what));
}

bool webhook_office::tell_unsent() {
  return !current || current->tell_unsent();
}

// Whoever stays in the view goes on keeping what it keeps.
void webhook_office::view_is(std::shared_ptr<const cluster::placement> now) {
  auto before = among.placed();
  if (before && before->hash() == now->hash())
    return;
  among.view_is(now);
  for (auto& x : kept.orphans([&](node_number node) { return now->has(node); }))
    orphans.push_back(std::move(x));
  unsent.look_again([&](node_number node) {
    return !before || before->stay_of(node) != now->stay_of(node);
  });
}

void webhook_office::line_is(node_number with) {
  kept.forget(with);
  unsent.look_again([with](node_number node) { return node == with; });
  among.line_is(with);
}

// What cannot be read is as if it had not come.
void webhook_office::arrived(node_number from, cluster::record_kind kind,
                             const std::string& bytes) {
  if (cluster::unsent_copy_kind <= kind && kind <= cluster::unsent_known_kind)
    arrived_unsent(from, kind, bytes);
  else
    among.arrived(from, kind, bytes);
}

// -- the actor ----------------------------------------------------------------

void webhooks::remember(const cluster::announced_fact& what) {
  if (what.so)
    todo_.journal.emplace_back(
        remember_announced{what.app, what.channel, what.user});
  else
    todo_.journal.emplace_back(
        forget_announced{what.app, what.channel, what.user});
}

// What others have announced counts before what is reported.
void webhooks::take_held() {
  if (held_.empty() || office_.among.waits() || !old_.empty())
    return;
  for (auto& x : std::exchange(held_, {}))
    take(x);
}

} // namespace tidewire
