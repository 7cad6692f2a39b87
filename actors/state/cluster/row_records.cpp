#include "actors/state/cluster/row_records.hpp"

#include "actors/state/meter/bytes.hpp"

namespace tidewire::cluster {

namespace {

// The form of these records. A newer one begins as this one does, and may have
// more at its end.
constexpr std::uint64_t form = 1;
constexpr std::size_t longest_node_name = 255;

wire_writer begin() {
  wire_writer out;
  out.number(form);
  return out;
}

class reader {
public:
  explicit reader(std::string_view bytes) : in_(bytes), form_(in_.number()) {
    if (form_ == 0)
      in_.fail();
  }

  bool good() const noexcept {
    return !in_.failed() && (form_ > form || in_.done());
  }

  life who() {
    auto x = read_life(in_);
    if (x.node.empty() || x.node.size() > longest_node_name)
      in_.fail();
    return x;
  }

  tick at() {
    auto x = in_.difference();
    if (x > meter::largest_tick || x < -meter::largest_tick)
      in_.fail();
    return {in_.failed() ? 0 : x};
  }

  std::optional<tick> maybe_at() {
    if (!in_.flag())
      return std::nullopt;
    return at();
  }

  named_life name() {
    auto x = who();
    return {std::move(x), maybe_at()};
  }

  // At most `most` things of at least `least` bytes each.
  std::size_t count(std::size_t least, std::size_t most) {
    auto x = in_.count(least);
    if (x > most)
      in_.fail();
    return in_.failed() ? 0 : x;
  }

  template <class Enum>
  Enum choice(Enum last) {
    return static_cast<Enum>(in_.number(static_cast<std::uint64_t>(last)));
  }

  // Each begins at least two ticks after the one before.
  tick_runs runs() {
    tick_runs out;
    auto n = count(2, max_runs);
    auto next = n > 0 ? at() : tick{};
    for (std::size_t i = 0; i < n && !in_.failed(); ++i) {
      auto step = i == 0 ? 0 : in_.number(most_ticks) + 1;
      auto first = next + static_cast<std::int64_t>(step);
      auto last = first + static_cast<std::int64_t>(in_.number(most_ticks));
      if (last.number > meter::largest_tick)
        in_.fail();
      else
        out.add({first, last});
      next = last + 1;
    }
    return in_.failed() ? tick_runs{} : out;
  }

  wire_reader& in() noexcept { return in_; }

private:
  static constexpr std::uint64_t most_ticks = 2 * meter::largest_tick;

  wire_reader in_;
  std::uint64_t form_;
};

void put_part(wire_writer& out, const std::optional<tick>& x) {
  out.flag(x.has_value());
  if (x)
    out.difference(x->number);
}

void put_part(wire_writer& out, const named_life& x) {
  cluster::write(out, x.who);
  put_part(out, x.first);
}

// The last ones, if there are too many.
void put_part(wire_writer& out, const tick_runs& x) {
  auto& all = x.runs();
  auto i = all.size() > max_runs ? all.size() - max_runs : 0;
  out.number(all.size() - i);
  if (i == all.size())
    return;
  out.difference(all[i].first.number);
  for (auto next = all[i].first; i < all.size(); ++i) {
    if (next != all[i].first)
      out.number(static_cast<std::uint64_t>(all[i].first - next - 1));
    out.number(static_cast<std::uint64_t>(all[i].last - all[i].first));
    next = all[i].last + 1;
  }
}

void put_part(wire_writer& out, const held_life& x) {
  put_part(out, x.life);
  put_part(out, x.covered);
  out.flag(x.end.has_value());
  if (x.end) {
    out.number(static_cast<std::uint64_t>(x.end->how));
    out.difference(x.end->last.number);
  }
  out.flag(x.closing.has_value());
  if (x.closing)
    out.number(static_cast<std::uint64_t>(*x.closing));
}

held_life read_held(reader& in) {
  held_life x;
  x.life = in.name();
  x.covered = in.runs();
  if (in.in().flag()) {
    auto how = in.choice(end_kind::forgotten);
    x.end = life_end{how, in.at()};
  }
  if (in.in().flag())
    x.closing = in.choice(end_kind::forgotten);
  return x;
}

} // namespace

// -- rows ---------------------------------------------------------------------

std::string encode(const rows_told& x) {
  auto out = begin();
  cluster::write(out, x.whose);
  out.difference(x.first.number);
  auto names = std::min(x.roster.size(), max_named);
  out.number(names);
  for (std::size_t i = 0; i < names; ++i)
    put_part(out, x.roster[i]);
  out.number(x.rows.size());
  for (auto& row : x.rows) {
    out.number(row.gap);
    out.text(row.block);
  }
  return out.take();
}

std::optional<rows_told> decode_rows(std::string_view bytes) {
  reader in{bytes};
  rows_told x;
  x.whose = in.who();
  x.first = in.at();
  auto names = in.count(4, max_named);
  x.roster.reserve(names);
  for (; names > 0 && !in.in().failed(); --names)
    x.roster.push_back(in.name());
  auto rows = in.count(2, max_rows_at_once);
  x.rows.reserve(rows);
  for (; rows > 0 && !in.in().failed(); --rows) {
    auto gap = in.in().number(2 * meter::largest_tick);
    x.rows.push_back({gap, std::string{in.in().text()}});
  }
  return in.good() ? std::optional{std::move(x)} : std::nullopt;
}

// -- asking -------------------------------------------------------------------

std::string encode(const rows_asked& x) {
  auto out = begin();
  cluster::write(out, x.whose);
  out.difference(x.from.number);
  out.flag(x.standing);
  return out.take();
}

std::optional<rows_asked> decode_ask(std::string_view bytes) {
  reader in{bytes};
  rows_asked x;
  x.whose = in.who();
  x.from = in.at();
  x.standing = in.in().flag();
  return in.good() ? std::optional{std::move(x)} : std::nullopt;
}

std::string encode(const standing_told& x) {
  auto out = begin();
  cluster::write(out, x.whose);
  out.difference(x.first.number);
  out.text(x.block);
  return out.take();
}

std::optional<standing_told> decode_standing(std::string_view bytes) {
  reader in{bytes};
  standing_told x;
  x.whose = in.who();
  x.first = in.at();
  x.block = in.in().text();
  return in.good() ? std::optional{std::move(x)} : std::nullopt;
}

// -- what is held -------------------------------------------------------------

std::string encode(const held_told& x) {
  auto out = begin();
  out.flag(x.answer);
  auto lives = std::min(x.lives.size(), max_named);
  out.number(lives);
  for (std::size_t i = 0; i < lives; ++i)
    put_part(out, x.lives[i]);
  return out.take();
}

std::optional<held_told> decode_held(std::string_view bytes) {
  reader in{bytes};
  held_told x;
  x.answer = in.in().flag();
  auto lives = in.count(6, max_named);
  x.lives.reserve(lives);
  for (; lives > 0 && !in.in().failed(); --lives)
    x.lives.push_back(read_held(in));
  return in.good() ? std::optional{std::move(x)} : std::nullopt;
}

} // namespace tidewire::cluster
