#include "actors/state/cluster/rights_keeper.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace tidewire::cluster {

namespace {

// Accounts close by time, too, which nothing tells.
constexpr std::int64_t look_again_ns = 1'000'000'000;

template <class T>
void append(std::vector<T>& to, std::vector<T>&& from) {
  to.insert(to.end(), std::make_move_iterator(from.begin()),
            std::make_move_iterator(from.end()));
}

} // namespace

rights_keeper::rights_keeper(life me, permit_door& door,
                             episode_settings settings)
    : permits_(me, door), episodes_(std::move(me), settings) {}

void rights_keeper::view_is(std::shared_ptr<const view> now) {
  episodes_.view_is(*now);
  permits_.view_is(std::move(now));
}

void rights_keeper::gone(const life& who) {
  episodes_.gone(who);
  permits_.gone(who);
}

void rights_keeper::may_found(bool yes) {
  permits_.may_found(yes);
}

// Those that are missing have been deleted: nobody can come in.
void rights_keeper::apps_are(std::span<const app_right> apps) {
  for (auto& each : apps)
    permits_.limit_is(each.id, each.max_connections);
}

void rights_keeper::lost(const life& who, std::string_view app,
                         std::uint64_t count, meter::tick last,
                         std::uint64_t here, const moment& now) {
  episodes_.lost(who, app, count, last, here, now.cluster);
}

void rights_keeper::sent_away(std::string_view app, std::uint64_t count,
                              const moment& now) {
  episodes_.sent_away(app, count, now.cluster);
}

void rights_keeper::waiting(std::uint32_t reactor, const std::string& app,
                            std::uint32_t how_many) {
  auto& of_app = waiting_[app];
  if (how_many == 0)
    of_app.erase(reactor);
  else
    of_app[reactor] = how_many;
  std::uint32_t sum = 0;
  for (auto& [which, count] : of_app)
    sum += count;
  if (of_app.empty())
    waiting_.erase(app);
  permits_.waiting(app, sum);
}

void rights_keeper::opened(const std::string& app, std::uint64_t open_here,
                           const moment& now) {
  permits_.moved(app);
  episodes_.arrived(app, open_here, now.cluster);
}

void rights_keeper::closed(const std::string& app) {
  permits_.moved(app);
}

void rights_keeper::user_came(const std::string& app, std::uint64_t user,
                              std::int64_t age_ns, const moment& now) {
  episodes_.user_came(app, user, now.cluster - age_ns, now.cluster);
}

void rights_keeper::user_left(const std::string& app, std::uint64_t user) {
  episodes_.user_left(app, user);
}

bool rights_keeper::take(const life& from, record_kind kind,
                         std::string_view bytes, const moment& now) {
  return kind < cells_kind ? permits_.take(from, kind, bytes)
                           : episodes_.take(from, kind, bytes, now.cluster);
}

void rights_keeper::turn(const moment& now, rights_effects& out) {
  permit_effects of_permits;
  permits_.turn(now.steady_ns, of_permits);
  episode_effects of_episodes;
  episodes_.turn(now.cluster, of_episodes);
  append(out.send, std::move(of_permits.send));
  append(out.send, std::move(of_episodes.send));
  append(out.more, std::move(of_permits.more));
  append(out.refused, std::move(of_permits.refused));
  append(out.opened, std::move(of_episodes.opened));
  append(out.closed, std::move(of_episodes.closed));
  auto changed = episodes_.take_changed();
  if (now.cluster - looked_ >= look_again_ns) {
    looked_ = now.cluster;
    for (auto& [app, what] : moving_)
      changed.insert(app);
  }
  for (auto& app : changed) {
    constexpr std::uint64_t most = UINT32_MAX;
    app_moving what{app, episodes_.moving(app, now.cluster),
                    static_cast<std::uint32_t>(
                        std::min(episodes_.share(app, now.cluster), most))};
    auto before = moving_.find(app);
    if (before == moving_.end() ? !what.moving : before->second == what)
      continue;
    if (what.moving)
      moving_[app] = what;
    else
      moving_.erase(app);
    out.moving.push_back(std::move(what));
  }
}

} // namespace tidewire::cluster
