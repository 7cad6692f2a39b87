// The accounts themselves: what is told, and time. Beside it: who is credited
// (episodes_credit.cpp), what it comes to (episodes_sums.cpp), and how they are
// the same everywhere (episodes_exchange.cpp).
#include "actors/state/cluster/episodes.hpp"

#include "actors/state/cluster/stable_hash.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace tidewire::cluster {

namespace {

constexpr std::int64_t first_bucket_ns = 50'000'000;
constexpr std::int64_t second_ns = 1'000'000'000;

// Who came so long before a death is proved may still be one of its clients: a
// node may be lost for minutes before somebody takes its address.
constexpr std::int64_t recent_ns = 600 * second_ns;
constexpr std::size_t most_recent = 65'536;

// Cells of an account stay a while after it has closed, so that clocks that
// differ do not bring them back.
constexpr std::int64_t settle_ns = 60 * second_ns;
constexpr std::size_t most_buried = 1024;

} // namespace

std::uint64_t user_key(std::string_view app, std::string_view user) noexcept {
  return stable_hash(user, stable_hash(app));
}

std::int64_t bucket_ends_ns(std::size_t bucket) noexcept {
  auto result = first_bucket_ns;
  for (; bucket > 0; --bucket)
    result += result / 5;
  return result;
}

std::size_t time_bucket(std::int64_t ns) noexcept {
  std::size_t result = 0;
  auto end = first_bucket_ns;
  for (; ns > end && result + 1 < time_buckets; ++result)
    end += end / 5;
  return result;
}

episodes::episodes(life me, episode_settings settings)
    : me_(std::move(me)), settings_(settings) {
  authors_[me_].turn = 1;
}

// -- from NODE and the rows ---------------------------------------------------

void episodes::view_is(const view& now) {
  for (auto& [who, p] : peers_)
    p.in_view = false;
  takers_ = 0;
  for (auto& member : now.members) {
    takers_ += member.draining ? 0 : 1;
    if (member.who != me_)
      peers_[member.who].in_view = true;
  }
  for (auto& [number, x] : accounts_)
    changed_.insert(x.id.app);
}

void episodes::gone(const life& who, std::optional<std::int64_t> ahead_ns) {
  if (who == me_ || std::count(buried_.begin(), buried_.end(), who) > 0)
    return;
  peers_.erase(who);
  auto& dead = authors_[who];
  dead.gone = true;
  if (ahead_ns)
    dead.ahead_ns = ahead_ns;
  look_again_ = true;
}

void episodes::lost(const life& who, std::string_view app, std::uint64_t count,
                    meter::tick last, std::uint64_t here, cluster_ns now,
                    std::optional<cluster_ns> since) {
  auto number = names_.episode({who, std::string{app}, false});
  if (count == 0 && accounts_.count(number) == 0)
    return;
  auto tick =
      static_cast<std::uint64_t>(std::max<std::int64_t>(last.number, 0));
  auto said = mine().get({cell_kind::lost, number, 0});
  if (std::tie(said.b, said.a) > std::tie(tick, count) && said != cell_value{})
    return;
  auto& x = account_of(number);
  if (said == cell_value{count, tick} && x.opened != 0
      && x.opened <= since.value_or(x.opened))
    return; // told again
  x.here = here;
  own({cell_kind::lost, number, 0}, {count, tick});
  auto opened = since.value_or(now);
  if (x.opened != 0)
    opened = since ? std::min(x.opened, opened) : x.opened;
  own({cell_kind::opened, number, 0}, {static_cast<std::uint64_t>(opened), 0});
  credit_recent(x, now);
}

void episodes::sent_away(std::string_view app, std::uint64_t more,
                         cluster_ns now) {
  if (more == 0)
    return;
  auto number = names_.episode({me_, std::string{app}, true});
  auto& x = account_of(number);
  auto opened = x.opened != 0 ? x.opened : now;
  auto before = mine().get({cell_kind::lost, number, 0}).a;
  own({cell_kind::lost, number, 0},
      {before + more, static_cast<std::uint64_t>(now / second_ns)});
  own({cell_kind::opened, number, 0}, {static_cast<std::uint64_t>(opened), 0});
}

// -- from the reactors --------------------------------------------------------

void episodes::arrived(std::string_view app, std::uint64_t open_here,
                       cluster_ns now) {
  auto number = names_.app(app);
  open_here_[number] = open_here;
  remember({number, std::nullopt, now, open_here}, now);
}

void episodes::user_came(std::string_view app, std::uint64_t user,
                         cluster_ns opened, cluster_ns now) {
  arrival who{names_.app(app), user, opened, 0};
  cell_key key{cell_kind::user, who.app, user};
  auto known = mine().get(key).a > 0;
  if (known || stated_users_ < settings_.known_users) {
    stated_users_ += known ? 0 : 1;
    add(key, 1);
  }
  remember(who, now);
}

