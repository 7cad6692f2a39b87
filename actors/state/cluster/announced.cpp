#include "actors/state/cluster/announced.hpp"

#include "messages/wire.hpp"

#include <algorithm>

namespace tidewire::cluster {

namespace {

constexpr std::uint64_t format = 1;
constexpr std::size_t enough = std::size_t{256} * 1024;
constexpr std::uint64_t longest_delay_ms = 86'400'000;

} // namespace

std::string key_of(const announced_fact& what) {
  return "fact/" + what.app + '/' + what.channel + '/' + what.user;
}

std::vector<std::string> write(const std::vector<announced_fact>& all) {
  std::vector<std::string> result;
  for (std::size_t i = 0; i < all.size();) {
    wire_writer body;
    std::size_t count = 0;
    for (; i < all.size() && body.size() < enough; ++i, ++count) {
      auto& x = all[i];
      body.text(x.app);
      body.text(x.channel);
      body.text(x.user);
      body.flag(x.so);
      body.number(x.departs_ms ? 1 + std::min(*x.departs_ms, longest_delay_ms)
                               : 0);
    }
    wire_writer head;
    head.number(format);
    head.number(count);
    result.push_back(head.take() + body.bytes());
  }
  return result;
}

std::optional<std::vector<announced_fact>>
read_announced(std::string_view bytes) {
  wire_reader in{bytes};
  if (in.number() != format)
    return std::nullopt;
  std::vector<announced_fact> result;
  for (auto n = in.count(5); n > 0 && !in.failed(); --n) {
    announced_fact x;
    x.app = in.text();
    x.channel = in.text();
    x.user = in.text();
    x.so = in.flag();
    if (auto departs = in.number(longest_delay_ms + 1); departs != 0)
      x.departs_ms = departs - 1;
    result.push_back(std::move(x));
  }
  if (!in.done())
    return std::nullopt;
  return result;
}

std::string write_announced_all(std::uint64_t view) {
  wire_writer out;
  out.number(format);
  out.number(view);
  return out.take();
}

std::optional<std::uint64_t> read_announced_all(std::string_view bytes) {
  wire_reader in{bytes};
  if (in.number() != format)
    return std::nullopt;
  auto view = in.number();
  return in.done() ? std::optional{view} : std::nullopt;
}

void announced_copies::apply(const announced_fact& what) {
  std::pair key{what.app, what.channel};
  if (what.so) {
    kept_[std::move(key)].insert(what.user);
    return;
  }
  auto at = kept_.find(key);
  if (at == kept_.end())
    return;
  at->second.erase(what.user);
  if (at->second.empty())
    kept_.erase(at);
}

std::vector<announced_fact> announced_copies::choose(const chooser& ours,
                                                     const chooser& next) {
  std::vector<announced_fact> result;
  std::erase_if(kept_, [&](auto& x) {
    auto& [app, channel] = x.first;
    if (!ours(app, channel))
      return !next(app, channel);
    for (auto& user : x.second) // the empty one is the first
      result.push_back({app, channel, user});
    return true;
  });
  return result;
}

} // namespace tidewire::cluster
