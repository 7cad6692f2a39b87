#include "actors/cluster_port.hpp"

#include "actors/webhooks.hpp"

#include <algorithm>
#include <deque>
#include <optional>
#include <utility>

namespace tidewire {

namespace {

// From one reactor to one node. The reactors of a node read what those of
// another one write, one each as far as there are so many.
class line_exit final : public node_exit {
public:
  line_exit(shard& home, std::uint32_t reactors,
            std::shared_ptr<node_line> line)
      : home_(home),
        to_(home.host.index() % reactors),
        line_(std::move(line)) {}

  bool has_room() override {
    pump();
    return !pieces_ && line_->may_send();
  }

  void send(cluster::channel_batch what) override {
    pieces_.emplace(cluster::write(
        what,
        [this](app_index app) -> std::string_view {
          return home_.apps[app].id;
        },
        home_.host.now()));
    pump();
  }

private:
  void pump() {
    while (pieces_ && line_->may_send()) {
      auto piece = pieces_->next();
      if (!piece)
        pieces_.reset();
      else
        line_->send(piece->kind, home_.host.index(), to_,
                    std::move(piece->bytes));
    }
  }

  shard& home_;
  const std::uint32_t to_;
  const std::shared_ptr<node_line> line_;
  std::optional<cluster::piece_writer> pieces_; // of what is being sent
};

} // namespace

cluster_port::cluster_port(std::vector<shard*> shards, cluster::life me,
                           webhook_office* office)
    : shards_(std::move(shards)),
      office_(office),
      me_(std::move(me)),
      ways_(std::make_shared<ways>()) {
  if (office)
    office_is(*office);
}

void cluster_port::office_is(webhook_office& office) {
  office_ = &office;
  office.host.post([open = ways_, &office] {
    office.sends = [open](node_number to, cluster::record_kind kind,
                          std::string bytes) {
      open->send(to, kind, std::move(bytes));
    };
    office.may_tell = [open] { return open->have_room(); };
  });
}

bool cluster_port::ways::have_room() {
  std::lock_guard lock{mutex};
  return std::all_of(lines.begin(), lines.end(),
                     [](auto& x) { return x.second->may_send(); });
}

void cluster_port::ways::send(node_number to, cluster::record_kind kind,
                              std::string bytes) {
  std::lock_guard lock{mutex};
  if (auto at = lines.find(to); at != lines.end())
    at->second->send(kind, 0, 0, std::move(bytes));
}

void cluster_port::line_is(const cluster::life& who, node_number number,
                           std::uint32_t reactors,
                           const std::shared_ptr<node_line>& way) {
  ++sessions_[number];
  auto count = std::clamp<std::uint32_t>(reactors, 1, max_reactors);
  std::lock_guard lock{mutex_};
  if (stopped_)
    return;
  {
    std::lock_guard also{ways_->mutex};
    ways_->lines[number] = way;
  }
  if (office_)
    office_->host.post([office = office_, number] { office->line_is(number); });
  for (auto* home : shards_)
    home->host.post([home, number, way, count, distrust = distrust] {
      home->distrust = distrust;
      home->node_is(number, std::make_shared<line_exit>(*home, count, way));
    });
  if (std::find(numbers_.begin(), numbers_.end(), std::pair{who, number})
      == numbers_.end())
    numbers_.emplace_back(who, number);
  tell_view();
}

void cluster_port::line_ended(node_number number) {
  std::lock_guard lock{mutex_};
  if (stopped_)
    return;
  {
    std::lock_guard also{ways_->mutex};
    ways_->lines.erase(number);
  }
  for (auto* home : shards_)
    home->host.post([home, number] { home->node_is(number, nullptr); });
}

// A turn is all that is wanted: it ends with sending.
void cluster_port::has_room(node_number) {
  std::lock_guard lock{mutex_};
  if (stopped_)
    return;
  for (auto* home : shards_)
    home->host.post([] {});
}

void cluster_port::arrived(node_number number, std::uint32_t from,
                           std::uint32_t to, cluster::record_kind kind,
                           std::string bytes) {
  auto at = sessions_.find(number);
  if (at == sessions_.end() || to >= shards_.size() || from >= max_reactors)
    return;
  std::lock_guard lock{mutex_};
  if (stopped_)
    return;
  if (kind != cluster::channel_batch_kind
      && kind != cluster::channel_piece_kind) {
    if (office_)
      office_->host.post(
          [office = office_, number, kind, bytes = std::move(bytes)] {
            office->arrived(number, kind, bytes);
          });
    return;
  }
  auto* home = shards_[to];
  home->host.post([home, what = arrival{make_place(number, from), at->second,
                                        kind, std::move(bytes)}]() mutable {
    home->arrived(std::move(what));
  });
}

void cluster_port::view_is(std::shared_ptr<const cluster::view> now) {
  std::lock_guard lock{mutex_};
  untold_ = std::move(now);
  tell_view();
}

void cluster_port::tell_view() {
  if (!untold_ || stopped_)
    return;
  std::vector<node_number> numbers;
  for (auto& member : untold_->members) {
    auto at = std::find_if(numbers_.begin(), numbers_.end(),
                           [&](auto& x) { return x.first == member.who; });
    if (member.who == me_)
      numbers.push_back(0);
    else if (at != numbers_.end())
      numbers.push_back(at->second);
    else
      return;
  }
  auto placed = std::make_shared<const cluster::placement>(
      std::exchange(untold_, nullptr), std::move(numbers));
  auto tell_reactors = [homes = shards_, placed] {
    for (auto* home : homes)
      home->host.post([home, placed] { home->view_is(placed); });
  };
  // WEBHOOKS first, and the reactors by it: what a channel that has moved
  // reports would not count if it came before the view.
  if (office_)
    office_->host.post([office = office_, placed, tell_reactors] {
      office->view_is(placed);
      tell_reactors();
    });
  else
    tell_reactors();
  tell_joined();
}

void cluster_port::life_over(const cluster::life& who) {
  std::lock_guard lock{mutex_};
  auto at = std::find_if(numbers_.begin(), numbers_.end(),
                         [&](auto& x) { return x.first == who; });
  if (stopped_ || !office_ || at == numbers_.end())
    return;
  office_->host.post([office = office_, number = at->second] {
    office->among.life_over(number);
  });
}

void cluster_port::joined() {
  std::lock_guard lock{mutex_};
  joined_ = true;
  tell_joined();
}

// By the way that the view takes, and after it: a reactor that has joined and
// holds no view yet would serve alone.
void cluster_port::tell_joined() {
  if (!joined_ || untold_ || stopped_)
    return;
  joined_ = false;
  auto tell_reactors = [homes = shards_] {
    for (auto* home : homes)
      home->host.post([home] { home->joining = false; });
  };
  if (office_)
    office_->host.post(tell_reactors);
  else
    tell_reactors();
}

void cluster_port::stop() {
  std::lock_guard lock{mutex_};
  stopped_ = true;
  std::lock_guard also{ways_->mutex};
  ways_->lines.clear();
}

} // namespace tidewire
