#include "actors/waiting_room.hpp"

#include "actors/connection.hpp"
#include "actors/front.hpp"
#include "actors/refusal.hpp"
#include "actors/shard.hpp"
#include "net/http_text.hpp"

#include <caf/send.hpp>

#include <algorithm>
#include <utility>

namespace tidewire {

namespace {

// Of one reactor; a held handshake costs what an open connection does.
constexpr std::size_t most_waiting = 8192;

} // namespace

bool waiting_room::enter(patient_handshake&& who) {
  auto app = who.who.app;
  return enter(app, {home_.host.now(), nullptr, std::move(who)});
}

bool waiting_room::enter(connection& who) {
  return enter(who.app(), {home_.host.now(), &who, std::nullopt});
}

bool waiting_room::enter(app_index app, waiter&& who) {
  if (count_ >= most_waiting)
    return false;
  lines_[app].push_back(std::move(who));
  changed_.insert(app);
  ++count_;
  return true;
}

void waiting_room::leave(connection& who) {
  auto line = lines_.find(who.app());
  if (line == lines_.end())
    return;
  count_ -= std::erase_if(line->second,
                          [&](auto& x) { return x.authorized == &who; });
  changed_.insert(who.app());
  if (line->second.empty())
    lines_.erase(line);
}

// Whoever is let in may say something, so the line is looked up each time.
void waiting_room::more(const permits_came& what) {
  for (auto app : what.apps)
    for (auto line = lines_.find(app); line != lines_.end();
         line = lines_.find(app)) {
      if (!let_in(app, line->second.front()))
        break;
    }
}

// False if there is no permit for it.
bool waiting_room::let_in(app_index app, waiter& first) {
  if (home_.draining || !home_.apps[app].enabled)
    return false;
  auto& quotas = home_.quotas;
  std::variant<permit, refuse_reason> door = refuse_reason::abandoned;
  if (first.handshake)
    door = quotas.admit(first.handshake->who, home_.apps[app],
                        home_.settings.limits, home_.host.now());
  else if (!first.authorized->may_count())
    return false;
  auto* why = std::get_if<refuse_reason>(&door);
  if (first.handshake && why && *why == refuse_reason::app_full)
    return false;
  auto who = std::move(first);
  auto line = lines_.find(app);
  line->second.pop_front();
  if (line->second.empty())
    lines_.erase(line);
  changed_.insert(app);
  --count_;
  if (who.authorized) {
    who.authorized->permit_came();
    return true;
  }
  if (why) {
    send_away(app, std::move(who), *why, true);
    return true;
  }
  auto& handshake = *who.handshake;
  if (auto* session = handshake.session.answer()) {
    auto& deflate = handshake.deflate;
    connection::open(home_, app, *session,
                     net::switching_protocols(handshake.key,
                                              deflate ? deflate->answer() : ""),
                     deflate, std::get<permit>(door));
  } else {
    quotas.leave(app, std::get<permit>(door));
    home_.note_refused(app, refuse_reason::abandoned);
  }
  return true;
}

void waiting_room::refuse(const permits_refused& what) {
  for (auto& each : what.apps)
    send_away_before(each.app, each.asked_before_ns, each.full);
}

void waiting_room::tick(std::int64_t now_ns) {
  if (lines_.empty())
    return;
  auto patience =
      std::chrono::nanoseconds{home_.settings.limits.permit_wait}.count();
  std::vector<app_index> apps;
  for (auto& [app, line] : lines_)
    apps.push_back(app);
  for (auto app : apps)
    send_away_before(app, now_ns - patience, false);
}

void waiting_room::send_away_before(app_index app, std::int64_t before_ns,
                                    bool full) {
  for (auto line = lines_.find(app);
       line != lines_.end() && line->second.front().since_ns < before_ns;
       line = lines_.find(app)) {
    auto who = std::move(line->second.front());
    line->second.pop_front();
    if (line->second.empty())
      lines_.erase(line);
    changed_.insert(app);
    --count_;
    send_away(app, std::move(who), refuse_reason::app_full, full);
  }
}

void waiting_room::send_away(app_index app, waiter&& who, refuse_reason why,
                             bool full) {
  auto code =
      code_of(why, home_.quotas.ruling(app), !full || home_.quotas.moving(app));
  if (who.authorized) {
    who.authorized->no_permit(code);
    return;
  }
  auto& handshake = *who.handshake;
  auto* session = handshake.session.answer();
  home_.note_refused(app, session ? why : refuse_reason::abandoned);
  if (session)
    session->finish_with(refusal_of_handshake(
        handshake.key, code, pusher::info_of(code).reason, handshake.protocol));
}

void waiting_room::flush() {
  if (changed_.empty())
    return;
  permits_wanted what{home_.host.index(), {}};
  for (auto app : std::exchange(changed_, {})) {
    auto line = lines_.find(app);
    auto count = line == lines_.end() ? 0 : line->second.size();
    what.apps.push_back({app, static_cast<std::uint32_t>(count)});
  }
  caf::anon_send(home_.gauge, std::move(what));
}

void waiting_room::state_again() {
  for (auto& [app, line] : lines_)
    changed_.insert(app);
}

void waiting_room::clear() {
  lines_.clear();
  count_ = 0;
}

} // namespace tidewire
