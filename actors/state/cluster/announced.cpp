#include "actors/state/cluster/announced.hpp"

#include "messages/wire.hpp"

#include <algorithm>

namespace tidewire::cluster {

namespace {

constexpr std::uint64_t announced_format = 2;
constexpr std::size_t batch_bytes = std::size_t{256} * 1024;
constexpr std::uint64_t longest_delay_ms = 86'400'000;

std::string write_number(std::uint64_t x) {
  wire_writer out;
  out.number(announced_format);
  out.number(x);
  return out.take();
}

std::optional<std::uint64_t> read_number(std::string_view bytes) {
  wire_reader in{bytes};
  if (in.number() != announced_format)
    return std::nullopt;
  auto x = in.number();
  return in.done() ? std::optional{x} : std::nullopt;
}

} // namespace

std::string key_of(const announced_fact& what) {
  return "fact/" + what.app + '/' + what.channel + '/' + what.user;
}

std::vector<std::string> write(const std::vector<announced_fact>& all,
                               std::uint64_t number) {
  std::vector<std::string> result;
  for (std::size_t i = 0; i < all.size();) {
    wire_writer body;
    std::size_t count = 0;
    for (; i < all.size() && body.size() < batch_bytes; ++i, ++count) {
      auto& x = all[i];
      body.text(x.app);
      body.text(x.channel);
      body.text(x.user);
      body.flag(x.so);
      body.flag(x.apart);
      body.number(x.departs_ms ? 1 + std::min(*x.departs_ms, longest_delay_ms)
                               : 0);
    }
    wire_writer head;
    head.number(announced_format);
    head.number(number == 0 ? 0 : number++);
    head.number(count);
    result.push_back(head.take() + body.bytes());
  }
  return result;
}

std::optional<announced_facts> read_announced(std::string_view bytes) {
  wire_reader in{bytes};
  if (in.number() != announced_format)
    return std::nullopt;
  announced_facts result;
  result.number = in.number();
  for (auto n = in.count(6); n > 0 && !in.failed(); --n) {
    announced_fact x;
    x.app = in.text();
    x.channel = in.text();
    x.user = in.text();
    x.so = in.flag();
    x.apart = in.flag();
    if (auto departs = in.number(longest_delay_ms + 1); departs != 0)
      x.departs_ms = departs - 1;
    result.facts.push_back(std::move(x));
  }
  if (!in.done())
    return std::nullopt;
  return result;
}

std::string write_announced_all(std::uint64_t view) {
  return write_number(view);
}

std::optional<std::uint64_t> read_announced_all(std::string_view bytes) {
  return read_number(bytes);
}

std::string write_announced_taken(std::uint64_t number) {
  return write_number(number);
}

std::optional<std::uint64_t> read_announced_taken(std::string_view bytes) {
  return read_number(bytes);
}

void announced_copies::apply(const announced_fact& what, node_number from) {
  std::pair key{what.app, what.channel};
  if (what.so) {
    kept_[std::move(key)][what.user] = {from, what.apart};
    return;
  }
  auto at = kept_.find(key);
  if (at == kept_.end())
    return;
  at->second.erase(what.user);
  if (at->second.empty())
    kept_.erase(at);
}

void announced_copies::forget(node_number from) {
  for (auto& [channel, users] : kept_)
    std::erase_if(users, [from](auto& one) { return one.second.from == from; });
  std::erase_if(kept_, [](auto& x) { return x.second.empty(); });
}

std::vector<announced_fact> announced_copies::choose(const chooser& ours,
                                                     const chooser& next,
                                                     const left_over& left) {
  std::vector<announced_fact> result;
  for (auto at = kept_.begin(); at != kept_.end();) {
    auto& [app, channel] = at->first;
    auto& users = at->second;
    auto is_ours = ours(app, channel);
    for (auto one = users.begin(); one != users.end();) { // occupancy first
      auto& [user, said] = *one;
      if (!is_ours && !left(said.from)) {
        ++one;
        continue;
      }
      result.push_back({app, channel, user});
      if (said.doubted)
        result.push_back({app, channel, user, false, {}, true});
      one = users.erase(one);
    }
    at = users.empty() || !next(app, channel) ? kept_.erase(at) : ++at;
  }
  return result;
}

} // namespace tidewire::cluster
