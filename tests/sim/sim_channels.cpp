#include "tests/sim/sim_channels.hpp"

#include "tests/sim/sim_node.hpp"

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <utility>

namespace tidewire::sim {

// -- sockets ------------------------------------------------------------------

// What is queued is seen when it is packed, and let go at once.
class sim_socket final : public subscriber {
public:
  sim_socket(world& w, visit v)
      : subscriber({1, v + 1}, w.visits()[v].app), world_(w), visit_(v) {
    window_bits_ = 15;
  }

  void on_attached(std::string_view) override {}
  void on_terminated() override {}

  void flush() {
    announced_ = false;
    outbox_.clear();
  }

private:
  void on_queued() override {}
  frame_ptr packed(const frame& plain) override {
    auto bytes = plain.bytes();
    auto length = static_cast<unsigned char>(bytes[1]) & 0x7fu;
    world_.heard(visit_, bytes.substr(length < 126 ? 2 : 4));
    return frame::share(plain);
  }

  world& world_;
  visit visit_;
};

namespace {

process process_at(place x) noexcept {
  return node_of(x) - 1;
}

place place_of(process x) noexcept {
  return make_place(x + 1, 0);
}

std::string word_of(const joined_channel& x) {
  return ": granted, socket " + std::to_string(x.who.serial);
}
std::string word_of(const refused_join& x) {
  return ": refused, socket " + std::to_string(x.who.serial);
}
std::string word_of(const changed_members& x) {
  std::string result = x.whole ? ": all are" : ": there came";
  for (auto& m : x.present)
    result += " " + m.user_id;
  if (!x.gone.empty())
    result += ", there went";
  for (auto& id : x.gone)
    result += " " + id;
  return result;
}
std::string word_of(const user_seen&) {
  return {};
}

// The number of an event, which stands in its text.
std::optional<std::uint64_t> number_of(const frame& event) {
  auto bytes = event.bytes();
  auto at = bytes.find("\"e-");
  if (at == bytes.npos)
    return {};
  return std::strtoull(bytes.data() + at + 3, nullptr, 10);
}

channel_manner manner_of(const std::string& name) {
  channel_of c{0, *channel_called(name)};
  return {c.members(), c.keeps(), false};
}

} // namespace

sim_channels::sim_channels(sim_node& home)
    : home_(home),
      webhooks_(home),
      routes_(my_edge,
              [this](directory_record x) { directory_.send(std::move(x)); }) {
  introduce(self);
}

sim_channels::~sim_channels() = default;

std::int64_t sim_channels::now_ns() const noexcept {
  return home_.now_ns();
}

// -- the door -----------------------------------------------------------------

void sim_channels::opened(visit v) {
  sockets_.emplace(v, std::make_unique<sim_socket>(home_.around(), v));
}

void sim_channels::closed(visit v) {
  auto at = sockets_.find(v);
  if (at == sockets_.end())
    return;
  home_.around().listening_to().closed(v);
  routes_.leave_all(*at->second);
  sockets_.erase(at);
}

void sim_channels::subscribe(visit v, std::uint32_t name) {
  auto at = sockets_.find(v);
  if (at == sockets_.end()
      || routes_.subscribed(*at->second, channel_name[name]))
    return;
  auto& w = home_.around();
  channel_of c{w.visits()[v].app, name};
  w.listening_to().asked(v, c, w.now());
  std::optional<member> user;
  if (c.members())
    user = member{user_of(w.visits()[v].client), {}};
  routes_.wish(*at->second, channel_name[name], manner_of(channel_name[name]),
               std::move(user));
}

void sim_channels::unsubscribe(visit v, std::uint32_t name) {
  auto at = sockets_.find(v);
  if (at == sockets_.end())
    return;
  auto& w = home_.around();
  w.listening_to().left(v, {w.visits()[v].app, name});
  routes_.leave(*at->second, channel_name[name]);
}

void sim_channels::publish(const channel_of& where, std::uint64_t number) {
  channel_key key{where.app, channel_name[where.name]};
  auto event = text_frame(R"({"event":"e-)" + std::to_string(number)
                          + R"(","channel":")" + key.name + R"("})");
  directory_.ask(publish_event{key, std::move(event), {}, {}},
                 [this, number](const ticket_answer& what) {
                   home_.around().publish_answered(number, what.complete);
                 });
}

// -- the reactor --------------------------------------------------------------

place sim_channels::owner_of(const channel_key& key) const {
  return placed_ ? placed_->owner_of(id_of(key.app), key.name) : self;
}

const std::vector<place>& sim_channels::places() const {
  static const std::vector<place> alone{self};
  return placed_ ? placed_->places() : alone;
}

std::string_view sim_channels::id_of(app_index app) const {
  return app_names[app];
}

// Nobody asks for it here.
std::uint64_t sim_channels::connections_of(app_index) const {
  return 0;
}

bool sim_channels::keeps_events(std::string_view channel) const {
  return channel_of{0, *channel_called(channel)}.keeps();
}

channel_ptr sim_channels::open(const channel_key& key) {
  return channel_ptr{new sim_channel{*this, key}};
}

// The reactors hear of a view when there has been a line to each member.
void sim_channels::view_is(std::shared_ptr<const cluster::view> now) {
  untold_ = std::move(now);
  tell_view();
}

