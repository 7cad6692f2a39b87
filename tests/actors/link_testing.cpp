#include "tests/actors/link_testing.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/io/basp_broker.hpp>
#include <caf/io/middleman.hpp>
#include <caf/send.hpp>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <future>
#include <random>

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef __SANITIZE_ADDRESS__ // GCC 12 has it, but not its header
extern "C" std::size_t __sanitizer_get_current_allocated_bytes();
#endif

extern char** environ;

namespace tidewire::testing {

namespace {

std::uint64_t any_number() {
  std::random_device random;
  return std::uint64_t{random()} << 32u | random() | 1u;
}

} // namespace

bool soon(const std::function<bool()>& fact, std::chrono::milliseconds limit) {
  auto until = std::chrono::steady_clock::now() + limit;
  while (!fact()) {
    if (std::chrono::steady_clock::now() > until)
      return false;
    ::poll(nullptr, 0, 1); // lets the others have the processor
  }
  return true;
}

config::cluster_settings on_loopback(const std::string& secret) {
  config::cluster_settings x;
  x.listen = "127.0.0.1:0";
  x.secret = secret;
  return x;
}

link_node::system_settings::system_settings() {
  set("scheduler.policy", caf::atom("sharing"));
  set("scheduler.max-threads", std::size_t{1});
  set("logger.verbosity", caf::atom("quiet"));
  load_middleman(*this);
}

link_node::link_node(std::string name, config::cluster_settings settings,
                     std::uint64_t incarnation)
    : me_{std::move(name), incarnation != 0 ? incarnation : any_number()},
      book_(std::make_shared<book>()),
      system_(config_) {
  // Its book is an argument: without any, CAF 0.17 dereferences a null pointer.
  node_ = system_.spawn<caf::hidden>(
      [](caf::event_based_actor*,
         const std::shared_ptr<link_node::book>& book) -> caf::behavior {
        return {
            [book](const linked& x) {
              std::lock_guard lock{book->guard};
              book->all.up.push_back(x.line);
            },
            [book](const unlinked& x) {
              std::lock_guard lock{book->guard};
              book->all.down.push_back(x);
            },
            [book](const dialled& x) {
              std::lock_guard lock{book->guard};
              book->all.dials.push_back(x);
            },
            [book](const turned_away& x) {
              std::lock_guard lock{book->guard};
              book->all.refusals.push_back(x);
            },
        };
      },
      book_);
  links_ = std::make_unique<links>(system_, 9, settings, link_identity{me_});
  links_->watch({[book = book_](const link_line_ptr& line) {
                   std::lock_guard lock{book->guard};
                   book->standing.push_back(line);
                 },
                 [book = book_](const link_line_ptr& line, const std::string&) {
                   std::lock_guard lock{book->guard};
                   std::erase(book->standing, line);
                 },
                 [book = book_](const link_line_ptr&) {
                   std::lock_guard lock{book->guard};
                   ++book->all.rooms;
                 }});
  links_->receive({1, 127}, [book = book_](link_record&& x) {
    std::lock_guard lock{book->guard};
    book->all.records.push_back(std::move(x));
  });
  links_->node_is(node_);
  links_->open();
  links_->start();
}

link_node::~link_node() {
  stop();
  links_ = nullptr;
  caf::anon_send_exit(node_, caf::exit_reason::kill);
}

std::chrono::milliseconds link_node::stop() {
  using clock = std::chrono::steady_clock;
  if (std::exchange(stopped_, true))
    return {};
  auto begun = clock::now();
  links_->leave(500'000'000);
  links_->join();
  return std::chrono::duration_cast<std::chrono::milliseconds>(clock::now()
                                                               - begun);
}

std::string link_node::address() const {
  return "127.0.0.1:" + std::to_string(links_->port());
}

std::size_t link_node::ups() const {
  return see([](auto& x) { return x.up.size(); });
}

std::size_t link_node::downs() const {
  return see([](auto& x) { return x.down.size(); });
}

std::size_t link_node::records() const {
  return see([](auto& x) { return x.records.size(); });
}

std::size_t link_node::lines() const {
  std::lock_guard lock{book_->guard};
  return book_->standing.size();
}

link_line_ptr link_node::line(const std::string& node) const {
  std::lock_guard lock{book_->guard};
  for (auto each = book_->standing.rbegin(); each != book_->standing.rend();
       ++each)
    if ((*each)->peer().who.node == node)
      return *each;
  return nullptr;
}

std::size_t link_node::spawn_servers() {
  auto& middleman = system_.middleman();
  auto broker = middleman.named_broker<caf::io::basp_broker>(caf::atom("BASP"));
  std::promise<std::size_t> count;
  middleman.run_later([&] {
    count.set_value(static_cast<caf::io::basp_broker*>(
                        caf::actor_cast<caf::abstract_actor*>(broker))
                        ->spawn_servers.size());
  });
  return count.get_future().get();
}

dialled link_node::dial(const std::string& where) {
  auto before = see([](auto& x) { return x.dials.size(); });
  links_->dial(where);
  REQUIRE(soon(
      [&] { return see([&](auto& x) { return x.dials.size() > before; }); }));
  return see([&](auto& x) { return x.dials[before]; });
}

void let_pass(std::chrono::microseconds time) {
  timespec left{time.count() / 1'000'000, time.count() % 1'000'000 * 1000};
  ::ppoll(nullptr, 0, &left, nullptr);
}

link_order order(cluster::record_kind kind, std::string bytes,
                 std::uint64_t slot) {
  link_order x;
  x.kind = kind;
  x.slot = slot;
  x.bytes = std::move(bytes);
  return x;
}

void join(link_node& a, link_node& b) {
  REQUIRE(a.dial(b.address()).outcome == dial_outcome::linked);
  REQUIRE(soon([&] { return a.line(b.life().node) && b.line(a.life().node); }));
}

// -- sockets ------------------------------------------------------------------

namespace {

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in x{};
  x.sin_family = AF_INET;
  x.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  x.sin_port = htons(port);
  return x;
}

} // namespace

