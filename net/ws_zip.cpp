#include "net/ws_zip.hpp"

#include <algorithm>
#include <new>

#include <zlib.h>

namespace tidewire::net {

namespace {

// Raw deflate, largest window.
constexpr int raw = -MAX_WBITS;

// What a sender leaves off the end of every message (RFC 7692 §7.2.1).
constexpr std::string_view tail{"\0\0\xFF\xFF", 4};

constexpr std::size_t scratch_size = std::size_t{64} * 1024;

Bytef* bytes(const char* at) {
  return reinterpret_cast<Bytef*>(const_cast<char*>(at));
}

void check(int code) {
  if (code != Z_OK)
    throw std::bad_alloc{}; // nothing else can go wrong at the start
}

} // namespace

// -- in -----------------------------------------------------------------------

// One walk through a message, its output taken piece by piece.
class ws_inflater::pass {
public:
  enum class progress : std::uint8_t { done, full, broken };

  pass(z_stream& stream, std::string_view packed) : z_(stream) {
    check(::inflateReset(&z_));
    z_.next_in = bytes(packed.data());
    z_.avail_in = static_cast<uInt>(packed.size());
  }

  /// Fills `out`, or less of it if the message ends. `made` is how much.
  progress fill(char* out, std::size_t room, std::size_t& made) {
    z_.next_out = bytes(out);
    z_.avail_out = static_cast<uInt>(room);
    const auto result = run();
    made = room - z_.avail_out;
    return result;
  }

private:
  progress run() {
    for (;;) {
      const auto code = ::inflate(&z_, Z_NO_FLUSH);
      if (code == Z_STREAM_END) {
        // A block marked as the last one. More of the message may follow all
        // the same, at least an empty block (RFC 7692 §7.2.3.4).
        if (in_tail_ || z_.avail_in == 0)
          return progress::done;
        check(::inflateReset(&z_));
        continue;
      }
      if (code != Z_OK && code != Z_BUF_ERROR)
        return progress::broken;
      if (z_.avail_out == 0)
        return progress::full;
      if (z_.avail_in != 0)
        continue;
      if (in_tail_) // 128: between two blocks
        return (z_.data_type & 128) != 0 ? progress::done : progress::broken;
      in_tail_ = true;
      z_.next_in = bytes(tail.data());
      z_.avail_in = static_cast<uInt>(tail.size());
    }
  }

  z_stream& z_;
  bool in_tail_ = false;
};

ws_inflater::ws_inflater() noexcept = default;
ws_inflater::~ws_inflater() = default;

void ws_inflater::closer::operator()(z_stream* stream) const noexcept {
  ::inflateEnd(stream);
  delete stream;
}

ws_inflater::result ws_inflater::inflate(std::string_view packed,
                                         std::uint32_t limit) {
  if (packed.empty()) // not a deflate stream, but what else could it mean
    return {outcome::done, {}, {}};
  if (!stream_) {
    auto fresh = std::make_unique<z_stream>();
    scratch_ = std::make_unique_for_overwrite<char[]>(scratch_size);
    check(::inflateInit2(fresh.get(), raw));
    stream_.reset(fresh.release());
  }
  // Into the scratch, and over it again and again if it is more than that.
  using progress = pass::progress;
  const std::size_t most = std::size_t{limit} + 1;
  std::size_t total = 0;
  std::size_t made = 0;
  pass count{*stream_, packed};
  auto how = progress::full;
  while (how == progress::full && total < most) {
    how =
        count.fill(scratch_.get(), std::min(scratch_size, most - total), made);
    total += made;
  }
  if (total == most) // even if zlib has looked on and found an error
    return {outcome::too_big, {}, {}};
  if (how == progress::broken)
    return {outcome::broken, {}, {}};
  if (total <= scratch_size)
    return {outcome::done, {scratch_.get(), total}, {}};
  auto owned = std::make_unique_for_overwrite<char[]>(total);
  pass{*stream_, packed}.fill(owned.get(), total, made);
  const std::string_view text{owned.get(), made};
  return {outcome::done, text, std::move(owned)};
}

// -- out ----------------------------------------------------------------------

ws_deflater::ws_deflater() noexcept = default;
ws_deflater::~ws_deflater() = default;

void ws_deflater::closer::operator()(z_stream* stream) const noexcept {
  ::deflateEnd(stream);
  delete stream;
}

std::optional<std::string_view> ws_deflater::deflate(std::string_view text,
                                                     int level) {
  if (level != level_)
    stream_.reset();
  if (!stream_) {
    auto fresh = std::make_unique<z_stream>();
    check(::deflateInit2(fresh.get(), level, Z_DEFLATED, raw, 8,
                         Z_DEFAULT_STRATEGY));
    stream_.reset(fresh.release());
    level_ = level;
  } else {
    check(::deflateReset(stream_.get()));
  }
  // Whatever does not fit is not shorter. zlib wants a few bytes more than that
  // to be sure that a flush is complete.
  const auto wanted = text.size() + tail.size() + 8;
  if (room_ < wanted) {
    out_ = std::make_unique_for_overwrite<char[]>(wanted);
    room_ = wanted;
  }
  stream_->next_in = bytes(text.data());
  stream_->avail_in = static_cast<uInt>(text.size());
  stream_->next_out = bytes(out_.get());
  stream_->avail_out = static_cast<uInt>(wanted);
  const auto code = ::deflate(stream_.get(), Z_SYNC_FLUSH);
  const std::size_t size = wanted - stream_->avail_out;
  if (code != Z_OK || stream_->avail_out == 0
      || size >= text.size() + tail.size())
    return std::nullopt;
  return std::string_view{out_.get(), size - tail.size()};
}

} // namespace tidewire::net
