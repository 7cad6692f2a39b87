// Writing what a reactor says to another node.
#include "actors/state/cluster/channel_codec.hpp"
#include "actors/state/cluster/channel_tags.hpp"
#include "messages/wire.hpp"

#include <algorithm>
#include <unordered_map>

namespace tidewire::cluster {

namespace {

// The tables are known only when the records have been written, so they are
// put together at the end.
class batch_writer {
public:
  batch_writer(const std::function<std::string_view(app_index)>& id_of,
               std::int64_t now_ns)
      : id_of_(id_of), now_ns_(now_ns) {}

  std::string write(const channel_batch& batch) {
    out_.number(batch.edges.size());
    for (auto& part : batch.edges) {
      out_.number(part.to);
      out_.number(part.first);
      out_.number(part.records.size());
      for (auto& record : part.records)
        std::visit([this](auto& x) { put(x); }, record);
    }
    out_.number(batch.directories.size());
    for (auto& part : batch.directories) {
      out_.number(part.to);
      out_.number(static_cast<std::uint64_t>(
          std::count_if(part.records.begin(), part.records.end(), [](auto& x) {
            return !std::holds_alternative<edge_gone>(x);
          })));
      for (auto& record : part.records)
        std::visit([this](auto& x) { put(x); }, record);
    }
    wire_writer head;
    head.number(channel_form);
    head.number(batch.view);
    head.number(app_ids_.size());
    for (auto id : app_ids_)
      head.text(id);
    head.number(frames_.size());
    for (auto* event : frames_) {
      // How old it is crosses, not when it was made: clocks differ.
      auto made = event->accepted_ns();
      head.number(made == 0 ? 0 : 1 + age_us(made));
      head.text(event->bytes());
    }
    auto result = head.take();
    result += out_.bytes();
    return result;
  }

private:
  std::uint64_t age_us(std::int64_t made) const noexcept {
    return static_cast<std::uint64_t>(std::max<std::int64_t>(now_ns_ - made, 0))
           / 1000;
  }

  void tag(to_edge x) { out_.number(static_cast<std::uint64_t>(x)); }
  void tag(to_owner x) { out_.number(static_cast<std::uint64_t>(x)); }

  void put(app_index x) {
    auto [at, fresh] = apps_.emplace(x, app_ids_.size());
    if (fresh)
      app_ids_.push_back(id_of_(x));
    out_.number(at->second);
  }
  void put(const tidewire::channel_key& x) {
    put(x.app);
    out_.text(x.name);
  }
  void put(const frame_ptr& x) {
    if (!x) {
      out_.number(0);
      return;
    }
    auto [at, fresh] = frame_numbers_.emplace(&*x, frames_.size() + 1);
    if (fresh)
      frames_.push_back(&*x);
    out_.number(at->second);
  }
  void put(socket_id x) {
    out_.number(x.node_part);
    out_.number(x.serial);
  }
  void put(const member& x) {
    out_.text(x.user_id);
    out_.text(x.user_info);
  }
  void put(const attendance& x) {
    put(x.who);
    out_.flag(x.user.has_value());
    if (x.user)
      put(*x.user);
    out_.flag(x.attached);
    out_.number(x.wish);
  }
  void put(user_stake x) {
    out_.number((x.signed_in ? 1u : 0u) | (x.watching ? 2u : 0u));
  }
  template <class T>
  void put_all(const std::vector<T>& all) {
    out_.number(all.size());
    for (auto& x : all)
      put(x);
  }
  void put(const std::string& x) { out_.text(x); }
  void put(const named_facts& x) {
    out_.text(x.channel);
    out_.flag(x.facts.occupied);
    out_.number(x.facts.subscriptions);
    put_all(x.facts.users);
    out_.flag(x.facts.cache.has_value());
    if (x.facts.cache) {
      out_.text(x.facts.cache->data);
      out_.number(x.facts.cache->seconds_left);
    }
    out_.flag(x.facts.signed_in);
  }

