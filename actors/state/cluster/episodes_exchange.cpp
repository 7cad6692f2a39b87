// How all come to have the same cells: each author tells its own, and those of
// who is gone are passed on by whoever has more of them.
#include "actors/state/cluster/episodes.hpp"

#include <utility>

namespace tidewire::cluster {

namespace {

constexpr std::size_t cells_per_record = 2000;
constexpr int records_per_turn = 4;
constexpr std::int64_t digest_ns = 1'000'000'000;

} // namespace

bool episodes::take(const life& from, record_kind kind, std::string_view bytes,
                    cluster_ns) {
  if (kind == cells_kind) {
    auto x = read_cells(bytes);
    return x && take(from, *x);
  }
  if (kind == cells_taken_kind) {
    auto x = read_cells_taken(bytes);
    return x && take(from, *x);
  }
  return false;
}

bool episodes::take(const life& from, const cells_record& x) {
  if (x.author == me_
      || std::count(buried_.begin(), buried_.end(), x.author) > 0)
    return true;
  if (auto at = peers_.find(from); at != peers_.end())
    at->second.owed.insert(x.author);
  auto& of = authors_[x.author];
  if (x.turn < of.turn || (x.turn > of.turn && x.after != 0))
    return true; // old, or the beginning of it comes again
  auto silent = of.book.through() == 0;
  std::vector<cell_key> users;
  if (x.turn > of.turn) {
    // It begins anew: of what is missing from now on there is nothing.
    of.turn = x.turn;
    std::vector<cell_key> keys;
    of.book.for_each(
        [&](const cell_key& key, const cell_value&) { keys.push_back(key); });
    of.book.clear();
    for (auto& key : keys)
      recount(key);
    std::erase_if(keys, [](auto& key) { return key.kind != cell_kind::user; });
    users = std::move(keys);
  }
  if (x.after > of.book.through())
    return true; // what is between them was lost, and comes again
  for (auto& each : x.items) {
    auto subject = each.kind == cell_kind::user
                       ? names_.app(x.apps[each.subject])
                       : names_.episode(x.episodes[each.subject]);
    cell_key key{each.kind, subject, each.detail};
    if (!of.book.take(key, each.value, each.number))
      continue;
    recount(key);
    if (key.kind == cell_kind::user)
      users.push_back(key);
    look_again_ = look_again_ || of.gone;
  }
  of.book.taken(x.through);
  if (silent)
    know_again(x.author);
  else
    know_again(x.author, users);
  return true;
}

bool episodes::take(const life& from, const cells_taken& x) {
  auto at = peers_.find(from);
  if (at == peers_.end())
    return true;
  auto& p = at->second;
  for (auto& each : x.authors) {
    if (each.author == me_) {
      if (each.turn > p.turn) { // as it knows from before it was lost
        p.turn = each.turn;
        p.heard = p.sent = each.through;
        p.began = 0;
      } else if (each.turn == p.turn) {
        p.heard = std::max(p.heard, std::min(each.through, mine().through()));
      }
      continue;
    }
    if (std::count(buried_.begin(), buried_.end(), each.author) > 0)
      continue;
    auto known = authors_.find(each.author);
    auto through = known == authors_.end() ? 0 : known->second.book.through();
    if (each.through > through)
      p.owed.insert(each.author);
    else if (each.through < through && known->second.gone)
      p.wants[each.author] = each;
  }
  return true;
}

void episodes::exchange(cluster_ns now, episode_effects& out) {
  for (auto& [to, p] : peers_)
    if (p.in_view) {
      tell(to, p, now, out);
      digest(to, p, now, out);
    }
}

void episodes::tell(const life& to, peer& p, cluster_ns now,
                    episode_effects& out) {
  for (auto& [who, item] : std::exchange(p.wants, {}))
    pass_on(to, p, who, item, now, out);
  // Once: until it has heard of the new turn, what it has heard says nothing.
  if (auto gone = mine().forgotten(); p.heard < gone && p.began < gone) {
    ++p.turn;
    p.heard = p.sent = 0;
    p.began = gone;
  }
  if (p.sent > p.heard && now - p.sent_at >= settings_.resend_ns)
    p.sent = p.heard;
  for (int i = 0; i < records_per_turn && p.sent < mine().through(); ++i) {
    auto x = cells_after(me_, p.sent);
    x.turn = p.turn;
    p.sent = x.through;
    p.sent_at = now;
    out.send.push_back(make_record(to, cells_kind, x));
  }
}

// As a whole: what has become nothing may be forgotten here, and would still
// stand there. So it begins anew, in a turn that is greater for who has more of
// it, and the same for all who have as much.
void episodes::pass_on(const life& to, peer& p, const life& of,
                       const cells_taken::item& has, cluster_ns now,
                       episode_effects& out) {
  auto through = authors_.at(of).book.through();
  auto& done = p.passed[of];
  if (has.turn == done.turn && through == done.through
      && now - done.at < 2 * digest_ns)
    return; // the rest is on its way
  done = {has.turn + through - has.through, through, now};
  for (std::uint64_t after = 0; after < through;) {
    auto x = cells_after(of, after);
    x.turn = done.turn;
    after = x.through;
    out.send.push_back(make_record(to, cells_kind, x));
  }
}

cells_record episodes::cells_after(const life& of, std::uint64_t after) const {
  auto& book = authors_.at(of).book;
  cells_record x;
  x.author = of;
  x.after = after;
  x.through = std::max(book.through(), after);
  std::unordered_map<std::uint32_t, std::uint32_t> apps, accounts;
  book.for_each_after(after, [&](const cell_key& key, const cell_value& value,
                                 std::uint64_t number) {
    if (x.items.size() == cells_per_record) {
      x.through = x.items.back().number;
      return false;
    }
    auto of_app = key.kind == cell_kind::user;
    auto& numbers = of_app ? apps : accounts;
    auto next = static_cast<std::uint32_t>(numbers.size());
    auto [at, fresh] = numbers.emplace(key.subject, next);
    if (fresh && of_app)
      x.apps.push_back(names_.app(key.subject));
    else if (fresh)
      x.episodes.push_back(names_.episode(key.subject));
    x.items.push_back({key.kind, at->second, key.detail, value, number});
    return true;
  });
  return x;
}

// How far this node is: with those that it was asked about or told of, and now
// and then with all who are gone.
void episodes::digest(const life& to, peer& p, cluster_ns now,
                      episode_effects& out) {
  auto due = std::exchange(p.owed, {});
  if (now - p.digest_at >= digest_ns) {
    p.digest_at = now;
    for (auto& [who, other] : authors_)
      if (other.gone && other.book.through() > 0)
        due.insert(who);
  }
  if (due.empty())
    return;
  cells_taken x;
  for (auto& who : due) {
    auto& item = x.authors.emplace_back();
    item.author = who;
    if (auto at = authors_.find(who); at != authors_.end()) {
      item.turn = at->second.turn;
      item.through = at->second.book.through();
    }
  }
  out.send.push_back(make_record(to, cells_taken_kind, x));
}

} // namespace tidewire::cluster
