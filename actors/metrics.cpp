#include "actors/metrics.hpp"

#include "actors/metric_family.hpp"
#include "actors/state/node_limits.hpp"
#include "messages/cluster_gauge.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <limits>
#include <sstream>
#include <unordered_map>
#include <utility>

namespace tidewire {

namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

constexpr double ns_per_second = 1e9;

// The figures of each id. One that was deleted and made again has two places in
// the table, but one series: it is the same id.
using gauges = std::vector<std::pair<std::string_view, app_gauge>>;

gauges by_id(const gauge_reading& reading, const app_table& apps) {
  gauges out;
  std::unordered_map<std::string_view, std::size_t> places;
  auto known = std::min(reading.apps.size(), apps.size());
  for (app_index i = 0; i < known; ++i) {
    auto [at, is_new] = places.emplace(apps[i].id, out.size());
    if (is_new)
      out.emplace_back(apps[i].id, reading.apps[i]);
    else
      out[at->second].second.merge(reading.apps[i]);
  }
  return out;
}

// One metric per app, taken from a member or a function of its gauge.
template <class Value>
MetricFamily per_app(std::string name, std::string help, MetricType type,
                     const gauges& apps, Value value) {
  family out{std::move(name), std::move(help), type};
  for (auto& [id, gauge] : apps)
    out.add(static_cast<double>(value(gauge)), {label("app_id", id)});
  return out.done();
}

// Of the last final tick, if there is a cluster; every app of this node's is
// there, with 0 if nobody has any of its connections.
MetricFamily cluster_connections(const gauge_reading& reading,
                                 const gauges& apps) {
  family out{"tidewire_cluster_connections",
             "Open connections of the whole cluster, at the last second of "
             "which everybody's count is there.",
             MetricType::Gauge};
  cluster_gauge::by_app sums;
  for (auto& [id, gauge] : apps)
    sums.emplace(id, reading.cluster ? 0 : gauge.open);
  if (reading.cluster) {
    if (reading.cluster->final_at == 0)
      return out.done(); // unknown is not zero
    for (auto& [id, open] : reading.cluster->final)
      sums[id] = open;
  }
  for (auto& [id, open] : sums)
    out.add(static_cast<double>(open), {label("app_id", id)});
  return out.done();
}

MetricFamily closed(const gauges& apps) {
  family out{"tidewire_connections_closed_total",
             "Connections that closed, by what the server saw.",
             MetricType::Counter};
  for (auto& [id, gauge] : apps)
    for (std::size_t r = 0; r < close_reasons; ++r)
      out.add(static_cast<double>(gauge.closed[r]),
              {label("app_id", id),
               label("reason", name_of(static_cast<close_reason>(r)))});
  return out.done();
}

MetricFamily refused(const gauge_reading& reading, const gauges& apps) {
  family out{"tidewire_connections_refused_total",
             "Handshakes that did not become connections; app_id is empty "
             "where none was named.",
             MetricType::Counter};
  auto add = [&](auto& counts, std::string_view app_id) {
    for (std::size_t r = 0; r < refuse_reasons; ++r)
      out.add(static_cast<double>(counts[r]),
              {label("app_id", app_id),
               label("reason", name_of(static_cast<refuse_reason>(r)))});
  };
  for (auto& [id, gauge] : apps)
    add(gauge.refused, id);
  add(reading.refused_without_app, "");
  return out.done();
}

MetricFamily limited(const gauges& apps) {
  family out{"tidewire_limited_total",
             "What a limit refused without ending a connection: requests, "
             "subscriptions, client events.",
             MetricType::Counter};
  for (auto& [id, gauge] : apps)
    for (std::size_t r = 0; r < limit_reasons; ++r)
      out.add(static_cast<double>(gauge.limited[r]),
              {label("app_id", id),
               label("reason", name_of(static_cast<limit_reason>(r)))});
  return out.done();
}

MetricFamily delivery(const gauge_reading& reading) {
  MetricFamily out;
  out.name = "tidewire_delivery_seconds";
  out.help = "From the acceptance of an event to its handing over to the "
             "kernel, per delivery.";
  out.type = MetricType::Histogram;
  ClientMetric metric;
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < duration_histogram::buckets; ++i) {
    total += reading.delivery.counts[i];
    ClientMetric::Bucket bucket;
    bucket.cumulative_count = total;
    bucket.upper_bound = i + 1 < duration_histogram::buckets
                             ? static_cast<double>(1ull << i) / 1e6
                             : std::numeric_limits<double>::infinity();
    metric.histogram.bucket.push_back(bucket);
  }
  metric.histogram.sample_count = total;
  metric.histogram.sample_sum =
      static_cast<double>(reading.delivery.sum_ns) / ns_per_second;
  out.metric.push_back(std::move(metric));
  return out;
}

