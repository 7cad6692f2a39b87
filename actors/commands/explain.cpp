// explain: why the gauge of an app is what it is.
#include "actors/commands/books.hpp"
#include "actors/commands/sweep.hpp"
#include "actors/commands/table.hpp"
#include "actors/usage/explanation.hpp"
#include "messages/cluster_gauge.hpp"

#include <numeric>

namespace tidewire::commands {

namespace {

using usage::explanation;
using usage::explanation_part;

struct found {
  std::vector<explanation_part> parts;
  std::string app;
  std::size_t top = 0;
  app_gauge now; // as the GAUGE says, a moment later
  std::int64_t drift = 0;
  bool complete = true;
  meter_health meter;
  std::shared_ptr<const cluster_gauge> cluster; // null: there is none
};

// Portions in which about as much is looked at, whatever there is to each.
constexpr std::size_t look_ups = 1024;

sweep<explanation_part>::step steps_of(app_index app) {
  return [app, at = connection_cursor{app},
          each = std::size_t{1}](explanation_part& into, shard& home) mutable {
    if (!into.frozen())
      into.freeze(home.live[app].size(), home.last_serial, home.host.now());
    std::size_t looked = 0, seen = 0;
    auto more = at.visit(
        home, std::max<std::size_t>(look_ups / each, 8) / 4,
        [&](const connection& who) {
          ++seen;
          if (!who.is_open()
              || !into.wants(who.socket().serial, who.opened_ns()))
            return;
          into.look(who.opened_ns(), home.host.now() - who.last_inbound_ns(),
                    who.subscriptions.size(), user_of(home, who));
          for (auto& x : who.subscriptions)
            into.look_at_channel(x.to->key.name);
          looked += who.subscriptions.size();
        });
    each = 1 + looked / std::max<std::size_t>(seen, 1);
    return more;
  };
}

listing closed_of(const meter::counts& did) {
  listing out{"closed_last_hour",
              {{"reason"}, {"connections", unit::count}},
              {},
              "Closed within the last hour"};
  for (std::size_t i = 0; i < close_reasons; ++i)
    if (did.closed[i] != 0)
      out.rows.push_back({std::string{name_of(static_cast<close_reason>(i))},
                          whole(did.closed[i])});
  return out;
}

void add_ledger(answer& to, const found& what, ledger::reader& from,
                std::int64_t now_ms) {
  auto last = from.last_tick();
  if (!last)
    return;
  auto to_s = std::min(last->number, now_ms / 1000);
  meter::app_id id{what.app};
  auto made = from.state({to_s - 3600, to_s}, 60, {&id, 1});
  auto* hour = std::get_if<meter::statement>(&made);
  if (!hour)
    return;
  auto& did = hour->did;
  to.sections.emplace_back(
      facts{"last_hour",
            {{"peak", unit::count, whole(hour->open.peak.value)},
             {"peak_at", unit::time, cell{hour->open.peak.at.number * 1000}},
             {"opened", unit::count, whole(did.opened)},
             {"closed", unit::count,
              whole(std::accumulate(did.closed.begin(), did.closed.end(),
                                    std::uint64_t{0}))},
             {"refused", unit::count,
              whole(std::accumulate(did.refused.begin(), did.refused.end(),
                                    std::uint64_t{0}))},
             {"unknown_ticks", unit::count, whole(hour->unknown_seconds)},
             {"provisional_ticks", unit::count, whole(hour->partly_seconds),
              "partly known ticks"}},
            "The last hour, from the ledger"});
  if (auto list = closed_of(did); !list.rows.empty())
    to.sections.emplace_back(std::move(list));
}

// What all nodes have: caps are on that, and the rows below on this one's.
void add_cluster(facts& to, const found& what) {
  if (!what.cluster || what.cluster->final_at == 0)
    return;
  auto& now = *what.cluster;
  auto its = now.final.find(what.app);
  to.list.push_back({"cluster_gauge", unit::count,
                     whole(its == now.final.end() ? 0 : its->second),
                     "open on all nodes"});
  to.list.push_back(
      {"cluster_as_of", unit::time, cell{now.final_at * 1000}, "at"});
}

answer explain(const found& what, const request& who) {
  explanation all{what.parts};
  answer out;
  facts head{"",
             {{"app", unit::text, cell{what.app}},
              {"gauge", unit::count, whole(all.gauge()),
               what.cluster ? "open on this node" : "open connections"},
              {"unauthorized", unit::count, whole(what.now.unauthorized),
               "not accepted yet"},
              {"drift", unit::count, whole(what.drift)},
              {"meter_drift", unit::count, whole(what.meter.drift)},
              {"waiting_ticks", unit::count, whole(what.meter.waiting_ticks),
               "ticks not on disk"}}};
  add_cluster(head, what);
  out.sections.emplace_back(std::move(head));
  for (auto& x : all.sections(who.at().node, what.top))
    out.sections.emplace_back(std::move(x));
  auto& file = who.at().ledger_file;
  if (!file.empty()) {
    try {
      ledger::reader from{file};
      add_ledger(out, what, from, who.came_ms());
    } catch (const sqlite::error& e) {
      out.status = status::partial;
      out.notes.emplace_back(e.what());
    }
  }
  if (!what.complete) {
    out.status = status::partial;
    out.notes.emplace_back("Not every reactor has told how it stands.");
  }
  if (!what.meter.alarm.empty())
    out.notes.push_back(what.meter.alarm);
  out.notes.emplace_back(
      "Each table's connections add up to the gauge, but for the channels: a "
      "connection may be in several, or in none. Every reactor was asked for "
      "one instant of its own.");
  if (what.cluster)
    out.notes.emplace_back("The tables are about this node. Of the others ask "
                           "them; caps of tiers are on what all nodes have at "
                           "a second that is final.");
  return out;
}

void answer_explain(const request& who) {
  answer no;
  auto app = named_app(who, no);
  if (!app) {
    who.reply(std::move(no));
    return;
  }
  auto what = std::make_shared<found>();
  what->app = who.at().shards.front()->apps[*app].id;
  what->top = who.arguments().count("top");
  sweep<explanation_part>::begin(
      who, [app = *app] { return steps_of(app); },
      [who, what, app = *app](std::vector<explanation_part> parts) {
        what->parts = std::move(parts);
        who.ask_gauge([who, what, app](const gauge_reading& reading) {
          if (app < reading.apps.size())
            what->now = reading.apps[app];
          what->drift = reading.drift;
          what->complete = reading.complete;
          what->meter = reading.meter;
          what->cluster = reading.cluster;
          who.work(
              [what](const request& same) { return explain(*what, same); });
        });
      });
}

} // namespace

command explain_command() {
  return {"explain",
          role::read,
          "Says why the gauge of an app is what it is.",
          "Who is open at one instant, by node, reactor, age, how long the "
          "client has been silent, channels and users; every table adds up to "
          "the gauge. One that ends before it was looked at is counted in a "
          "row of its own. A client that has gone without a word is open until "
          "its silence is noticed, so look at the longest silences first.",
          {{.name = "app",
            .is = kind::app,
            .sentence = "the app's id or key",
            .positional = true,
            .required = true},
           {.name = "top",
            .is = kind::count,
            .sentence = "how many channels and users are listed",
            .fallback = "10",
            .least = 1,
            .most = 1000}},
          {"explain 1", "explain 1 --top 50"},
          answer_explain};
}

} // namespace tidewire::commands
