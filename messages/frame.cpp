#include "messages/frame.hpp"

#include <cstring>
#include <new>

namespace tidewire {

frame_ptr frame::make(std::string_view head, std::string_view body,
                      std::int64_t accepted_ns) {
  auto size = head.size() + body.size();
  auto* place = ::operator new(sizeof(frame) + size);
  auto* result =
      new (place) frame(static_cast<std::uint32_t>(size), accepted_ns);
  auto* out = reinterpret_cast<char*>(result + 1);
  std::memcpy(out, head.data(), head.size());
  if (!body.empty()) // its data() may be null
    std::memcpy(out + head.size(), body.data(), body.size());
  return frame_ptr{result};
}

const frame& frame::keep_packed(frame_ptr made) const noexcept {
  const frame* known = nullptr;
  const auto* mine = made ? made.frame_ : this;
  if (!packed_.compare_exchange_strong(known, mine, std::memory_order_acq_rel))
    return *known;
  made.frame_ = nullptr; // given up in `destroy`
  return *mine;
}

frame_ptr frame::share(const frame& what) noexcept {
  what.refs_.fetch_add(1, std::memory_order_relaxed);
  return frame_ptr{&what};
}

void frame::destroy(const frame* self) noexcept {
  if (const auto* packed = self->packed(); packed != self)
    const frame_ptr given_up{packed};
  self->~frame();
  ::operator delete(const_cast<frame*>(self));
}

} // namespace tidewire
