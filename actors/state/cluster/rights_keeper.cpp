#include "actors/state/cluster/rights_keeper.hpp"

#include <algorithm>
#include <iterator>
#include <set>
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
    : open_ns_(settings.open_ns),
      permits_(me, door),
      episodes_(std::move(me), settings) {}

void rights_keeper::view_is(std::shared_ptr<const view> now) {
  episodes_.view_is(*now);
  permits_.view_is(std::move(now));
}

void rights_keeper::gone(const life& who,
                         std::optional<std::int64_t> ahead_ns) {
  episodes_.gone(who, ahead_ns);
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

// A node that starts hears of deaths of long ago; their clients are nobody's
// any more.
void rights_keeper::died(const life& who, meter::cluster_ns since,
                         const moment& now) {
  if (since + open_ns_ <= now.cluster)
    return;
  auto& x = endings_[who];
  x.told = now.cluster;
  if (!x.since)
    x.since = since;
  open_accounts(who, x, now);
}

void rights_keeper::stood(const last_reading& how, const moment& now) {
  auto& x = endings_[how.whose];
  x.told = now.cluster;
  x.stood = how;
  open_accounts(how.whose, x, now);
}

// Who said goodbye let his clients go before; but he may have been taken for
// dead, and an earlier row for his last one: then what was said is put right.
// So is what others have said by a node that has not heard of the death since
// it began, and opens no account itself.
void rights_keeper::open_accounts(const life& who, const ending& x,
                                  const moment& now) {
  if (!x.stood)
    return;
  std::set<std::string> open;
  for (auto& each : episodes_.all(now.cluster))
    if (each.id.gone == who && !each.id.drained)
      open.insert(each.id.app);
  for (auto& part : x.stood->apps)
    if (open.erase(part.app.text) != 0 || (x.since && !x.stood->left))
      episodes_.lost(who, part.app.text, part.open, part.at, part.here,
                     now.cluster, x.since);
  for (auto& app : open)
    episodes_.lost(who, app, 0, x.stood->at, 0, now.cluster, x.since);
}

void rights_keeper::lost(const life& who, std::string_view app,
                         std::uint64_t count, meter::tick last,
                         std::uint64_t here, const moment& now) {
  episodes_.lost(who, app, count, last, here, now.cluster);
}

void rights_keeper::sent_away(std::string_view app, std::uint64_t more,
                              const moment& now) {
  episodes_.sent_away(app, more, now.cluster);
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

std::map<std::string, std::uint64_t>
rights_keeper::awaited(const moment& now) const {
  std::map<std::string, std::uint64_t> out;
  for (auto& [app, what] : moving_)
    out.emplace(app, outstanding(app, now));
  return out;
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
    // Others may have opened an account since of what came to nothing here.
    for (auto& [who, x] : endings_)
      open_accounts(who, x, now);
    for (auto& [app, what] : moving_)
      changed.insert(app);
    std::erase_if(endings_, [&](auto& x) {
      return x.second.told + open_ns_ <= now.cluster;
    });
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
