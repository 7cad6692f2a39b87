// conns: who is connected.
#include "actors/commands/sweep.hpp"
#include "actors/commands/table.hpp"

#include <set>

namespace tidewire::commands {

namespace {

struct row {
  socket_id id;
  app_index app = 0;
  std::string address;
  bool accepted = true;
  bool encrypted = false;
  bool packed = false;
  std::int64_t age_ns = 0;
  std::int64_t idle_ns = 0;
  std::uint64_t outbox = 0;
  std::uint64_t subscriptions = 0;
  std::string user;
};

// Of one reactor: who fits, and the first of them in the order asked for.
struct conn_part {
  std::vector<std::uint64_t> matched; // by the serial number of their sockets
  std::vector<row> first;
};

struct wanted_conns {
  std::optional<app_index> app;
  std::optional<socket_id> socket;
  std::string channel;
  std::string user;
  std::string sort;
  std::size_t limit = 0;

  std::int64_t rank(const row& x) const {
    if (sort == "newest")
      return -x.age_ns;
    if (sort == "idle")
      return x.idle_ns;
    if (sort == "outbox")
      return static_cast<std::int64_t>(x.outbox);
    if (sort == "subscriptions")
      return static_cast<std::int64_t>(x.subscriptions);
    return x.age_ns;
  }

  // The first in the list is the greatest; ties are broken by the id.
  bool before(const row& a, const row& b) const {
    auto x = rank(a);
    auto y = rank(b);
    return x != y ? x > y : a.id.serial < b.id.serial;
  }

