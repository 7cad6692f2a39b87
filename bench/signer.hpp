// Signs HTTP requests as Pusher's server libraries do.
#pragma once

#include <memory>
#include <string_view>

namespace tidewire::bench {

/// HMAC-SHA256 with one secret, and MD5, in lower-case hex. Contexts are kept
/// between calls, because fetching an algorithm costs more than using it on a
/// short text. One per thread. Written apart from the server's own signatures,
/// so that the two check each other. (protocol.md section 8)
class signer {
public:
  explicit signer(std::string_view secret);
  ~signer();
  signer(signer&&) noexcept;

  /// Writes 64 characters.
  void sign(std::string_view text, char* to);

  /// Writes 32 characters.
  void md5(std::string_view text, char* to);

private:
  struct contexts;
  std::unique_ptr<contexts> contexts_;
};

} // namespace tidewire::bench
