#include "actors/state/channel_state.hpp"

#include "actors/state/router_state.hpp"
#include "net/pusher/server_event.hpp"

#include <algorithm>
#include <utility>

namespace tidewire {

namespace {

// The reactor of the edge whose subscribers a record is about.
std::optional<std::uint32_t> edge_of(const directory_record& record) {
  return std::visit(
      [](auto& x) -> std::optional<std::uint32_t> {
        if constexpr (requires {
                        x.edge.reactor;
                        x.channel;
                      })
          return x.edge.reactor;
        else
          return std::nullopt;
      },
      record);
}

// The ticket of a request that is only done when all edges have done it.
ticket* ticket_of(directory_record& record) {
  if (auto* event = std::get_if<publish_event>(&record))
    return &event->reply_to;
  if (auto* order = std::get_if<end_user>(&record))
    return &order->reply_to;
  return nullptr;
}

} // namespace

channel_state::channel_state(channel_key key, std::int64_t cache_ttl_ns)
    : key_(std::move(key)) {
  if (cache_ttl_ns > 0)
    cache_ = std::make_unique<event_cache>(cache_ttl_ns);
}

void channel_state::handle(directory_record record, channel_output& out) {
  if (auto* told = std::get_if<restate_edge>(&record)) {
    auto reactor = told->edge.reactor;
    if (gathering())
      std::erase_if(gathering_->held,
                    [&](auto& x) { return edge_of(x) == reactor; });
    restate(*told, out);
    heard(*told, out);
  } else if (gathering()) {
    gathering_->held.push_back(std::move(record));
  } else {
    take(record, out);
  }
  report_occupancy(out);
}

void channel_state::take(directory_record& record, channel_output& out) {
  if (auto* event = std::get_if<publish_event>(&record))
    publish(*event, out);
  else if (auto* come = std::get_if<join_channel>(&record))
    join(*come, out);
  else if (auto* gone = std::get_if<left_channel>(&record))
    leave(*gone, out);
  else if (auto* many = std::get_if<counted_channel>(&record))
    count(*many, out);
  else if (auto* part = std::get_if<edge_stake>(&record))
    stake(*part, out);
  else if (auto* order = std::get_if<end_user>(&record))
    end(*order, out);
  else if (auto* asked = std::get_if<describe_channel>(&record)) {
    auto known = facts();
    if (cache_)
      known.cache = cache_->facts(out.now_ns());
    out.answer(asked->reply_to,
               {asked->reply_to.number, true, {{key_.name, std::move(known)}}});
  }
}

// -- gathering ----------------------------------------------------------------

void channel_state::gather(std::uint32_t edges, std::uint64_t round) {
  if (edges == 0)
    return;
  auto held =
      gathering_ ? std::move(gathering_->held) : std::deque<directory_record>{};
  gathering_ = std::make_unique<gathering_state>(gathering_state{
      round, std::vector<bool>(edges, false), edges, false, std::move(held)});
}

void channel_state::heard(const restate_edge& record, channel_output& out) {
  if (!gathering_ || record.round != gathering_->round
      || record.edge.reactor >= gathering_->heard.size()
      || gathering_->heard[record.edge.reactor])
    return;
  gathering_->heard[record.edge.reactor] = true;
  if (--gathering_->missing > 0)
    return;
  if (!gathering_->given_up) {
    end_waiting(out, true);
  } else {
    gathering_.reset();
    became_sure(out);
    state_report(out);
  }
}

void channel_state::give_up_waiting(channel_output& out) {
  if (gathering())
    end_waiting(out, false);
}

void channel_state::end_waiting(channel_output& out, bool complete) {
  auto held = std::exchange(gathering_->held, {});
  if (complete)
    gathering_.reset();
  else
    gathering_->given_up = true;
  gathered(out);
  state_report(out);
  for (auto& record : held) {
    auto* reply_to = complete ? nullptr : ticket_of(record);
    if (reply_to && *reply_to) {
      // Who is there is served, but who asked learns that it was not all.
      auto asker = std::exchange(*reply_to, {});
      out.answer(asker, {asker.number, false, {}});
    }
    handle(std::move(record), out);
  }
}

// -- reports ------------------------------------------------------------------

// A silent edge may have subscribers, so nobody says that there are none.
void channel_state::report_occupancy(channel_output& out) {
  auto now = !edges_.empty();
  if (gathering() || (!now && !sure()) || std::exchange(occupied_, now) == now)
    return;
  if (now)
    out.report(channel_occupied{});
  else
    out.report(channel_vacated{});
}

void channel_state::state_report(channel_output& out) {
  if (gathering())
    return;
  auto known = facts();
  if (sure()) {
    occupied_ = known.occupied;
    out.report(channel_stated{known.occupied, std::move(known.users)});
    return;
  }
  occupied_ = occupied_ || known.occupied;
  if (known.occupied)
    out.report(channel_occupied{});
  for (auto& user : known.users)
    out.report(member_added{std::move(user)});
}

// -- what most channels do ----------------------------------------------------

bool channel_state::idle() const noexcept {
  return edges_.empty() && sure() && !(cache_ && cache_->due_ns() != 0);
}

void channel_state::wake(channel_output& out) {
  if (cache_)
    cache_->expire(out.now_ns());
}

std::int64_t channel_state::wakes_ns() const noexcept {
  return cache_ ? cache_->due_ns() : 0;
}

channel_facts channel_state::facts() const {
  channel_facts result;
  result.occupied = !edges_.empty();
  for (auto& [reactor, e] : edges_)
    result.subscriptions += e.subscriptions;
  return result;
}

void channel_state::count(const counted_channel& record, channel_output&) {
  auto at = edges_.find(record.edge.reactor);
  if (at != edges_.end() && at->second.stay == record.edge.stay)
    at->second.subscriptions = record.subscriptions;
}

// Only the channel of a user knows whom to end.
void channel_state::end(const end_user& record, channel_output& out) {
  out.published(record.reply_to);
}

// What a client sends is never cached (protocol.md, 5.6).
void channel_state::publish(const publish_event& record, channel_output& out) {
  if (cache_ && !record.by_client)
    cache_->keep(record.event, out.now_ns());
  for (auto& [reactor, e] : edges_)
    out.to_edge(reactor, deliver_event{key_, record.event, record.except});
  out.published(record.reply_to);
  if (record.by_client)
    out.report(client_event_sent{record.event, record.except});
}

std::vector<frame_ptr> channel_state::greeting(channel_output& out) {
  if (!cache_)
    return {};
  if (auto event = cache_->replay(out.now_ns()))
    return {std::move(event)};
  if (cache_->missed(out.now_ns()))
    out.report(cache_missed{});
  std::string text;
  pusher::render_cache_miss(text, key_.name);
  return {text_frame(text)};
}

void channel_state::grant(std::uint32_t reactor, const attendance& who,
                          channel_output& out) {
  report_occupancy(out);
  out.to_edge(reactor, joined_channel{key_, who.who, who.wish, greeting(out)});
}

} // namespace tidewire
