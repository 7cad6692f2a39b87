#include "tests/actors/state/cluster/rights/episode_world.hpp"

#include "actors/state/cluster/episodes.hpp"
#include "actors/state/cluster/stable_hash.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <utility>
#include <vector>

namespace tidewire::cluster::testing {

namespace {

constexpr std::int64_t ms = 1'000'000;
constexpr std::int64_t second = 1000 * ms;
const std::string app = "7";

struct dice {
  std::uint64_t state;

  std::uint64_t below(std::uint64_t n) {
    state = spread(state);
    return n == 0 ? 0 : (state >> 8u) % n;
  }
  bool chance(std::uint64_t per_mille) { return below(1000) < per_mille; }
};

struct node {
  life who;
  episodes keeper;
  std::uint64_t open = 0;
  bool alive = true;
  std::map<std::uint64_t, std::uint64_t> users; // and their connections
  std::map<std::uint64_t, std::uint64_t> most;  // at any time

  explicit node(life x) : who(x), keeper(std::move(x)) {}
};

struct client {
  std::uint64_t user = 0; // 0: never signs in
  std::size_t at = SIZE_MAX;
  std::int64_t opened = 0;
  bool known = false; // signed in on this connection
  std::int64_t comes = 0;
  std::int64_t signs_in = 0;
};

struct letter {
  std::int64_t at;
  std::size_t from, to;
  record_kind kind;
  std::string bytes;
};

// What the generator knows of one death.
struct death {
  life who;
  std::uint64_t lost = 0;
  std::map<std::uint64_t, std::uint64_t> users; // and their connections
  std::map<std::uint64_t, std::uint64_t> most;  // as others may have heard
  std::map<std::uint64_t, std::uint64_t> back;  // sign-ins after it
  std::set<std::size_t> away;                   // clients
};

class world {
public:
  world(std::uint64_t seed, episode_figures& figures)
      : dice_{seed}, figures_(figures), exact_(dice_.chance(500)) {
    loss_ = dice_.chance(500) ? dice_.below(300) : 0;
    twice_ = dice_.chance(500) ? dice_.below(300) : 0;
    delay_ = 1 + dice_.below(60);
  }

  std::string run() {
    auto count = 3 + dice_.below(4);
    for (std::uint64_t i = 0; i < count; ++i)
      start();
    see();
    populate();
    run_for(2 * second);
    rest();
    auto deaths = 1 + dice_.below(std::min<std::uint64_t>(3, count - 1));
    for (std::uint64_t i = 0; i < deaths && wrong_.empty(); ++i) {
      kill();
      if (dice_.chance(200))
        join();
      run_for(static_cast<std::int64_t>(dice_.below(4000)) * ms);
      if (exact_)
        rest();
    }
    run_for(6 * second);
    loss_ = 0;
    rest();
    check();
    return wrong_;
  }

private:
  void start() {
    life who{std::string(1, static_cast<char>('A' + nodes_.size())),
             100 + nodes_.size()};
    nodes_.push_back(std::make_unique<node>(std::move(who)));
  }

  void join() {
    start();
    ++figures_.joined;
    for (auto& each : deaths_)
      nodes_.back()->keeper.gone(each.who);
    see();
  }

  void see() {
    std::vector<view_member> members;
    for (auto& x : nodes_)
      if (x->alive) {
        members.emplace_back();
        members.back().who = x->who;
      }
    auto now = make_view(members);
    for (auto& x : nodes_)
      if (x->alive)
        x->keeper.view_is(now);
  }

  void populate() {
    auto count = 1 + dice_.below(60);
    for (std::uint64_t i = 0; i < count; ++i) {
      client c;
      if (dice_.chance(700))
        c.user = spread(exact_ ? i : dice_.below(20)) | 1u;
      c.comes = now_ + static_cast<std::int64_t>(dice_.below(500)) * ms;
      clients_.push_back(c);
    }
  }

