#include "net/ws_codec.hpp"

#include "net/utf8.hpp"
#include "net/ws_buffer.hpp"
#include "net/ws_zip.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace tidewire::net {

namespace {

// A frame header that has been read and found in order.
struct frame_header {
  ws_opcode code;
  bool fin;
  bool packed;          // the message is compressed (RSV1)
  std::uint8_t size;    // of the header, bytes
  std::uint32_t length; // of the payload; checked against the limit
  std::uint32_t key;    // wire order; 0 changes nothing
};

enum class progress : std::uint8_t { incomplete, complete, refused };

constexpr bool known(ws_opcode code) noexcept {
  return ((0x0707u >> static_cast<unsigned>(code)) & 1u) != 0;
}

std::uint64_t big_endian(const unsigned char* at, unsigned bytes) noexcept {
  std::uint64_t value = 0;
  for (unsigned i = 0; i < bytes; ++i)
    value = value << 8 | at[i];
  return value;
}

} // namespace

struct ws_decoder::partial {
  // Of the frame: its header until that is whole, then what is still to come.
  char head[ws_max_header];
  std::uint8_t head_size = 0;
  bool frame_open = false;
  bool frame_fin = false;
  ws_opcode frame_code{};
  // Of the message.
  ws_opcode kind = ws_opcode::continuation; // while no message is open
  bool packed = false;
  utf8_validator utf8;
  std::uint8_t empty_fragments = 0;
  std::uint32_t frame_left = 0;
  std::uint32_t key = 0; // turned, so that its first byte is the next one's
  ws_buffer message;
  ws_buffer control;

  bool message_open() const noexcept { return kind != ws_opcode::continuation; }
  bool idle() const noexcept {
    return head_size == 0 && !frame_open && !message_open();
  }
};

class ws_decoder::pass {
public:
  pass(ws_decoder& decoder, ws_sink& sink, ws_inflater* inflater) noexcept
      : self_(decoder), sink_(sink), inflater_(inflater) {}

  std::optional<ws_violation> run(char* at, char* end) {
    while (!self_.stopped_ && at != end)
      at = self_.part_ && self_.part_->frame_open ? take_payload(at, end)
                                                  : take_frame(at, end);
    return violation_;
  }

private:
  char* take_frame(char* at, char* end);
  char* take_payload(char* at, char* end);
  progress read_header(const char* at, std::size_t size, frame_header& out);
  progress check_opcode(ws_opcode code, bool fin);
  progress check_length(ws_opcode code, std::uint64_t length, bool minimal);
  void whole_frame(const frame_header& frame, char* payload);
  void open_frame(const frame_header& frame);
  void end_frame();
  void deliver_control(ws_opcode code, std::string_view payload);
  void deliver_close(std::string_view payload);
  void deliver_message();
  void deliver_packed(ws_opcode kind, std::string_view payload);
  progress refuse(std::uint16_t code, const char* reason);

  // Calls the sink. The decoder counts as stopped meanwhile, so that neither
  // an exception nor a call of `feed` from inside finds it half way.
  template <class Call>
  void tell(Call&& call) {
    self_.stopped_ = true;
    if (call())
      self_.stopped_ = false;
    else
      self_.part_.reset();
  }

  partial& part() {
    if (!self_.part_)
      self_.part_ = std::make_unique<partial>();
    return *self_.part_;
  }

  void drop_idle_part() noexcept {
    if (self_.part_ && self_.part_->idle())
      self_.part_.reset();
  }

  bool message_open() const noexcept {
    return self_.part_ && self_.part_->message_open();
  }

  ws_decoder& self_;
  ws_sink& sink_;
  ws_inflater* inflater_;
  std::optional<ws_violation> violation_;
};

progress ws_decoder::pass::refuse(std::uint16_t code, const char* reason) {
  violation_ = ws_violation{code, reason};
  self_.stopped_ = true;
  self_.part_.reset();
  return progress::refused;
}

