#include "actors/state/cluster/unsent.hpp"

#include "messages/wire.hpp"

#include <algorithm>

namespace tidewire::cluster {

namespace {

constexpr std::uint64_t unsent_format = 1;
constexpr std::size_t unsent_bytes = std::size_t{128} * 1024;

// A body that is longer is not copied: events have 10 KB, batches 64 KiB.
constexpr std::size_t longest_body = std::size_t{512} * 1024;

// Records of as many of them as fit; `put` writes one.
template <class T, class Put>
std::vector<std::string> in_records(const std::vector<T>& all, Put put) {
  std::vector<std::string> result;
  for (std::size_t i = 0; i < all.size();) {
    wire_writer body;
    std::size_t count = 0;
    for (; i < all.size() && body.size() < unsent_bytes; ++i, ++count)
      put(body, all[i]);
    wire_writer head;
    head.number(unsent_format);
    head.number(count);
    result.push_back(head.take() + body.bytes());
  }
  return result;
}

template <class T, class Get>
std::optional<std::vector<T>> of_record(std::string_view bytes,
                                        std::size_t least, Get get) {
  wire_reader in{bytes};
  if (in.number() != unsent_format)
    return std::nullopt;
  std::vector<T> result;
  for (auto n = in.count(least); n > 0 && !in.failed(); --n)
    result.push_back(get(in));
  return in.done() ? std::optional{std::move(result)} : std::nullopt;
}

} // namespace

std::vector<std::string> write(const std::vector<unsent_hook>& all) {
  return in_records(all, [](wire_writer& out, const unsent_hook& x) {
    out.text(x.key);
    out.text(x.app);
    out.text(x.url);
    out.text(x.channel);
    out.flag(x.batch);
    out.text(x.body);
    out.difference(x.since_ms);
  });
}

std::optional<std::vector<unsent_hook>> read_unsent(std::string_view bytes) {
  return of_record<unsent_hook>(bytes, 7, [](wire_reader& in) {
    unsent_hook x;
    x.key = in.text();
    x.app = in.text();
    x.url = in.text();
    x.channel = in.text();
    x.batch = in.flag();
    x.body = in.text();
    x.since_ms = in.difference();
    return x;
  });
}

std::vector<std::string> write_keys(const std::vector<std::string>& all) {
  return in_records(
      all, [](wire_writer& out, const std::string& x) { out.text(x); });
}

std::string write_no_keys() {
  wire_writer out;
  out.number(unsent_format);
  out.number(0);
  return out.take();
}

std::optional<std::vector<std::string>> read_keys(std::string_view bytes) {
  return of_record<std::string>(
      bytes, 1, [](wire_reader& in) { return std::string{in.text()}; });
}

// -- ours ---------------------------------------------------------------------

void unsent_book::add(unsent_hook what) {
  if (what.body.size() > longest_body)
    return;
  auto key = what.key;
  if (all_.try_emplace(key, entry{std::move(what), std::nullopt}).second)
    untold_.push_back(std::move(key));
}

void unsent_book::done(const std::string& key) {
  auto at = all_.find(key);
  if (at == all_.end())
    return;
  if (at->second.held_by)
    over_[*at->second.held_by].push_back(key);
  all_.erase(at);
}

// In the order of their keys' numbers it would be nicer, but whoever takes over
// looks at channels, and what is of one channel comes in its order.
void unsent_book::look_again(const std::function<bool(node_number)>& is_new) {
  std::vector<const unsent_hook*> all;
  for (auto& [key, e] : all_) {
    if (e.held_by && is_new(*e.held_by))
      e.held_by.reset();
    all.push_back(&e.what);
  }
  std::sort(all.begin(), all.end(), [](auto* a, auto* b) {
    return std::tie(a->since_ms, a->key) < std::tie(b->since_ms, b->key);
  });
  untold_.clear();
  for (auto* each : all)
    untold_.push_back(each->key);
  std::erase_if(over_, [&](auto& x) { return is_new(x.first); });
}

std::map<node_number, unsent_book::news> unsent_book::tell(const holder& who,
                                                           std::size_t most) {
  std::map<node_number, news> result;
  for (auto& [node, keys] : std::exchange(over_, {}))
    result[node].done = std::move(keys);
  std::size_t bytes = 0;
  while (!untold_.empty() && bytes < most) {
    auto key = std::move(untold_.front());
    untold_.pop_front();
    auto at = all_.find(key);
    if (at == all_.end())
      continue; // delivered meanwhile
    auto& [what, held_by] = at->second;
    auto next = who(what.app, what.channel);
    if (next == held_by)
      continue;
    if (held_by)
      result[*held_by].done.push_back(key);
    held_by = next;
    if (!next)
      continue;
    bytes += what.body.size() + what.key.size() + what.url.size() + 64;
    result[*next].copy.push_back(what);
  }
  return result;
}

// -- of others ----------------------------------------------------------------

void kept_hooks::keep(node_number of, std::vector<unsent_hook> what) {
  auto& theirs = of_[of];
  for (auto& each : what)
    if (theirs.places.try_emplace(each.key, last_ + 1).second)
      theirs.all.emplace(++last_, std::move(each));
}

void kept_hooks::done(node_number of, const std::vector<std::string>& keys) {
  auto at = of_.find(of);
  if (at == of_.end())
    return;
  for (auto& key : keys)
    if (auto place = at->second.places.extract(key))
      at->second.all.erase(place.mapped());
}

std::vector<unsent_hook>
kept_hooks::orphans(const std::function<bool(node_number)>& is_there) {
  std::map<order, unsent_hook> all;
  for (auto at = of_.begin(); at != of_.end();) {
    if (is_there(at->first)) {
      ++at;
      continue;
    }
    all.merge(at->second.all);
    at = of_.erase(at);
  }
  std::vector<unsent_hook> result;
  for (auto& [place, what] : all)
    if (remember(what.key))
      result.push_back(std::move(what));
  return result;
}

// True if it was not known.
bool kept_hooks::remember(const std::string& key) {
  if (!taken_.insert(key).second)
    return false;
  taken_in_order_.push_back(key);
  for (; taken_in_order_.size() > max_taken; taken_in_order_.pop_front())
    taken_.erase(taken_in_order_.front());
  return true;
}

void kept_hooks::took(const std::string& key) {
  remember(key);
}

std::vector<std::string>
kept_hooks::taken(const std::vector<std::string>& keys) const {
  std::vector<std::string> result;
  for (auto& key : keys)
    if (taken_.contains(key))
      result.push_back(key);
  return result;
}

std::size_t kept_hooks::size() const noexcept {
  std::size_t result = 0;
  for (auto& [node, theirs] : of_)
    result += theirs.all.size();
  return result;
}

} // namespace tidewire::cluster
