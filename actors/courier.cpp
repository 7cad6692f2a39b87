#include "actors/courier.hpp"

#include "actors/state/cluster/channel_codec.hpp"
#include "messages/node_messages.hpp"

#include <caf/send.hpp>

namespace tidewire {

namespace {

std::uint32_t bytes_of(const edge_record& record) {
  auto* event = std::get_if<deliver_event>(&record);
  return event ? static_cast<std::uint32_t>(event->event->bytes().size()) : 0;
}

} // namespace

courier::edge_stream& courier::stream_to(place where) {
  if (is_local(where))
    return edges_[where];
  auto& all = nodes_[node_of(where)].edges;
  if (all.size() <= reactor_of(where))
    all.resize(reactor_of(where) + 1);
  return all[reactor_of(where)];
}

void courier::edge_is(edge_id edge, caf::actor router) {
  auto& stream = stream_to(edge.at);
  if (stream.named && stream.edge == edge)
    return; // it says so again
  stream.named = true;
  stream.router = std::move(router);
  stream.edge = edge;
  reset(stream, false);
}

// What was not taken is lost.
void courier::reset(edge_stream& stream, bool complete) {
  auto lost = std::exchange(stream.awaits, {});
  stream.sent = stream.took = stream.next - 1;
  stream.untaken_bytes = 0;
  stream.untaken.clear();
  stream.waiting.clear();
  for (auto& x : lost)
    settle(x.publish, complete);
}

void courier::to_edge(place where, edge_record record) {
  auto& stream = stream_to(where);
  if (std::holds_alternative<deliver_event>(record)
      || std::holds_alternative<end_sessions>(record))
    touched_.emplace_back(where, stream.next);
  ++stream.next;
  stream.waiting.push_back(std::move(record));
}

void courier::published(const ticket& reply_to) {
  auto touched = std::exchange(touched_, {});
  if (!reply_to)
    return;
  if (touched.empty()) {
    answer(reply_to, true);
    return;
  }
  auto number = next_publish_++;
  waiting_publishes_.emplace(
      number,
      waiting_publish{reply_to, static_cast<std::uint32_t>(touched.size())});
  for (auto& [where, sequence] : touched)
    stream_to(where).awaits.push_back({sequence, number});
}

void courier::settle(std::uint64_t publish, bool complete) {
  auto at = waiting_publishes_.find(publish);
  if (at == waiting_publishes_.end())
    return;
  auto& waiting = at->second;
  waiting.complete = waiting.complete && complete;
  if (--waiting.edges > 0)
    return;
  answer(waiting.reply_to, waiting.complete);
  waiting_publishes_.erase(at);
}

void courier::answer(const ticket& reply_to, bool complete) {
  to_directory(reply_to.at, ticket_answer{reply_to.number, complete, {}});
}

void courier::taken(edge_id edge, std::uint64_t sequence) {
  auto& stream = stream_to(edge.at);
  if (stream.edge != edge)
    return; // of a former life
  for (; stream.took < sequence && !stream.untaken.empty(); ++stream.took) {
    stream.untaken_bytes -= stream.untaken.front();
    stream.untaken.pop_front();
  }
  while (!stream.awaits.empty() && stream.awaits.front().sequence <= sequence) {
    auto publish = stream.awaits.front().publish;
    stream.awaits.pop_front();
    settle(publish, true);
  }
}

// The next record, if the edge may get another one.
bool courier::take_next(edge_stream& stream, std::vector<edge_record>& into) {
  if (stream.waiting.empty() || stream.untaken.size() >= max_records
      || stream.untaken_bytes >= max_bytes)
    return false;
  auto bytes = bytes_of(stream.waiting.front());
  stream.untaken.push_back(bytes);
  stream.untaken_bytes += bytes;
  ++stream.sent;
  into.push_back(std::move(stream.waiting.front()));
  stream.waiting.pop_front();
  return true;
}

bool courier::flush(edge_stream& stream) {
  edge_batch batch{self_, stream.sent + 1, {}};
  while (take_next(stream, batch.records))
    ;
  if (batch.records.empty())
    return false;
  caf::anon_send(stream.router, std::move(batch));
  return true;
}

bool courier::flush() {
  bool any = false;
  for (auto& stream : edges_)
    any = flush(stream) || any;
  for (auto& stream : directories_)
    if (!stream.records.empty()) {
      caf::anon_send(
          stream.who,
          directory_batch{self_, view_, std::exchange(stream.records, {})});
      any = true;
    }
  for (auto& [number, node] : nodes_)
    flush(node);
  return any;
}

// -- other nodes --------------------------------------------------------------

// A new line: whoever sends here states everything anew. That it had stated all
// before would now be a statement that there is nothing.
void courier::node_is(node_number node, std::shared_ptr<node_exit> exit) {
  auto& to = nodes_[node];
  to.exit = std::move(exit);
  to.gone = false;
  for (auto& records : to.directories)
    std::erase_if(records, [](auto& x) {
      return std::holds_alternative<edge_stated>(x.second);
    });
}

void courier::node_is_cut_off(node_number node) {
  auto at = nodes_.find(node);
  if (at == nodes_.end())
    return;
  at->second.exit = nullptr;
  if (at->second.gone)
    nodes_.erase(at); // that life will hardly come back
}

void courier::node_is_gone(node_number node) {
  auto at = nodes_.find(node);
  if (at == nodes_.end())
    return;
  for (auto& stream : at->second.edges)
    reset(stream, true);
  for (auto& records : at->second.directories)
    records.clear();
  at->second.gone = true;
  if (!at->second.exit)
    nodes_.erase(at);
}

void courier::to_far_directory(place where, directory_record record) {
  auto& all = nodes_[node_of(where)].directories;
  if (all.size() <= reactor_of(where))
    all.resize(reactor_of(where) + 1);
  all[reactor_of(where)].emplace_back(view_, std::move(record));
}

// As much as fits well into one message. All of it was sent by one view.
cluster::channel_batch courier::fill(other_node& node) {
  constexpr std::size_t enough = cluster::channel_piece_bytes * 3 / 4;
  constexpr std::size_t most = cluster::max_channel_records / 4;
  cluster::channel_batch result;
  std::size_t bytes = 0;
  std::size_t records = 0;
  auto full = [&] { return bytes >= enough || records >= most; };
  for (std::uint32_t i = 0; i < node.edges.size(); ++i) {
    auto& stream = node.edges[i];
    cluster::edge_part part{i, stream.sent + 1, {}};
    while (stream.named && !full() && take_next(stream, part.records)) {
      bytes += cluster::weight_of(part.records.back());
      ++records;
    }
    if (!part.records.empty())
      result.edges.push_back(std::move(part));
  }
  bool chosen = false;
  for (std::uint32_t i = 0; i < node.directories.size(); ++i) {
    auto& waiting = node.directories[i];
    cluster::directory_part part{i, {}};
    while (!waiting.empty() && !full()
           && (!chosen || waiting.front().first == result.view)) {
      result.view = waiting.front().first;
      chosen = true;
      bytes += cluster::weight_of(waiting.front().second);
      ++records;
      part.records.push_back(std::move(waiting.front().second));
      waiting.pop_front();
    }
    if (!part.records.empty())
      result.directories.push_back(std::move(part));
  }
  return result;
}

void courier::flush(other_node& node) {
  while (node.exit && node.exit->has_room()) {
    auto batch = fill(node);
    if (batch.empty())
      return;
    node.exit->send(std::move(batch));
  }
}

} // namespace tidewire
