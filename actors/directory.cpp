#include "actors/directory.hpp"

#include "actors/channel_factory.hpp"
#include "actors/shard.hpp"
#include "messages/node_messages.hpp"
#include "net/log.hpp"

#include <stdexcept>
#include <utility>

namespace tidewire {

// -- the reactor --------------------------------------------------------------

place directory_table::here() const noexcept {
  return home_.host.index();
}

std::int64_t directory_table::now_ns() const noexcept {
  return home_.host.now();
}

const std::shared_ptr<const cluster::placement>&
directory_table::placed() const noexcept {
  return home_.placed;
}

place directory_table::owner_of(const channel_key& key) const {
  return home_.owner_of(key);
}

const std::vector<place>& directory_table::places() const {
  return home_.places();
}

std::string_view directory_table::id_of(app_index app) const {
  return home_.apps[app].id;
}

std::uint64_t directory_table::connections_of(app_index app) const {
  return app < home_.live.size() ? home_.live[app].size() : 0;
}

void directory_table::to_directory(place where, directory_record record) {
  home_.streams.to_directory(where, std::move(record));
}

void directory_table::to_edge(place where, edge_record record) {
  home_.streams.to_edge(where, std::move(record));
}

void directory_table::published(const ticket& reply_to) {
  home_.streams.published(reply_to);
}

void directory_table::edge_is(const edge_up& edge) {
  home_.streams.edge_is(edge.edge, edge.router);
}

void directory_table::taken(const records_taken& what) {
  home_.streams.taken(what.edge, what.sequence);
}

void directory_table::node_is_gone(node_number which) {
  home_.streams.node_is_gone(which);
}

bool directory_table::keeps_events(std::string_view channel) const {
  return behaviour_of(channel).keeps_events;
}

channel_ptr directory_table::open(const channel_key& key) {
  auto& system = home_.host.system();
  caf::actor_config cfg{&home_.host};
  auto fresh = caf::make_actor<channel, caf::strong_actor_ptr>(
      system.next_actor_id(), system.node(), &system, cfg, home_,
      make_channel(key, home_.limits(key.app)));
  return channel_ptr{static_cast<channel*>(fresh->get())};
}

void directory_table::replaced(const channel_key& key) {
  log_warning("channel_restarted", "channel {} was restarted", key.name);
  home_.restarted("CHANNEL");
}

// -- the actor ----------------------------------------------------------------

caf::behavior directory::make_behavior() {
  // What its predecessor lost may have been the last thing an edge said.
  home_.directory.ask_edges();
  return {
      [this](directory_batch& batch) {
        taken_over();
        home_.directory.accept(std::move(batch));
      },
      [](const fail_now&) { throw std::runtime_error("told to fail"); },
  };
}

} // namespace tidewire
