// The client's bytes for churn.cpp, written apart from the server's codec so
// that the two can disagree.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tidewire::churn {

/// Starts a connection from 127.0.`id`.`source` to 127.0.0.1:`port`, so that
/// the ports of one address are not what limits us. Nonblocking; -1 and errno
/// on failure.
int connect_from(unsigned id, unsigned source, unsigned port);

/// Writes what the socket takes. Our messages are far smaller than a socket's
/// buffer; what a dying peer does not take is not missed.
void write_some(int fd, std::string_view bytes);

std::string upgrade_request(std::string_view target);
std::string client_close(std::uint16_t code);
std::string subscribe_request(std::size_t channel);

struct server_frame {
  int opcode;
  int close_code;           ///< 1005 if none; of close frames only
  std::string_view payload; ///< valid until the next call of next()
};

/// Cuts what a server sends after an upgrade into frames.
class server_stream {
public:
  void push(std::string_view bytes) { in_.append(bytes); }
  std::optional<server_frame> next();

  /// The answer was not 101, or is no stream of frames.
  bool broken() const { return broken_; }

private:
  std::string in_;
  std::size_t used_ = 0; // of in_, by the frame handed out last
  bool upgraded_ = false;
  bool broken_ = false;
};

} // namespace tidewire::churn
