#include "actors/webhooks.hpp"

#include "messages/lifecycle.hpp"
#include "net/log.hpp"
#include "net/pusher/signature.hpp"
#include "net/ws_frame.hpp"

#include <caf/send.hpp>

#include <algorithm>
#include <chrono>
#include <stdexcept>

namespace tidewire {

namespace {

using pusher::webhook_kind;
using namespace std::chrono_literals;

// A turn's worth of work, for the handlers' safety net.
struct work_now {};

// The payload of a frame that a server sends in one piece (RFC 6455 §5.2).
std::string_view payload_of(const frame& event) {
  auto bytes = event.bytes();
  if (bytes.size() < 2)
    return {};
  auto length = static_cast<unsigned char>(bytes[1]) & 0x7Fu;
  std::size_t head = length < 126 ? 2 : length == 126 ? 4 : 10;
  return bytes.size() < head ? std::string_view{} : bytes.substr(head);
}

// Nothing for a statement, which is never announced as such.
std::optional<webhook_kind> kind_of(const channel_fact& fact) {
  if (std::holds_alternative<channel_occupied>(fact))
    return webhook_kind::channel_occupied;
  if (std::holds_alternative<channel_vacated>(fact))
    return webhook_kind::channel_vacated;
  if (std::holds_alternative<member_added>(fact))
    return webhook_kind::member_added;
  if (std::holds_alternative<member_removed>(fact))
    return webhook_kind::member_removed;
  if (std::holds_alternative<client_event_sent>(fact))
    return webhook_kind::client_event;
  if (std::holds_alternative<cache_missed>(fact))
    return webhook_kind::cache_miss;
  if (std::holds_alternative<subscriptions_counted>(fact))
    return webhook_kind::subscription_count;
  return std::nullopt;
}

// Nothing for a frame that is no event.
std::optional<std::string> render(webhook_kind kind,
                                  const channel_report& what) {
  pusher::webhook_event out{kind, what.channel.name};
  std::optional<pusher::told_client_event> told;
  std::string by;
  if (auto* in = std::get_if<member_added>(&what.what)) {
    out.user_id = in->user_id;
  } else if (auto* gone = std::get_if<member_removed>(&what.what)) {
    out.user_id = gone->user_id;
  } else if (auto* n = std::get_if<subscriptions_counted>(&what.what)) {
    out.subscription_count = n->count;
  } else if (auto* sent = std::get_if<client_event_sent>(&what.what)) {
    told = pusher::read_client_event(payload_of(*sent->event));
    if (!told)
      return std::nullopt;
    by = to_string(sent->by);
    out.event = told->event;
    out.data = told->data;
    out.user_id = told->user_id;
    out.socket_id = by;
  }
  return render_webhook_event(out);
}

} // namespace

} // namespace tidewire

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidewire::work_now)