// What WEBHOOKS tells of the apps that ever had something to be told.
MetricFamily of_webhooks(std::string name, std::string help, MetricType type,
                         const gauge_reading& reading,
                         std::uint64_t webhook_figures::*value) {
  family out{std::move(name), std::move(help), type};
  for (auto& x : reading.webhooks)
    out.add(static_cast<double>(x.*value), {label("app_id", x.app)});
  return out.done();
}

// Of the apps of which clients are on their way, as far as this node knows.
MetricFamily awaited(const gauge_reading& reading) {
  family out{"tidewire_episode_outstanding",
             "Connections of dead or draining nodes whose clients are not back "
             "yet.",
             MetricType::Gauge};
  for (auto& [id, count] : reading.cluster->awaited)
    out.add(static_cast<double>(count), {label("app_id", id)});
  return out.done();
}

// Of the apps that are under a cap, their own or their account's.
MetricFamily cap_states(const app_table& table, const node_limits& doors) {
  family out{"tidewire_cap_state",
             "How the app stands to the caps of its tier and account: 0 ok, 1 "
             "near, 2 grace, 3 over.",
             MetricType::Gauge};
  for (app_index i = 0; i < table.size(); ++i)
    if (auto ruling = doors.ruling(i);
        ruling.capped && table.by_id(table[i].id) == i)
      out.add(static_cast<double>(ruling.level),
              {label("app_id", table[i].id)});
  return out.done();
}

// Of each app that was ever metered; all of them together have no app_id.
void add_windows(std::vector<MetricFamily>& all, const window_list& windows) {
  auto add = [&](const char* name, const char* help, auto value) {
    family out{name, help, MetricType::Gauge};
    for (auto& x : windows)
      if (std::optional<double> found = value(x))
        out.add(*found, {label("app_id", x.app), label("window", x.window)});
    all.push_back(out.done());
  };
  add("tidewire_window_peak",
      "Most billable connections at any second of the present window.",
      [](auto& x) { return std::optional{static_cast<double>(x.peak)}; });
  add("tidewire_window_p95",
      "95th percentile of the present window, as on a statement.", [](auto& x) {
        return x.p95 ? std::optional{static_cast<double>(*x.p95)}
                     : std::nullopt;
      });
  add("tidewire_window_average",
      "Billable connection-seconds per known second of the present window.",
      [](auto& x) { return std::optional{x.average}; });
}

void add_meter(std::vector<MetricFamily>& all, const meter_health& meter) {
  if (!meter.enabled)
    return;
  auto add = [&](const char* name, const char* help, MetricType type,
                 double value) {
    all.push_back(family{name, help, type}.add(value).done());
  };
  add("tidewire_meter_unknown_seconds_total",
      "Seconds that this process served and could not keep in the ledger.",
      MetricType::Counter, static_cast<double>(meter.unknown_ticks));
  add("tidewire_meter_waiting_seconds",
      "Seconds that are stated and not on disk yet.", MetricType::Gauge,
      static_cast<double>(meter.waiting_ticks));
  add("tidewire_meter_alarm",
      "1 while the ledger cannot be written; the log says why.",
      MetricType::Gauge, meter.alarm.empty() ? 0 : 1);
  add("tidewire_meter_clock_offset_seconds",
      "This machine's clock minus cluster time.", MetricType::Gauge,
      static_cast<double>(meter.clock_offset_ns) / ns_per_second);
  add("tidewire_meter_drift",
      "Connections of the last tick that no opening or closing explains; "
      "anything but 0 is a fault.",
      MetricType::Gauge, static_cast<double>(meter.drift));
}

} // namespace

