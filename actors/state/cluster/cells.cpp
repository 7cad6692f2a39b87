#include "actors/state/cluster/cells.hpp"

#include "actors/state/cluster/stable_hash.hpp"

#include <algorithm>
#include <utility>

namespace tidewire::cluster {

namespace {

// Kept although they say nothing, so that another life can be brought up to
// where this one is.
constexpr std::size_t most_zeros = 4096;

bool is_zero(const cell_value& x) noexcept {
  return x == cell_value{};
}

} // namespace

std::size_t cell_key_hash::operator()(const cell_key& x) const noexcept {
  return spread(x.detail
                ^ spread(std::uint64_t{x.subject} << 8u
                         | static_cast<std::uint8_t>(x.kind)));
}

// -- names --------------------------------------------------------------------

std::uint32_t cell_names::app(std::string_view id) {
  auto at = app_numbers_.find(id);
  if (at != app_numbers_.end())
    return at->second;
  apps_.emplace_back(id);
  auto number = static_cast<std::uint32_t>(apps_.size() - 1);
  app_numbers_.emplace(apps_.back(), number);
  return number;
}

std::optional<std::uint32_t> cell_names::find_app(std::string_view id) const {
  auto at = app_numbers_.find(id);
  return at == app_numbers_.end() ? std::nullopt : std::optional{at->second};
}

std::uint32_t cell_names::episode(const episode_id& id) {
  auto next = static_cast<std::uint32_t>(episodes_.size());
  auto [at, fresh] = episode_numbers_.emplace(id, next);
  if (fresh)
    episodes_.push_back(id);
  return at->second;
}

// -- the book -----------------------------------------------------------------

cell_value cell_book::get(const cell_key& key) const noexcept {
  auto at = cells_.find(key);
  return at == cells_.end() ? cell_value{} : at->second.value;
}

bool cell_book::set(const cell_key& key, const cell_value& value) {
  return get(key) != value && take(key, value, ++through_);
}

bool cell_book::take(const cell_key& key, const cell_value& value,
                     std::uint64_t number) {
  auto& cell = cells_[key];
  if (number <= cell.number)
    return false;
  auto before = std::exchange(cell, {value, number});
  auto was_zero = before.number != 0 && is_zero(before.value);
  zeros_ = zeros_ - (was_zero ? 1 : 0) + (is_zero(value) ? 1 : 0);
  log(number, key);
  if (zeros_ > 2 * most_zeros)
    forget_zeros(through_);
  return before.value != value;
}

void cell_book::taken(std::uint64_t through) noexcept {
  through_ = std::max(through_, through);
}

// Changes come in order but for what is repeated; the log keeps the last one of
// each cell, and is swept when most of it was overtaken.
void cell_book::log(std::uint64_t number, const cell_key& key) {
  auto sorted = changes_.empty() || changes_.back().number < number;
  changes_.push_back({number, key});
  auto by_number = [](auto& x, auto& y) { return x.number < y.number; };
  if (!sorted)
    std::inplace_merge(changes_.begin(), changes_.end() - 1, changes_.end(),
                       by_number);
  if (changes_.size() > 64 && changes_.size() > 2 * cells_.size())
    std::erase_if(changes_, [this](auto& x) {
      auto at = cells_.find(x.key);
      return at == cells_.end() || at->second.number != x.number;
    });
}

void cell_book::forget_zeros(std::uint64_t through) {
  if (zeros_ == 0)
    return;
  std::erase_if(cells_, [&](auto& x) {
    auto out = is_zero(x.second.value) && x.second.number <= through;
    if (out)
      forgotten_ = std::max(forgotten_, x.second.number);
    zeros_ -= out ? 1 : 0;
    return out;
  });
}

void cell_book::for_each_after(
    std::uint64_t after,
    const std::function<bool(const cell_key&, const cell_value&,
                             std::uint64_t)>& f) const {
  auto at = std::upper_bound(
      changes_.begin(), changes_.end(), after,
      [](std::uint64_t x, const change& y) { return x < y.number; });
  for (; at != changes_.end(); ++at) {
    auto cell = cells_.find(at->key);
    if (cell == cells_.end() || cell->second.number != at->number)
      continue;
    if (!f(at->key, cell->second.value, at->number))
      return;
  }
}

void cell_book::clear() {
  *this = {};
}

// -- what crosses -------------------------------------------------------------

namespace {

bool begin(wire_reader& in) {
  auto version = in.number();
  if (version == 0 || version > right_version)
    in.fail();
  return !in.failed();
}

} // namespace

void write(wire_writer& out, const cells_record& x) {
  out.number(right_version);
  write(out, x.author);
  out.number(x.turn);
  out.number(x.after);
  out.number(x.through);
  out.number(x.apps.size());
  for (auto& each : x.apps)
    out.text(each);
  out.number(x.episodes.size());
  for (auto& each : x.episodes) {
    write(out, each.gone);
    out.text(each.app);
    out.flag(each.drained);
  }
  out.number(x.items.size());
  auto before = x.after;
  for (auto& each : x.items) {
    out.number(static_cast<std::uint8_t>(each.kind));
    out.number(each.subject);
    out.number(each.detail);
    out.number(each.value.a);
    out.number(each.value.b);
    out.number(each.number - before);
    before = each.number;
  }
}

std::optional<cells_record> read_cells(std::string_view bytes) {
  wire_reader in{bytes};
  if (!begin(in))
    return std::nullopt;
  cells_record x;
  x.author = read_life(in);
  x.turn = in.number();
  x.after = in.number();
  x.through = in.number();
  x.apps.resize(in.count());
  for (auto& each : x.apps)
    each = in.text();
  x.episodes.resize(in.count(4));
  for (auto& each : x.episodes) {
    each.gone = read_life(in);
    each.app = in.text();
    each.drained = in.flag();
  }
  if (x.through < x.after)
    in.fail();
  x.items.resize(in.count(6));
  auto before = x.after;
  for (auto& each : x.items) {
    each.kind = static_cast<cell_kind>(in.number(last_cell_kind));
    each.subject = static_cast<std::uint32_t>(in.number(UINT32_MAX));
    each.detail = in.number();
    each.value.a = in.number();
    each.value.b = in.number();
    auto step = in.number();
    if (step == 0 || step > x.through - before)
      in.fail();
    before = each.number = before + step;
    auto names =
        each.kind == cell_kind::user ? x.apps.size() : x.episodes.size();
    if (each.kind == cell_kind{} || each.subject >= names)
      in.fail();
  }
  if (!in.done())
    return std::nullopt;
  return x;
}

void write(wire_writer& out, const cells_taken& x) {
  out.number(right_version);
  out.number(x.authors.size());
  for (auto& each : x.authors) {
    write(out, each.author);
    out.number(each.turn);
    out.number(each.through);
  }
}

std::optional<cells_taken> read_cells_taken(std::string_view bytes) {
  wire_reader in{bytes};
  if (!begin(in))
    return std::nullopt;
  cells_taken x;
  x.authors.resize(in.count(4));
  for (auto& each : x.authors) {
    each.author = read_life(in);
    each.turn = in.number();
    each.through = in.number();
  }
  if (!in.done())
    return std::nullopt;
  return x;
}

} // namespace tidewire::cluster
