#include "net/http_client.hpp"

#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include <openssl/ssl.h>

namespace tidewire::net {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace ssl = asio::ssl;
using boost::system::error_code;

} // namespace

// One connection: idle, or busy with one request. Whoever waits for it is
// called once; afterwards it is kept or closed.
class http_client::link : public std::enable_shared_from_this<link> {
public:
  link(http_client& owner, http_post what, answered then)
      : owner_(&owner), tcp_(owner.host_.io()) {
    begin(std::move(what), std::move(then));
  }

  void begin(http_post what, answered then) {
    what_ = std::move(what);
    then_ = std::move(then);
    request_ = {http::verb::post, what_.to.target, 11};
    request_.set(http::field::host, what_.to.authority);
    request_.set(http::field::user_agent, owner_->options_.user_agent);
    for (auto& [name, value] : what_.headers)
      request_.set(name, value);
    request_.body() = std::move(what_.body);
    request_.prepare_payload();
  }

  void connect();
  void write();

  /// Nobody is called any more.
  void abandon() noexcept {
    owner_ = nullptr;
    then_ = nullptr;
    lookup_.cancel();
    tcp_.close();
  }

  /// Whether the other side has not closed it, or spoken unasked, meanwhile.
  bool fresh();

  bool same_as(const http_post& other) const {
    return what_.to.host == other.to.host && what_.to.port == other.to.port
           && what_.to.secure == other.to.secure;
  }

  const std::string& pool() const noexcept { return what_.pool; }

  std::int64_t idle_since_ns = 0;

private:
  template <class Handler>
  auto mine(Handler handle) {
    return [self = shared_from_this(), handle](error_code no, auto&&...) {
      if (self->owner_)
        handle(*self, no);
    };
  }

  void encrypt();
  void read();
  void finish(error_code no);
  void fail(std::string sentence);
  std::string describe(error_code no);

  http_client* owner_; // null once abandoned
  http_post what_;
  answered then_;
  beast::tcp_stream tcp_;
  std::optional<ssl::stream<beast::tcp_stream&>> tls_;
  beast::flat_buffer buffer_;
  http::request<http::string_body> request_;
  std::optional<http::response_parser<http::string_body>> answer_;
  bool used_ = false; // it has had an answer before
  const char* stage_ = "";

  // Looking up a name has no timeout of its own.
  struct deadline : timer {
    explicit deadline(link& l)
        : timer([](timer& t) {
            static_cast<deadline&>(t).owner.fail(
                "looking up its name took too long");
          }),
          owner(l) {}
    link& owner;
  } lookup_{*this};
};

// -- connecting ---------------------------------------------------------------

void http_client::link::connect() {
  stage_ = "connecting";
  tcp_.expires_after(owner_->options_.connect_timeout);
  auto then = [weak = weak_from_this()](const resolver::endpoints& found,
                                        const std::string& error) {
    auto self = weak.lock();
    if (!self || !self->lookup_.armed())
      return; // too late
    self->lookup_.cancel();
    if (!error.empty()) {
      self->fail(error);
      return;
    }
    self->tcp_.async_connect(found, self->mine([](link& x, error_code no) {
      if (no)
        x.fail(x.describe(no));
      else if (x.what_.to.secure)
        x.encrypt();
      else
        x.write();
    }));
  };
  owner_->host_.wheel().arm(
      lookup_,
      owner_->host_.now()
          + std::chrono::nanoseconds{owner_->options_.connect_timeout}.count());
  owner_->names_.resolve(what_.to.host, what_.to.port, std::move(then));
}

// The server has to show a certificate for this very host that an authority we
// know has signed (RFC 6125 through OpenSSL).
void http_client::link::encrypt() {
  stage_ = "the TLS handshake";
  tls_.emplace(tcp_, owner_->tls_);
  auto& host = what_.to.host;
  error_code address;
  asio::ip::make_address(host, address);
  if (address) // a name: addresses are not sent (RFC 6066 §3)
    SSL_set_tlsext_host_name(tls_->native_handle(), host.c_str());
  tls_->set_verify_mode(ssl::verify_peer);
  tls_->set_verify_callback(ssl::host_name_verification(host));
  tls_->async_handshake(ssl::stream_base::client,
                        mine([](link& x, error_code no) {
                          if (no)
                            x.fail(x.describe(no));
                          else
                            x.write();
                        }));
}

bool http_client::link::fresh() {
  char byte = 0;
  error_code no;
  tcp_.socket().non_blocking(true, no);
  tcp_.socket().receive(asio::buffer(&byte, 1), asio::socket_base::message_peek,
                        no);
  return no == asio::error::would_block;
}

