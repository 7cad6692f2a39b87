// status: how this node is.
#include "actors/commands/machine.hpp"
#include "actors/commands/request.hpp"
#include "actors/commands/table.hpp"
#include "actors/shard.hpp"

namespace tidewire::commands {

namespace {

facts meter_facts(const meter_health& x) {
  return {"meter",
          {{"last_tick", unit::time, x.last_tick * 1000, "last second stated"},
           {"waiting_ticks", unit::count, whole(x.waiting_ticks),
            "seconds not on disk yet"},
           {"unknown_ticks", unit::count, whole(x.unknown_ticks),
            "unknown seconds"},
           {"clock_offset_ms", unit::number,
            whole(x.clock_offset_ns / 1'000'000), "clock offset, ms"}},
          "Meter"};
}

answer answer_of(const request& who, const gauge_reading& reading,
                 bool draining) {
  auto& at = who.at();
  answer out;
  auto state = draining ? "draining" : "serving";
  out.sections.emplace_back(
      facts{"",
            {{"version", unit::text, at.version},
             {"state", unit::text, state},
             {"started_at", unit::time, at.started_ms, "started"},
             {"uptime_seconds", unit::seconds,
              whole((who.came_ms() - at.started_ms) / 1000), "uptime"},
             {"reactors", unit::count, whole(at.shards.size())},
             {"data_dir", unit::text, at.data_dir},
             {"socket", unit::text, at.socket, "admin socket"}}});
  listing ports{
      "ports", {{"port", unit::number}, {"for"}, {"host"}}, {}, "Ports"};
  for (auto& each : at.ports)
    ports.rows.push_back({whole(each.number), each.what, each.host});
  out.sections.emplace_back(std::move(ports));
  std::uint64_t refused = 0;
  std::uint64_t opened = 0;
  for (auto& app : reading.apps) {
    opened += app.opened;
    for (auto each : app.refused)
      refused += each;
  }
  for (auto each : reading.refused_without_app)
    refused += each;
  out.sections.emplace_back(
      facts{"gauge",
            {{"connections", unit::count, whole(reading.open()), "open"},
             {"unauthorized", unit::count, whole(reading.unauthorized())},
             {"pending", unit::count, whole(reading.pending)},
             {"closing", unit::count, whole(reading.closing)},
             {"sockets", unit::count, whole(reading.sockets)},
             {"drift", unit::count, whole(reading.drift)},
             {"opened", unit::count, whole(opened)},
             {"refused", unit::count, whole(refused)},
             {"restarts", unit::count, whole(reading.restarts)},
             {"failures", unit::count, whole(reading.failures)}},
            "Gauge"});
  if (reading.meter.enabled)
    out.sections.emplace_back(meter_facts(reading.meter));
  if (auto last = at.last_reload(); last.at_ms != 0)
    out.sections.emplace_back(facts{"last_reload",
                                    {{"at", unit::time, last.at_ms},
                                     {"taken", unit::yes_no, last.taken},
                                     {"sentence", unit::text, last.sentence,
                                      last.taken ? "changed" : "wrong"}},
                                    "Last reload"});
  out.sections.emplace_back(machine_facts());
  if (reading.drift != 0)
    out.notes.push_back(
        "The gauge and the sockets disagree by " + std::to_string(reading.drift)
        + ": please report this with the log around it (`log`).");
  if (!reading.meter.alarm.empty())
    out.notes.push_back(reading.meter.alarm);
  if (!reading.complete) {
    out.status = status::partial;
    out.notes.emplace_back("Not every reactor has answered: the gauge is too "
                           "low.");
  }
  return out;
}

void answer_status(const request& who) {
  who.ask_gauge([who](const gauge_reading& reading) {
    auto draining = who.at().shards.front()->draining;
    who.work([reading, draining](const request& same) {
      return answer_of(same, reading, draining);
    });
  });
}

} // namespace

command status_command() {
  return {"status",
          role::read,
          "Says how this node is.",
          "The gauge is read afresh from every reactor. Pending are sockets "
          "that are not connections yet, this command's own among them; "
          "closing are those that say goodbye; drift is what the books say "
          "minus the sockets that are there, and is 0.",
          {},
          {"status", "status --json"},
          answer_status};
}

} // namespace tidewire::commands
