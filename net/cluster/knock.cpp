#include "net/cluster/knock.hpp"

#include "config/endpoint.hpp"
#include "net/tls_stream.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <exception>
#include <system_error>
#include <vector>

#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/socket.h>
#include <unistd.h>

namespace tidewire::net::cluster {

namespace {

namespace ip = boost::asio::ip;
using descriptor_base = boost::asio::posix::descriptor_base;

// Who has no TLS waits for the acceptor's word, and who has waits for the
// dialler's.
constexpr const char* said_nothing =
    "the other side said nothing: it may be stopped, or it has cluster.tls and "
    "this node has not, or the other way round";

hello with_nonce(hello x) {
  x.nonce = fresh_nonce();
  return x;
}

std::string text_of(int error) {
  return std::generic_category().message(error);
}

// A close with bytes unread is a reset, and a reset takes back what was said:
// the refusal. What else a stranger sends is his own loss.
void drain(int descriptor) noexcept {
  std::array<char, 4096> block;
  for (int i = 0; i < 16; ++i)
    if (::recv(descriptor, block.data(), block.size(), MSG_DONTWAIT) <= 0)
      return;
}

void give_up(boost::asio::posix::stream_descriptor& socket) noexcept {
  boost::system::error_code ignored;
  if (socket.is_open())
    socket.close(ignored);
}

} // namespace

knock::deadline::deadline(knock& k)
    : timer([](timer& t) {
        auto& self = static_cast<deadline&>(t).owner;
        self.end(outcome::silent, self.connecting_ ? "nothing answered in time"
                                  : self.heard_ ? "the handshake took too long"
                                                : said_nothing);
      }),
      owner(k) {}

knock::knock(reactor& host, handshake::role role, hello me,
             const proof_key& key, link_tls::ptr tls, listener who)
    : host_(host),
      me_(with_nonce(std::move(me))),
      talk_(role, me_, key),
      tls_context_(std::move(tls)),
      who_(std::move(who)),
      socket_(host.io()),
      deadline_(*this),
      dialler_(role == handshake::role::dialler),
      began_ns_(host.now()) {
  if (tls_context_)
    tls_ = std::make_unique<tls_engine>(tls_context_->native(),
                                        dialler_ ? tls_engine::role::client
                                                 : tls_engine::role::server);
}

knock::~knock() {
  give_up(socket_);
}

// -- beginning ----------------------------------------------------------------

void knock::dial(const ip::tcp::endpoint& where, std::int64_t at_most_ns) {
  host_.wheel().arm(deadline_, host_.now() + std::min(at_most_ns, patience_ns));
  remote_ = config::join_endpoint(where.address().to_string(),
                                  std::to_string(where.port()));
  auto fd = ::socket(where.data()->sa_family,
                     SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) {
    end(outcome::unreachable, text_of(errno));
    return;
  }
  boost::system::error_code no;
  socket_.assign(fd, no);
  if (no) {
    ::close(fd);
    end(outcome::unreachable, no.message());
    return;
  }
  auto now = ::connect(fd, where.data(), static_cast<socklen_t>(where.size()));
  if (now == 0) {
    begin();
  } else if (errno == EINPROGRESS) {
    connecting_ = true;
    wait_write();
  } else {
    end(errno == ECONNREFUSED ? outcome::no_listener : outcome::unreachable,
        text_of(errno));
  }
}

void knock::accept(int descriptor) {
  host_.wheel().arm(deadline_, host_.now() + patience_ns);
  boost::system::error_code no;
  socket_.assign(descriptor, no);
  if (no) {
    ::close(descriptor);
    end(outcome::broken, no.message());
    return;
  }
  note_remote();
  begin();
}

void knock::note_remote() {
  ip::tcp::endpoint where;
  auto size = static_cast<socklen_t>(where.capacity());
  if (::getpeername(socket_.native_handle(), where.data(), &size) != 0)
    return;
  where.resize(size);
  auto address = where.address();
  if (address.is_v6() && address.to_v6().is_v4_mapped())
    address = ip::make_address_v4(ip::v4_mapped, address.to_v6());
  remote_ =
      config::join_endpoint(address.to_string(), std::to_string(where.port()));
}

void knock::connected() {
  connecting_ = false;
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(socket_.native_handle(), SOL_SOCKET, SO_ERROR, &error, &size);
  if (error == 0)
    begin();
  else
    end(error == ECONNREFUSED ? outcome::no_listener : outcome::unreachable,
        text_of(error));
}

void knock::begin() {
  if (tls_ && dialler_)
    tls_->greet();
  advance();
}

// A surprise ends one handshake; Asio's handlers have nobody who catches.
template <class Step>
void knock::guarded(Step go_on) {
  if (over_)
    return;
  try {
    go_on();
  } catch (const std::exception& error) {
    end(outcome::broken, error.what());
  }
}

// -- bytes --------------------------------------------------------------------

void knock::wait_read() {
  if (std::exchange(reading_, true))
    return;
  socket_.async_wait(descriptor_base::wait_read,
                     [self = shared_from_this()](auto error) {
                       self->reading_ = false;
                       if (!error)
                         self->guarded([&self] { self->readable(); });
                     });
}

void knock::wait_write() {
  if (std::exchange(writing_, true))
    return;
  socket_.async_wait(descriptor_base::wait_write,
                     [self = shared_from_this()](auto error) {
                       self->writing_ = false;
                       if (!error)
                         self->guarded([&self] {
                           if (self->connecting_)
                             self->connected();
                           else
                             self->advance();
                         });
                     });
}

// A plain socket is read no further than the handshake goes; what a TLS record
// holds beyond it is kept for whoever follows.
void knock::readable() {
  std::array<char, 8192> block;
  auto most = tls_ ? block.size() : std::min(block.size(), talk_.wants());
  auto count = most == 0 ? ssize_t{0}
                         : ::recv(socket_.native_handle(), block.data(), most,
                                  MSG_DONTWAIT);
  if (count < 0 && would_block(errno)) {
    wait_read();
    return;
  }
  if (count <= 0 && most != 0) {
    hung_up(count == 0 ? 0 : errno);
    return;
  }
  auto size = static_cast<std::size_t>(count);
  heard_ = heard_ || size != 0;
  if (!tls_) {
    talk_.take({block.data(), size});
  } else {
    came_plain_ =
        came_plain_
        || (!tls_->established()
            && std::string_view(block.data(), size).starts_with(magic));
    std::vector<char> plain(size + tls_engine::max_record);
    auto got = tls_->take({block.data(), size}, plain);
    early_.append(plain.data(), got);
  }
  advance();
}

void knock::advance() {
  auto self = shared_from_this();
  while (!early_.empty() && talk_.wants() != 0) {
    auto count = std::min(early_.size(), talk_.wants());
    talk_.take(std::string_view{early_}.substr(0, count));
    early_.erase(0, count);
  }
  if (!push() || over_)
    return;
  if (tls_ && tls_->now() != tls_engine::state::open) {
    end(outcome::broken, tls_problem());
    return;
  }
  auto sent = talk_.out.empty() && (!tls_ || tls_->out.empty());
  switch (talk_.now()) {
  case handshake::state::talking:
    wait_read();
    break;
  case handshake::state::deciding:
    if (!std::exchange(asked_, true))
      who_.decide(*this);
    break;
  case handshake::state::done:
    if (sent)
      end(outcome::agreed, {});
    break;
  case handshake::state::refused_here:
    if (sent || (tls_ && !tls_->established()))
      end(outcome::refused, talk_.sentence());
    break;
  case handshake::state::refused_there:
    end(outcome::refused, talk_.sentence());
    break;
  }
}

// False if the socket is broken, which has been told.
bool knock::push() {
  if (tls_ && !talk_.out.empty() && tls_->established() && tls_->put(talk_.out))
    talk_.out.clear();
  auto& out = tls_ ? tls_->out : talk_.out;
  while (!out.empty()) {
    auto count = ::send(socket_.native_handle(), out.data(), out.size(),
                        MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count < 0) {
      if (would_block(errno)) {
        wait_write();
        return true;
      }
      hung_up(errno);
      return false;
    }
    out.erase(0, static_cast<std::size_t>(count));
  }
  return true;
}

// Who hangs up without a word most likely has TLS while this node has none, or
// the other way round, or does not like the certificate.
void knock::hung_up(int error) {
  if (error == 0 && !heard_) {
    end(outcome::broken, said_nothing);
    return;
  }
  std::string sentence = error == 0 ? "the other side hung up" : text_of(error);
  if (talk_.peer().node.empty())
    sentence += "; either all nodes have cluster.tls, with certificates of the "
                "same authority, or none";
  end(outcome::broken, sentence);
}

std::string knock::tls_problem() const {
  if (auto why = SSL_get_verify_result(tls_->native()); why != X509_V_OK)
    return std::string{"the other side's certificate is not accepted: "}
           + X509_verify_cert_error_string(why)
           + "; it has to be valid, for servers and clients, and signed by "
             "cluster.tls.ca";
  if (came_plain_)
    return "the other side speaks without TLS; either all nodes have "
           "cluster.tls, or none";
  // `tlsv1 alert unknown ca`, and the like.
  constexpr std::string_view alert = "alert ";
  std::string_view problem = tls_->problem();
  auto at = problem.find(alert);
  if (at != std::string_view::npos)
    return "the other side ends TLS: "
           + std::string{problem.substr(at + alert.size())}
           + "; cluster.tls.certificate has to be valid, for servers and "
             "clients, and signed by the cluster.tls.ca of all nodes";
  return "TLS failed: " + std::string{problem}
         + "; either all nodes have cluster.tls, with certificates of the same "
           "authority, or none";
}

// -- the end ------------------------------------------------------------------

void knock::agree() {
  talk_.agree();
  advance();
}

void knock::refuse(refusal why, const std::string& sentence) {
  talk_.refuse(why, sentence);
  advance();
}

void knock::abandon() {
  if (std::exchange(over_, true))
    return;
  deadline_.cancel();
  who_ = {};
  give_up(socket_);
}

bare_link knock::take() {
  bare_link result;
  result.descriptor = socket_.release();
  result.tls = std::move(tls_);
  result.early = std::move(early_);
  return result;
}

void knock::end(outcome how, const std::string& sentence) {
  if (std::exchange(over_, true))
    return;
  auto self = shared_from_this();
  deadline_.cancel();
  // A probe of the port hangs up at once; a node without TLS waits.
  lacked_tls_ =
      talk_.why() == refusal::tls
      || (tls_ && tls_->now() == tls_engine::state::failed)
      || (tls_ && !heard_ && host_.now() - began_ns_ >= patience_ns / 2);
  auto told = std::exchange(who_, {});
  told.ended(*this, how, sentence);
  if (how == outcome::refused && socket_.is_open())
    drain(socket_.native_handle());
  give_up(socket_);
}

} // namespace tidewire::net::cluster
