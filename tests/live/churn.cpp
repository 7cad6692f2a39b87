// Opens and closes connections in every way a client can, and keeps its own
// record of them, for churn.test.mjs to compare the gauge with.
//
// Commands come on stdin, a line each, and are answered on stdout: `run N`
// (start N connections, end others), `settle` (wait until every operation has
// been answered; then report), `leave` (end all, settle, report). It is single
// threaded and has no timers: what it does depends on the seed and on the
// order in which the server answers.
#include "tests/live/churn_plan.hpp"
#include "tests/live/churn_wire.hpp"

#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <iostream>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace {

using namespace tidewire::churn;
using steady = std::chrono::steady_clock;

struct options {
  unsigned port = 0;
  unsigned id = 1; // third byte of our source addresses
  unsigned seed = 1;
  std::size_t slots = 1000; // connections at once, at most
  bool refusals = true;
};

[[noreturn]] void fault(const std::string& what) {
  throw std::runtime_error(what);
}

std::string error_text() {
  return std::generic_category().message(errno);
}

class generator {
public:
  explicit generator(const options& o)
      : options_(o), random_(o.seed), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {}

  void run(std::size_t count);
  void settle();
  void leave();
  void report() const;

private:
  std::size_t below(std::size_t n) { return random_() % n; }
  std::size_t alive() const { return alive_; }

  void start();
  plan choose();
  void speak(connection& c);
  void end_some(std::size_t most);
  void end_one(connection& c);
  void turn(int timeout_ms);
  void on_ready(connection& c, std::uint32_t events);
  void on_frame(connection& c, const server_frame& f);
  void on_end(connection& c);
  void abandon(connection& c, bool reset);
  void drop(connection& c);
  void list(std::vector<connection*>& where, connection& c);
  void unlist(connection& c);

  options options_;
  std::mt19937 random_;
  int epoll_;
  record record_;
  std::size_t alive_ = 0;
  std::size_t target_ = 100;
  std::vector<connection*> open_;
  std::vector<connection*> idle_; // silent and half ones, dropped later
};

void generator::list(std::vector<connection*>& where, connection& c) {
  c.place = where.size();
  where.push_back(&c);
}

void generator::unlist(connection& c) {
  if (c.at != stage::open && c.at != stage::idle)
    return;
  auto& where = c.at == stage::open ? open_ : idle_;
  where[c.place] = where.back();
  where[c.place]->place = c.place;
  where.pop_back();
}

plan generator::choose() {
  const auto dice = below(100);
  if (dice < 72 || (!options_.refusals && dice < 88))
    return plan::stay;
  if (dice < 80)
    return plan::unknown_key;
  if (dice < 84)
    return plan::bad_path;
  if (dice < 88)
    return plan::no_protocol;
  if (dice < 91)
    return plan::silent;
  if (dice < 94)
    return plan::half_handshake;
  return dice < 97 ? plan::early_reset : plan::early_fin;
}

void generator::start() {
  auto c = std::make_unique<connection>();
  c->what = choose();
  const auto source = static_cast<unsigned>(1 + below(8));
  c->fd = connect_from(options_.id, source, options_.port);
  if (c->fd < 0)
    fault(std::string{"connect: "} + error_text());
  ++record_.started;
  ++alive_;
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.ptr = c.get();
  if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, c->fd, &event) != 0)
    fault("epoll_ctl");
  static_cast<void>(c.release()); // drop() ends it
}

// The TCP connection stands: says what the plan says.
void generator::speak(connection& c) {
  c.at = stage::waiting;
  if (c.what == plan::silent || c.what == plan::half_handshake) {
    const auto whole = upgrade_request("/app/app-key?protocol=7");
    if (c.what == plan::half_handshake)
      write_some(c.fd, whole.substr(0, 1 + below(whole.size() - 1)));
    if (below(2) == 0)
      return abandon(c, below(2) == 0);
    c.at = stage::idle;
    list(idle_, c);
    return;
  }
  const auto* refused = refusal_of(c.what);
  write_some(c.fd, upgrade_request(refused ? refused->target
                                           : "/app/app-key?protocol=7"));
  if (c.what == plan::early_reset) {
    ++record_.unsure;
    abandon(c, true);
  } else if (c.what == plan::early_fin) {
    ::shutdown(c.fd, SHUT_WR);
  }
}

