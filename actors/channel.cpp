#include "actors/channel.hpp"

#include "actors/shard.hpp"
#include "messages/node_messages.hpp"

#include <stdexcept>
#include <utility>

namespace tidewire {

channel::channel(caf::actor_config& cfg, shard& home,
                 std::unique_ptr<channel_state> state)
    : lean_actor(cfg, home.host), home_(home), state_(std::move(state)) {}

void channel::hand(directory_record record) {
  enqueue(caf::make_mailbox_element(nullptr, caf::make_message_id(), {},
                                    std::move(record)),
          &host());
}

// As an actor it lives as long as anybody knows it.
void channel::add_reference() const noexcept {
  caf::intrusive_ptr_add_ref(ctrl());
}

void channel::drop_reference() const noexcept {
  caf::intrusive_ptr_release(ctrl());
}

bool channel::handle(caf::mailbox_element& what) {
  auto& content = what.content();
  if (content.match_elements<directory_record>()) {
    ++handled_;
    state_->handle(std::move(content.get_mutable_as<directory_record>(0)),
                   *this);
    settle();
    return true;
  }
  if (content.match_elements<fail_now>())
    throw std::runtime_error("told to fail");
  return false;
}

void channel::wake() {
  state_->wake(*this);
  settle();
}

void channel::count_user(bool online) noexcept {
  if (std::exchange(counted_, online) == online)
    return;
  auto& users = home_.totals[state_->key().app].users;
  users += online ? 1 : std::uint64_t(-1);
}

void channel::settle() {
  count_user(state_->is_user_online());
  if (state_->idle() && home_.directory.retire(*this, handled_))
    cleanup({}, &host());
  else if (auto at = state_->wakes_ns())
    home_.directory.wake_at(*this, at);
}

// Who has retired is not in the directory any more; any other end is a failure.
void channel::on_end(const caf::error&) noexcept {
  count_user(false);
  home_.directory.failed(*this);
}

// What it did not come to handle goes to its successor.
void channel::on_leftover(caf::mailbox_element_ptr what) {
  auto& content = what->content();
  if (content.match_elements<directory_record>())
    home_.directory.left_over(
        std::move(content.get_mutable_as<directory_record>(0)));
}

void channel::to_edge(place where, edge_record record) {
  auto* event = std::get_if<deliver_event>(&record);
  if (event && home_.settings.compression.enabled
      && home_.audience.has(event->channel))
    home_.packer.prepare(*event->event);
  home_.streams.to_edge(where, std::move(record));
}

void channel::published(const ticket& reply_to) {
  home_.streams.published(reply_to);
}

void channel::answer(const ticket& reply_to, ticket_answer what) {
  home_.streams.to_directory(reply_to.at, std::move(what));
}

void channel::copy(event_copied what) {
  home_.directory.copy(std::move(what));
}

void channel::report(channel_fact what) {
  home_.report(state_->key(), std::move(what));
}

std::int64_t channel::now_ns() const noexcept {
  return home_.host.now();
}

} // namespace tidewire
