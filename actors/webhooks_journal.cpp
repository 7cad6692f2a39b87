// How WEBHOOKS deals with its journal, and with its absence.
#include "actors/webhooks.hpp"

#include "actors/app_requests.hpp"
#include "messages/lifecycle.hpp"
#include "net/log.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <filesystem>

namespace tidewire {

namespace {

using namespace std::chrono_literals;

// Dead letters that wait for the disk to come back; more are lost.
constexpr std::size_t max_unburied = 1000;

// Others have come by then, or are not there to be asked.
constexpr auto ask_for = 5s;

webhook_answer sentence(unsigned status, std::string_view text) {
  return {status, refusal(status, {}, text).body};
}

} // namespace

// Where no app ever had a webhook there is no file either.
void webhooks::restore() {
  std::error_code no;
  prune_at_ns_ = host().now() + in_ns(1min);
  if (filters_.any() || std::filesystem::exists(office_.file, no))
    open_journal();
}

// What is known already, because the file could not be read at first, stays.
bool webhooks::load() {
  auto found = journal_->load();
  auto count = found.deliveries.size(), said = found.what.size();
  if (office_.clustered && office_.ask_until_ns == 0)
    office_.ask_until_ns = host().now() + in_ns(ask_for);
  if (host().now() < office_.ask_until_ns) {
    old_ = {std::move(found.deliveries), std::move(found.waiting),
            std::move(found.what)};
  } else {
    for (auto& x : found.what)
      restore(x);
    for (auto& x : found.deliveries)
      restore(std::move(x));
    for (auto& x : found.waiting)
      restore(std::move(x));
  }
  if (count + said != 0)
    log_info("webhooks_restored",
             "{} webhooks wait to be delivered, {} channels and members were "
             "announced",
             count, said);
  return true;
}

bool webhooks::open_journal() {
  if (journal_ && loaded_)
    return true;
  try {
    if (!journal_)
      journal_ = std::make_unique<webhook_journal>(office_.file);
    return loaded_ = load();
  } catch (const sqlite::error& e) {
    journal_failed(e.what());
    return false;
  }
}

// -- writing ------------------------------------------------------------------

// Without a disk webhooks are sent all the same; what is known is written anew
// when it comes back, so nothing piles up meanwhile.
void webhooks::commit() {
  auto entries = std::exchange(todo_.journal, {});
  for (auto& x : entries)
    note_unsent(x);
  auto now = host().now();
  for (auto& x : entries)
    if (auto* dead = std::get_if<bury_delivery>(&x);
        dead && dead_logged_ns_ <= now) {
      dead_logged_ns_ = now + in_ns(1s);
      auto to = net::parse_url(dead->what.url);
      log_warning("webhook_dead",
                  "webhook {} of app {} is a dead letter after {} tries at {}: "
                  "{}",
                  dead->what.id, dead->what.app, dead->what.attempts,
                  to ? to->authority : "nowhere", dead->reason);
    }
  if (!behind_) {
    if (entries.empty() || !open_journal()) {
      if (!entries.empty())
        behind_ = true;
    } else {
      try {
        journal_->write(entries);
        return;
      } catch (const sqlite::error& e) {
        journal_failed(e.what());
      }
    }
  }
  for (auto& x : entries)
    if (std::holds_alternative<bury_delivery>(x)
        && unburied_.size() < max_unburied)
      unburied_.push_back(std::move(x));
  if (behind_ && try_again_ns_ <= now && write_anew()) {
    behind_ = false;
    log_info("webhooks_journal_back", "{} is written again", office_.file);
  }
}

std::vector<journal_entry> webhooks::everything() const {
  auto out = queue_.snapshot();
  for (auto& x : old_.deliveries)
    out.emplace_back(put_delivery{x});
  for (auto& x : old_.waiting)
    out.emplace_back(put_waiting{x});
  for (auto& x : old_.said)
    out.emplace_back(remember_announced{x.app, x.channel, x.user});
  state_.for_each_announced(
      [&](const channel_key& key) {
        out.emplace_back(
            remember_announced{office_.apps[key.app].id, key.name, {}});
      },
      [&](const channel_key& key, const std::string& user) {
        out.emplace_back(
            remember_announced{office_.apps[key.app].id, key.name, user});
      });
  out.insert(out.end(), unburied_.begin(), unburied_.end());
  return out;
}

bool webhooks::write_anew() {
  if (!open_journal())
    return false;
  try {
    journal_->rewrite(everything());
    unburied_.clear();
    return true;
  } catch (const sqlite::error& e) {
    journal_failed(e.what());
    return false;
  }
}

void webhooks::journal_failed(const std::string& why) {
  try_again_ns_ = host().now() + in_ns(1s);
  if (std::exchange(behind_, true))
    return;
  log_error("webhooks_journal_failed",
            "{}; webhooks are sent, but a crash now would lose or repeat some "
            "of them",
            why);
}

void webhooks::prune() {
  prune_at_ns_ = host().now() + in_ns(1min);
  if (!journal_ || behind_)
    return;
  try {
    journal_->prune(now_ms() - office_.settings.keep_dead.count(),
                    office_.settings.max_dead);
  } catch (const sqlite::error& e) {
    journal_failed(e.what());
  }
}

// -- dead letters -------------------------------------------------------------

webhook_answer webhooks::list_dead(const list_dead_letters& x) {
  try {
    commit();
    boost::json::array list;
    std::uint64_t total = 0;
    if (journal_) {
      total = journal_->count_dead(x.app);
      for (auto& each : journal_->dead(x.app, x.limit)) {
        boost::json::object one;
        one["id"] = each.what.id;
        one["url"] = each.what.url;
        one["body"] = each.what.body;
        one["created_ms"] = each.what.created_ms;
        one["attempts"] = each.what.attempts;
        one["dead_ms"] = each.at_ms;
        one["reason"] = each.reason;
        list.push_back(std::move(one));
      }
    }
    boost::json::object out;
    out["total"] = total;
    out["dead"] = std::move(list);
    return {200, boost::json::serialize(out)};
  } catch (const sqlite::error& e) {
    return sentence(503, e.what());
  }
}

webhook_answer webhooks::replay(const replay_dead_letters& x) {
  if (behind_)
    return sentence(503, "The journal cannot be written now; see the log.");
  try {
    commit();
    std::size_t count = 0;
    std::uint64_t left = 0;
    if (journal_) {
      auto now = now_ms();
      for (auto& each : journal_->revivable(x.app, x.id, queue_.room(x.app))) {
        each.created_ms = each.next_ms = now; // a new time to be tried in
        todo_.journal.emplace_back(put_delivery{each});
        queue_.restore(std::move(each));
        ++count;
      }
      commit();
      left = journal_ ? journal_->count_dead(x.app) : 0;
    }
    if (count == 0 && !x.id.empty())
      return sentence(404, "There is no dead letter with that id.");
    boost::json::object out;
    out["replayed"] = count;
    out["left"] = left;
    return {200, boost::json::serialize(out)};
  } catch (const sqlite::error& e) {
    return sentence(503, e.what());
  }
}

} // namespace tidewire