// -- asking -------------------------------------------------------------------

void http_client::link::write() {
  stage_ = "sending";
  tcp_.expires_after(owner_->options_.timeout);
  auto next = mine([](link& x, error_code no) {
    if (no)
      x.finish(no);
    else
      x.read();
  });
  if (tls_)
    http::async_write(*tls_, request_, std::move(next));
  else
    http::async_write(tcp_, request_, std::move(next));
}

void http_client::link::read() {
  stage_ = "waiting for the answer";
  answer_.emplace();
  answer_->body_limit(max_answer);
  auto next = mine([](link& x, error_code no) { x.finish(no); });
  if (tls_)
    http::async_read(*tls_, buffer_, *answer_, std::move(next));
  else
    http::async_read(tcp_, buffer_, *answer_, std::move(next));
}

// A status is an answer, even if its body is too long or never ends.
void http_client::link::finish(error_code no) {
  auto self = shared_from_this();
  auto answered_at_all = answer_ && answer_->is_header_done();
  if (!answered_at_all) {
    // A connection that was kept may have been closed while we wrote to it.
    auto stale = std::exchange(used_, false)
                 && !(answer_ && answer_->got_some())
                 && no != beast::error::timeout;
    if (stale) {
      tls_.reset();
      tcp_.close();
      buffer_.clear();
      answer_.reset();
      connect();
      return;
    }
    fail(describe(no));
    return;
  }
  auto then = std::exchange(then_, nullptr);
  http_outcome outcome{answer_->get().result_int(), {}};
  used_ = true;
  if (!no && answer_->get().keep_alive()) {
    tcp_.expires_never();
    answer_.reset();
    owner_->keep(self);
  } else {
    tcp_.close();
    owner_->forget(self);
  }
  then(outcome);
}

void http_client::link::fail(std::string sentence) {
  auto self = shared_from_this();
  auto then = std::exchange(then_, nullptr);
  tcp_.close();
  owner_->forget(self);
  then({0, std::move(sentence)});
}

std::string http_client::link::describe(error_code no) {
  if (no == beast::error::timeout)
    return std::string{stage_} + " took too long";
  if (tls_) {
    auto verdict = SSL_get_verify_result(tls_->native_handle());
    if (verdict != X509_V_OK)
      return std::string{"its certificate is refused: "}
             + X509_verify_cert_error_string(verdict);
  }
  return std::string{stage_} + " failed: " + no.message();
}

// -- the client ---------------------------------------------------------------

http_client::http_client(reactor& host, options how)
    : host_(host),
      options_(std::move(how)),
      names_(host),
      tls_(ssl::context::tls_client) {
  SSL_CTX_set_min_proto_version(tls_.native_handle(), TLS1_2_VERSION);
  error_code no;
  tls_.set_default_verify_paths(no);
  if (!options_.ca_file.empty()) {
    tls_.load_verify_file(options_.ca_file, no);
    if (no)
      trouble_ = options_.ca_file + " cannot be used: " + no.message();
  }
}

http_client::~http_client() {
  for (auto& each : std::exchange(busy_, {}))
    each->abandon();
  for (auto& [pool, links] : std::exchange(idle_, {}))
    for (auto& each : links)
      each->abandon();
}

void http_client::post(http_post what, answered then) {
  if (auto kept = take_idle(what)) {
    busy_.insert(kept);
    kept->begin(std::move(what), std::move(then));
    kept->write();
    return;
  }
  auto fresh = std::make_shared<link>(*this, std::move(what), std::move(then));
  busy_.insert(fresh);
  // Never calls back before we have returned.
  host_.post([weak = std::weak_ptr<link>{fresh}] {
    if (auto self = weak.lock())
      self->connect();
  });
}

http_client::link_ptr http_client::take_idle(const http_post& what) {
  auto at = idle_.find(what.pool);
  if (at == idle_.end())
    return nullptr;
  auto oldest = host_.now() - std::chrono::nanoseconds{keep_idle}.count();
  link_ptr found;
  while (!found && !at->second.empty()) {
    found = std::move(at->second.back());
    at->second.pop_back();
    if (found->idle_since_ns < oldest || !found->same_as(what)
        || !found->fresh()) {
      found->abandon();
      found.reset();
    }
  }
  if (at->second.empty())
    idle_.erase(at);
  return found;
}

void http_client::keep(const link_ptr& what) {
  forget(what);
  what->idle_since_ns = host_.now();
  idle_[what->pool()].push_back(what);
}

void http_client::forget(const link_ptr& what) {
  busy_.erase(what);
}

} // namespace tidewire::net
