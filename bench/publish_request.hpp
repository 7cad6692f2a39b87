// The signed POST of one event, as bytes.
#pragma once

#include <cstdint>
#include <ctime>
#include <string>
#include <string_view>

#include "bench/signer.hpp"
#include "bench/target.hpp"
#include "bench/wire.hpp"

namespace tidewire::bench {

/// The app that the generator speaks for.
struct app_identity {
  std::string id = "1";
  std::string key = "app-key";
  std::string secret = "app-secret";
};

/// A POST /apps/ID/events that is the same but for stamp, time and the two
/// digests: they are written into their places, which costs two hashes and no
/// allocation. Every request is signed on its own, as body_md5 demands.
/// (protocol.md section 9)
class publish_request {
public:
  /// `size` is that of the event's data, at least stamp::size.
  publish_request(const target& to, const app_identity& app,
                  std::string_view channel, std::size_t size);

  /// The request with this stamp; valid until the next call. `unix_time` is
  /// the auth_timestamp.
  std::string_view render(const stamp& value, std::time_t unix_time);

private:
  signer signer_;
  std::string text_;
  std::string to_sign_;
  std::size_t body_at_ = 0;
  std::size_t stamp_at_ = 0;
  std::time_t rendered_time_ = 0;
};

/// What to do with the bytes of an HTTP answer.
struct http_answer {
  int status = 0;
  std::size_t size = 0; ///< head and body
  std::string_view body;
};

enum class answer_status { ok, incomplete, broken };

/// Reads one answer with a Content-Length from the front of `bytes`.
answer_status read_answer(std::string_view bytes, http_answer& answer);

} // namespace tidewire::bench
