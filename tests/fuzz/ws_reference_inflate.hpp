// A second inflater, written from the texts of RFC 1951 and RFC 7692 to be
// read, not to be fast: what zlib makes of a message is compared with it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tidewire::net::reference {

enum class inflated : std::uint8_t { done, too_big, broken };

/// Inflates the payload of one compressed message (RFC 7692 §7.2.2). Nothing
/// is written past `limit` bytes.
class inflater {
public:
  inflater(std::string_view packed, std::size_t limit)
      : in_(packed), message_bytes_(packed.size()), limit_(limit) {
    in_ += std::string_view{"\0\0\xFF\xFF", 4};
  }

  inflated run() {
    if (message_bytes_ == 0)
      return inflated::done;
    try {
      for (;;) {
        const bool last = block();
        if (last) {
          // RFC 7692 §7.2.3.4: the message may go on behind a last block, and
          // then refers to nothing before it.
          at_ = (at_ + 7) / 8 * 8;
          if (at_ / 8 >= message_bytes_)
            return inflated::done;
          begin_ = out.size();
        } else if (8 * in_.size() - at_ < 3) {
          return inflated::done; // no other block begins
        }
      }
    } catch (inflated why) {
      return why;
    }
  }

  std::string out;

private:
  // A prefix code, canonical (RFC 1951 §3.2.2).
  struct code {
    std::array<unsigned, 16> count{};
    std::vector<unsigned> symbols; // by length, then by value
  };

  enum class use : std::uint8_t { lengths, values };

  unsigned bit() {
    if (at_ == 8 * in_.size())
      throw inflated::broken;
    const auto byte = static_cast<unsigned char>(in_[at_ / 8]);
    return byte >> at_++ % 8 & 1u;
  }

  unsigned bits(unsigned count) {
    unsigned value = 0;
    for (unsigned i = 0; i < count; ++i)
      value |= bit() << i;
    return value;
  }

  void write(char c) {
    if (out.size() == limit_)
      throw inflated::too_big;
    out += c;
  }

  static code make(const std::vector<unsigned>& lengths, use what) {
    code made;
    for (unsigned length = 1; length < 16; ++length)
      for (unsigned symbol = 0; symbol < lengths.size(); ++symbol)
        if (lengths[symbol] == length) {
          ++made.count[length];
          made.symbols.push_back(symbol);
        }
    // How many codes of 15 bits are still free.
    int free = 1 << 15;
    for (unsigned length = 1; length < 16; ++length)
      free -= static_cast<int>(made.count[length] << (15 - length));
    // One value alone has a code of one bit, and half of the codes no meaning.
    const bool alone =
        what == use::values && made.symbols.size() == 1 && made.count[1] == 1;
    if (free < 0 || (free > 0 && !alone && !made.symbols.empty()))
      throw inflated::broken;
    return made;
  }

  unsigned symbol(const code& from) {
    unsigned value = 0; // of the code so far
    unsigned first = 0; // of the codes of this length
    unsigned before = 0;
    for (unsigned length = 1; length < 16; ++length) {
      value = value << 1 | bit();
      first <<= 1;
      if (value - first < from.count[length] && value >= first)
        return from.symbols[before + value - first];
      before += from.count[length];
      first += from.count[length];
    }
    throw inflated::broken;
  }

  // One block; true if it says that it is the last.
  bool block() {
    const bool last = bit() != 0;
    switch (bits(2)) {
    case 0:
      stored();
      break;
    case 1:
      fixed();
      break;
    case 2:
      dynamic();
      break;
    default:
      throw inflated::broken;
    }
    return last;
  }

  void stored() {
    at_ = (at_ + 7) / 8 * 8;
    const auto length = bits(16);
    if ((length ^ bits(16)) != 0xFFFF)
      throw inflated::broken;
    for (unsigned i = 0; i < length; ++i)
      write(static_cast<char>(bits(8)));
  }

  void fixed() {
    std::vector<unsigned> lengths(288, 8);
    for (unsigned i = 144; i < 256; ++i)
      lengths[i] = 9;
    for (unsigned i = 256; i < 280; ++i)
      lengths[i] = 7;
    body(make(lengths, use::values),
         make(std::vector<unsigned>(32, 5), use::values));
  }

  void dynamic() {
    const auto literals = bits(5) + 257;
    const auto distances = bits(5) + 1;
    const auto used = bits(4) + 4;
    if (literals > 286 || distances > 30)
      throw inflated::broken;
    constexpr std::array<unsigned, 19> order{16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                             11, 4,  12, 3, 13, 2, 14, 1, 15};
    std::vector<unsigned> lengths(19, 0);
    for (unsigned i = 0; i < used; ++i)
      lengths[order[i]] = bits(3);
    const auto how = make(lengths, use::lengths);
    std::vector<unsigned> all;
    while (all.size() < literals + distances) {
      const auto next = symbol(how);
      unsigned value = next;
      unsigned times = 1;
      if (next >= 16) {
        if (next == 16 && all.empty())
          throw inflated::broken;
        value = next == 16 ? all.back() : 0;
        times = next == 16   ? 3 + bits(2)
                : next == 17 ? 3 + bits(3)
                             : 11 + bits(7);
      }
      all.insert(all.end(), times, value);
    }
    if (all.size() > literals + distances || all[256] == 0)
      throw inflated::broken;
    const auto middle = all.begin() + static_cast<std::ptrdiff_t>(literals);
    body(make({all.begin(), middle}, use::values),
         make({middle, all.end()}, use::values));
  }

  void body(const code& literals, const code& distances) {
    for (;;) {
      const auto next = symbol(literals);
      if (next == 256)
        return;
      if (next < 256) {
        write(static_cast<char>(next));
        continue;
      }
      const auto count = length_of(next - 257);
      const auto back = distance_of(symbol(distances));
      if (back > out.size() - begin_)
        throw inflated::broken;
      for (unsigned i = 0; i < count; ++i)
        write(out[out.size() - back]);
    }
  }

  // RFC 1951 §3.2.5: four lengths share a number of extra bits, from 8 on.
  unsigned length_of(unsigned index) {
    if (index > 28)
      throw inflated::broken;
    if (index == 28)
      return 258;
    if (index < 8)
      return 3 + index;
    const auto extra = index / 4 - 1;
    return 3 + ((4 + index % 4) << extra) + bits(extra);
  }

  // The same with two distances.
  unsigned distance_of(unsigned index) {
    if (index > 29)
      throw inflated::broken;
    if (index < 4)
      return 1 + index;
    const auto extra = index / 2 - 1;
    return 1 + ((2 + index % 2) << extra) + bits(extra);
  }

  std::string in_;
  std::size_t message_bytes_;
  std::size_t limit_;
  std::size_t at_ = 0;    // in bits
  std::size_t begin_ = 0; // of what may be referred back to
};

} // namespace tidewire::net::reference
