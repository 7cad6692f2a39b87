#include "tests/sim/sim_courier.hpp"

namespace tidewire::sim {

void sim_courier::edge_is(edge_id edge) {
  auto& x = stream_to(edge.at);
  if (x.named && x.edge == edge)
    return;
  x.named = true;
  x.edge = edge;
  reset(x, false);
}

void sim_courier::reset(stream& x, bool complete) {
  auto lost = std::exchange(x.awaits, {});
  x.sent = x.took = x.next - 1;
  x.waiting.clear();
  for (auto& each : lost)
    settle(each.publish, complete);
}

void sim_courier::to_edge(place where, edge_record record) {
  auto& x = stream_to(where);
  if (std::holds_alternative<deliver_event>(record)
      || std::holds_alternative<end_sessions>(record))
    touched_.emplace_back(where, x.next);
  ++x.next;
  x.waiting.push_back(std::move(record));
}

void sim_courier::to_directory(place where, directory_record record) {
  if (is_local(where))
    my_directory_.push_back(std::move(record));
  else
    nodes_[node_of(where)].directory.emplace_back(view_, std::move(record));
}

void sim_courier::published(const ticket& reply_to) {
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

void sim_courier::settle(std::uint64_t publish, bool complete) {
  auto at = publishes_.find(publish);
  if (at == publishes_.end())
    return;
  at->second.complete = at->second.complete && complete;
  if (--at->second.edges > 0)
    return;
  answer(at->second.reply_to, at->second.complete);
  publishes_.erase(at);
}

void sim_courier::answer(const ticket& reply_to, bool complete) {
  to_directory(reply_to.at, ticket_answer{reply_to.number, complete, {}});
}

void sim_courier::taken(edge_id edge, std::uint64_t sequence) {
  auto& x = stream_to(edge.at);
  if (x.edge != edge)
    return;
  x.took = std::max(x.took, std::min(sequence, x.sent));
  while (!x.awaits.empty() && x.awaits.front().sequence <= sequence) {
    auto publish = x.awaits.front().publish;
    x.awaits.pop_front();
    settle(publish, true);
  }
}

// -- nodes --------------------------------------------------------------------

void sim_courier::node_is(node_number number) {
  auto& to = nodes_[number];
  to.linked = true;
  to.gone = false;
  std::erase_if(to.directory, [](auto& x) {
    return std::holds_alternative<edge_stated>(x.second);
  });
}

void sim_courier::node_is_cut_off(node_number number) {
  auto at = nodes_.find(number);
  if (at == nodes_.end())
    return;
  at->second.linked = false;
  if (at->second.gone)
    nodes_.erase(at);
}

void sim_courier::node_is_gone(node_number number) {
  auto at = nodes_.find(number);
  if (at == nodes_.end())
    return;
  reset(at->second.edge, true);
  at->second.directory.clear();
  at->second.gone = true;
  if (!at->second.linked)
    nodes_.erase(at);
}

// -- leaving ------------------------------------------------------------------

std::vector<edge_record> sim_courier::take_some(stream& x) {
  std::vector<edge_record> result;
  while (!x.waiting.empty() && x.sent - x.took < max_records) {
    ++x.sent;
    result.push_back(std::move(x.waiting.front()));
    x.waiting.pop_front();
  }
  return result;
}

sim_courier::for_myself sim_courier::take_mine() {
  for_myself result;
  result.first = mine_.sent + 1;
  if (mine_.named)
    result.edge = take_some(mine_);
  result.directory = std::exchange(my_directory_, {});
  return result;
}

// All of a batch was sent by one view.
cluster::channel_batch sim_courier::fill(node& to) {
  cluster::channel_batch result;
  if (to.edge.named) {
    cluster::edge_part part{0, to.edge.sent + 1, take_some(to.edge)};
    if (!part.records.empty())
      result.edges.push_back(std::move(part));
  }
  cluster::directory_part part{0, {}};
  while (
      !to.directory.empty()
      && (part.records.empty() || to.directory.front().first == result.view)) {
    result.view = to.directory.front().first;
    part.records.push_back(std::move(to.directory.front().second));
    to.directory.pop_front();
  }
  if (!part.records.empty())
    result.directories.push_back(std::move(part));
  return result;
}

} // namespace tidewire::sim
