#include "actors/courier.hpp"

#include "messages/node_messages.hpp"

#include <caf/send.hpp>

namespace tidewire {

namespace {

std::uint32_t bytes_of(const edge_record& record) {
  auto* event = std::get_if<deliver_event>(&record);
  return event ? static_cast<std::uint32_t>(event->event->bytes().size()) : 0;
}

} // namespace

void courier::edge_is(edge_id edge, caf::actor router) {
  auto& stream = edges_[edge.reactor];
  if (stream.router && stream.edge == edge)
    return; // it says so again
  auto lost = std::exchange(stream.awaits, {});
  stream.router = std::move(router);
  stream.edge = edge;
  stream.sent = stream.took = stream.next - 1;
  stream.untaken_bytes = 0;
  stream.untaken.clear();
  stream.waiting.clear();
  for (auto& x : lost)
    settle(x.publish, false);
}

void courier::to_edge(std::uint32_t reactor, edge_record record) {
  auto& stream = edges_[reactor];
  if (std::holds_alternative<deliver_event>(record)
      || std::holds_alternative<end_sessions>(record))
    touched_.emplace_back(reactor, stream.next);
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
  for (auto& [reactor, sequence] : touched)
    edges_[reactor].awaits.push_back({sequence, number});
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
  to_directory(reply_to.reactor, ticket_answer{reply_to.number, complete, {}});
}

void courier::taken(edge_id edge, std::uint64_t sequence) {
  auto& stream = edges_[edge.reactor];
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

bool courier::flush(edge_stream& stream) {
  edge_batch batch{self_, stream.sent + 1, {}};
  while (!stream.waiting.empty() && stream.untaken.size() < max_records
         && stream.untaken_bytes < max_bytes) {
    auto bytes = bytes_of(stream.waiting.front());
    stream.untaken.push_back(bytes);
    stream.untaken_bytes += bytes;
    ++stream.sent;
    batch.records.push_back(std::move(stream.waiting.front()));
    stream.waiting.pop_front();
  }
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
      caf::anon_send(stream.who,
                     directory_batch{std::exchange(stream.records, {})});
      any = true;
    }
  return any;
}

} // namespace tidewire
