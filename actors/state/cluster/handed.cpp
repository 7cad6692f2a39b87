#include "actors/state/cluster/handed.hpp"

namespace tidewire::cluster {

namespace {

auto name_of(const announced_fact& x) {
  return std::tuple{x.app, x.channel, x.user};
}

} // namespace

// -- under way ----------------------------------------------------------------

std::vector<std::string>
handed_facts::hand(node_number to, const std::vector<announced_fact>& facts) {
  auto records = write(facts, last_ + 1);
  for (auto& each : records)
    under_way_[to].emplace_back(++last_, each);
  return records;
}

void handed_facts::taken(node_number by, std::uint64_t number) {
  auto at = under_way_.find(by);
  if (at == under_way_.end())
    return;
  auto& waiting = at->second;
  while (!waiting.empty() && waiting.front().first <= number)
    waiting.pop_front();
  if (waiting.empty())
    under_way_.erase(at);
}

std::vector<std::string> handed_facts::again(node_number to) const {
  std::vector<std::string> result;
  if (auto at = under_way_.find(to); at != under_way_.end())
    for (auto& [number, record] : at->second)
      result.push_back(record);
  return result;
}

std::vector<announced_fact>
handed_facts::take_back(const std::function<bool(node_number)>& is_there) {
  std::vector<announced_fact> result;
  std::erase_if(under_way_, [&](auto& x) {
    if (is_there(x.first))
      return false;
    for (auto& [number, record] : x.second)
      if (auto all = read_announced(record))
        result.insert(result.end(), all->facts.begin(), all->facts.end());
    return true;
  });
  return result;
}

bool handed_facts::is_new(node_number from, std::uint64_t number) {
  auto& last = came_[from];
  if (number <= last)
    return false;
  last = number;
  return true;
}

// -- gone ---------------------------------------------------------------------

void gone_facts::note(const announced_fact& what, std::int64_t now_ns,
                      node_number from) {
  auto name = name_of(what);
  all_[name] = {now_ns, from};
  order_.emplace_back(now_ns, std::move(name));
  while (order_.size() > most)
    forget_first();
}

// One that was noted again since stands further back, too.
void gone_facts::forget_first() {
  auto& [when, name] = order_.front();
  if (auto at = all_.find(name); at != all_.end() && at->second.when_ns == when)
    all_.erase(at);
  order_.pop_front();
}

void gone_facts::forget(const announced_fact& what) {
  all_.erase(name_of(what));
}

bool gone_facts::has(const announced_fact& what) const {
  return all_.contains(name_of(what));
}

void gone_facts::expire(std::int64_t before_ns) {
  while (!order_.empty() && order_.front().first < before_ns)
    forget_first();
}

} // namespace tidewire::cluster
