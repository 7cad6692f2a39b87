/// A refused HTTP API request.
#pragma once

#include <string>
#include <string_view>

namespace tidewire::pusher {

/// The answer is `text/plain` and says what to fix (protocol.md §17).
struct api_error {
  int status = 400;
  std::string message;
  std::string_view allow; ///< With 405: the value of the `Allow` header.
};

} // namespace tidewire::pusher
