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

void frame::destroy(const frame* self) noexcept {
  self->~frame();
  ::operator delete(const_cast<frame*>(self));
}

} // namespace tidewire