void episodes::user_left(std::string_view app, std::uint64_t user) {
  cell_key key{cell_kind::user, names_.app(app), user};
  auto count = mine().get(key).a;
  if (count == 0)
    return; // it was one too many to be stated
  stated_users_ -= count == 1 ? 1 : 0;
  add(key, -1);
}

// And credited, if it is known already to whom.
void episodes::remember(arrival who, cluster_ns now) {
  who.to = credit(who, now);
  recent_.push_back(who);
  ++recent_of_[who.app];
  // Who signs in long after he came is none of them at once.
  while (!recent_.empty()
         && (recent_.size() > most_recent
             || recent_.front().opened + recent_ns < now)) {
    auto of = recent_of_.find(recent_.front().app);
    if (--of->second == 0)
      recent_of_.erase(of);
    recent_.pop_front();
  }
}

// -- questions ----------------------------------------------------------------

std::vector<episode_summary> episodes::all(cluster_ns now) const {
  std::vector<episode_summary> out{past_.begin(), past_.end()};
  for (auto& [number, x] : accounts_)
    if (x.lost > 0 && x.opened != 0)
      out.push_back(summary(x, now));
  std::sort(out.begin(), out.end(), [](auto& a, auto& b) {
    return std::tie(a.opened, a.id) < std::tie(b.opened, b.id);
  });
  return out;
}

bool episodes::moving(std::string_view app, cluster_ns now) const {
  return outstanding(app, now) > 0;
}

std::uint64_t episodes::outstanding(std::string_view app,
                                    cluster_ns now) const {
  std::uint64_t sum = 0;
  for (auto& [number, x] : accounts_)
    if (x.id.app == app && is_open(x, now)
        && now < x.opened + settings_.moving_ns)
      sum += x.lost - x.identified - x.estimated;
  return sum;
}

std::uint64_t episodes::share(std::string_view app, cluster_ns now) const {
  auto all = outstanding(app, now);
  auto takers = std::max<std::size_t>(takers_, 1);
  return (all + takers - 1) / takers;
}

std::set<std::string> episodes::take_changed() {
  return std::exchange(changed_, {});
}

// -- time ---------------------------------------------------------------------

void episodes::turn(cluster_ns now, episode_effects& out) {
  if (now - cleaned_ >= second_ns) {
    cleaned_ = now;
    clean(now);
    undo_doubles(now);
    // Something was learned of who died, or somebody was credited elsewhere.
    if (std::exchange(look_again_, false))
      for (auto& [number, x] : accounts_)
        if (x.lost > 0 && x.opened != 0 && now < x.opened + settings_.open_ns)
          credit_recent(x, now);
  }
  report(now, out);
  exchange(now, out);
}

void episodes::report(cluster_ns now, episode_effects& out) {
  for (auto& [number, x] : accounts_) {
    if (x.lost == 0 || x.opened == 0)
      continue;
    auto open = is_open(x, now);
    if (!std::exchange(x.told, true)) {
      out.opened.push_back(summary(x, now));
      changed_.insert(x.id.app);
    }
    if (x.over != !open) {
      x.over = !open;
      changed_.insert(x.id.app);
      if (x.over)
        out.closed.push_back(summary(x, now));
    }
  }
}

// What is long over becomes a line of history, and its cells are given up by
// their authors. Cells of those who are gone are needed as long as an account
// may credit by them, or was credited in them.
void episodes::clean(cluster_ns now) {
  auto end = settings_.open_ns + settle_ns;
  std::vector<std::uint32_t> finished;
  for (auto& [number, x] : accounts_)
    if (x.opened != 0 && now >= x.opened + end)
      finished.push_back(number);
  for (auto number : finished) {
    auto at = accounts_.find(number);
    auto known = std::any_of(past_.begin(), past_.end(),
                             [&](auto& x) { return x.id == at->second.id; });
    if (at->second.lost > 0 && !known)
      past_.push_back(summary(at->second, now));
    while (past_.size() > settings_.past)
      past_.pop_front();
    std::vector<cell_key> keys;
    mine().for_each([&](const cell_key& key, const cell_value& value) {
      if (key.kind != cell_kind::user && key.subject == number
          && value != cell_value{})
        keys.push_back(key);
    });
    for (auto& key : keys)
      mine().set(key, {});
    accounts_.erase(at);
  }
  for (auto at = authors_.begin(); at != authors_.end();) {
    auto& x = at->second;
    if (x.gone && x.gone_at == 0)
      x.gone_at = now;
    if (!x.gone || now < x.gone_at + end + settle_ns) {
      ++at;
      continue;
    }
    buried_.push_back(at->first);
    if (buried_.size() > most_buried)
      buried_.pop_front();
    for (auto& [peer_of, p] : peers_)
      p.passed.erase(at->first);
    at = authors_.erase(at);
  }
  auto heard = mine().through();
  for (auto& [who, p] : peers_)
    if (p.in_view)
      heard = std::min(heard, p.heard);
  mine().forget_zeros(heard);
}

} // namespace tidewire::cluster
