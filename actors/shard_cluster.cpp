// What a reactor has to do with other nodes.
#include "actors/owner.hpp"
#include "actors/shard.hpp"
#include "actors/state/cluster/directory_records.hpp"
#include "messages/lifecycle.hpp"
#include "messages/node_messages.hpp"
#include "net/log.hpp"

#include <caf/send.hpp>

#include <utility>

namespace tidewire {

namespace {

app_index app_of(const directory_record& record) noexcept {
  return std::visit(
      [](auto& x) -> app_index {
        if constexpr (requires { x.channel.app; })
          return x.channel.app;
        else
          return 0;
      },
      record);
}

} // namespace

place shard::owner_of(const channel_key& key) const noexcept {
  if (!placed)
    return tidewire::owner_of(key, reactors);
  return placed->owner_of(apps[key.app].id, key.name);
}

// -- the view -----------------------------------------------------------------

// What was said before goes by the view that was.
void shard::view_is(std::shared_ptr<const cluster::placement> now) {
  if (stopping || (placed && placed->hash() == now->hash()))
    return;
  streams.flush();
  auto before = std::exchange(placed, std::move(now));
  streams.view_is(placed->hash());
  reports.settled(placed->hash());
  reports.flush(streams.router(host.index()));
  directory.view_changed(before);
  for (auto where : placed->places())
    streams.node_is_there(node_of(where));
  edge.view_changed(before.get());
}

// -- links --------------------------------------------------------------------

void shard::node_is(node_number which, std::shared_ptr<node_exit> exit) {
  if (!exit) {
    streams.node_is_cut_off(which);
    return;
  }
  streams.node_is(which, std::move(exit));
  edge.line_is(which);
}

// Frames are made once for all reactors of this node, and packed if somebody
// here wants them packed.
void shard::arrived(arrival what) {
  if (stopping)
    return;
  auto whole =
      pieces_.add(what.from, what.session, what.kind, std::move(what.bytes));
  if (!whole)
    return;
  cluster::channel_reader as{
      what.from, what.session, reactors, host.now(),
      [this](std::string_view id) { return apps.by_id(id); }};
  auto batch = cluster::read_channel_batch(*whole, as);
  if (!batch) {
    log_warning("node_batch_unreadable",
                "a message of {} bytes of another node cannot be read: the "
                "link to it begins anew",
                whole->size());
    if (distrust)
      distrust(node_of(what.from));
    return;
  }
  for (auto& part : batch->edges) {
    for (auto& record : part.records)
      if (auto* event = std::get_if<deliver_event>(&record);
          event && settings.compression.enabled && audience.has(event->channel))
        packer.prepare(*event->event);
    caf::anon_send(streams.router(part.to),
                   edge_batch{what.from, part.first, std::move(part.records)});
  }
  for (auto& part : batch->directories) {
    auto known = part.records.size();
    std::erase_if(part.records, [&](auto& record) {
      if (app_of(record) < apps.size())
        return false;
      if (auto asker = cluster::asker_of(record))
        streams.to_directory(asker.at, ticket_answer{asker.number, false, {}});
      return true;
    });
    known -= part.records.size();
    caf::anon_send(streams.directory(part.to),
                   directory_batch{what.from, batch->view,
                                   std::move(part.records), known != 0});
  }
}

} // namespace tidewire