  bool fits(const shard& home, const connection& who) const {
    if (socket && who.socket() != *socket)
      return false;
    if (!channel.empty()
        && std::none_of(who.subscriptions.begin(), who.subscriptions.end(),
                        [&](auto& x) { return x.to->key.name == channel; }))
      return false;
    if (user.empty())
      return true;
    auto* known = user_of(home, who);
    return known && *known == user;
  }
};

row row_of(const shard& home, const connection& who) {
  row out;
  out.id = who.socket();
  out.app = who.app();
  out.accepted = who.is_open();
  out.encrypted = who.encrypted();
  out.packed = who.packs();
  out.age_ns = home.host.now() - who.opened_ns();
  out.idle_ns = home.host.now() - who.last_inbound_ns();
  out.outbox = who.outbox_bytes();
  out.subscriptions = who.subscriptions.size();
  return out;
}

// What costs a system call or memory only for those that are kept.
void keep(conn_part& into, row what, const shard& home, const connection& who,
          const wanted_conns& how) {
  auto before = [&how](const row& a, const row& b) { return how.before(a, b); };
  auto& heap = into.first;
  if (heap.size() == how.limit && !before(what, heap.front()))
    return;
  what.address = who.address();
  if (auto* user = user_of(home, who))
    what.user = *user;
  heap.push_back(std::move(what));
  std::push_heap(heap.begin(), heap.end(), before);
  if (heap.size() > how.limit) {
    std::pop_heap(heap.begin(), heap.end(), before);
    heap.pop_back();
  }
}

cell seconds(std::int64_t ns) {
  auto ms = ns / 1'000'000;
  return static_cast<double>(ms) / 1000;
}

answer answer_of(std::vector<conn_part> parts, const wanted_conns& how,
                 const app_table& apps) {
  std::uint64_t matched = 0;
  std::vector<row> all;
  for (auto& each : parts) {
    auto& serials = each.matched;
    std::sort(serials.begin(), serials.end());
    matched += static_cast<std::uint64_t>(
        std::unique(serials.begin(), serials.end()) - serials.begin());
    std::move(each.first.begin(), each.first.end(), std::back_inserter(all));
  }
  std::sort(all.begin(), all.end(),
            [&](auto& a, auto& b) { return how.before(a, b); });
  listing list{"connections",
               {{"socket_id"},
                {"app"},
                {"user"},
                {"address"},
                {"age_seconds", unit::seconds, "age"},
                {"idle_seconds", unit::seconds, "last heard"},
                {"subscriptions", unit::count, "subs"},
                {"outbox_bytes", unit::bytes, "outbox"},
                {"accepted", unit::yes_no},
                {"encrypted", unit::yes_no, "tls"},
                {"compressed", unit::yes_no, "deflate"}},
               {}};
  std::set<std::pair<std::uint64_t, std::uint64_t>> seen;
  for (auto& each : all) {
    if (list.rows.size() == how.limit
        || !seen.insert({each.id.node_part, each.id.serial}).second)
      continue;
    list.rows.push_back({to_string(each.id), apps[each.app].id, each.user,
                         each.address.empty() ? cell{} : cell{each.address},
                         seconds(each.age_ns), seconds(each.idle_ns),
                         whole(each.subscriptions), whole(each.outbox),
                         each.accepted, each.encrypted, each.packed});
  }
  if (how.socket && list.rows.empty())
    return refused(status::not_found,
                   "There is no connection " + to_string(*how.socket)
                       + " on this node; it may have ended.");
  answer out;
  auto listed = list.rows.size();
  out.sections.emplace_back(facts{"",
                                  {{"matched", unit::count, whole(matched)},
                                   {"listed", unit::count, whole(listed)}}});
  out.sections.emplace_back(std::move(list));
  if (listed < matched)
    out.notes.emplace_back("More fit than are listed; --limit lists more.");
  return out;
}

void answer_conns(const request& who) {
  auto& given = who.arguments();
  auto how = std::make_shared<wanted_conns>();
  how->channel = given.text("channel");
  how->user = given.text("user");
  how->sort = given.text("sort");
  how->limit = given.count("limit");
  if (given.has("socket"))
    how->socket = parse_socket_id(given.text("socket"));
  if (given.has("app")) {
    answer no;
    how->app = named_app(who, no);
    if (!how->app) {
      who.reply(std::move(no));
      return;
    }
  }
  sweep<conn_part>::begin(
      who,
      [how]() -> sweep<conn_part>::step {
        return [how, at = connection_cursor{how->app}](conn_part& into,
                                                       shard& home) mutable {
          return at.visit(home, sweep_portion, [&](const connection& each) {
            if (!how->fits(home, each))
              return;
            into.matched.push_back(each.socket().serial);
            keep(into, row_of(home, each), home, each, *how);
          });
        };
      },
      [who, how,
       apps = who.at().shards.front()->apps](std::vector<conn_part> parts) {
        auto all = std::make_shared<std::vector<conn_part>>(std::move(parts));
        who.work([all, how, apps](const request&) {
          return answer_of(std::move(*all), *how, apps);
        });
      });
}

} // namespace

command conns_command() {
  return {
      "conns",
      role::read,
      "Lists connections.",
      "Every connection that was there while the command ran is listed; one "
      "that came or went meanwhile may be. `last heard` is how long its client "
      "has said nothing. The address is that of the socket's other side, which "
      "may be a proxy. The user is who signed in, or the member of a presence "
      "channel. Not accepted yet are those of an app with authorized_only that "
      "have not shown whose they are; they do not count.",
      {{"socket", kind::socket, "only this one", true},
       {"app", kind::app, "only connections of this app"},
       {"channel", kind::channel, "only subscribers of this channel"},
       {"user", kind::user, "only those of this user"},
       {.name = "sort",
        .is = kind::word,
        .sentence = "what comes first: the oldest, the newest, the longest "
                    "silent, the one with most unsent, or with most "
                    "subscriptions",
        .words = {"age", "newest", "idle", "outbox", "subscriptions"},
        .fallback = "age"},
       {.name = "limit",
        .is = kind::count,
        .sentence = "how many are listed",
        .fallback = "50",
        .least = 1,
        .most = 10'000}},
      {"conns --app 1 --sort idle --limit 10", "conns --user alice",
       "conns 123.456"},
      answer_conns};
}

} // namespace tidewire::commands