  std::size_t somewhere() {
    for (;;)
      if (auto i = dice_.below(nodes_.size()); nodes_[i]->alive)
        return i;
  }

  // -- time -------------------------------------------------------------------

  void run_for(std::int64_t length) {
    for (auto end = now_ + length; now_ < end; now_ += 5 * ms) {
      deliver();
      for (std::size_t i = 0; i < clients_.size(); ++i)
        act(i);
      if (now_ % (50 * ms) == 0)
        turn();
    }
  }

  // Nobody moves until everything is told.
  void rest() {
    quiet_ = true;
    auto loss = std::exchange(loss_, 0);
    run_for(4 * second);
    loss_ = loss;
    quiet_ = false;
  }

  void act(std::size_t i) {
    auto& c = clients_[i];
    if (c.at == SIZE_MAX && now_ >= c.comes && !quiet_)
      come(c);
    else if (c.at != SIZE_MAX && !c.known && c.user != 0 && now_ >= c.signs_in)
      sign_in(i);
    else if (c.at != SIZE_MAX && !exact_ && !quiet_ && dice_.chance(1))
      leave(c);
  }

  void come(client& c) {
    c.at = somewhere();
    c.opened = now_;
    c.signs_in = now_ + static_cast<std::int64_t>(dice_.below(300)) * ms;
    auto& x = *nodes_[c.at];
    x.keeper.arrived(app, ++x.open, now_);
  }

  void sign_in(std::size_t i) {
    auto& c = clients_[i];
    c.known = true;
    auto& x = *nodes_[c.at];
    auto count = ++x.users[c.user];
    x.most[c.user] = std::max(x.most[c.user], count);
    nodes_[c.at]->keeper.user_came(app, c.user, c.opened, now_);
    for (auto& each : deaths_)
      ++each.back[c.user];
  }

  void leave(client& c) {
    auto& x = *nodes_[c.at];
    --x.open;
    if (c.known) {
      --x.users[c.user];
      x.keeper.user_left(app, c.user);
    }
    c.at = SIZE_MAX;
    c.known = false;
    c.comes = now_ + static_cast<std::int64_t>(dice_.below(2000)) * ms;
  }

  void turn() {
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      if (!nodes_[i]->alive)
        continue;
      episode_effects out;
      nodes_[i]->keeper.turn(now_, out);
      for (auto& each : out.send)
        post(i, each);
    }
  }

  void post(std::size_t from, const right_record& x) {
    for (std::size_t to = 0; to < nodes_.size(); ++to)
      if (nodes_[to]->who == x.to && !dice_.chance(loss_))
        for (int i = dice_.chance(twice_) ? 2 : 1; i > 0; --i)
          letters_.push_back(
              {now_ + static_cast<std::int64_t>(dice_.below(delay_)) * ms, from,
               to, x.kind, x.bytes});
  }

  void deliver() {
    for (std::size_t i = 0; i < letters_.size();) {
      if (letters_[i].at > now_) {
        ++i;
        continue;
      }
      auto x = std::move(letters_[i]);
      letters_[i] = std::move(letters_.back());
      letters_.pop_back();
      if (nodes_[x.to]->alive
          && !nodes_[x.to]->keeper.take(nodes_[x.from]->who, x.kind, x.bytes,
                                        now_))
        wrong_ = "a record is not understood";
    }
  }

  // -- deaths -----------------------------------------------------------------

