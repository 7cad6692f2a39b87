// What a WebSocket stream means, as plain values: for tests and fuzzers that
// compare two decoders.
#pragma once

#include "net/ws_codec.hpp"
#include "net/ws_zip.hpp"

#include <cstdint>
#include <cstring>
#include <memory>
#include <ostream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tidewire::net {

/// One call of a sink.
struct ws_event {
  ws_opcode kind{};
  std::string payload; // of a close frame: the reason
  std::uint16_t code = 0;

  friend bool operator==(const ws_event&, const ws_event&) = default;

  friend std::ostream& operator<<(std::ostream& out, const ws_event& event) {
    return out << static_cast<int>(event.kind) << ' ' << event.code << " \""
               << event.payload.substr(0, 40) << "\" of "
               << event.payload.size();
  }
};

/// All that came of a stream. `violation` is the code to close with, 0 if the
/// stream was in order so far.
struct ws_outcome {
  std::vector<ws_event> events;
  std::uint16_t violation = 0;
  bool stopped = false;

  friend bool operator==(const ws_outcome&, const ws_outcome&) = default;

  friend std::ostream& operator<<(std::ostream& out, const ws_outcome& o) {
    for (const auto& event : o.events)
      out << '[' << event << "] ";
    return out << "violation " << o.violation << (o.stopped ? ", stopped" : "");
  }
};

/// Keeps what it is told, and returns false at the event number `last`.
class ws_recorder : public ws_sink {
public:
  explicit ws_recorder(std::size_t last = SIZE_MAX) : last_(last) {}
  virtual ~ws_recorder() = default;

  bool on_message(ws_opcode kind, std::string_view payload) override {
    return keep({kind, std::string{payload}});
  }
  bool on_ping(std::string_view payload) override {
    return keep({ws_opcode::ping, std::string{payload}});
  }
  bool on_pong(std::string_view payload) override {
    return keep({ws_opcode::pong, std::string{payload}});
  }
  bool on_close(std::uint16_t code, std::string_view reason) override {
    return keep({ws_opcode::close, std::string{reason}, code});
  }

  std::vector<ws_event> events;

private:
  bool keep(ws_event event) {
    events.push_back(std::move(event));
    return events.size() < last_;
  }

  std::size_t last_;
};

/// Feeds a copy of `bytes` that has its own allocation, so that a sanitizer
/// sees any access beside it.
inline std::optional<ws_violation> feed_copy(ws_decoder& decoder,
                                             std::string_view bytes,
                                             ws_sink& sink,
                                             ws_inflater* inflater = nullptr) {
  const auto copy = std::make_unique_for_overwrite<char[]>(bytes.size());
  if (!bytes.empty())
    std::memcpy(copy.get(), bytes.data(), bytes.size());
  return decoder.feed({copy.get(), bytes.size()}, sink, inflater);
}

/// Decodes `wire` in pieces: `next_size(left)` says how long the next one is.
template <class NextSize>
ws_outcome decode_in_pieces(ws_decoder& decoder, std::string_view wire,
                            NextSize&& next_size, std::size_t last = SIZE_MAX,
                            ws_inflater* inflater = nullptr) {
  ws_recorder recorder{last};
  ws_outcome outcome;
  while (!wire.empty()) {
    const auto size =
        std::min<std::size_t>(next_size(wire.size()), wire.size());
    if (const auto violation =
            feed_copy(decoder, wire.substr(0, size), recorder, inflater))
      outcome.violation = violation->code;
    wire.remove_prefix(size);
  }
  outcome.events = std::move(recorder.events);
  outcome.stopped = decoder.stopped();
  return outcome;
}

} // namespace tidewire::net
