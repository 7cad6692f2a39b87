// WEBHOOKS among others: who delivers what a node had not delivered when it
// died, and what a node that comes back need not deliver any more.
#include "actors/webhooks.hpp"
#include "net/log.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <chrono>
#include <set>
#include <utility>

namespace tidewire {

namespace {

namespace json = boost::json;

constexpr std::int64_t unsent_pause_ns = 20'000'000;
constexpr std::size_t at_once = std::size_t{256} * 1024;

struct one_event {
  std::string channel;
  std::string text;
};

// The events of a body that a server of ours made.
std::vector<one_event> events_in(const std::string& body) {
  json::error_code error;
  auto tree = json::parse(body, error);
  std::vector<one_event> result;
  auto* object = error ? nullptr : tree.if_object();
  auto* list = object ? object->if_contains("events") : nullptr;
  if (!list || !list->is_array())
    return result;
  for (auto& each : list->get_array()) {
    auto* event = each.if_object();
    auto* name = event ? event->if_contains("channel") : nullptr;
    if (name && name->is_string())
      result.push_back(
          {std::string{name->get_string()}, json::serialize(each)});
  }
  return result;
}

} // namespace

// -- the office ---------------------------------------------------------------

std::optional<node_number>
webhook_office::keeper_of(std::string_view app,
                          std::string_view channel) const {
  auto& placed = among.placed();
  if (!placed)
    return std::nullopt;
  if (auto owner = node_of(placed->owner_of(app, channel)); owner != 0)
    return owner;
  auto next = placed->runner_up_of(app, channel);
  return next ? std::optional{node_of(*next)} : std::nullopt;
}

// What cannot be read is as if it had not come: then it is not kept here.
void webhook_office::arrived_unsent(node_number from, cluster::record_kind kind,
                                    const std::string& bytes) {
  if (kind == cluster::unsent_copy_kind) {
    if (auto hooks = cluster::read_unsent(bytes))
      kept.keep(from, std::move(*hooks));
    return;
  }
  auto keys = cluster::read_keys(bytes);
  if (!keys)
    return;
  if (kind == cluster::unsent_done_kind) {
    kept.done(from, *keys);
  } else if (kind == cluster::unsent_ask_kind) {
    for (auto& record : cluster::write_keys(kept.taken(*keys)))
      tell(from, cluster::unsent_known_kind, std::move(record));
    tell(from, cluster::unsent_known_kind, cluster::write_no_keys());
  } else if (kind == cluster::unsent_known_kind) {
    if (keys->empty() && answers_missing[from] > 0)
      --answers_missing[from];
    for (auto& each : *keys)
      delivered_elsewhere.push_back(std::move(each));
  }
}

// -- copies -------------------------------------------------------------------

bool webhooks::copies_due() const {
  return (office_.among.has_copies() || office_.unsent.has_news())
         && copies_at_ns_ <= host().now();
}

// A batch is made of events that are known; one that is not, because an earlier
// life made it, goes as a whole.
void webhooks::note_unsent(const journal_entry& x) {
  if (!office_.sends)
    return;
  if (auto* event = std::get_if<put_waiting>(&x)) {
    auto& e = event->what;
    office_.unsent.add(
        {key_of(e), e.app, e.url, e.channel, true, e.event, e.since_ms});
  } else if (auto* made = std::get_if<put_delivery>(&x)) {
    auto& d = made->what;
    if (std::any_of(d.events.begin(), d.events.end(),
                    [&](auto& key) { return office_.unsent.has(key); }))
      office_.batches[d.id] = d.events;
    else
      office_.unsent.add(
          {d.id, d.app, d.url, d.stream, false, d.body, d.created_ms});
  } else {
    auto* dropped = std::get_if<drop_delivery>(&x);
    auto* dead = std::get_if<bury_delivery>(&x);
    if (!dropped && !dead)
      return;
    auto& id = dropped ? dropped->id : dead->what.id;
    office_.unsent.done(id);
    if (auto batch = office_.batches.extract(id))
      for (auto& key : batch.mapped())
        office_.unsent.done(key);
  }
}

// False: there is more to say than the links take now.
bool webhooks::tell_unsent() {
  if (!office_.among.placed() || !office_.unsent.has_news())
    return true;
  copies_at_ns_ = host().now() + unsent_pause_ns;
  if (office_.may_tell && !office_.may_tell())
    return false;
  auto news = office_.unsent.tell(
      [this](std::string_view app, std::string_view channel) {
        return office_.keeper_of(app, channel);
      },
      at_once);
  for (auto& [node, what] : news) {
    for (auto& record : cluster::write(what.copy))
      office_.tell(node, cluster::unsent_copy_kind, std::move(record));
    for (auto& record : cluster::write_keys(what.done))
      office_.tell(node, cluster::unsent_done_kind, std::move(record));
  }
  if (office_.unsent.has_news())
    return false;
  copies_at_ns_ = 0;
  return true;
}

// -- what a node that is gone has left ----------------------------------------

void webhooks::wait_for_batch(waiting_event what) {
  todo_.journal.emplace_back(put_waiting{what});
  auto* e = filters_.find(office_.apps.by_id(what.app), what.url);
  queue_.restore(std::move(what), e ? e->rules : endpoint_rules{});
}

// With the id and the body that it had: whoever has got it already knows it
// again. In a batch it gets another one.
void webhooks::adopt() {
  auto orphans = std::exchange(office_.orphans, {});
  for (auto& x : orphans) {
    if (x.batch) {
      wait_for_batch({queue_.next_number(now_ms()), x.app, x.url, x.body,
                      x.since_ms, x.channel});
    } else {
      webhook_delivery one{x.key,      x.app,    x.url, x.channel, x.body,
                           x.since_ms, now_ms(), 0,     {}};
      todo_.journal.emplace_back(put_delivery{one});
      queue_.restore(std::move(one));
    }
  }
  if (!orphans.empty())
    log_info("webhooks_taken_over",
             "{} webhooks that a node which is gone had not delivered are "
             "delivered here",
             orphans.size());
}

// -- what this node had left --------------------------------------------------

void webhooks::restore(const webhook_journal::announced& x) {
  auto until =
      office_.among.placed()
          ? webhook_state::never // until it is judged
          : host().now()
                + std::chrono::nanoseconds{office_.settings.settle}.count();
  // Whoever took it over may have said otherwise, and be gone as well.
  auto others = office_.among.placed()
                && office_.among.placed()->seen().members.size() > 1;
  office_.among.judge_anew();
  auto app = office_.apps.by_id(x.app);
  if (app == no_app)
    todo_.journal.emplace_back(forget_announced{x.app, x.channel, x.user});
  else if (x.user.empty())
    state_.restore({app, x.channel}, until, others);
  else
    state_.restore({app, x.channel}, x.user, until, others);
}

void webhooks::restore(webhook_delivery what) {
  note_unsent(put_delivery{what});
  queue_.restore(std::move(what));
}

void webhooks::restore(waiting_event what) {
  note_unsent(put_waiting{what});
  auto* e = filters_.find(office_.apps.by_id(what.app), what.url);
  queue_.restore(std::move(what), e ? e->rules : endpoint_rules{});
}

std::vector<std::string> webhooks::old_keys() const {
  std::vector<std::string> result;
  for (auto& x : old_.deliveries) {
    result.push_back(x.id);
    result.insert(result.end(), x.events.begin(), x.events.end());
  }
  for (auto& x : old_.waiting)
    result.push_back(key_of(x));
  for (auto& x : old_.said)
    result.push_back(cluster::key_of({x.app, x.channel, x.user}));
  return result;
}

// All others of the view, each once in a stay; when all have told what they had
// announced, so that they see this view, too.
void webhooks::ask_about_old() {
  if (old_.empty()) {
    office_.delivered_elsewhere.clear();
    return;
  }
  old_at_ns_ = host().now() + unsent_pause_ns;
  if (host().now() >= office_.ask_until_ns) {
    release_old();
    return;
  }
  if (!office_.among.placed() || office_.among.waits())
    return;
  auto& now = *office_.among.placed();
  bool others = false;
  for (auto where : now.places()) {
    auto node = node_of(where);
    if (node == 0 || where != office_of(node))
      continue;
    others = true;
    auto stay = now.stay_of(node);
    if (std::exchange(asked_nodes_[node], stay) == stay)
      continue;
    auto records = cluster::write_keys(old_keys());
    office_.answers_missing[node] = records.size();
    for (auto& record : records)
      office_.tell(node, cluster::unsent_ask_kind, std::move(record));
  }
  if (others && everybody_answered())
    release_old();
}

bool webhooks::everybody_answered() {
  return std::all_of(asked_nodes_.begin(), asked_nodes_.end(), [this](auto& x) {
    return !office_.among.placed()->has(x.first)
           || office_.answers_missing[x.first] == 0;
  });
}

// Of a batch that others have delivered in part the rest goes into another one.
void webhooks::release_old() {
  auto old = std::exchange(old_, {});
  auto list = std::exchange(office_.delivered_elsewhere, {});
  std::set<std::string> known{list.begin(), list.end()};
  auto is_known = [&](const std::string& key) { return known.contains(key); };
  std::size_t left = 0;
  for (auto& x : old.deliveries) {
    auto& keys = x.events;
    if (!is_known(x.id) && std::none_of(keys.begin(), keys.end(), is_known)) {
      ++left;
      restore(std::move(x));
      continue;
    }
    todo_.journal.emplace_back(drop_delivery{x.id});
    auto events = events_in(x.body);
    if (is_known(x.id) || events.size() != keys.size())
      continue;
    for (std::size_t i = 0; i < events.size(); ++i)
      if (!is_known(keys[i])) {
        ++left;
        wait_for_batch({queue_.next_number(now_ms()), x.app, x.url,
                        events[i].text, x.created_ms, events[i].channel});
      }
  }
  for (auto& x : old.waiting)
    if (is_known(key_of(x))) {
      todo_.journal.emplace_back(drop_waiting{x.number});
    } else {
      ++left;
      restore(std::move(x));
    }
  // What was taken over is not so any more, or is told by whoever has it.
  for (auto& x : old.said)
    if (is_known(cluster::key_of({x.app, x.channel, x.user}))
        || office_.among.is_gone({x.app, x.channel, x.user}))
      todo_.journal.emplace_back(forget_announced{x.app, x.channel, x.user});
    else
      restore(x);
  log_info("webhooks_asked",
           "{} webhooks that waited when this node ended are still to be "
           "delivered; {} were taken over by others",
           left, old.deliveries.size() + old.waiting.size() - left);
}

} // namespace tidewire