void sim_channels::tell_view() {
  if (!untold_)
    return;
  std::vector<node_number> numbers;
  for (auto& m : untold_->members) {
    auto who = home_.process_of(m.who);
    if (who == home_.self())
      numbers.push_back(0);
    else if (sessions_.contains(who))
      numbers.push_back(node_of(place_of(who)));
    else
      return;
  }
  auto placed = std::make_shared<const cluster::placement>(
      std::exchange(untold_, nullptr), std::move(numbers));
  webhooks_.view_is(placed);
  adopt(std::move(placed));
}

void sim_channels::adopt(std::shared_ptr<const cluster::placement> now) {
  if (placed_ && placed_->hash() == now->hash())
    return;
  auto before = std::exchange(placed_, std::move(now));
  courier_.view_is(placed_->hash());
  webhooks_.reported(std::exchange(reports_, {}), placed_->hash());
  directory_.view_changed(before);
  for (auto where : placed_->places())
    courier_.node_is_there(node_of(where));
  edge_.view_changed(before.get());
}

// -- links --------------------------------------------------------------------

void sim_channels::linked(process peer) {
  ++sessions_[peer];
  auto there = place_of(peer);
  courier_.node_is(node_of(there));
  webhooks_.line_is(node_of(there));
  edge_.line_is(node_of(there));
  tell_view();
}

void sim_channels::over(process who) {
  if (who != nobody)
    webhooks_.life_over(node_of(place_of(who)));
}

void sim_channels::unlinked(process peer) {
  courier_.node_is_cut_off(node_of(place_of(peer)));
}

void sim_channels::take(process from, cluster::record_kind kind,
                        std::string_view bytes) {
  if (kind != cluster::channel_batch_kind)
    return webhooks_.take(node_of(place_of(from)), kind, bytes);
  auto where = place_of(from);
  cluster::channel_reader as{
      where, sessions_[from], 1, now_ns(), [](std::string_view id) {
        return static_cast<app_index>(std::find(app_names, app_names + apps, id)
                                      - app_names);
      }};
  auto batch = cluster::read_channel_batch(bytes, as);
  if (!batch)
    return home_.around().fail("records", "a batch of channels was refused");
  for (auto& part : batch->edges)
    hear(where, part.first, std::move(part.records));
  for (auto& part : batch->directories)
    directory_.accept(
        directory_batch{where, batch->view, std::move(part.records)});
}

// -- the router ---------------------------------------------------------------

void sim_channels::introduce(place where) {
  edge_.introduce(where, {my_edge, {}}, taken_[where]);
}

void sim_channels::hear(place from, std::uint64_t first,
                        std::vector<edge_record> records) {
  auto& taken = taken_[from];
  taken = first - 1;
  for (auto& record : records)
    std::visit(
        [&](auto& x) {
          using what = std::decay_t<decltype(x)>;
          if constexpr (std::is_same_v<what, state_everything>) {
            introduce(from);
            edge_.state_to(from);
          } else {
            auto counts = edge_.believes(from, x);
            if constexpr (requires { word_of(x); })
              home_.around().tell(
                  "  ", host_name(home_.where()), " hears of ", x.channel.name,
                  " of app ", id_of(x.channel.app), " from ",
                  is_local(from)
                      ? std::string{"itself"}
                      : host_name(home_.around().host_of(process_at(from))),
                  word_of(x), counts ? "" : ", which does not own it");
            if (counts)
              routes_.apply(x);
          }
        },
        record);
  taken = first + records.size() - 1;
  courier_.to_directory(from, records_taken{my_edge, taken});
}

// -- turns --------------------------------------------------------------------

// Every channel reads its mail.
bool sim_channels::run_channels() {
  if (with_mail_.empty())
    return false;
  for (; !with_mail_.empty(); with_mail_.pop_front())
    with_mail_.front()->run();
  return true;
}

void sim_channels::says(place where, edge_record record) {
  if (auto* event = std::get_if<deliver_event>(&record))
    if (auto number = number_of(*event->event))
      home_.around().listening_to().sent(*number, home_.self());
  courier_.to_edge(where, std::move(record));
}

void sim_channels::tick() {
  directory_.tick(now_ns());
}

void sim_channels::end_turn() {
  for (bool busy = true; busy;) {
    busy = run_channels();
    auto to_edge = courier_.for_edge(self);
    auto to_directory = courier_.for_directory(self);
    busy = busy || !to_edge.records.empty() || !to_directory.empty();
    if (!to_edge.records.empty())
      hear(self, to_edge.first, std::move(to_edge.records));
    if (!to_directory.empty())
      directory_.accept(
          directory_batch{self, courier_.view(), std::move(to_directory)});
  }
  for (auto& [v, socket] : sockets_)
    socket->flush();
  webhooks_.reported(std::exchange(reports_, {}), directory_.newly_settled());
  webhooks_.end_turn();
  auto id_of_app = [](app_index app) -> std::string_view {
    return app_names[app];
  };
  for (auto to : courier_.nodes())
    for (auto batch = courier_.for_node(to); !batch.empty();
         batch = courier_.for_node(to))
      home_.send(process_at(make_place(to, 0)), cluster::channel_batch_kind,
                 cluster::write(batch, id_of_app, now_ns()));
  if (auto due = std::min(directory_.due_ns(), webhooks_.due_ns());
      due != INT64_MAX)
    home_.plan(channels_timer, home_.around().at_steady(home_.where(), due));
}

} // namespace tidewire::sim
