#include "tests/sim/sim_meter.hpp"

#include "actors/state/meter/journal.hpp"
#include "tests/sim/invariants.hpp"
#include "tests/sim/sim_node.hpp"

#include <algorithm>
#include <utility>

namespace tidewire::sim {

sim_meter::sim_meter(sim_node& home)
    : home_(home),
      state_(home.who_is_there().cluster_time()),
      gauge_(home.me(), state_.last()) {
  for (std::uint32_t i = 0; i < apps; ++i)
    state_.name(i, {app_names[i]});
  auto& books = home.around().disk_of(home.where()).books;
  for (auto& book : books) {
    gauge_.restore({book.whose, book.first}, book.known, book.rows);
    if (book.end)
      gauge_.ended(book.whose, *book.end, effects_);
  }
  act();
}

// -- the door -----------------------------------------------------------------

void sim_meter::opened(std::uint32_t app) {
  ++open_[app];
  state_.note(0, {app, lifecycle::kind::opened, 0, home_.now_ns(), 0},
              home_.who_is_there().cluster_time());
}

void sim_meter::closed(std::uint32_t app, std::int64_t found_ns) {
  --open_[app];
  state_.note(0, {app, lifecycle::kind::closed, 0, found_ns, 0},
              home_.who_is_there().clock().at(found_ns));
}

// -- NODE ---------------------------------------------------------------------

void sim_meter::heard(const cluster::life& who) {
  auto now = meter::tick_of(home_.who_is_there().cluster_time());
  auto whose = home_.process_of(who);
  if (!heard_at(whose))
    heard_.emplace_back(whose, now);
  gauge_.heard(who);
}

std::optional<meter::tick> sim_meter::heard_at(process who) const noexcept {
  for (auto& x : heard_)
    if (x.first == who)
      return x.second;
  return {};
}

void sim_meter::linked(process peer) {
  gauge_.linked(home_.life_of(peer), effects_);
  act();
}

void sim_meter::unlinked(process peer) {
  gauge_.unlinked(home_.life_of(peer));
}

void sim_meter::over(const cluster::life& who, bool forgotten) {
  if (forgotten)
    gauge_.forget(who, effects_);
  else
    gauge_.proved_dead(who, effects_);
  act();
}

// -- ticks --------------------------------------------------------------------

void sim_meter::read() {
  auto now = meter::tick_of(home_.who_is_there().cluster_time() + 1) - 1;
  if (now > state_.last())
    read(now);
}

void sim_meter::read(meter::tick at) {
  auto& disk = home_.around().disk_of(home_.where());
  std::array<meter::app_now, apps> sets{};
  for (std::uint32_t i = 0; i < apps; ++i)
    sets[i] = {.app = i, .now = {.open = open_[i]}};
  for (auto& block : state_.read(at, sets)) {
    home_.around().stated(
        home_.self(), block.at,
        home_.who_is_there().clock().mono_of(block.at.ends()));
    auto& book = disk.book_of(home_.me());
    if (book.rows.empty())
      book.first = block.at;
    else
      book.known.add({book.rows.back().at + 1, block.at - 1});
    auto before = book.rows.empty() ? block.at - 1 : book.rows.back().at;
    book.known.add({block.at, block.at});
    book.rows.push_back({block.at, before, meter::encode(block)});
    tell(block);
    gauge_.state(block, effects_);
  }
  disk.stated = state_.last();
  act();
}

void sim_meter::tell(const meter::tick_block& block) {
  if (block.apps.empty())
    return;
  std::string says;
  for (auto& x : block.apps)
    says += " " + (x.app == meter::all_apps ? "all" : x.app.text) + "="
            + std::to_string(x.figures.now.open);
  home_.around().tell("  ", host_name(home_.where()), " states tick ",
                      block.at.number - epoch_s, ":", says);
}

void sim_meter::say_goodbye() {
  auto now = meter::tick_of(home_.who_is_there().cluster_time());
  if (now > state_.last())
    read(now);
  gauge_.say_goodbye(effects_);
  act();
}

void sim_meter::turn() {
  gauge_.turn(meter::tick_of(home_.who_is_there().cluster_time()),
              home_.now_ns(), effects_);
  act();
}

void sim_meter::take(process from, cluster::record_kind kind,
                     std::string_view bytes) {
  if (!gauge_.take(home_.life_of(from), kind, bytes, home_.now_ns(), effects_))
    home_.around().fail("records", "a record of the meter was refused");
  act();
}

// -- what is to be done -------------------------------------------------------

void sim_meter::act() {
  auto what = std::exchange(effects_, {});
  for (auto& x : what.send)
    if (x.to)
      home_.send(home_.process_of(*x.to), x.kind, x.bytes);
    else
      home_.send_all(x.kind, x.bytes);
  for (auto& x : what.keep)
    keep(x);
  auto& w = home_.around();
  auto& disk = w.disk_of(home_.where());
  for (auto& x : what.ended) {
    w.tell("  ", host_name(home_.where()), ": the rows of ", x.whose.node, " ",
           x.whose.incarnation % 10'000, " end at tick ",
           x.end.last.number - epoch_s);
    auto& book = disk.book_of(x.whose);
    book.end = x.end;
  }
  for (auto& x : what.last)
    if (home_.rights())
      home_.rights()->stood(x);
  for (auto& x : what.corrections)
    w.corrected(home_.self(), x);
  if (gauge_.last_final().any && gauge_.last_final().at != checked_) {
    checked_ = gauge_.last_final().at;
    check_final(w, home_.self());
  }
}

void sim_meter::keep(const cluster::rows_to_keep& x) {
  auto& book = home_.around().disk_of(home_.where()).book_of(x.whose);
  book.first = x.first;
  for (auto& row : x.rows) {
    book.known.add({row.before + 1, row.at});
    auto behind =
        std::upper_bound(book.rows.begin(), book.rows.end(), row.at,
                         [](meter::tick t, auto& y) { return t < y.at; });
    book.rows.insert(behind, row); // it may be late
  }
}

} // namespace tidewire::sim
