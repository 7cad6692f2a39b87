// What everybody's cells come to.
#include "actors/state/cluster/episodes.hpp"

#include <algorithm>
#include <tuple>

namespace tidewire::cluster {

namespace {

std::uint64_t part_of(std::uint64_t lost, std::uint64_t percent) {
  return (lost * percent + 99) / 100;
}

} // namespace

void episodes::add(const cell_key& key, std::int64_t a, std::uint64_t b) {
  auto x = mine().get(key);
  auto sum = static_cast<std::uint64_t>(static_cast<std::int64_t>(x.a) + a);
  own(key, {sum, sum == 0 ? 0 : std::max(x.b, b)});
}

void episodes::own(const cell_key& key, const cell_value& value) {
  if (mine().set(key, value))
    recount(key);
}

// What everybody's cells of that key come to.
void episodes::recount(const cell_key& key) {
  if (key.kind == cell_kind::user)
    return;
  auto& x = account_of(key.subject);
  changed_.insert(x.id.app);
  std::uint64_t sum = 0, most = 0;
  cell_value last{};
  auto first = UINT64_MAX;
  for (auto& [who, other] : authors_) {
    auto value = other.book.get(key);
    sum += value.a;
    most = std::max(most, value.b);
    if (std::tie(value.b, value.a) > std::tie(last.b, last.a))
      last = value;
    if (value.a != 0)
      first = std::min(first, value.a);
  }
  switch (key.kind) {
  case cell_kind::lost:
    x.lost = last.a;
    x.last = last.b;
    break;
  case cell_kind::opened:
    x.opened = first == UINT64_MAX ? 0 : static_cast<cluster_ns>(first);
    break;
  case cell_kind::credited: {
    auto& user = x.users[key.detail];
    x.identified -= user.counts();
    user = {sum, known_of(x, key.detail, most)};
    x.identified += user.counts();
    if (user.credited > user.known && mine().get(key).a > 0)
      doubled_.push_back(key);
    break;
  }
  case cell_kind::attributed:
    x.attributed = sum;
    break;
  case cell_kind::in_time:
    if (key.detail < time_buckets)
      x.times[key.detail] = sum;
    break;
  case cell_kind::user:
    break;
  }
  look_again_ = true;
  settle(x.id.app);
}

// How many connections of the user the dead node had: as it said last, as far
// as that is here, and else as those say who have credited somebody.
std::uint64_t episodes::known_of(const account& x, std::uint64_t user,
                                 std::uint64_t told) const {
  auto dead = authors_.find(x.id.gone);
  auto app = names_.find_app(x.id.app);
  if (dead == authors_.end() || dead->second.book.through() == 0 || !app)
    return told;
  return dead->second.book.get({cell_kind::user, *app, user}).a;
}

// A dead node's first word has come: what others told of its users counts no
// more, also of those of whom it says nothing.
void episodes::know_again(const life& gone) {
  for (auto& [number, x] : accounts_)
    if (x.id.gone == gone)
      for (auto& [user, of] : x.users)
        recount({cell_kind::credited, number, user});
}

// A dead node's word on these users has come.
void episodes::know_again(const life& gone,
                          const std::vector<cell_key>& users) {
  if (users.empty())
    return;
  for (auto& [number, x] : accounts_)
    if (x.id.gone == gone && !x.users.empty())
      for (auto& key : users)
        if (x.id.app == names_.app(key.subject) && x.users.contains(key.detail))
          recount({cell_kind::credited, number, key.detail});
}

// Nodes attribute without waiting for each other, and some of whom they
// attribute to the oldest account show up as users of a younger one. What comes
// to more than was lost counts in the next one.
void episodes::settle(const std::string& app) {
  std::uint64_t over = 0;
  for (auto* x : oldest_first(app)) {
    auto room = x->lost - std::min(x->lost, x->identified);
    auto all = x->attributed + over;
    x->estimated = std::min(all, room);
    over = all - x->estimated;
  }
}

episode_summary episodes::summary(const account& x, cluster_ns now) const {
  episode_summary out;
  out.id = x.id;
  out.opened = x.opened;
  out.lost = x.lost;
  out.as_of = {static_cast<std::int64_t>(x.last)};
  out.identified = std::min(x.identified, x.lost);
  out.attributed = x.estimated;
  out.open = x.opened != 0 && now < x.opened + settings_.open_ns
             && out.outstanding() > 0;
  std::uint64_t so_far = 0;
  for (std::size_t i = 0; i < time_buckets; ++i) {
    so_far += x.times[i];
    auto reached = [&](std::optional<std::int64_t>& when, std::uint64_t part) {
      if (!when && x.lost > 0 && so_far >= part_of(x.lost, part))
        when = bucket_ends_ns(i);
    };
    reached(out.half_ns, 50);
    reached(out.most_ns, 90);
    reached(out.nearly_all_ns, 99);
  }
  return out;
}

bool episodes::is_open(const account& x, cluster_ns now) const {
  return x.opened != 0 && now < x.opened + settings_.open_ns
         && x.lost > x.identified + x.estimated;
}

} // namespace tidewire::cluster
