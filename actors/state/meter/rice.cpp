#include "actors/state/meter/rice.hpp"

#include "actors/state/meter/bytes.hpp"

#include <algorithm>

namespace tidewire::meter {

namespace {

constexpr int all_zero = 63;
constexpr int largest_parameter = 50;
// A quotient of so many ones is none: 52 bits follow, the number itself.
constexpr int escape = 20;
constexpr int raw_bits = 52;

int cost(std::uint64_t x, int k) noexcept {
  auto quotient = x >> k;
  return quotient < escape ? static_cast<int>(quotient) + 1 + k
                           : escape + raw_bits;
}

void put(bit_writer& out, std::uint64_t x, int k) {
  auto quotient = x >> k;
  if (quotient < escape) {
    out.put((std::uint64_t{1} << (quotient + 1)) - 2,
            static_cast<int>(quotient) + 1);
    out.put(x, k);
  } else {
    out.put((std::uint64_t{1} << escape) - 1, escape);
    out.put(x, raw_bits);
  }
}

} // namespace

void put_column(bit_writer& out, const residuals& x, int size) {
  auto end = x.begin() + size;
  auto is_signed = std::any_of(x.begin(), end, [](auto r) { return r < 0; });
  std::array<std::uint64_t, minute::ticks> codes{};
  std::uint64_t sum = 0;
  for (int i = 0; i < size; ++i) {
    codes[i] = is_signed ? zigzag(x[i]) : static_cast<std::uint64_t>(x[i]);
    sum += codes[i];
  }
  if (sum == 0) {
    out.put(all_zero << 1, 7);
    return;
  }
  auto price = [&](int k) {
    int bits = 0;
    for (int i = 0; i < size; ++i)
      bits += cost(codes[i], k);
    return bits;
  };
  // The best is near the mean's logarithm.
  auto near =
      static_cast<int>(std::bit_width(sum / static_cast<std::uint64_t>(size)));
  auto best = std::max(0, near - 4);
  for (int k = best + 1, bits = price(best);
       k <= std::min(largest_parameter, near + 2); ++k)
    if (auto b = price(k); b < bits) {
      best = k;
      bits = b;
    }
  out.put(static_cast<std::uint64_t>(best) << 1 | (is_signed ? 1 : 0), 7);
  for (int i = 0; i < size; ++i)
    put(out, codes[i], best);
}

bool get_column(bit_reader& from, residuals& x, int size) {
  auto in = from; // in registers
  auto parameter = static_cast<int>(in.get(6));
  auto sign = in.get(1);
  if (parameter > largest_parameter) {
    std::fill_n(x.begin(), size, 0);
    from = in;
    return false;
  }
  for (int i = 0; i < size; ++i) {
    auto code = in.code(parameter, escape, raw_bits);
    // unzigzag, if they are signed
    x[i] = static_cast<std::int64_t>((code >> sign) ^ (~(code & sign) + 1));
  }
  from = in;
  return true;
}

} // namespace tidewire::meter