// `size` is at least 1. Every check is made as soon as the bytes it needs are
// there, so that the outcome does not depend on how the bytes were split.
progress ws_decoder::pass::read_header(const char* at, std::size_t size,
                                       frame_header& out) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(at);
  out.packed = (bytes[0] & 0x40) != 0;
  if ((bytes[0] & 0x30) != 0 || (out.packed && inflater_ == nullptr))
    return refuse(1002, "a reserved bit is set");
  out.code = static_cast<ws_opcode>(bytes[0] & 0x0F);
  out.fin = (bytes[0] & 0x80) != 0;
  if (out.packed
      && (is_control(out.code) || out.code == ws_opcode::continuation))
    return refuse(1002, "only the start of a message can say it is compressed");
  if (check_opcode(out.code, out.fin) == progress::refused)
    return progress::refused;
  if (size < 2)
    return progress::incomplete;
  const bool masked = (bytes[1] & 0x80) != 0;
  if (masked != (self_.role_ == ws_role::server))
    return refuse(1002, masked ? "a server must not mask its frames"
                               : "a client must mask its frames");
  const unsigned short_length = bytes[1] & 0x7F;
  const unsigned extended = short_length < 126    ? 0
                            : short_length == 126 ? 2
                                                  : 8;
  if (is_control(out.code) && extended != 0)
    return refuse(1002, "a control frame is longer than 125 bytes");
  if (size < 2 + extended)
    return progress::incomplete;
  const auto length =
      extended == 0 ? short_length : big_endian(bytes + 2, extended);
  const bool minimal = extended == 0 || length > (extended == 2 ? 125 : 0xFFFF);
  if (check_length(out.code, length, minimal) == progress::refused)
    return progress::refused;
  out.length = static_cast<std::uint32_t>(length);
  out.size = static_cast<std::uint8_t>(2 + extended + (masked ? 4 : 0));
  if (size < out.size)
    return progress::incomplete;
  out.key = 0;
  if (masked)
    std::memcpy(&out.key, at + 2 + extended, sizeof out.key);
  return progress::complete;
}

progress ws_decoder::pass::check_opcode(ws_opcode code, bool fin) {
  if (!known(code))
    return refuse(1002, "the opcode is reserved");
  if (is_control(code))
    return fin ? progress::complete
               : refuse(1002, "a control frame is fragmented");
  if (code == ws_opcode::continuation)
    return message_open() ? progress::complete
                          : refuse(1002, "there is no message to continue");
  if (message_open())
    return refuse(1002, "a message starts inside another one");
  if (code == ws_opcode::binary && !self_.allow_binary_)
    return refuse(1003, "binary messages are not accepted");
  return progress::complete;
}

progress ws_decoder::pass::check_length(ws_opcode code, std::uint64_t length,
                                        bool minimal) {
  if (length >> 63 != 0)
    return refuse(1002, "the length has its top bit set");
  if (!minimal)
    return refuse(1002, "the length is not encoded in the shortest form");
  if (is_control(code))
    return code == ws_opcode::close && length == 1
               ? refuse(1002, "a close frame has half a code")
               : progress::complete;
  const std::uint64_t before = message_open() ? self_.part_->message.size() : 0;
  if (length > self_.max_message_ - before)
    return refuse(1009, "the message is too big");
  return progress::complete;
}

// At the start of a frame, or inside its header.
char* ws_decoder::pass::take_frame(char* at, char* end) {
  frame_header frame;
  if (self_.part_ && self_.part_->head_size != 0) {
    auto& p = *self_.part_;
    const auto had = p.head_size;
    const auto more = std::min<std::size_t>(sizeof p.head - had,
                                            static_cast<std::size_t>(end - at));
    std::memcpy(p.head + had, at, more);
    p.head_size = static_cast<std::uint8_t>(had + more);
    if (read_header(p.head, p.head_size, frame) != progress::complete)
      return end;
    p.head_size = 0;
    at += frame.size - had;
  } else {
    const auto size = static_cast<std::size_t>(end - at);
    const auto result = read_header(at, size, frame);
    if (result == progress::incomplete) {
      auto& p = part();
      std::memcpy(p.head, at, size);
      p.head_size = static_cast<std::uint8_t>(size);
    }
    if (result != progress::complete)
      return end;
    at += frame.size;
  }
#ifdef TIDEWIRE_PLANT_WS_BUG
  // A planted bug, never in a product: this length check left out. The script
  // tests/fuzz/ws_planted_bug.sh shows that the fuzzer finds it.
  const bool whole = true;
#else
  const bool whole = frame.length <= static_cast<std::size_t>(end - at);
#endif
  if (whole && (is_control(frame.code) || (frame.fin && !message_open()))) {
    whole_frame(frame, at);
    return at + frame.length;
  }
  if (frame.length == 0 && !frame.fin
      && ++part().empty_fragments > max_empty_fragments) {
    refuse(1008, "a message has too many empty fragments");
    return end;
  }
  open_frame(frame);
  return take_payload(at, end);
}

// The common case: nothing is copied, nothing is kept.
void ws_decoder::pass::whole_frame(const frame_header& frame, char* payload) {
  drop_idle_part();
  ws_apply_mask(payload, frame.length, frame.key);
  const std::string_view view{payload, frame.length};
  if (is_control(frame.code))
    return deliver_control(frame.code, view);
  if (frame.packed)
    return deliver_packed(frame.code, view);
  if (frame.code == ws_opcode::text && !valid_utf8(view)) {
    refuse(1007, "the text is not valid UTF-8");
    return;
  }
  tell([&] { return sink_.on_message(frame.code, view); });
}

