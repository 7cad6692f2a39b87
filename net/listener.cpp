#include "net/listener.hpp"

#include "net/log.hpp"
#include "net/socket.hpp"

#include <cerrno>

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace tidewire::net {

namespace {

constexpr int accepts_per_turn = 64;
constexpr std::int64_t rest_ns = 20'000'000;
using reuse_port =
    boost::asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

int open_spare() noexcept {
  return ::open("/dev/null", O_RDONLY | O_CLOEXEC);
}

} // namespace

listener::pause::pause(listener& l)
    : timer([](timer& t) {
        auto& self = static_cast<pause&>(t).owner;
        if (self.socket_.is_open())
          self.accept_some();
      }),
      owner(l) {}

listener::listener(reactor& host, accepted on_accepted,
                   turned_away on_turned_away)
    : host_(host),
      socket_(host.io()),
      accepted_(std::move(on_accepted)),
      turned_away_(std::move(on_turned_away)),
      spare_(open_spare()),
      pause_(*this) {}

listener::~listener() {
  if (spare_ >= 0)
    ::close(spare_);
}

void listener::open(const boost::asio::ip::tcp::endpoint& where, int backlog,
                    bool share_port) {
  boost::asio::ip::tcp::acceptor socket{host_.io()};
  try {
    socket.open(where.protocol());
    socket.set_option(boost::asio::socket_base::reuse_address(true));
    if (share_port)
      socket.set_option(reuse_port(true));
    socket.bind(where);
    socket.listen(backlog);
  } catch (const boost::system::system_error& e) {
    auto text =
        where.address().to_string() + " port " + std::to_string(where.port());
    auto hint = e.code() == boost::asio::error::address_in_use
                    ? " (another program, or another Tidewire, has it)"
                : e.code() == boost::asio::error::access_denied
                    ? " (ports below 1024 need CAP_NET_BIND_SERVICE)"
                    : "";
    throw std::runtime_error("cannot listen on " + text + ": "
                             + e.code().message() + hint);
  }
  port_ = socket.local_endpoint().port();
  open(socket.release());
}

void listener::open(int listening) {
  socket_.assign(listening);
  socket_.native_non_blocking(true);
  wait();
}

void listener::close() {
  boost::system::error_code ignored;
  pause_.cancel();
  socket_.close(ignored);
}

void listener::wait() {
  socket_.async_wait(boost::asio::posix::descriptor_base::wait_read,
                     [this](const boost::system::error_code& error) {
                       if (!error)
                         accept_some();
                     });
}

void listener::accept_some() {
  for (int i = 0; i < accepts_per_turn; ++i) {
    if (auto wait = wait_for_turn(); wait > 0) {
      host_.wheel().arm(pause_, host_.now() + wait);
      return;
    }
    auto client = ::accept4(socket_.native_handle(), nullptr, nullptr,
                            SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (client >= 0) {
      prepare_client_socket(client);
      accepted_(client);
      continue;
    }
    if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS
        || errno == ENOMEM) {
      out_of_descriptors();
      return;
    }
    if (errno == EAGAIN || errno == EWOULDBLOCK) {
      paced_.give_back(per_second_);
      break;
    }
    // EINTR, ECONNABORTED and the like concern one client: on to the next.
  }
  wait();
}

// A turn that finds nobody costs a turn: the next one comes soon enough.
std::int64_t listener::wait_for_turn() {
  if (per_second_ == 0)
    return 0;
  auto wait = paced_.take(host_.now(), per_second_);
  return wait > 0 && !crowded() ? wait : 0;
}

// For a socket that listens these two are the length of its queue and the
// bound of it (tcp(7), the kernel's tcp_get_info).
bool listener::crowded() const noexcept {
  tcp_info info{};
  socklen_t size = sizeof info;
  auto descriptor = const_cast<boost::asio::posix::stream_descriptor&>(socket_)
                        .native_handle();
  return ::getsockopt(descriptor, IPPROTO_TCP, TCP_INFO, &info, &size) == 0
         && info.tcpi_unacked >= info.tcpi_sacked / 4 * 3;
}

// The spare descriptor is given up to accept whoever waits and tell them no
// by closing: a client that hangs in the backlog would never try elsewhere.
void listener::out_of_descriptors() {
  for (int i = 0; i < accepts_per_turn && spare_ >= 0; ++i) {
    ::close(std::exchange(spare_, -1));
    auto client = ::accept4(socket_.native_handle(), nullptr, nullptr,
                            SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (client >= 0) {
      abort_on_close(client);
      ::close(client);
      turned_away_();
    }
    spare_ = open_spare();
    if (client < 0)
      break;
  }
  if (spare_ < 0)
    spare_ = open_spare();
  host_.wheel().arm(pause_, host_.now() + rest_ns);
}

} // namespace tidewire::net
