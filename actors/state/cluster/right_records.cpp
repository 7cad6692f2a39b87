#include "actors/state/cluster/right_records.hpp"

namespace tidewire::cluster {

namespace {

constexpr std::uint32_t most = UINT32_MAX;

void begin(wire_writer& out, const session& in) {
  out.number(right_version);
  out.number(in.view);
  out.number(in.mine);
  out.number(in.theirs);
}

session read_session(wire_reader& in) {
  if (auto version = in.number(); version == 0 || version > right_version)
    in.fail();
  session result;
  result.view = in.number();
  result.mine = in.number();
  result.theirs = in.number();
  return result;
}

std::uint32_t read_count(wire_reader& in) {
  return static_cast<std::uint32_t>(in.number(most));
}

void write_lives(wire_writer& out, const std::vector<life>& lives) {
  out.number(lives.size());
  for (auto& each : lives)
    write(out, each);
}

std::vector<life> read_lives(wire_reader& in) {
  std::vector<life> result(in.count(2));
  for (auto& each : result)
    each = read_life(in);
  return result;
}

template <class T>
std::optional<T> if_whole(const wire_reader& in, T& x) {
  if (!in.done())
    return std::nullopt;
  return std::move(x);
}

} // namespace

void write(wire_writer& out, const permit_hello& x) {
  begin(out, x.in);
  out.number(x.number);
  out.number(x.heard);
  out.flag(x.asks);
  out.flag(x.informed);
  out.flag(x.welcome);
  write_lives(out, x.open);
  write_lives(out, x.gone);
}

std::optional<permit_hello> read_permit_hello(std::string_view bytes) {
  wire_reader in{bytes};
  permit_hello x;
  x.in = read_session(in);
  x.number = in.number();
  x.heard = in.number();
  x.asks = in.flag();
  x.informed = in.flag();
  x.welcome = in.flag();
  x.open = read_lives(in);
  x.gone = read_lives(in);
  return if_whole(in, x);
}

void write(wire_writer& out, const permit_holdings& x) {
  begin(out, x.in);
  out.number(x.apps.size());
  for (auto& each : x.apps) {
    out.text(each.app);
    out.number(each.number);
    out.number(each.granted);
    out.number(each.held);
    out.number(each.used);
    out.number(each.waiting);
  }
}

std::optional<permit_holdings> read_permit_holdings(std::string_view bytes) {
  wire_reader in{bytes};
  permit_holdings x;
  x.in = read_session(in);
  x.apps.resize(in.count(6));
  for (auto& each : x.apps) {
    each.app = in.text();
    each.number = in.number();
    each.granted = in.number();
    each.held = read_count(in);
    each.used = read_count(in);
    each.waiting = read_count(in);
  }
  return if_whole(in, x);
}

void write(wire_writer& out, const permit_grants& x) {
  begin(out, x.in);
  out.number(x.apps.size());
  for (auto& each : x.apps) {
    out.text(each.app);
    out.number(each.number);
    out.number(each.heard);
    out.number(each.allowed);
    out.number(each.low);
    out.flag(each.pressed);
    out.flag(each.asks);
    out.number(static_cast<std::uint8_t>(each.verdict));
  }
}

std::optional<permit_grants> read_permit_grants(std::string_view bytes) {
  wire_reader in{bytes};
  permit_grants x;
  x.in = read_session(in);
  x.apps.resize(in.count(8));
  for (auto& each : x.apps) {
    each.app = in.text();
    each.number = in.number();
    each.heard = in.number();
    each.allowed = read_count(in);
    each.low = read_count(in);
    each.pressed = in.flag();
    each.asks = in.flag();
    each.verdict = static_cast<permit_verdict>(in.number(2));
  }
  return if_whole(in, x);
}

} // namespace tidewire::cluster
