#include "net/resolver.hpp"

#include <boost/asio/ip/address.hpp>

#include <mutex>
#include <system_error>
#include <thread>

#include <netdb.h>
#include <sys/socket.h>

namespace tidewire::net {

namespace {

namespace ip = boost::asio::ip;

resolver::endpoints at_port(resolver::endpoints all, std::uint16_t port) {
  for (auto& each : all)
    each.port(port);
  return all;
}

std::string look_up(const std::string& name, resolver::endpoints& found) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG;
  addrinfo* list = nullptr;
  if (auto code = getaddrinfo(name.c_str(), nullptr, &hints, &list))
    return "the name " + name + " is not known: " + gai_strerror(code);
  for (auto* each = list; each; each = each->ai_next) {
    ip::tcp::endpoint one;
    if (each->ai_addrlen > one.capacity())
      continue;
    one.resize(each->ai_addrlen);
    std::copy_n(reinterpret_cast<const char*>(each->ai_addr), each->ai_addrlen,
                reinterpret_cast<char*>(one.data()));
    found.push_back(one);
  }
  freeaddrinfo(list);
  return found.empty() ? "the name " + name + " has no address" : "";
}

} // namespace

// What a thread that comes back finds: the resolver, or that it is gone.
struct resolver::mailbox {
  std::mutex guard;
  resolver* owner;
};

resolver::resolver(reactor& host)
    : host_(host), mailbox_(std::make_shared<mailbox>()) {
  mailbox_->owner = this;
}

resolver::~resolver() {
  std::lock_guard lock{mailbox_->guard};
  mailbox_->owner = nullptr;
}

void resolver::resolve(const std::string& name, std::uint16_t port,
                       answered then) {
  boost::system::error_code no;
  if (auto address = ip::make_address(name, no); !no) {
    then({{address, port}}, {});
    return;
  }
  auto& entry = names_[name];
  if (entry.waiting.empty() && entry.until_ns > host_.now()) {
    then(at_port(entry.found, port), entry.error);
    return;
  }
  entry.waiting.emplace_back(port, std::move(then));
  if (entry.waiting.size() > 1)
    return;
  if (threads_ >= max_threads) {
    learn(name, {}, "too many names are being looked up");
    return;
  }
  ++threads_;
  // Nobody joins it: a silent name server must not hold up the end of the
  // process.
  std::thread{[name, box = mailbox_] {
    endpoints found;
    auto error = look_up(name, found);
    std::lock_guard lock{box->guard};
    if (!box->owner)
      return;
    box->owner->host_.post([name, box, found = std::move(found),
                            error = std::move(error)]() mutable {
      if (!box->owner) // only this thread changes it
        return;
      --box->owner->threads_;
      box->owner->learn(name, std::move(found), std::move(error));
    });
  }}.detach();
}

void resolver::learn(const std::string& name, endpoints found,
                     std::string error) {
  auto& entry = names_[name];
  entry.found = std::move(found);
  entry.error = std::move(error);
  // That a name is not known may be over in a moment.
  entry.until_ns = entry.error.empty() ? host_.now() + keep_ns : 0;
  auto waiting = std::exchange(entry.waiting, {});
  auto copy = entry;
  if (!entry.error.empty())
    names_.erase(name);
  for (auto& [port, then] : waiting)
    then(at_port(copy.found, port), copy.error);
}

} // namespace tidewire::net