void ws_decoder::pass::open_frame(const frame_header& frame) {
  auto& p = part();
  p.frame_open = true;
  p.frame_fin = frame.fin;
  p.frame_code = frame.code;
  p.frame_left = frame.length;
  p.key = frame.key;
  if (frame.code == ws_opcode::text || frame.code == ws_opcode::binary) {
    p.kind = frame.code;
    p.packed = frame.packed;
  }
}

char* ws_decoder::pass::take_payload(char* at, char* end) {
  auto& p = *self_.part_;
  const auto count = static_cast<std::uint32_t>(
      std::min<std::size_t>(p.frame_left, static_cast<std::size_t>(end - at)));
  ws_apply_mask(at, count, p.key);
  const std::string_view piece{at, count};
  if (is_control(p.frame_code)) {
    p.control.append(at, count, p.control.size() + p.frame_left);
  } else {
    if (p.kind == ws_opcode::text && !p.packed && !p.utf8.feed(piece)) {
      refuse(1007, "the text is not valid UTF-8");
      return end;
    }
    // A last frame tells how much there will be, any other only how much
    // there may be.
    p.message.append(at, count,
                     p.frame_fin ? p.message.size() + p.frame_left
                                 : self_.max_message_);
  }
  p.frame_left -= count;
  p.key = ws_turn_key(p.key, count);
  if (p.frame_left == 0)
    end_frame();
  return at + count;
}

void ws_decoder::pass::end_frame() {
  auto& p = *self_.part_;
  p.frame_open = false;
  if (is_control(p.frame_code)) {
    const ws_buffer payload = std::exchange(p.control, {});
    const auto code = p.frame_code;
    drop_idle_part();
    deliver_control(code, payload.view());
  } else if (p.frame_fin) {
    deliver_message();
  }
}

void ws_decoder::pass::deliver_control(ws_opcode code,
                                       std::string_view payload) {
  if (code == ws_opcode::ping)
    tell([&] { return sink_.on_ping(payload); });
  else if (code == ws_opcode::pong)
    tell([&] { return sink_.on_pong(payload); });
  else
    deliver_close(payload);
}

void ws_decoder::pass::deliver_close(std::string_view payload) {
  std::uint16_t code = ws_no_status;
  if (!payload.empty()) {
    code = static_cast<std::uint16_t>(
        big_endian(reinterpret_cast<const unsigned char*>(payload.data()), 2));
    payload.remove_prefix(2);
    if (!valid_close_code(code)) {
      refuse(1002, "the close code must not be sent");
      return;
    }
    if (!valid_utf8(payload)) {
      refuse(1007, "the close reason is not valid UTF-8");
      return;
    }
  }
  tell([&] {
    sink_.on_close(code, payload);
    return false;
  });
}

// The message is over, and nothing else can be incomplete.
void ws_decoder::pass::deliver_message() {
  const auto done = std::move(self_.part_);
  if (done->packed)
    return deliver_packed(done->kind, done->message.view());
  // Of a binary message the validator has seen nothing.
  if (!done->utf8.complete()) {
    refuse(1007, "the text ends inside a code point");
    return;
  }
  tell([&] { return sink_.on_message(done->kind, done->message.view()); });
}

void ws_decoder::pass::deliver_packed(ws_opcode kind,
                                      std::string_view payload) {
  const auto message = inflater_->inflate(payload, self_.max_message_);
  if (message.what == ws_inflater::outcome::too_big)
    refuse(1009, "the message is too big");
  else if (message.what == ws_inflater::outcome::broken)
    refuse(1007, "the compressed data is not valid");
  else if (kind == ws_opcode::text && !valid_utf8(message.text))
    refuse(1007, "the text is not valid UTF-8");
  else
    tell([&] { return sink_.on_message(kind, message.text); });
}

ws_decoder::ws_decoder(ws_role role, std::uint32_t max_message,
                       bool allow_binary) noexcept
    : max_message_(max_message), role_(role), allow_binary_(allow_binary) {}

ws_decoder::~ws_decoder() = default;
ws_decoder::ws_decoder(ws_decoder&&) noexcept = default;
ws_decoder& ws_decoder::operator=(ws_decoder&&) noexcept = default;

std::optional<ws_violation>
ws_decoder::feed(std::span<char> bytes, ws_sink& sink, ws_inflater* inflater) {
  char* const begin = bytes.data();
  return pass{*this, sink, inflater}.run(begin, begin + bytes.size());
}

std::size_t ws_decoder::buffered() const noexcept {
  return part_ ? sizeof(partial) + part_->message.capacity()
                     + part_->control.capacity()
               : 0;
}

static_assert(sizeof(ws_decoder) <= 16, "every idle connection pays for it");

} // namespace tidewire::net
