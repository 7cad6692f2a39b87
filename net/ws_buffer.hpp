// The payload of a frame that has not come whole; a part of the codec.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <string_view>

namespace tidewire::net {

/// Bytes that arrive little by little. Grows by doubling, but never above a
/// limit given by the caller, which `std::string` would not promise.
class ws_buffer {
public:
  std::string_view view() const noexcept { return {data_.get(), size_}; }
  std::uint32_t size() const noexcept { return size_; }
  std::uint32_t capacity() const noexcept { return capacity_; }

  /// `limit` is at least what the buffer will then hold. Throws `bad_alloc`
  /// when memory is out.
  void append(const char* bytes, std::uint32_t count, std::uint32_t limit) {
    if (count == 0)
      return;
    if (count > capacity_ - size_)
      grow(size_ + count, limit);
    std::memcpy(data_.get() + size_, bytes, count);
    size_ += count;
  }

private:
  struct release {
    void operator()(char* data) const noexcept { std::free(data); }
  };

  void grow(std::uint32_t needed, std::uint32_t limit) {
    // Not below 64: a peer that sends single bytes shall not cost a
    // reallocation for each of the first few.
    const auto doubled = std::max<std::uint64_t>(64, 2ull * capacity_);
    const auto wanted = std::max<std::uint64_t>(
        needed, std::min<std::uint64_t>(doubled, limit));
    void* const grown = std::realloc(data_.get(), wanted);
    if (grown == nullptr)
      throw std::bad_alloc{};
    static_cast<void>(data_.release());
    data_.reset(static_cast<char*>(grown));
    capacity_ = static_cast<std::uint32_t>(wanted);
  }

  std::unique_ptr<char, release> data_;
  std::uint32_t size_ = 0;
  std::uint32_t capacity_ = 0;
};

} // namespace tidewire::net
