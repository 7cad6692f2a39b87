#include "actors/ledger/chain_records.hpp"

#include "actors/state/cluster/life.hpp"
#include "actors/state/meter/bytes.hpp"
#include "messages/wire.hpp"

#include <algorithm>

namespace tidewire::ledger {

namespace {

constexpr std::uint64_t form = 1;
constexpr std::size_t longest_name = 255;
constexpr std::uint64_t most_entries = std::uint64_t{1} << 40u;

wire_writer begin() {
  wire_writer out;
  out.number(form);
  return out;
}

void write(wire_writer& out, const digest& x) {
  out.text(bytes_of(x));
}

void write(wire_writer& out, const meter::author& x) {
  cluster::write(out, x);
}

class reader_of {
public:
  explicit reader_of(std::string_view bytes) : in(bytes), form_(in.number()) {
    if (form_ == 0)
      in.fail();
  }

  bool good() const noexcept {
    return !in.failed() && (form_ > form || in.done());
  }
  meter::author who() {
    auto x = cluster::read_life(in);
    if (x.node.empty() || x.node.size() > longest_name)
      in.fail();
    return x;
  }
  std::int64_t time(std::int64_t most) {
    auto x = in.difference();
    if (x > most || x < -most)
      in.fail();
    return in.failed() ? 0 : x;
  }
  meter::tick at() { return {time(meter::largest_tick)}; }
  std::int64_t sequence() {
    return static_cast<std::int64_t>(in.number(most_entries));
  }
  digest hash() {
    auto x = in.text();
    if (x.size() != digest{}.size())
      in.fail();
    return digest_of(x);
  }
  std::size_t count(std::size_t least, std::size_t most) {
    auto x = in.count(least);
    if (x > most)
      in.fail();
    return in.failed() ? 0 : x;
  }

  wire_reader in;

private:
  std::uint64_t form_;
};

void write(wire_writer& out, const told_entry& x) {
  out.number(static_cast<std::uint64_t>(x.kind));
  out.difference(x.at.number);
  out.number(x.known);
  out.text(x.note);
  out.flag(x.tail);
  write(out, x.link);
  out.number(x.records.size());
  for (auto& [app, bytes] : x.records) {
    out.text(app);
    out.text(bytes);
  }
}

told_entry read_entry(reader_of& r) {
  told_entry x;
  x.kind = static_cast<entry_kind>(
      r.in.number(static_cast<std::uint64_t>(entry_kind::remark)));
  x.at = {r.time(meter::largest_tick / 60)};
  x.known = r.in.number(meter::whole_minute);
  x.note = r.in.text();
  x.tail = r.in.flag();
  x.link = r.hash();
  auto n = r.count(2, r.in.rest().size());
  x.records.reserve(n);
  for (; n > 0 && !r.in.failed(); --n) {
    std::string app{r.in.text()};
    x.records.emplace_back(std::move(app), r.in.text());
    // In order, and each once: a chain is made in one way.
    if (auto size = x.records.size();
        size > 1 && !(x.records[size - 2].first < x.records[size - 1].first))
      r.in.fail();
  }
  return x;
}

} // namespace

std::string encode(const chains_told& x) {
  auto out = begin();
  auto n = std::min(x.chains.size(), max_chains_at_once);
  out.number(n);
  for (std::size_t i = 0; i < n; ++i) {
    auto& c = x.chains[i];
    write(out, c.whose);
    out.difference(c.first.number);
    out.number(static_cast<std::uint64_t>(c.next));
    write(out, c.link);
    out.number(static_cast<std::uint64_t>(c.tail));
    out.difference(c.last.number);
  }
  return out.take();
}

std::optional<chains_told> decode_chains(std::string_view bytes) {
  reader_of r{bytes};
  chains_told x;
  auto n = r.count(39, max_chains_at_once);
  x.chains.reserve(n);
  for (; n > 0 && !r.in.failed(); --n) {
    chain_standing c;
    c.whose = r.who();
    c.first = r.at();
    c.next = r.sequence();
    c.link = r.hash();
    c.tail = r.sequence();
    c.last = r.at();
    x.chains.push_back(std::move(c));
  }
  return r.good() ? std::optional{std::move(x)} : std::nullopt;
}

std::string encode(const entries_asked& x) {
  auto out = begin();
  write(out, x.whose);
  out.number(static_cast<std::uint64_t>(x.from));
  return out.take();
}

std::optional<entries_asked> decode_entries_ask(std::string_view bytes) {
  reader_of r{bytes};
  entries_asked x;
  x.whose = r.who();
  x.from = r.sequence();
  return r.good() ? std::optional{std::move(x)} : std::nullopt;
}

std::string encode(const entries_told& x) {
  auto out = begin();
  write(out, x.whose);
  out.difference(x.first.number);
  out.number(static_cast<std::uint64_t>(x.from));
  write(out, x.before);
  out.number(x.entries.size());
  for (auto& e : x.entries)
    write(out, e);
  return out.take();
}

std::optional<entries_told> decode_entries(std::string_view bytes) {
  reader_of r{bytes};
  entries_told x;
  x.whose = r.who();
  x.first = r.at();
  x.from = r.sequence();
  x.before = r.hash();
  auto n = r.count(38, max_entries_at_once);
  x.entries.reserve(n);
  for (; n > 0 && !r.in.failed(); --n)
    x.entries.push_back(read_entry(r));
  return r.good() ? std::optional{std::move(x)} : std::nullopt;
}

} // namespace tidewire::ledger