namespace tidewire {

// -- the office ---------------------------------------------------------------

webhook_office::webhook_office(caf::actor_system& system, std::uint32_t index,
                               const config::webhook_settings& s,
                               std::string journal, app_table a,
                               operator_hook whom)
    : host(system, index, "webhooks"),
      settings(s),
      file(std::move(journal)),
      apps(std::move(a)),
      hook(std::move(whom)),
      among(*this, {patience_ns, in_ns(s.settle), in_ns(s.lost_after)}) {
  host.before_flush([this] { return current && current->rouse(); });
}

void webhook_office::configure(
    app_table now, operator_hook whom,
    std::function<void(std::vector<app_index>)> then) {
  host.post([this, now = std::move(now), whom = std::move(whom),
             then = std::move(then)] {
    hook = whom;
    std::vector<app_index> changed;
    for (app_index i = 0; i < now.size(); ++i)
      if (!now[i].webhooks.empty()
          && (i >= apps.size() || now[i].webhooks != apps[i].webhooks))
        changed.push_back(i);
    apps = now;
    if (current)
      current->configure();
    then(std::move(changed));
  });
}

void webhook_office::hold_departures() {
  host.post([this] {
    leaving = true;
    if (current)
      current->hold_departures();
  });
}

// -- the actor ----------------------------------------------------------------

webhooks::webhooks(caf::actor_config& cfg, net::reactor& where,
                   webhook_office& office)
    : pinned_actor(cfg, where),
      office_(office),
      wall_offset_ns_(in_ns(std::chrono::system_clock::now().time_since_epoch())
                      - net::steady_ns()),
      state_(in_ns(office.settings.delay)),
      queue_({office.settings.retry_for.count(), office.settings.connections,
              office.settings.max_queue}) {}

caf::behavior webhooks::make_behavior() {
  client_ = std::make_unique<net::http_client>(
      host(), net::http_client::options{
                  office_.settings.connect_timeout, office_.settings.timeout,
                  office_.settings.ca_file, "Tidewire-Webhooks"});
  if (auto& trouble = client_->trouble(); !trouble.empty())
    log_error("webhooks_ca_file", "webhooks.ca_file: {}", trouble);
  filters_.configure(office_.apps);
  office_.current = this;
  restore();
  office_.among.adopt(&state_);
  office_.unsent.look_again([](node_number) { return true; });
  if (office_.leaving)
    state_.hold_departures();
  set_exit_handler([this](const caf::exit_msg&) {
    // What is on its way may be answered yet, and then need not go twice.
    end_by_ns_ = host().now() + in_ns(1s);
  });
  return {
      [this](const reports_told& x) {
        // What others have announced counts before what is reported now.
        if (office_.among.holds_reports() || !all_said())
          held_.push_back(x);
        else
          take(x);
      },
      [this](const caps_moved& x) { announce_caps(x); },
      [this](work_now) { work(); },
      [this](const gauge_up& x) {
        office_.gauge = x.gauge;
        told_figures_.clear();
      },
      [this](const list_dead_letters& x) { return list_dead(x); },
      [this](const replay_dead_letters& x) { return replay(x); },
      [](const fail_now&) { throw std::runtime_error("told to fail"); },
  };
}

void webhooks::on_exit() {
  if (office_.current == this) {
    office_.current = nullptr;
    office_.among.adopt(nullptr);
  }
  client_.reset();
  journal_.reset();
}

void webhooks::configure() {
  filters_.configure(office_.apps);
  webhook_state::announcements forgotten;
  state_.forget([this](auto& key) { return filters_.interest_in(key); },
                forgotten);
  announce(forgotten);
}

std::int64_t webhooks::now_ms() const noexcept {
  return (host().now() + wall_offset_ns_) / 1'000'000;
}

bool webhooks::due() const noexcept {
  auto now = host().now();
  return office_.among.is_due(all_said()) || !office_.orphans.empty()
         || copies_due() || (!old_.empty() && old_at_ns_ <= now)
         || (!held_.empty() && !office_.among.waits() && old_.empty())
         || !answers_.empty() || !todo_.journal.empty() || !receipts_.empty()
         || state_.next_due() <= now
         || (!end_by_ns_ && queue_.next_due() <= now_ms())
         || (behind_ && try_again_ns_ <= now) || prune_at_ns_ <= now
         || figures_at_ns_ <= now
         || (end_by_ns_
             && ((queue_.in_flight() == 0 && office_.among.all_handed())
                 || *end_by_ns_ <= now));
}

// A message of another thread may have made it ready already, and it waits to
// be handed over: then it has its turn later, and asking again changes nothing.
bool webhooks::rouse() {
  if (asked_ || !due())
    return false;
  asked_ = true;
  caf::anon_send(caf::actor{this}, work_now{});
  return true;
}

void webhooks::work() {
  asked_ = false;
  webhook_state::announcements what;
  ask_about_old();
  adopt();
  office_.among.inherit();
  take_held();
  take_answers();
  office_.among.judge(all_said(), what);
  state_.tick(host().now(), what);
  announce(what);
  if (!end_by_ns_)
    queue_.tick(now_ms(), todo_);
  commit();
  confirm();
  office_.among.tell_copies();
  office_.among.confirm();
  office_.among.conclude();
  send_all();
  if (prune_at_ns_ <= host().now())
    prune();
  tell_figures();
  end_if_done();
}

void webhooks::end_if_done() {
  if (end_by_ns_
      && ((queue_.in_flight() == 0 && office_.among.all_handed())
          || *end_by_ns_ <= host().now()))
    quit(caf::exit_reason::user_shutdown);
}

// -- reports ------------------------------------------------------------------

// Told again by a reactor that was not confirmed: taken once.
void webhooks::take(const reports_told& x) {
  auto& mine = receipts_[x.reactor];
  mine.router = x.router;
  mine.number = std::max(mine.number, office_.taken[x.reactor]);
  if (x.number <= mine.number)
    return;
  webhook_state::announcements what;
  office_.among.handle(
      x.reactor, *x.reports,
      [this](const channel_key& key) { return filters_.interest_in(key); },
      what);
  announce(what);
  mine.number = x.number;
  office_.among.settled(x.reactor, x.settled);
}

void webhooks::announce(const webhook_state::announcements& what) {
  for (auto& one : what)
    announce(one);
}

void webhooks::announce(const channel_report& what) {
  auto& [channel, fact] = what;
  auto& app = office_.apps[channel.app].id;
  office_.among.announced(what);
  auto kind = kind_of(fact);
  if (!kind)
    return;
  std::optional<std::string> event;
  for (auto& e : filters_.of(channel.app)) {
    if (!e.wants(*kind) || !e.wants_channel(channel.name))
      continue;
    if (!event && !(event = render(*kind, what)))
      return;
    queue_.add(app, e.url, e.rules, channel.name, name_of(*kind), *event,
               now_ms(), todo_);
  }
}

void webhooks::confirm() {
  for (auto& [reactor, taken] : std::exchange(receipts_, {})) {
    office_.taken[reactor] = taken.number;
    if (taken.router) // not at the very beginning: then nothing is kept
      caf::anon_send(taken.router, reports_taken{taken.number});
  }
}

// -- requests -----------------------------------------------------------------

void webhooks::take_answers() {
  for (auto& [id, outcome] : std::exchange(answers_, {})) {
    if (outcome.status >= 200 && outcome.status < 300)
      queue_.delivered(id, now_ms(), todo_);
    else if (outcome.status != 0)
      queue_.failed(id, "it answered " + std::to_string(outcome.status),
                    now_ms(), todo_);
    else
      queue_.failed(id, outcome.error, now_ms(), todo_);
  }
}

void webhooks::send_all() {
  for (auto& what : std::exchange(todo_.send, {}))
    send(what);
}

// The secret is read here, so that a retry after a rotation is signed anew.
void webhooks::send(const webhook_delivery& what) {
  if (what.app == operator_id) {
    send_to_operator(what);
    return;
  }
  auto index = office_.apps.by_id(what.app);
  auto to = net::parse_url(what.url);
  if (index == no_app || !filters_.find(index, what.url) || !to) {
    queue_.give_up(what.id, "the app has no such webhook any more", now_ms(),
                   todo_);
    return;
  }
  auto& pair = office_.apps[index].keys.front();
  post(what, std::move(*to),
       {{"Content-Type", "application/json"},
        {"X-Pusher-Key", pair.key},
        {"X-Pusher-Signature", pusher::hmac_sha256_hex(pair.secret, what.body)},
        {"X-Tidewire-Delivery", what.id}});
}

void webhooks::post(const webhook_delivery& what, net::url to,
                    std::vector<std::pair<std::string, std::string>> headers) {
  client_->post({std::move(to), what.app + '\n' + what.url, std::move(headers),
                 what.body},
                [this, id = what.id](const net::http_outcome& outcome) {
                  answers_.push_back({id, outcome});
                });
}

void webhooks::tell_figures() {
  if (figures_at_ns_ > host().now())
    return;
  figures_at_ns_ = host().now() + in_ns(250ms);
  std::vector<webhook_figures> now;
  for (auto& [app, x] : queue_.all_figures())
    now.push_back({app, x.sent, x.failed, x.dead, x.waiting});
  if (now == told_figures_)
    return;
  told_figures_ = now;
  caf::anon_send(office_.gauge, webhooks_counted{std::move(now)});
}

} // namespace tidewire
