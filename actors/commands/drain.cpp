// drain: takes the node out of service.
#include "actors/commands/request.hpp"
#include "actors/commands/table.hpp"
#include "actors/shard.hpp"

namespace tidewire::commands {

namespace {

void answer_drain(const request& who) {
  if (who.at().shards.front()->draining) {
    who.reply(refused(status::failed, "This node drains already."));
    return;
  }
  who.ask_gauge([who](const gauge_reading& reading) {
    auto within = std::chrono::duration<double>(who.settings().drain.duration);
    answer out;
    out.sections.emplace_back(
        facts{"",
              {{"closing_connections", unit::count, whole(reading.open())},
               {"within_seconds", unit::seconds, within.count(), "within"}}});
    out.notes.emplace_back("The node accepts nobody any more, tells its "
                           "clients to reconnect elsewhere, and then ends.");
    who.reply(std::move(out));
    who.at().drain();
  });
}

} // namespace

command drain_command() {
  return {"drain",
          role::operate,
          "Takes this node out of service, as SIGTERM does.",
          "It stops to accept, closes its connections with 4200 (reconnect "
          "now), spread over drain.duration, and ends. It cannot be taken "
          "back.",
          {},
          {"drain"},
          answer_drain};
}

} // namespace tidewire::commands