  // To an edge.
  void put(const deliver_event& x) {
    tag(to_edge::deliver);
    put(x.channel);
    put(x.event);
    put(x.except);
  }
  void put(const joined_channel& x) {
    tag(to_edge::joined);
    put(x.channel);
    put(x.who);
    out_.number(x.wish);
    put_all(x.greeting);
  }
  void put(const refused_join& x) {
    tag(to_edge::refused);
    put(x.channel);
    put(x.who);
    out_.text(x.type);
    out_.text(x.sentence);
    out_.difference(x.status);
    out_.number(x.wish);
  }
  void put(const changed_members& x) {
    tag(to_edge::members);
    put(x.channel);
    out_.flag(x.whole);
    put_all(x.present);
    put_all(x.gone);
  }
  void put(const user_seen& x) {
    tag(to_edge::seen);
    put(x.channel);
    out_.flag(x.online);
  }
  void put(const end_sessions& x) {
    tag(to_edge::end);
    put(x.channel);
  }
  void put(const restate_channel& x) {
    tag(to_edge::restate);
    put(x.channel);
    out_.number(x.round);
  }
  void put(const state_everything&) { tag(to_edge::everything); }

  // To an owner. Whose edge or ticket it is need not be said: the sender's.
  void put(const join_channel& x) {
    tag(to_owner::join);
    out_.number(x.edge.stay);
    put(x.channel);
    put(x.who);
  }
  void put(const left_channel& x) {
    tag(to_owner::left);
    out_.number(x.edge.stay);
    put(x.channel);
    put(x.who);
    out_.number(x.wish);
  }
  void put(const counted_channel& x) {
    tag(to_owner::counted);
    out_.number(x.edge.stay);
    put(x.channel);
    out_.number(x.subscriptions);
  }
  void put(const edge_stake& x) {
    tag(to_owner::stake);
    out_.number(x.edge.stay);
    put(x.channel);
    put(x.stake);
  }
  void put(const restate_edge& x) {
    tag(to_owner::restate);
    out_.number(x.edge.stay);
    put(x.channel);
    out_.number(x.subscriptions);
    put_all(x.subscribers);
    put(x.stake);
    out_.flag(x.counted);
    out_.number(x.round);
  }
  void put(const publish_event& x) {
    tag(to_owner::publish);
    put(x.channel);
    put(x.event);
    put(x.except);
    out_.number(x.reply_to.number);
    out_.flag(x.by_client);
  }
  void put(const end_user& x) {
    tag(to_owner::end);
    put(x.channel);
    out_.number(x.reply_to.number);
  }
  void put(const describe_channel& x) {
    tag(to_owner::describe);
    put(x.channel);
    out_.number(x.reply_to.number);
  }
  void put(const list_channels& x) {
    tag(to_owner::list);
    put(x.app);
    out_.text(x.prefix);
    out_.number(x.reply_to.number);
  }
  void put(const count_connections& x) {
    tag(to_owner::connections);
    put(x.app);
    out_.number(x.reply_to.number);
  }
  void put(const edge_up& x) {
    tag(to_owner::up);
    out_.number(x.edge.stay);
  }
  void put(const records_taken& x) {
    tag(to_owner::taken);
    out_.number(x.edge.stay);
    out_.number(x.sequence);
  }
  void put(const ticket_answer& x) {
    tag(to_owner::answer);
    out_.number(x.number);
    out_.flag(x.complete);
    put_all(x.channels);
    out_.number(x.connections);
    out_.flag(x.refused);
  }
  void put(const edge_stated& x) {
    tag(to_owner::stated);
    out_.number(x.edge.stay);
    out_.number(x.view);
  }
  void put(const edge_gone&) {}
  void put(const event_handed_over& x) {
    tag(to_owner::handed_over);
    put(x.channel);
    put(x.event);
    out_.difference(x.left_ns);
  }
  void put(const event_copied& x) {
    tag(to_owner::copied);
    put(x.channel);
    put(x.event);
    out_.difference(x.left_ns);
  }

  const std::function<std::string_view(app_index)>& id_of_;
  std::int64_t now_ns_;
  wire_writer out_;
  std::unordered_map<app_index, std::size_t> apps_;
  std::vector<std::string_view> app_ids_;
  std::unordered_map<const frame*, std::size_t> frame_numbers_;
  std::vector<const frame*> frames_;
};

} // namespace

std::string write(const channel_batch& batch,
                  const std::function<std::string_view(app_index)>& id_of,
                  std::int64_t now_ns) {
  return batch_writer{id_of, now_ns}.write(batch);
}

} // namespace tidewire::cluster