std::string render_metrics(const gauge_reading& reading, const app_table& table,
                           const node_limits& doors) {
  auto apps = by_id(reading, table);
  auto gauge = [](const char* name, const char* help, double value) {
    return family{name, help, MetricType::Gauge}.add(value).done();
  };
  auto counter = [](const char* name, const char* help, double value) {
    return family{name, help, MetricType::Counter}.add(value).done();
  };
  std::vector<MetricFamily> all;
  all.push_back(per_app("tidewire_connections",
                        "Open connections of this node.", MetricType::Gauge,
                        apps, [](auto& a) { return a.open; }));
  all.push_back(cluster_connections(reading, apps));
  all.push_back(per_app("tidewire_connections_unauthorized",
                        "Connections that wait to be authorized; not accepted "
                        "yet, and in no other figure.",
                        MetricType::Gauge, apps,
                        [](auto& a) { return a.unauthorized; }));
  all.push_back(per_app("tidewire_connections_opened_total",
                        "Connections that were accepted.", MetricType::Counter,
                        apps, [](auto& a) { return a.opened; }));
  all.push_back(closed(apps));
  all.push_back(refused(reading, apps));
  all.push_back(limited(apps));
  all.push_back(per_app("tidewire_connection_seconds_total",
                        "Time connections have been open, added up; its rate "
                        "is the exact average of connections.",
                        MetricType::Counter, apps, [](auto& a) {
                          return static_cast<double>(a.connection_ns)
                                 / ns_per_second;
                        }));
  all.push_back(per_app("tidewire_broadcasts_total",
                        "Events handed in by publishers, once per channel.",
                        MetricType::Counter, apps,
                        [](auto& a) { return a.broadcasts; }));
  all.push_back(per_app(
      "tidewire_deliveries_total", "Copies of events written to connections.",
      MetricType::Counter, apps, [](auto& a) { return a.deliveries; }));
  all.push_back(
      per_app("tidewire_bytes_sent_total", "Bytes of frames handed to sockets.",
              MetricType::Counter, apps, [](auto& a) { return a.bytes; }));
  all.push_back(per_app("tidewire_users",
                        "Distinct users who are signed in; one with three tabs "
                        "is 1 here and 3 connections.",
                        MetricType::Gauge, apps,
                        [](auto& a) { return a.users; }));
  all.push_back(delivery(reading));
  add_meter(all, reading.meter);
  if (reading.windows)
    add_windows(all, *reading.windows);
  if (reading.cluster && !reading.cluster->awaited.empty())
    all.push_back(awaited(reading));
  if (auto caps = cap_states(table, doors); !caps.metric.empty())
    all.push_back(std::move(caps));
  all.push_back(of_webhooks(
      "tidewire_webhooks_sent_total", "Webhooks that an endpoint took.",
      MetricType::Counter, reading, &webhook_figures::sent));
  all.push_back(of_webhooks(
      "tidewire_webhooks_failed_total", "Tries to send a webhook that failed.",
      MetricType::Counter, reading, &webhook_figures::failed));
  all.push_back(of_webhooks(
      "tidewire_webhooks_dead_total", "Webhooks that became dead letters.",
      MetricType::Counter, reading, &webhook_figures::dead));
  all.push_back(
      of_webhooks("tidewire_webhooks_queue",
                  "Webhooks that wait to be sent, or to be sent again.",
                  MetricType::Gauge, reading, &webhook_figures::waiting));
  all.push_back(gauge("tidewire_gauge_drift",
                      "What the books say minus the sockets that are held; "
                      "anything but 0 is a fault.",
                      static_cast<double>(reading.drift)));
  all.push_back(gauge("tidewire_handshakes_pending",
                      "Sockets that speak HTTP: handshakes and publishers.",
                      static_cast<double>(reading.pending)));
  all.push_back(gauge("tidewire_connections_closing",
                      "Connections that say goodbye; not counted any more.",
                      static_cast<double>(reading.closing)));
  all.push_back(gauge("tidewire_sockets", "Sockets of clients held.",
                      static_cast<double>(reading.sockets)));
  all.push_back(counter("tidewire_actor_restarts_total",
                        "Actors that failed and were replaced.",
                        static_cast<double>(reading.restarts)));
  all.push_back(counter("tidewire_handler_failures_total",
                        "Exceptions caught on reactors; each ended what threw "
                        "it and nothing else.",
                        static_cast<double>(reading.failures)));
  std::ostringstream out;
  prometheus::TextSerializer{}.Serialize(out, all);
  return out.str();
}

namespace {

boost::json::object to_json(const cluster_gauge& x) {
  boost::json::object per_app;
  for (auto& [id, open] : x.final)
    per_app[id] = open;
  boost::json::object final;
  final["at"] = x.final_at;
  final["total"] = x.final_total;
  final["apps"] = std::move(per_app);
  final["unknown_nodes"] = x.final_unknown;
  boost::json::object newest;
  newest["at"] = x.newest_at;
  newest["least"] = x.least;
  newest["most"] = x.open_ended ? boost::json::value{} : x.most;
  newest["nodes"] = x.nodes;
  newest["answered"] = x.answered;
  newest["missing"] = boost::json::array(x.missing.begin(), x.missing.end());
  newest["exact"] = x.exact();
  boost::json::object out;
  out["final"] = x.final_at == 0 ? boost::json::value{} : std::move(final);
  out["newest"] = std::move(newest);
  out["corrections"] = x.corrections;
  return out;
}

} // namespace

std::string render_gauge(const gauge_reading& reading, const app_table& apps) {
  boost::json::object per_app;
  boost::json::object unauthorized;
  for (auto& [id, gauge] : by_id(reading, apps)) {
    per_app[id] = gauge.open;
    if (gauge.unauthorized != 0)
      unauthorized[id] = gauge.unauthorized;
  }
  boost::json::object out;
  out["total"] = reading.open();
  out["apps"] = std::move(per_app);
  out["pending"] = reading.pending + reading.unauthorized();
  out["unauthorized"] = std::move(unauthorized);
  out["drift"] = reading.drift;
  out["exact"] = reading.complete;
  if (reading.cluster)
    out["cluster"] = to_json(*reading.cluster);
  return boost::json::serialize(out);
}

} // namespace tidewire
