// What another node may send: batches of arbitrary bytes are refused, or are
// understood in one way, which is written and read again as the same.
#include "actors/state/cluster/announced.hpp"
#include "actors/state/cluster/channel_codec.hpp"
#include "tests/fuzz/fuzzing.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

using namespace tidewire;
using fuzzing::require;

namespace {

constexpr std::uint32_t reactors = 4;

// Ids are numbered as they come; the unknown ones are those with a "?".
struct apps {
  app_index of(std::string_view id) {
    if (id.find('?') != id.npos)
      return UINT32_MAX;
    ids.emplace_back(id);
    return static_cast<app_index>(ids.size() - 1);
  }
  std::string_view id_of(app_index at) const {
    return at < ids.size() ? std::string_view{ids[at]} : "?";
  }
  std::deque<std::string> ids;
};

void check(const cluster::channel_batch& batch) {
  std::size_t records = 0;
  for (auto& part : batch.edges) {
    require(part.to < reactors, "a reactor of this node");
    records += part.records.size();
    for (auto& record : part.records)
      if (auto* event = std::get_if<deliver_event>(&record))
        require(static_cast<bool>(event->event), "an event to deliver");
  }
  for (auto& part : batch.directories) {
    require(part.to < reactors, "a reactor of this node");
    records += part.records.size();
    for (auto& record : part.records) {
      require(!std::holds_alternative<edge_gone>(record), "it never crosses");
      if (auto* event = std::get_if<publish_event>(&record))
        require(event->reply_to.at == make_place(3, 1), "the sender's request");
    }
  }
  require(records <= cluster::max_channel_records, "not too many");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  std::string_view bytes{reinterpret_cast<const char*>(data), size};
  apps known;
  cluster::channel_reader as{make_place(3, 1), 0, reactors, 0,
                             [&](std::string_view id) { return known.of(id); }};
  if (auto batch = cluster::read_channel_batch(bytes, as)) {
    check(*batch);
    auto id_of = [&](app_index at) { return known.id_of(at); };
    auto once = cluster::write(*batch, id_of, 0);
    auto again = cluster::read_channel_batch(once, as);
    require(again.has_value(), "what was written can be read");
    require(cluster::write(*again, id_of, 0) == once, "as the same");
  }
  if (auto facts = cluster::read_announced(bytes)) {
    std::vector<cluster::announced_fact> again;
    for (auto& record : cluster::write(facts->facts, facts->number)) {
      auto part = cluster::read_announced(record);
      require(part.has_value(), "facts that were written can be read");
      again.insert(again.end(), part->facts.begin(), part->facts.end());
    }
    require(again == facts->facts, "as the same facts");
  }
  return 0;
}
