#include "actors/usage/question.hpp"

#include <algorithm>

namespace tidewire::usage {

namespace {

// A server that runs writes each second; what it has not written yet is not
// unknown.
constexpr std::int64_t still_writing = 15;

} // namespace

std::string sentence(std::string text) {
  if (!text.empty() && text.front() >= 'a' && text.front() <= 'z')
    text.front() = static_cast<char>(text.front() - 'a' + 'A');
  if (!text.ends_with('.'))
    text += '.';
  return text;
}

subject subject::app(std::string id) {
  subject out{scope::app, id, {}};
  out.apps.push_back({std::move(id)});
  return out;
}

subject subject::account(std::string name,
                         const std::vector<std::string>& apps) {
  subject out{scope::account, std::move(name), {}};
  for (auto& id : apps)
    out.apps.push_back({id});
  std::sort(out.apps.begin(), out.apps.end());
  out.apps.erase(std::unique(out.apps.begin(), out.apps.end()), out.apps.end());
  return out;
}

subject subject::all() {
  return {scope::all, {}, {meter::all_apps}};
}

std::string_view name_of(subject::scope of) noexcept {
  switch (of) {
  case subject::scope::app:
    return "app";
  case subject::scope::account:
    return "account";
  default:
    return "all";
  }
}

std::string title_of(const subject& whose) {
  if (whose.of == subject::scope::all)
    return "all apps";
  return std::string{name_of(whose.of)} + ' ' + whose.name;
}

std::variant<period, std::string>
period_of(std::string_view window, std::string_view from, std::string_view to,
          std::string_view zone, std::int64_t interval, std::int64_t now,
          std::optional<meter::tick> last_tick) {
  std::string text{window};
  if (from.empty() && !to.empty())
    return "There is an end, but no beginning: give --from, too.";
  if (!from.empty())
    text = std::string{from} + '/'
           + (to.empty() || to == "now" ? meter::render_time(now, "UTC")
                                        : std::string{to});
  auto found = meter::parse_window(text, zone, now);
  if (auto* error = std::get_if<meter::window_error>(&found))
    return sentence(error->message);
  period out{std::get<meter::window>(found), std::string{zone}, interval};
  auto until = now;
  if (last_tick && now - last_tick->number < still_writing)
    until = std::min(now, last_tick->number);
  if (out.over.to > until) {
    out.over.to = until;
    out.so_far = true;
  }
  if (out.over.to <= out.over.from)
    return "That is in the future: nothing is known of it.";
  if (auto wrong = meter::check(out.over, interval))
    return sentence(wrong->message);
  return out;
}

} // namespace tidewire::usage
