// The REGISTRY among those of other nodes.
#include "actors/app_rows.hpp"
#include "actors/registry.hpp"
#include "actors/registry_turn.hpp"
#include "config/amend.hpp"
#include "net/log.hpp"
#include "net/reactor.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <utility>

namespace tidewire {

namespace {

// Whoever is linked and does not answer for so long will hear of it later.
constexpr std::int64_t change_patience_ns = 1'000'000'000;
constexpr std::int64_t store_pause_ns = 1'000'000'000;

// Of changes that came together, so many are told one by one.
constexpr std::size_t told_apart = 5;

std::int64_t unix_s() {
  return std::chrono::duration_cast<std::chrono::seconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::string what_became_of(const cluster::shared_row& row) {
  return "app " + row.id + " was "
         + (row.gone                 ? "deleted"
            : row.stamp.version == 1 ? "created"
                                     : "changed")
         + " on node " + row.stamp.writer.node;
}

} // namespace

caf::message_handler registry::in_cluster() {
  if (!state_->tell)
    return {};
  return {
      [this](registry_turn) { tick(); },
      [this](const registry_linked& x) {
        for (auto& record : state_->files.records())
          state_->tell(x.who, cluster::file_notes_kind, std::move(record));
        cluster::shared_effects out;
        state_->rows.linked(x.who, net::steady_ns(), out);
        act(out);
      },
      [this](const registry_unlinked& x) {
        state_->files.unlinked(x.who);
        cluster::shared_effects out;
        state_->rows.unlinked(x.who, net::steady_ns(), out);
        act(out);
        state_->compare_files();
        answer_followed();
      },
      [this](const shared_record& x) { receive(x); },
  };
}

void registry::receive(const shared_record& x) {
  cluster::shared_effects out;
  auto known = x.kind == cluster::file_notes_kind
                   ? state_->files.receive(x.from, x.bytes)
                   : state_->rows.receive(x.from, x.kind, x.bytes,
                                          net::steady_ns(), out);
  if (!known)
    log_warning("record_malformed",
                "node {} sent a record (kind {}) that cannot be read",
                x.from.node, static_cast<unsigned>(x.kind));
  if (x.kind == cluster::file_notes_kind)
    state_->compare_files();
  act(out);
  answer_followed();
}

// Whoever told it is answered when it holds here: then it has been followed.
void registry::act(cluster::shared_effects& what) {
  for (auto& x : what.send)
    state_->tell(x.to, x.kind, std::move(x.bytes));
  auto& all = state_->dropped;
  for (auto& id : what.changed) // what was dropped before is settled
    std::erase_if(all, [&](auto& x) { return x.first == id; });
  for (auto& x : what.clashes) {
    if (is_grace(x.kept.id))
      continue; // that one holds which holds
    auto sentence = sentence_of_clash(x.kept, x.dropped);
    std::pair one{x.kept.id, sentence};
    if (std::find(all.begin(), all.end(), one) != all.end())
      continue;
    all.push_back(std::move(one));
    if (auto lost = x.dropped.gone ? app_of_row{} : read_app(x.dropped);
        lost.app)
      log_warning("app_dropped", "What was dropped of app {}: {}", x.kept.id,
                  config::render_json(*lost.app, config::secrets::hidden));
  }
  auto followed = [tell = state_->tell, to = what.answer](const admin_answer&) {
    if (to)
      tell(to->first, cluster::shared_taken_kind,
           cluster::write_shared_taken(to->second));
  };
  if (!what.changed.empty()) {
    adopt(what.changed, followed);
  } else {
    if (!what.clashes.empty())
      state_->compare_files();
    followed({});
  }
}

// Others go by it already: it holds here, too, whatever the disk says.
void registry::adopt(const std::vector<std::string>& ids, const done& then) {
  auto strange = state_->go_by(ids);
  std::vector<std::string> known;
  for (auto& id : ids)
    if (!strange.contains(id))
      known.push_back(id);
  store(known);
  auto graces = std::stable_partition(known.begin(), known.end(),
                                      [](auto& id) { return !is_grace(id); });
  std::for_each(graces, known.end(), [this](auto& id) { adopt_grace(id); });
  known.erase(graces, known.end());
  state_->compare_files();
  if (known.size() <= told_apart)
    for (auto& id : known)
      log_info("app_changed", "{}", what_became_of(*state_->rows.find(id)));
  else
    log_info("apps_changed", "{} apps were changed on other nodes",
             known.size());
  hand_out({}, then);
}

// `target` is the id of the row, `body` when it ends, or 0. It holds here
// already.
void registry::spread_grace(const admin_call& call, const done& then) {
  if (!state_->tell) {
    then({204, {}});
    return;
  }
  auto given = std::strtoll(call.body.c_str(), nullptr, 10) > 0;
  auto row = state_->rows.next(call.target,
                               given ? std::optional{call.body} : std::nullopt);
  cluster::shared_effects told;
  state_->rows.put(std::move(row), net::steady_ns(), told);
  store({call.target});
  act(told);
  when_followed(call.target, {204, {}}, then);
}

void registry::adopt_grace(const std::string& id) {
  auto grace = read_grace(*state_->rows.find(id));
  if (!grace || !state_->grant)
    return;
  if (grace->until_s == 0 || unix_s() < grace->until_s)
    state_->grant(grace->whose, grace->until_s);
}

void registry::store(const std::vector<std::string>& ids) {
  auto& unsafe = state_->unsafe;
  auto were_safe = unsafe.empty();
  unsafe.insert(ids.begin(), ids.end());
  if (!state_->store || unsafe.empty())
    return;
  std::vector<cluster::shared_row> rows;
  for (auto& id : unsafe)
    rows.push_back(*state_->rows.find(id));
  try {
    state_->store->put(rows);
    unsafe.clear();
  } catch (const sqlite::error& error) {
    store_again_ns_ = net::steady_ns() + store_pause_ns;
    if (were_safe)
      log_error("apps_db_failed",
                "what other nodes have changed could not be stored: {}; it "
                "holds all the same, and after a restart the others tell it "
                "again",
                error.what());
  }
}

void registry::tell_files() {
  if (!state_->tell)
    return;
  for (auto& who : state_->rows.peers())
    for (auto& record : state_->files.records())
      state_->tell(who, cluster::file_notes_kind, std::move(record));
}

void registry::tick() {
  auto now = net::steady_ns();
  cluster::shared_effects out;
  state_->rows.tick(now, out);
  act(out);
  if (!state_->unsafe.empty() && store_again_ns_ <= now)
    store({});
  answer_followed();
}

// -- answers ------------------------------------------------------------------

void registry::when_followed(const std::string& id, admin_answer answer,
                             done then) {
  following_.push_back({id, net::steady_ns() + change_patience_ns,
                        std::move(answer), std::move(then)});
  answer_followed();
}

void registry::answer_followed() {
  auto now = net::steady_ns();
  std::vector<follower> ready;
  for (auto& each : std::exchange(following_, {})) {
    auto missing = state_->rows.missing(each.id);
    if (!missing.empty() && now < each.until_ns) {
      following_.push_back(std::move(each));
      continue;
    }
    for (auto& who : missing)
      log_warning("app_change_slow",
                  "node {} has not said yet that it goes by the change of {}; "
                  "it is told until it does",
                  who.node, each.id);
    ready.push_back(std::move(each));
  }
  for (auto& each : ready)
    each.then(each.answer);
}

} // namespace tidewire