  void kill() {
    quiet_ = exact_;
    run_for(second - now_ % second); // at a tick
    quiet_ = false;
    auto which = somewhere();
    auto& dead = *nodes_[which];
    dead.alive = false;
    death record;
    record.who = dead.who;
    record.lost = dead.open;
    record.most = dead.most;
    for (std::size_t i = 0; i < clients_.size(); ++i) {
      auto& c = clients_[i];
      if (c.at != which)
        continue;
      record.away.insert(i);
      if (c.known)
        ++record.users[c.user];
      c.at = SIZE_MAX;
      c.known = false;
      c.comes = now_ + 1 + static_cast<std::int64_t>(dice_.below(2500)) * ms;
      if (!exact_ && dice_.chance(100))
        c.comes = INT64_MAX; // gone
    }
    figures_.episodes += record.lost > 0 ? 1 : 0;
    figures_.lost += record.lost;
    deaths_.push_back(std::move(record));
    meter::tick last{now_ / second};
    std::vector<std::uint64_t> here;
    for (auto& x : nodes_)
      here.push_back(x->open);
    // Some clients are faster than the proof.
    run_for(static_cast<std::int64_t>(dice_.below(200)) * ms);
    see();
    for (std::size_t i = 0; i < nodes_.size(); ++i)
      if (auto& x = *nodes_[i]; x.alive) {
        x.keeper.gone(dead.who);
        x.keeper.lost(dead.who, app, dead.open, last,
                      i < here.size() ? here[i] : 0, now_);
      }
  }

  // -- the oracle -------------------------------------------------------------

  void check() {
    const node* first = nullptr;
    std::vector<episode_summary> said;
    for (auto& x : nodes_) {
      if (!x->alive)
        continue;
      auto mine = x->keeper.all(now_);
      if (first && mine != said)
        wrong_ = "survivors disagree: " + tell(*first) + "; " + tell(*x);
      first = x.get();
      said = std::move(mine);
    }
    for (auto& each : deaths_)
      check(each, said);
    std::size_t expected = 0;
    for (auto& each : deaths_)
      expected += each.lost > 0 ? 1 : 0;
    if (wrong_.empty() && said.size() != expected)
      wrong_ = "there are " + std::to_string(said.size()) + " episodes, not "
               + std::to_string(expected);
  }

  void check(const death& each, const std::vector<episode_summary>& said) {
    auto at = std::find_if(said.begin(), said.end(),
                           [&](auto& x) { return x.id.gone == each.who; });
    if (at == said.end() || !wrong_.empty())
      return;
    figures_.identified += at->identified;
    figures_.attributed += at->attributed;
    auto came_back = [&](auto& users) {
      std::uint64_t sum = 0;
      for (auto& [user, count] : users)
        if (auto came = each.back.find(user); came != each.back.end())
          sum += std::min(count, came->second);
      return sum;
    };
    auto back = came_back(each.users);
    auto text = "of " + std::to_string(each.lost) + " lost, "
                + std::to_string(back)
                + " are back by their users; said: " + std::to_string(at->lost)
                + " lost, " + std::to_string(at->identified) + " identified, "
                + std::to_string(at->attributed) + " attributed";
    if (at->lost != each.lost)
      wrong_ = "lost differs: " + text;
    else if (at->identified > came_back(each.most))
      wrong_ = "too many identified: " + text + ", at most "
               + std::to_string(came_back(each.most));
    else if (exact_ && at->identified != back)
      wrong_ = "identified differs: " + text;
    else if (exact_ && at->outstanding() != 0)
      wrong_ = "all are back, but some are awaited: " + text;
  }

  std::string tell(const node& x) const {
    auto text = x.who.node + " says";
    for (auto& each : x.keeper.all(now_))
      text += ' ' + each.id.gone.node + ' ' + std::to_string(each.lost) + '/'
              + std::to_string(each.identified) + '/'
              + std::to_string(each.attributed);
    return text;
  }

  dice dice_;
  episode_figures& figures_;
  bool exact_;
  bool quiet_ = false;
  std::uint64_t loss_ = 0, twice_ = 0, delay_ = 1;
  std::vector<std::unique_ptr<node>> nodes_;
  std::vector<client> clients_;
  std::vector<letter> letters_;
  std::vector<death> deaths_;
  std::int64_t now_ = 1'000'000 * second;
  std::string wrong_;
};

} // namespace

std::string episode_disagreement(std::uint64_t seed, episode_figures* figures) {
  episode_figures mine;
  return world{seed, figures ? *figures : mine}.run();
}

} // namespace tidewire::cluster::testing