// Ends without waiting for an answer.
void generator::abandon(connection& c, bool reset) {
  if (reset) {
    const linger now{1, 0};
    ::setsockopt(c.fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  }
  drop(c);
}

void generator::drop(connection& c) {
  unlist(c);
  --alive_;
  ::close(c.fd);
  delete &c;
}

// One of the ways in which an open connection can end.
void generator::end_one(connection& c) {
  unlist(c);
  c.at = stage::closing;
  switch (below(8)) {
  case 0: // clean
    write_some(c.fd, client_close(1000));
    break;
  case 1: // with a code that is the server's to send
    write_some(c.fd, client_close(4200));
    break;
  case 2: // twice
    write_some(c.fd, client_close(1000) + client_close(1001));
    break;
  case 3: // twice, and once more by FIN
    write_some(c.fd, client_close(4200) + client_close(4200));
    ::shutdown(c.fd, SHUT_WR);
    break;
  case 4: // FIN only
    ::shutdown(c.fd, SHUT_WR);
    break;
  case 5: // a close frame that nobody waits for
    write_some(c.fd, client_close(1000));
    return abandon(c, true);
  case 6: // an unmasked frame
    write_some(c.fd, std::string("\x81\x01x", 3));
    break;
  case 7:
    return abandon(c, true);
  }
}

void generator::end_some(std::size_t most) {
  while (most-- > 0 && !open_.empty())
    end_one(*open_[below(open_.size())]);
}

void generator::on_frame(connection& c, const server_frame& f) {
  if (f.opcode == 8) {
    c.close_code = f.close_code;
    if (c.at == stage::open)
      fault("the server closed with " + std::to_string(f.close_code));
    return;
  }
  if (f.opcode != 1 || c.at != stage::waiting
      || f.payload.find("pusher:connection_established")
             == std::string_view::npos)
    return;
  c.established = true;
  ++record_.opened;
  if (c.what == plan::early_fin)
    return;
  if (c.what != plan::stay)
    fault("a connection that was to be refused is open");
  c.at = stage::open;
  list(open_, c);
  if (below(3) == 0)
    write_some(c.fd, subscribe_request(below(50)));
}

// The server has ended it.
void generator::on_end(connection& c) {
  if (const auto* refused = refusal_of(c.what)) {
    if (c.close_code != refused->code)
      fault(std::string{refused->target} + " was closed with "
            + std::to_string(c.close_code) + ", stage "
            + std::to_string(static_cast<int>(c.at)) + ", " + error_text());
    ++(record_.*refused->count);
  } else if (c.what == plan::early_fin) {
    record_.unsure += c.established ? 0 : 1;
  } else if (c.what == plan::stay && c.at != stage::closing) {
    fault("the server ended a connection that we keep, stage "
          + std::to_string(static_cast<int>(c.at)) + ", " + error_text());
  }
  drop(c);
}

void generator::on_ready(connection& c, std::uint32_t events) {
  if (c.at == stage::connecting) {
    if (events & EPOLLERR)
      fault("the server refuses TCP connections");
    if (!(events & EPOLLOUT))
      return;
    const bool spoke_last = c.what == plan::silent
                            || c.what == plan::half_handshake
                            || c.what == plan::early_reset;
    speak(c);
    if (spoke_last) // it may be gone
      return;
  }
  std::array<char, 4096> bytes;
  for (;;) {
    const auto got = ::recv(c.fd, bytes.data(), bytes.size(), 0);
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0 && errno == EAGAIN)
      return;
    if (got <= 0)
      return on_end(c);
    c.stream.push({bytes.data(), static_cast<std::size_t>(got)});
    while (auto frame = c.stream.next())
      on_frame(c, *frame);
    if (c.stream.broken())
      fault("the server's answer is no WebSocket");
  }
}

void generator::turn(int timeout_ms) {
  std::array<epoll_event, 256> events;
  const int count = ::epoll_wait(epoll_, events.data(),
                                 static_cast<int>(events.size()), timeout_ms);
  for (int i = 0; i < count; ++i) {
    auto at = static_cast<std::size_t>(i);
    on_ready(*static_cast<connection*>(events[at].data.ptr), events[at].events);
  }
}

void generator::run(std::size_t count) {
  for (const auto last = record_.started + count; record_.started < last;) {
    for (int i = 0; i < 32 && alive() < target_ && record_.started < last;
         ++i) {
      start();
      if (record_.started % 500 == 0)
        std::cout << "at " << record_.started << std::endl;
      // Tides: now many at once, now few.
      if (below(400) == 0)
        target_ = options_.slots / 20 + below(options_.slots);
    }
    end_some(alive() < target_ ? below(4) : 32);
    while (!idle_.empty() && (idle_.size() > 50 || below(4) == 0))
      abandon(*idle_[below(idle_.size())], below(2) == 0);
    turn(alive() < target_ ? 0 : 1);
  }
  // Until the next command nobody would answer what is still going on.
  settle();
}

void generator::settle() {
  while (!idle_.empty())
    abandon(*idle_.back(), false);
  const auto deadline = steady::now() + std::chrono::seconds{60};
  while (alive() != open_.size()) {
    if (steady::now() > deadline)
      fault(std::to_string(alive() - open_.size())
            + " connections got no answer for 60 s");
    turn(10);
  }
}

void generator::leave() {
  end_some(open_.size());
  settle();
}

void generator::report() const {
  const auto& r = record_;
  std::cout << "settled {\"open\":" << open_.size()
            << ",\"started\":" << r.started << ",\"opened\":" << r.opened
            << ",\"unsure\":" << r.unsure
            << ",\"unknown_key\":" << r.refused_key
            << ",\"bad_path\":" << r.refused_path
            << ",\"no_protocol\":" << r.refused_protocol << "}" << std::endl;
}

options parse(int argc, char** argv) {
  options o;
  for (int i = 1; i < argc; ++i) {
    const std::string_view name = argv[i];
    if (name == "--no-refusals") {
      o.refusals = false;
      continue;
    }
    if (i + 1 == argc)
      fault("usage: --port P --id N --seed N --slots N [--no-refusals]");
    const std::string_view text = argv[++i];
    unsigned value = 0;
    if (std::from_chars(text.data(), text.data() + text.size(), value).ec
        != std::errc{})
      fault("no number: " + std::string{text});
    if (name == "--port")
      o.port = value;
    else if (name == "--id")
      o.id = value;
    else if (name == "--seed")
      o.seed = value;
    else if (name == "--slots")
      o.slots = value;
    else
      fault("unknown option " + std::string{name});
  }
  return o;
}

} // namespace

int main(int argc, char** argv) try {
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  generator all{parse(argc, argv)};
  for (std::string command; std::cin >> command;) {
    std::size_t count = 0;
    if (command == "run" && std::cin >> count) {
      all.run(count);
      std::cout << "ran" << std::endl;
    } else if (command == "settle") {
      all.settle();
      all.report();
    } else if (command == "leave") {
      all.leave();
      all.report();
    } else {
      fault("unknown command " + command);
    }
  }
  return 0;
} catch (const std::exception& e) {
  std::cout << "fault " << e.what() << std::endl;
  return 1;
}
