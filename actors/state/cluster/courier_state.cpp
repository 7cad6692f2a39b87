#include "actors/state/cluster/courier_state.hpp"

#include "actors/state/cluster/channel_codec.hpp"

#include <utility>

namespace tidewire::cluster {

namespace {

std::uint32_t bytes_of(const edge_record& record) {
  auto* event = std::get_if<deliver_event>(&record);
  return event ? static_cast<std::uint32_t>(event->event->bytes().size()) : 0;
}

// Whether an edge says by it what it has: over a new line it says all of that
// again.
bool is_of_edge(const directory_record& record) {
  return std::visit(
      [](auto& x) {
        return requires {
          x.edge;
        };
      },
      record);
}

} // namespace

courier_state::edge_stream& courier_state::stream_to(place where) {
  if (is_local(where))
    return edges_[where];
  auto& all = nodes_[node_of(where)].edges;
  if (all.size() <= reactor_of(where))
    all.resize(reactor_of(where) + 1);
  return all[reactor_of(where)];
}

bool courier_state::edge_is(edge_id edge) {
  auto& stream = stream_to(edge.at);
  if (stream.named && stream.edge == edge)
    return false; // it says so again
  stream.named = true;
  stream.edge = edge;
  reset(stream, false);
  return true;
}

// What was not taken is lost.
void courier_state::reset(edge_stream& stream, bool complete) {
  auto lost = std::exchange(stream.awaits, {});
  stream.sent = stream.took = stream.next - 1;
  stream.untaken_bytes = 0;
  stream.untaken.clear();
  stream.waiting.clear();
  for (auto& x : lost)
    settle(x.publish, complete);
}

void courier_state::to_edge(place where, edge_record record) {
  auto& stream = stream_to(where);
  if (std::holds_alternative<deliver_event>(record)
      || std::holds_alternative<end_sessions>(record))
    touched_.emplace_back(where, stream.next);
  ++stream.next;
  stream.waiting.push_back(std::move(record));
}

void courier_state::published(const ticket& reply_to) {
  auto touched = std::exchange(touched_, {});
  if (!reply_to)
    return;
  if (touched.empty())
    return answer(reply_to, true);
  auto number = next_publish_++;
  publishes_.emplace(number, waiting_publish{reply_to, touched.size()});
  for (auto& [where, sequence] : touched)
    stream_to(where).awaits.push_back({sequence, number});
}

void courier_state::settle(std::uint64_t publish, bool complete) {
  auto at = publishes_.find(publish);
  if (at == publishes_.end())
    return;
  auto& waiting = at->second;
  waiting.complete = waiting.complete && complete;
  if (--waiting.edges > 0)
    return;
  answer(waiting.reply_to, waiting.complete);
  publishes_.erase(at);
}

void courier_state::answer(const ticket& reply_to, bool complete) {
  to_directory(reply_to.at, ticket_answer{reply_to.number, complete, {}});
}

void courier_state::taken(edge_id edge, std::uint64_t sequence) {
  auto& stream = stream_to(edge.at);
  if (!stream.named || stream.edge != edge)
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

// -- what leaves --------------------------------------------------------------

// The next record, if the edge may get another one.
bool courier_state::take_next(edge_stream& stream,
                              std::vector<edge_record>& into) {
  if (!stream.named || stream.waiting.empty()
      || stream.untaken.size() >= max_records
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

edge_batch courier_state::for_edge(std::uint32_t reactor) {
  auto& stream = edges_[reactor];
  edge_batch batch{self_, stream.sent + 1, {}};
  while (take_next(stream, batch.records))
    ;
  return batch;
}

channel_batch courier_state::for_node(node_number number) {
  constexpr std::size_t enough = channel_piece_bytes * 3 / 4;
  constexpr std::size_t most = max_channel_records / 4;
  channel_batch result;
  auto at = nodes_.find(number);
  if (at == nodes_.end() || !at->second.linked)
    return result;
  auto& node = at->second;
  std::size_t bytes = 0;
  std::size_t records = 0;
  auto full = [&] { return bytes >= enough || records >= most; };
  for (std::uint32_t i = 0; i < node.edges.size(); ++i) {
    auto& stream = node.edges[i];
    edge_part part{i, stream.sent + 1, {}};
    while (!full() && take_next(stream, part.records)) {
      bytes += weight_of(part.records.back());
      ++records;
    }
    if (!part.records.empty())
      result.edges.push_back(std::move(part));
  }
  bool chosen = false;
  for (std::uint32_t i = 0; i < node.directories.size(); ++i) {
    auto& waiting = node.directories[i];
    directory_part part{i, {}};
    while (!waiting.empty() && !full()
           && (!chosen || waiting.front().first == result.view)) {
      result.view = waiting.front().first;
      chosen = true;
      bytes += weight_of(waiting.front().second);
      ++records;
      part.records.push_back(std::move(waiting.front().second));
      waiting.pop_front();
    }
    if (!part.records.empty())
      result.directories.push_back(std::move(part));
  }
  return result;
}

std::vector<node_number> courier_state::nodes() const {
  std::vector<node_number> result;
  result.reserve(nodes_.size());
  for (auto& [number, node] : nodes_)
    result.push_back(number);
  return result;
}

// -- other nodes --------------------------------------------------------------

// What our edges said over the line before, or wanted to say, comes anew: were
// it sent first, owners would take it for words of the new edges, of which they
// do not know that the former ones are no more.
void courier_state::node_is(node_number number) {
  auto& to = nodes_[number];
  to.linked = true;
  to.gone = false;
  for (auto& stream : to.edges)
    stream.named = false;
  for (auto& records : to.directories)
    std::erase_if(records, [](auto& x) { return is_of_edge(x.second); });
}

void courier_state::node_is_cut_off(node_number number) {
  auto at = nodes_.find(number);
  if (at == nodes_.end())
    return;
  at->second.linked = false;
  if (at->second.gone)
    nodes_.erase(at); // that life will hardly come back
}

void courier_state::node_is_there(node_number number) {
  if (auto at = nodes_.find(number); at != nodes_.end())
    at->second.gone = false;
}

void courier_state::node_is_gone(node_number number) {
  auto at = nodes_.find(number);
  if (at == nodes_.end())
    return;
  for (auto& stream : at->second.edges)
    reset(stream, true);
  for (auto& records : at->second.directories)
    records.clear();
  at->second.gone = true;
  if (!at->second.linked)
    nodes_.erase(at);
}

void courier_state::to_far_directory(place where, directory_record record) {
  auto& all = nodes_[node_of(where)].directories;
  if (all.size() <= reactor_of(where))
    all.resize(reactor_of(where) + 1);
  all[reactor_of(where)].emplace_back(view_, std::move(record));
}

} // namespace tidewire::cluster
