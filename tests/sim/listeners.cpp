#include "tests/sim/listeners.hpp"

#include "tests/sim/truth.hpp"

#include <charconv>

namespace tidewire::sim {

namespace {

// The value of a field of a text that a server rendered: names, ids and numbers
// here need no escapes.
std::string_view field(std::string_view text, std::string_view name) {
  auto at = text.find(name);
  if (at == text.npos)
    return {};
  text.remove_prefix(at + name.size());
  return text.substr(0, text.find_first_of("\"\\"));
}

// The ids in the list of members: "ids\":[\"a\",\"b\"].
std::vector<std::string> ids_in(std::string_view text) {
  std::vector<std::string> result;
  auto at = text.find("\\\"ids\\\":[");
  if (at == text.npos)
    return result;
  text.remove_prefix(at + 10);
  text = text.substr(0, text.find(']'));
  while (!text.empty()) {
    auto begin = text.find("user-");
    if (begin == text.npos)
      break;
    text.remove_prefix(begin);
    auto end = text.find('\\');
    result.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end, text.size()));
  }
  return result;
}

} // namespace

std::string text_of(const channel_of& x) {
  return std::string{channel_name[x.name]} + " of app " + app_names[x.app];
}

std::optional<std::uint32_t> channel_called(std::string_view name) noexcept {
  for (std::uint32_t i = 0; i < channel_names; ++i)
    if (name == channel_name[i])
      return i;
  return {};
}

std::string user_of(std::uint32_t client) {
  return "user-" + std::to_string(client % 5);
}

// -- servers ------------------------------------------------------------------

void listeners::asked(visit v, const channel_of& c, instant at) {
  auto& to = ears_[{v, c}];
  to = {};
  to.asked = at;
}

void listeners::left(visit v, const channel_of& c) {
  ears_.erase({v, c});
}

void listeners::closed(visit v) {
  ears_.erase(ears_.lower_bound({v, {}}), ears_.lower_bound({v + 1, {}}));
}

std::uint64_t listeners::published(const channel_of& c, process by, instant at,
                                   std::vector<visit> audience) {
  publishes_.push_back({c, by, at, std::move(audience), {}, never, {}});
  return publishes_.size() - 1;
}

void listeners::answered(std::uint64_t number, bool complete, instant at) {
  auto& x = publishes_[number];
  x.answer = complete;
  x.answered = at;
}

void listeners::sent(std::uint64_t number, process owner) {
  auto& x = publishes_[number];
  if (!x.sent.contains(owner))
    x.sent[owner] = ++sent_[{owner, x.where}];
}

// -- clients ------------------------------------------------------------------

const listeners::ear* listeners::find(visit v, const channel_of& c) const {
  auto at = ears_.find({v, c});
  return at == ears_.end() ? nullptr : &at->second;
}

std::string listeners::hear(visit v, std::uint32_t client, std::uint32_t app,
                            std::string_view text, instant at,
                            std::optional<channel_of>& refused) {
  auto name = field(text, "\"event\":\"");
  auto channel = channel_called(field(text, "\"channel\":\""));
  if (!channel)
    return "a text names no channel: " + std::string{text};
  channel_of c{app, *channel};
  auto found = ears_.find({v, c});
  if (found == ears_.end())
    return "is told of a channel that it has left: " + std::string{text};
  auto& to = found->second;
  auto said = [&](const char* what) {
    return what + (" " + std::string{field(text, "user_id\\\":\\\"")});
  };
  if (name == "pusher_internal:subscription_succeeded") {
    if (to.since)
      return "is told twice that it succeeded";
    to.since = at;
    if (c.members())
      for (auto& id : ids_in(text))
        if (!to.members.insert(id).second)
          return "is shown " + id + " twice in the list";
    if (c.members() && !to.members.contains(user_of(client)))
      return "does not find itself in the list";
    return {};
  }
  if (name == "pusher:subscription_error") {
    if (to.since)
      return "is refused what it was granted";
    ears_.erase(found);
    refused = c;
    return {};
  }
  if (!to.since)
    return "is told something before it succeeded: " + std::string{text};
  if (name == "pusher_internal:member_added")
    return to.members.insert(std::string{field(text, "user_id\\\":\\\"")})
                   .second
               ? std::string{}
               : said("is told twice of the coming of");
  if (name == "pusher_internal:member_removed")
    return to.members.erase(std::string{field(text, "user_id\\\":\\\"")}) == 1
               ? std::string{}
               : said("is told of the going of one who was not there,");
  if (name == "pusher:cache_miss")
    return std::exchange(to.greeted, true) ? "is greeted twice" : std::string{};
  std::uint64_t number = 0;
  auto digits = name.substr(std::min<std::size_t>(2, name.size()));
  if (std::from_chars(digits.data(), digits.data() + digits.size(), number).ec
          != std::errc{}
      || number >= publishes_.size())
    return "is told something unknown: " + std::string{text};
  return hear_event(to, c, number);
}

// What a cache channel greets with is in nobody's order. OPEN: when the owner
// changes, the new one may greet with an event that the old one's word of is
// still under way to that edge; then it comes once more.
std::string listeners::hear_event(ear& to, const channel_of& c,
                                  std::uint64_t number) {
  auto name = "event " + std::to_string(number);
  if (c.keeps() && !std::exchange(to.greeted, true)) {
    to.greeting = number;
    to.heard.insert(number);
    return {};
  }
  if (!to.heard.insert(number).second)
    return "gets " + name + " twice";
  auto& x = publishes_[number];
  if (x.where != c)
    return "gets " + name + " in another channel";
  for (auto& [owner, which] : x.sent)
    if (x.sent.size() == 1 && std::exchange(to.last_of[owner], which) > which)
      return "gets " + name + " behind one that its owner sent after it";
  return {};
}

} // namespace tidewire::sim