bare_socket bare_socket::connect(std::uint16_t port) {
  auto fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  auto to = loopback(port);
  REQUIRE(::connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0);
  return bare_socket{fd};
}

bare_socket bare_socket::listen(int room) {
  auto fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  auto at = loopback(0);
  REQUIRE(::bind(fd, reinterpret_cast<sockaddr*>(&at), sizeof at) == 0);
  REQUIRE(::listen(fd, room) == 0);
  return bare_socket{fd};
}

bare_socket::bare_socket(bare_socket&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

bare_socket::~bare_socket() {
  if (descriptor_ >= 0)
    ::close(descriptor_);
}

std::uint16_t bare_socket::port() const {
  sockaddr_in at{};
  socklen_t size = sizeof at;
  ::getsockname(descriptor_, reinterpret_cast<sockaddr*>(&at), &size);
  return ntohs(at.sin_port);
}

void bare_socket::send(std::string_view bytes) const {
  while (!bytes.empty()) {
    auto count = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0)
      return; // the other side has had enough
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
}

std::string bare_socket::read_all(std::chrono::milliseconds limit) const {
  std::string result;
  auto until = std::chrono::steady_clock::now() + limit;
  std::array<char, 4096> block;
  for (;;) {
    auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        until - std::chrono::steady_clock::now());
    pollfd what{descriptor_, POLLIN, 0};
    if (left.count() <= 0
        || ::poll(&what, 1, static_cast<int>(left.count())) <= 0)
      return result + "<nothing more, and open>";
    auto count = ::recv(descriptor_, block.data(), block.size(), 0);
    if (count <= 0)
      return result;
    result.append(block.data(), static_cast<std::size_t>(count));
  }
}

// -- processes ----------------------------------------------------------------

peer_process::peer_process(const std::string& where, const char* lost) {
  ::setenv("TIDEWIRE_PEER_DIALS", where.c_str(), 1);
  ::setenv("TIDEWIRE_PEER_LOST", lost, 1);
  std::string self = "/proc/self/exe";
  std::string name = "a peer for the other tests";
  char* const arguments[] = {self.data(), name.data(), nullptr};
  posix_spawn_file_actions_t quiet;
  posix_spawn_file_actions_init(&quiet);
  posix_spawn_file_actions_addopen(&quiet, 1, "/dev/null", O_WRONLY, 0);
  REQUIRE(::posix_spawn(&id_, self.c_str(), &quiet, nullptr, arguments, environ)
          == 0);
  posix_spawn_file_actions_destroy(&quiet);
}

peer_process::~peer_process() {
  ::kill(id_, SIGKILL);
  ::waitpid(id_, nullptr, 0);
}

void peer_process::signal(int what) const {
  REQUIRE(::kill(id_, what) == 0);
}

#ifdef __SANITIZE_ADDRESS__

std::size_t memory_now() {
  return __sanitizer_get_current_allocated_bytes();
}

#else

std::size_t memory_now() {
  std::ifstream in{"/proc/self/statm"};
  std::size_t all = 0, resident = 0;
  in >> all >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

#endif

} // namespace tidewire::testing

// Not a test: `peer_process` runs it.
TEST_CASE("a peer for the other tests", "[.]") {
  using namespace tidewire::testing;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const auto* where = std::getenv("TIDEWIRE_PEER_DIALS");
  REQUIRE(where != nullptr);
  auto settings = on_loopback();
  settings.lost =
      std::chrono::milliseconds{std::stoi(std::getenv("TIDEWIRE_PEER_LOST"))};
  link_node peer{"peer", settings};
  peer.work().dial(where);
  for (;;) {
    // Says what it was told, so that the parent can ask.
    ::poll(nullptr, 0, 50);
    if (auto line = peer.line("a"))
      line->send(order(70,
                       std::to_string(peer.ups()) + " up, "
                           + std::to_string(peer.downs()) + " down",
                       1));
  }
}
