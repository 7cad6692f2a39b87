#include "actors/state/channel_state.hpp"

#include "actors/state/cluster/directory_records.hpp"
#include "actors/state/router_state.hpp"
#include "net/pusher/server_event.hpp"

#include <algorithm>
#include <utility>

namespace tidewire {

namespace {

// The edge whose subscribers a record is about.
const edge_id* edge_of(const directory_record& record) {
  return std::visit(
      [](auto& x) -> const edge_id* {
        if constexpr (requires {
                        x.edge.at;
                        x.channel;
                      })
          return &x.edge;
        else
          return nullptr;
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

// Later than any life of an edge.
constexpr auto last_stay = UINT32_MAX;

} // namespace

channel_state::channel_state(channel_key key, std::int64_t cache_ttl_ns)
    : key_(std::move(key)) {
  if (cache_ttl_ns > 0)
    cache_ = std::make_unique<event_cache>(cache_ttl_ns);
}

void channel_state::handle(directory_record record, channel_output& out) {
  if (auto* told = std::get_if<restate_edge>(&record)) {
    auto where = told->edge.at;
    if (gathering())
      std::erase_if(gathering_->held, [&](auto& x) {
        auto* edge = edge_of(x);
        return edge && edge->at == where;
      });
    std::erase(doubted_, where);
    restate(*told, out);
    if (gathering_ && gathering_->round != 0
        && told->round == gathering_->round)
      heard(where, out);
  } else if (auto* up = std::get_if<edge_up>(&record)) {
    doubt(up->edge.at);
  } else if (auto* all = std::get_if<edge_stated>(&record)) {
    conclude(all->edge, out);
    if (gathering_ && gathering_->round == 0 && !all->old)
      heard(all->edge.at, out);
  } else if (auto* gone = std::get_if<edge_gone>(&record)) {
    conclude({gone->at, last_stay}, out);
    heard(gone->at, out);
  } else if (auto* event = std::get_if<event_handed_over>(&record)) {
    inherit(*event, out);
  } else if (gathering()) {
    put_off(std::move(record));
  } else {
    take(record, out);
  }
  report_occupancy(out);
}

void channel_state::take(directory_record& record, channel_output& out) {
  // Who is there is served, but a silent edge may have subscribers, too: who
  // asked learns that perhaps it was not all.
  auto* asker = sure() ? nullptr : ticket_of(record);
  if (asker && *asker) {
    auto who = std::exchange(*asker, {});
    out.answer(who, {who.number, false, {}});
  }
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

void channel_state::gather(std::vector<place> edges, std::uint64_t round) {
  if (edges.empty())
    return;
  auto held =
      gathering_ ? std::move(gathering_->held) : std::deque<directory_record>{};
  gathering_ = std::make_unique<gathering_state>(
      gathering_state{round, std::move(edges), false, std::move(held)});
}

void channel_state::put_off(directory_record record) {
  gathering_->held.push_back(std::move(record));
}

void channel_state::heard(place where, channel_output& out) {
  if (!gathering_ || std::erase(gathering_->missing, where) == 0
      || !gathering_->missing.empty())
    return;
  if (!gathering_->given_up) {
    end_waiting(out, true);
  } else {
    gathering_.reset();
    became_sure(out);
    state_report(out);
  }
}

bool channel_state::concerned_by(edge_id edge) const {
  return gathering_ || knows_other(edge) || doubts(edge.at);
}

bool channel_state::knows_other(edge_id edge) const {
  auto at = edges_.find(edge.at);
  return at != edges_.end() && at->second.stay != edge.stay;
}

bool channel_state::doubts(place where) const {
  return std::find(doubted_.begin(), doubted_.end(), where) != doubted_.end();
}

// It begins to state everything.
void channel_state::doubt(place where) {
  if (concerned_by({where, last_stay}) && !doubts(where))
    doubted_.push_back(where);
}

// What it said in a former life, or before it began to state everything, and
// has not said again, is not so any more.
void channel_state::conclude(edge_id edge, channel_output& out) {
  auto is_all = std::erase(doubted_, edge.at) != 0;
  if (gathering_)
    std::erase_if(gathering_->held, [&](auto& x) {
      auto* of = edge_of(x);
      return of && of->at == edge.at && (is_all || of->stay != edge.stay);
    });
  if (knows_other(is_all ? edge_id{edge.at, last_stay} : edge))
    restate(restate_edge{edge, key_, 0, {}}, out);
}

void channel_state::give_up_waiting(channel_output& out) {
  if (gathering())
    end_waiting(out, false);
}

std::vector<place> channel_state::ask_again(std::uint64_t round) {
  if (sure() || gathering())
    return {};
  gathering_->round = round;
  return gathering_->missing;
}

void channel_state::end_waiting(channel_output& out, bool complete) {
  auto held = std::exchange(gathering_->held, {});
  if (complete)
    gathering_.reset();
  else
    gathering_->given_up = true;
  gathered(out);
  state_report(out);
  for (auto& record : held)
    handle(std::move(record), out);
}

// -- moving -------------------------------------------------------------------

std::optional<event_handed_over> channel_state::resign(channel_output& out) {
  if (gathering_)
    for (auto& record : std::exchange(gathering_->held, {}))
      if (auto asker = cluster::asker_of(record))
        out.answer(asker, {asker.number, false, {}, 0, true});
  auto kept = copy_of_event(out.now_ns());
  if (!kept)
    return std::nullopt;
  return event_handed_over{key_, std::move(kept->event), kept->left_ns};
}

std::optional<event_copied>
channel_state::copy_of_event(std::int64_t now_ns) const {
  auto event = cache_ ? cache_->event(now_ns) : frame_ptr{};
  if (!event)
    return std::nullopt;
  return event_copied{key_, std::move(event), cache_->left_ns(now_ns)};
}

// Whatever was published here is younger.
void channel_state::inherit(const event_handed_over& record,
                            channel_output& out) {
  if (!cache_ || cache_->event(out.now_ns()))
    return;
  cache_->keep(record.event, out.now_ns(), record.left_ns);
  if (auto kept = copy_of_event(out.now_ns()))
    out.copy(std::move(*kept));
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
  for (auto& [where, e] : edges_)
    result.subscriptions += e.subscriptions;
  return result;
}

void channel_state::count(const counted_channel& record, channel_output&) {
  auto at = edges_.find(record.edge.at);
  if (at != edges_.end() && at->second.stay == record.edge.stay)
    at->second.subscriptions = record.subscriptions;
}

// Only the channel of a user knows whom to end.
void channel_state::end(const end_user& record, channel_output& out) {
  out.published(record.reply_to);
}

// What a client sends is never cached (protocol.md, 5.6).
void channel_state::publish(const publish_event& record, channel_output& out) {
  if (cache_ && !record.by_client) {
    cache_->keep(record.event, out.now_ns());
    out.copy({key_, record.event, cache_->left_ns(out.now_ns())});
  }
  for (auto& [where, e] : edges_)
    out.to_edge(where, deliver_event{key_, record.event, record.except});
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

void channel_state::grant(place where, const attendance& who,
                          channel_output& out) {
  report_occupancy(out);
  out.to_edge(where, joined_channel{key_, who.who, who.wish, greeting(out)});
}

} // namespace tidewire
