// The accounts themselves; episodes_exchange.cpp keeps them the same
// everywhere.
#include "actors/state/cluster/episodes.hpp"

#include "actors/state/cluster/stable_hash.hpp"

#include <algorithm>
#include <cstdlib>
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
constexpr std::int64_t match_ns = 100'000'000;

// Cells of an account stay a while after it has closed, so that clocks that
// differ do not bring them back.
constexpr std::int64_t settle_ns = 60 * second_ns;
constexpr std::size_t most_buried = 1024;

// When the last proven reading was taken.
meter::cluster_ns read_at(std::uint64_t tick) {
  return static_cast<meter::cluster_ns>(tick) * second_ns;
}

std::uint64_t part_of(std::uint64_t lost, std::uint64_t percent) {
  return (lost * percent + 99) / 100;
}

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

void episodes::gone(const life& who) {
  if (who == me_ || std::count(buried_.begin(), buried_.end(), who) > 0)
    return;
  peers_.erase(who);
  authors_[who].gone = true;
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

// -- who is credited ----------------------------------------------------------

episodes::account& episodes::account_of(std::uint32_t number) {
  auto [at, fresh] = accounts_.try_emplace(number);
  if (fresh) {
    at->second.id = names_.episode(number);
    at->second.number = number;
  }
  return at->second;
}

std::vector<episodes::account*> episodes::oldest_first(const std::string& app) {
  std::vector<account*> out;
  for (auto& [number, x] : accounts_)
    if (x.lost > 0 && x.opened != 0 && x.id.app == app)
      out.push_back(&x);
  std::sort(out.begin(), out.end(), [](auto* a, auto* b) {
    return std::tie(a->opened, a->id) < std::tie(b->opened, b->id);
  });
  return out;
}

// Those that may still change.
std::vector<episodes::account*> episodes::in_time(std::uint32_t app,
                                                  cluster_ns now) {
  auto out = oldest_first(names_.app(app));
  std::erase_if(out,
                [&](auto* x) { return now >= x->opened + settings_.open_ns; });
  return out;
}

std::optional<std::uint32_t> episodes::credit(const arrival& who,
                                              cluster_ns now) {
  if (accounts_.empty())
    return std::nullopt;
  for (auto* x : in_time(who.app, now))
    if (who.user ? identify(*x, who, now) : attribute(*x, who, now))
      return x->number;
  return std::nullopt;
}

// Who came after the last proven reading, but before the death was known.
void episodes::credit_recent(account& x, cluster_ns now) {
  auto app = names_.app(x.id.app);
  if (recent_of_.count(app) == 0)
    return; // of ten thousand apps, most
  for (auto& who : recent_)
    if (!who.to && !who.matched && who.app == app
        && (who.user ? identify(x, who, now) : attribute(x, who, now)))
      who.to = x.number;
}

// A connection that was there when the reading was taken is not one of those
// that were lost, and each connection that was is back but once.
bool episodes::identify(account& x, const arrival& who, cluster_ns now) {
  auto dead = authors_.find(x.id.gone);
  if (x.id.drained || who.opened <= read_at(x.last) || dead == authors_.end())
    return false;
  auto before = x.users.find(*who.user);
  auto known = known_of(x, *who.user,
                        before == x.users.end() ? 0 : before->second.known);
  if (known == 0
      || (before != x.users.end() && before->second.credited >= known))
    return false;
  auto counted = unattribute(x, who);
  ++x.own_identified;
  add({cell_kind::credited, x.number, *who.user}, 1, known);
  if (!counted)
    add({cell_kind::in_time, x.number, time_bucket(now - x.opened)}, 1);
  return true;
}

// Nobody who came before is back.
episodes::cluster_ns episodes::begins(const account& x) {
  return x.id.drained ? x.opened : read_at(x.last);
}

std::uint64_t episodes::open_before(const account& x,
                                    const arrival& who) const {
  auto first = std::find_if(recent_.begin(), recent_.end(), [&](auto& other) {
    return !other.user && other.app == who.app && other.opened > begins(x);
  });
  return (first == recent_.end() ? who : *first).open_here - 1;
}

bool episodes::attribute(account& x, const arrival& who, cluster_ns now) {
  if (!x.here) // nobody has told: before the first who came since
    x.here = open_before(x, who);
  if (!is_open(x, now) || who.opened <= begins(x)
      || open_here_[who.app] <= *x.here + x.own_identified + x.own_attributed)
    return false;
  ++x.own_attributed;
  add({cell_kind::attributed, x.number, 0}, 1);
  add({cell_kind::in_time, x.number, time_bucket(now - x.opened)}, 1);
  return true;
}

// Who is identified may have been attributed when it was accepted: to this
// account or to another one. True if its time is counted in this one.
bool episodes::unattribute(account& x, const arrival& who) {
  auto* accepted = accept_of(who);
  if (!accepted)
    return false;
  accepted->matched = true;
  auto at = accepted->to ? accounts_.find(*accepted->to) : accounts_.end();
  if (at == accounts_.end() || at->second.own_attributed == 0)
    return false;
  --at->second.own_attributed;
  add({cell_kind::attributed, at->first, 0}, -1);
  if (&at->second == &x)
    return true;
  take_back_time(at->second);
  return false;
}

// The accept of a connection of which the user is known now, as near as can be
// said.
episodes::arrival* episodes::accept_of(const arrival& who) {
  auto away = [&](const arrival& x) { return std::abs(x.opened - who.opened); };
  arrival* best = nullptr;
  for (auto at = recent_.rbegin();
       at != recent_.rend() && at->opened + match_ns >= who.opened; ++at)
    if (!at->user && !at->matched && at->app == who.app && away(*at) <= match_ns
        && (!best || away(*at) < away(*best)))
      best = &*at;
  return best;
}

void episodes::take_back_time(const account& from) {
  for (auto bucket = time_buckets; bucket-- > 0;)
    if (cell_key key{cell_kind::in_time, from.number, bucket};
        mine().get(key).a > 0) {
      add(key, -1);
      return;
    }
}

// Two nodes have credited the same connection, because neither had heard of the
// other's yet: perhaps it came twice, and the second time to make up for a
// younger loss. Or the user had left the dead node before, as is heard only
// now. The one whose credit can be changed, or else the later by name,
// looks again.
void episodes::undo_doubles(cluster_ns now) {
  for (auto& key : std::exchange(doubled_, {})) {
    auto at = accounts_.find(key.subject);
    if (at == accounts_.end() || mine().get(key).a == 0)
      continue;
    auto& x = at->second;
    auto user = x.users.find(key.detail);
    if (user == x.users.end() || user->second.credited <= user->second.known)
      continue;
    auto yields =
        mine().get(key).a > user->second.known
        || std::any_of(authors_.begin(), authors_.end(), [&](auto& other) {
             return (other.second.gone || other.first < me_)
                    && other.second.book.get(key).a > 0;
           });
    if (!yields)
      continue;
    --x.own_identified;
    add(key, -1);
    take_back_time(x);
    (void)credit({names_.app(x.id.app), key.detail, now, 0}, now);
  }
}

// -- the sums -----------------------------------------------------------------

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
    at = authors_.erase(at);
  }
  auto heard = mine().through();
  for (auto& [who, p] : peers_)
    if (p.in_view)
      heard = std::min(heard, p.heard);
  mine().forget_zeros(heard);
}

} // namespace tidewire::cluster
