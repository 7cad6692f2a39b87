#include "actors/usage/explanation.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace tidewire::usage {

namespace {

using commands::cell;
using commands::listing;
using commands::unit;
using commands::whole;

template <std::size_t Size>
std::size_t place_in(const std::array<band, Size>& bands,
                     std::int64_t x) noexcept {
  std::size_t at = 0;
  while (x >= bands[at].below)
    ++at;
  return at;
}

constexpr const char* ended = "ended meanwhile";

template <std::size_t Size>
listing bands_of(const char* key, const char* title, const char* name,
                 const std::array<band, Size>& bands,
                 const std::array<std::uint64_t, Size>& counts,
                 std::uint64_t rest) {
  listing out{key, {{name}, {"connections", unit::count}}, {}, title};
  for (std::size_t i = 0; i < Size; ++i)
    if (counts[i] != 0)
      out.rows.push_back({std::string{bands[i].name}, whole(counts[i])});
  if (rest != 0)
    out.rows.push_back({std::string{ended}, whole(rest)});
  return out;
}

using tally = std::map<std::string, std::uint64_t>;

std::vector<std::pair<std::string, std::uint64_t>> greatest(const tally& of,
                                                            std::size_t most) {
  std::vector<std::pair<std::string, std::uint64_t>> out{of.begin(), of.end()};
  auto middle =
      out.begin() + static_cast<std::ptrdiff_t>(std::min(most, out.size()));
  std::partial_sort(out.begin(), middle, out.end(), [](auto& a, auto& b) {
    return a.second != b.second ? a.second > b.second : a.first < b.first;
  });
  out.erase(middle, out.end());
  return out;
}

} // namespace

void explanation_part::freeze(std::uint64_t open, std::uint64_t serial,
                              std::int64_t now_ns) {
  frozen_ = true;
  open_ = open;
  serial_ = serial;
  at_ns_ = now_ns;
}

// The second half: who waited to be accepted then may be open now.
bool explanation_part::wants(std::uint64_t serial, std::int64_t opened_ns) {
  return serial <= serial_ && opened_ns <= at_ns_ && seen_ < open_
         && looked_.insert(serial).second;
}

void explanation_part::look(std::int64_t opened_ns, std::int64_t silent_ns,
                            std::size_t channels, const std::string* user) {
  constexpr std::int64_t second = 1'000'000'000;
  ++seen_;
  ++ages_[place_in(age_bands, (at_ns_ - opened_ns) / second)];
  ++silences_[place_in(silence_bands,
                       std::max<std::int64_t>(silent_ns, 0) / second)];
  ++subscriptions_[place_in(channel_bands,
                            static_cast<std::int64_t>(channels))];
  if (user)
    ++users_[*user];
  else
    ++without_user_;
}

explanation::explanation(std::vector<explanation_part> parts)
    : parts_(std::move(parts)) {
  for (auto& x : parts_) {
    gauge_ += x.open_;
    seen_ += x.seen_;
  }
}

std::vector<commands::section> explanation::sections(std::string_view node,
                                                     std::size_t top) const {
  explanation_part sum;
  tally users, channels;
  listing nodes{
      "nodes", {{"node"}, {"connections", unit::count}}, {}, "By node"};
  listing reactors{"reactors",
                   {{"reactor", unit::number}, {"connections", unit::count}},
                   {},
                   "By reactor"};
  nodes.rows.push_back({std::string{node}, whole(gauge_)});
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    auto& x = parts_[i];
    reactors.rows.push_back({whole(i), whole(x.open_)});
    auto add = [](auto& to, auto& from) {
      for (std::size_t k = 0; k < to.size(); ++k)
        to[k] += from[k];
    };
    add(sum.ages_, x.ages_);
    add(sum.silences_, x.silences_);
    add(sum.subscriptions_, x.subscriptions_);
    sum.without_user_ += x.without_user_;
    for (auto& [id, times] : x.users_)
      users[id] += times;
    for (auto& [name, times] : x.channels_)
      channels[name] += times;
  }
  auto rest = gauge_ - seen_;
  std::vector<commands::section> out;
  out.emplace_back(std::move(nodes));
  out.emplace_back(std::move(reactors));
  out.emplace_back(
      bands_of("ages", "By age", "age", age_bands, sum.ages_, rest));
  out.emplace_back(bands_of("last_heard", "By how long the client is silent",
                            "silent", silence_bands, sum.silences_, rest));
  out.emplace_back(bands_of("subscriptions", "By channels subscribed to",
                            "channels", channel_bands, sum.subscriptions_,
                            rest));
  listing tabs{
      "tabs",
      {{"user_has"}, {"users", unit::count}, {"connections", unit::count}},
      {},
      "By user"};
  std::map<std::uint64_t, std::uint64_t> by_tabs;
  for (auto& [id, times] : users)
    ++by_tabs[std::min<std::uint64_t>(times, 5)];
  std::uint64_t with_user = 0;
  for (auto& [id, times] : users)
    with_user += times;
  auto left = with_user;
  for (auto& [count, n] : by_tabs) {
    auto connections = count < 5 ? count * n : left;
    left -= std::min(left, connections);
    tabs.rows.push_back(
        {count < 5 ? std::to_string(count) : std::string{"5 or more"}, whole(n),
         whole(connections)});
  }
  if (sum.without_user_ != 0)
    tabs.rows.push_back(
        {std::string{"no user"}, cell{}, whole(sum.without_user_)});
  if (rest != 0)
    tabs.rows.push_back({std::string{ended}, cell{}, whole(rest)});
  out.emplace_back(std::move(tabs));
  listing several{"users_with_several",
                  {{"user"}, {"connections", unit::count}},
                  {},
                  "Users with several connections"};
  for (auto& [id, times] : greatest(users, top))
    if (times > 1)
      several.rows.push_back({id, whole(times)});
  if (!several.rows.empty())
    out.emplace_back(std::move(several));
  listing list{"channels",
               {{"channel"}, {"connections", unit::count}},
               {},
               "Channels (they overlap, and do not add up)"};
  for (auto& [name, times] : greatest(channels, top))
    list.rows.push_back({name, whole(times)});
  if (!list.rows.empty())
    out.emplace_back(std::move(list));
  return out;
}

} // namespace tidewire::usage
