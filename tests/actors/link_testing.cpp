#include "tests/actors/link_testing.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>

#include <random>
#include <thread>

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
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
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
  node_ = system_.spawn<caf::hidden>(
      [book = book_](caf::event_based_actor*) -> caf::behavior {
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
      });
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
  links_->open();
  links_->start();
  links_->node_is(node_);
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

dialled link_node::dial(const std::string& where) {
  auto before = see([](auto& x) { return x.dials.size(); });
  links_->dial(where);
  REQUIRE(soon(
      [&] { return see([&](auto& x) { return x.dials.size() > before; }); }));
  return see([&](auto& x) { return x.dials[before]; });
}

} // namespace tidewire::testing
