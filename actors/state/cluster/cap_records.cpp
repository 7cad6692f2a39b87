#include "actors/state/cluster/cap_records.hpp"

#include "messages/wire.hpp"

namespace tidewire::cluster {

namespace {

using meter::cap_level;
using meter::cap_row;
using meter::cap_subject;
using meter::tick;

constexpr std::uint64_t version = 1;

// -- out ----------------------------------------------------------------------

template <class Enum>
void put(wire_writer& out, Enum x) requires std::is_enum_v<Enum> {
  out.number(static_cast<std::uint64_t>(x));
}

void put(wire_writer& out, tick x) {
  out.difference(x.number);
}

void put(wire_writer& out, const std::optional<tick>& x) {
  out.flag(x.has_value());
  if (x)
    put(out, *x);
}

void put(wire_writer& out, const cap_subject& x) {
  put(out, x.of);
  out.text(x.name);
  put(out, x.kind);
}

void put(wire_writer& out, const cap_row& x) {
  put(out, x.whose);
  put(out, x.what.at);
  put(out, x.what.from);
  put(out, x.what.to);
  put(out, x.what.cause);
  out.number(x.what.value);
  out.number(x.what.cap);
  put(out, x.what.deadline);
}

void put(wire_writer& out, const meter::cap_memory& x) {
  put(out, x.row);
  put(out, x.below_since);
}

void put(wire_writer& out, const std::pair<std::string, std::uint64_t>& x) {
  out.text(x.first);
  out.number(x.second);
}

template <class T>
void put(wire_writer& out, const std::vector<T>& all) {
  out.number(all.size());
  for (auto& each : all)
    put(out, each);
}

// -- in -----------------------------------------------------------------------

template <class Enum>
void get(wire_reader& in, Enum& x, Enum most) {
  x = static_cast<Enum>(in.number(static_cast<std::uint64_t>(most)));
}

// Sums of ticks must not overflow, whatever comes.
void get(wire_reader& in, tick& x) {
  constexpr std::int64_t most = std::int64_t{1} << 40;
  x.number = in.difference();
  if (x.number < -most || most < x.number)
    in.fail();
}

void get(wire_reader& in, std::optional<tick>& x) {
  if (in.flag())
    get(in, x.emplace());
}

void get(wire_reader& in, cap_subject& x) {
  get(in, x.of, cap_subject::scope::account);
  x.name = in.text();
  get(in, x.kind, meter::cap_kind::broadcasts);
}

void get(wire_reader& in, cap_row& x) {
  get(in, x.whose);
  get(in, x.what.at);
  get(in, x.what.from, cap_level::over);
  get(in, x.what.to, cap_level::over);
  get(in, x.what.cause, meter::cap_cause::agreed);
  x.what.value = in.number();
  x.what.cap = in.number();
  get(in, x.what.deadline);
  // A grace without an end is none.
  if (x.what.to >= cap_level::grace && !x.what.deadline)
    in.fail();
}

void get(wire_reader& in, meter::cap_memory& x) {
  get(in, x.row);
  get(in, x.below_since);
}

void get(wire_reader& in, std::pair<std::string, std::uint64_t>& x) {
  x.first = in.text();
  x.second = in.number();
}

template <class T>
void get(wire_reader& in, std::vector<T>& all) {
  constexpr std::size_t least = 2; // bytes of any of them
  all.resize(in.count(least));
  for (auto& each : all)
    get(in, each);
}

bool begins(wire_reader& in) {
  if (auto x = in.number(); x == 0 || x > version)
    in.fail();
  return !in.failed();
}

} // namespace

std::string encode(const caps_told& x) {
  wire_writer out;
  out.number(version);
  out.flag(x.asks);
  out.flag(x.standing);
  put(out, x.founded);
  put(out, x.newest_row);
  put(out, x.memory.at);
  put(out, x.memory.caps);
  put(out, x.memory.unsure);
  put(out, x.memory.broadcasts);
  put(out, x.rows);
  put(out, x.untold);
  return out.take();
}

std::string encode(const caps_said& x) {
  wire_writer out;
  out.number(version);
  put(out, x.founded);
  put(out, x.at);
  out.number(x.plans);
  out.number(x.hash);
  out.number(x.view);
  put(out, x.told);
  return out.take();
}

std::optional<caps_told> decode_caps_told(std::string_view bytes) {
  wire_reader in{bytes};
  caps_told x;
  if (begins(in)) {
    x.asks = in.flag();
    x.standing = in.flag();
    get(in, x.founded);
    get(in, x.newest_row);
    get(in, x.memory.at);
    get(in, x.memory.caps);
    get(in, x.memory.unsure);
    get(in, x.memory.broadcasts);
    get(in, x.rows);
    get(in, x.untold);
  }
  return in.done() ? std::optional{std::move(x)} : std::nullopt;
}

std::optional<caps_said> decode_caps_said(std::string_view bytes) {
  wire_reader in{bytes};
  caps_said x;
  if (begins(in)) {
    get(in, x.founded);
    get(in, x.at);
    x.plans = in.number();
    x.hash = in.number();
    x.view = in.number();
    get(in, x.told);
  }
  return in.done() ? std::optional{x} : std::nullopt;
}

} // namespace tidewire::cluster
