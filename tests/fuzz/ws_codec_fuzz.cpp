// Fuzzes the WebSocket codec: what it finds in a stream cut at arbitrary
// places is what an independent decoder finds in the whole of it, compressed
// messages included.
//
// Input: three bytes of settings, a seed for the cuts, then the stream.
#include "tests/fuzz/fuzzing.hpp"
#include "tests/fuzz/ws_reference.hpp"

#include <algorithm>
#include <cstdlib>
#include <iostream>

namespace {

using namespace tidewire::net;

using tidewire::fuzzing::require;

// Which pieces the stream comes in: all at once, byte by byte, or by the
// dice, short or long.
class cutter {
public:
  cutter(unsigned manner, unsigned seed) : manner_(manner), state_(seed + 1) {}

  std::size_t operator()(std::size_t left) {
    switch (manner_) {
    case 0:
      return left;
    case 1:
      return 1;
    case 2:
      return 1 + roll() % 8;
    default:
      return 1 + roll() % 200;
    }
  }

private:
  std::uint32_t roll() {
    state_ = state_ * 1664525u + 1013904223u;
    return state_ >> 16;
  }

  unsigned manner_;
  std::uint32_t state_;
};

// Of a thread, like in the server, so that what one message leaves behind could
// harm the next.
ws_inflater inflater;
ws_deflater deflater;

// What we send decodes to what we meant, compressed where that is shorter.
void check_encoder(const ws_outcome& outcome, std::uint32_t key) {
  std::string from_server;
  std::string from_client;
  for (const auto& event : outcome.events) {
    auto payload = event.kind == ws_opcode::close
                       ? ws_close_payload(event.code, event.payload)
                       : event.payload;
    const auto starts = std::pair{from_server.size(), from_client.size()};
    const auto packed = is_control(event.kind)
                            ? std::nullopt
                            : deflater.deflate(payload, 1 + key % 9);
    if (packed) {
      require(packed->size() < payload.size(), "compressed is shorter");
      payload = *packed;
    }
    from_server += ws_frame(event.kind, payload);
    from_client += ws_client_frame(event.kind, payload, key);
    if (packed) {
      from_server[starts.first] |= 0x40;
      from_client[starts.second] |= 0x40;
    }
  }
  const auto all = [](std::size_t left) { return left; };
  const auto come_back = [&](ws_role to, std::string_view wire) {
    ws_decoder decoder{to, UINT32_MAX, true};
    return decode_in_pieces(decoder, wire, all, SIZE_MAX, &inflater).events
           == outcome.events;
  };
  require(come_back(ws_role::client, from_server),
          "a server's frames come back as they were");
  require(come_back(ws_role::server, from_client),
          "a client's frames come back as they were");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  if (size < 4)
    return 0;
  constexpr std::uint32_t limits[] = {0,   1,     7,          125,
                                      200, 1000u, 64u * 1024, UINT32_MAX};
  const reference::settings agreed{
      (data[0] & 1) != 0 ? ws_role::client : ws_role::server,
      limits[data[0] >> 1 & 7], (data[0] & 0x10) != 0, (data[0] & 0x80) != 0};
  const unsigned manner = data[0] >> 5 & 3;
  const std::size_t last = data[1] < 0x80 ? SIZE_MAX : 1 + data[1] % 8;
  const unsigned seed = data[2] | data[3] << 8;
  const std::string_view wire{reinterpret_cast<const char*>(data) + 4,
                              size - 4};

  const auto expected = reference::decode(agreed, wire, last);

  ws_decoder decoder{agreed.role, agreed.max_message, agreed.allow_binary};
  std::size_t fed = 0;
  cutter cut{manner, seed};
  const auto found = decode_in_pieces(
      decoder, wire,
      [&](std::size_t left) {
        // Memory follows what has come, never what was announced.
        require(decoder.buffered() <= 512 + 2 * fed, "buffers stay in bounds");
        require(decoder.buffered() <= 512ull + agreed.max_message,
                "buffers stay below the limit");
        const auto next = std::min(cut(left), left);
        fed += next;
        return next;
      },
      last, agreed.deflate ? &inflater : nullptr);

  if (!(found == expected)) {
    std::cerr << "expected: " << expected << "\nfound:    " << found << '\n';
    std::abort();
  }
  require(!decoder.stopped() || decoder.buffered() == 0,
          "a stopped decoder keeps nothing");
  check_encoder(found, seed * 2654435761u);
  return 0;
}
