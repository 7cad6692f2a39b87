#include "actors/state/meter/journal.hpp"

#include "actors/state/meter/bytes.hpp"

namespace tidewire::meter {

namespace {

// The least an app takes: an empty id, eight figures, no counts.
constexpr std::size_t least_app = 10;

void write(byte_writer& out, const app_tick& x) {
  auto& f = x.figures;
  auto& now = f.now;
  out.text(x.app.text);
  out.varint(now.open);
  out.varint(now.unbilled);
  out.varint(now.unauthorized);
  out.varint(now.users);
  out.varint(now.open - f.lowest);
  out.varint(f.highest - now.open);
  out.difference(f.connection_ms - signed_of(now.open) * 1000);
  out.difference(f.unbilled_ms - signed_of(now.unbilled) * 1000);
  out.write(f.did);
}

app_tick read_app(byte_reader& in) {
  app_tick x{app_id{std::string{in.text()}}, {}};
  auto& f = x.figures;
  auto& now = f.now;
  now.open = in.varint(largest_level);
  now.unbilled = in.varint(now.open);
  now.unauthorized = in.varint(largest_level);
  now.users = in.varint(largest_level);
  f.lowest = now.open - in.varint(now.open);
  f.highest = now.open + in.varint(largest_level - now.open);
  f.connection_ms = signed_of(moved(in, now.open * 1000, in.difference()));
  f.unbilled_ms = signed_of(moved(in, now.unbilled * 1000, in.difference()));
  f.did = in.read_counts();
  return x;
}

} // namespace

std::string encode(const tick_block& block) {
  byte_writer out{form::block};
  out.difference(block.at.number);
  out.varint(block.restated ? 1 : 0);
  out.varint(block.apps.size());
  for (auto& x : block.apps)
    write(out, x);
  return std::move(out.out());
}

decoded<tick_block> decode_block(std::string_view bytes) {
  byte_reader in{bytes, form::block};
  tick_block block;
  block.at.number = in.difference();
  if (block.at.number > largest_tick || block.at.number < -largest_tick)
    in.fail(codec_error::value);
  block.restated = in.varint(1) == 1;
  auto apps = in.varint(in.rest().size() / least_app);
  block.apps.reserve(apps);
  for (; apps > 0 && !in.failed(); --apps) {
    auto x = read_app(in);
    if (!block.apps.empty() && !(block.apps.back().app < x.app))
      in.fail(codec_error::order);
    block.apps.push_back(std::move(x));
  }
  if (auto error = in.finish())
    return *error;
  return block;
}

} // namespace tidewire::meter
