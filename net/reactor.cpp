#include "net/reactor.hpp"

#include "net/log.hpp"

#include <caf/actor_system.hpp>
#include <caf/scheduler/abstract_coordinator.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <exception>
#include <string_view>
#include <system_error>

#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace tidewire::net {

namespace {

// Bounds of a turn: without them latency grows with load without limit.
constexpr int max_socket_events = 128;
constexpr int max_asio_handlers = 32;
constexpr std::size_t max_actor_runs = 4096;
constexpr std::size_t messages_per_run = 256;

thread_local const reactor* current_reactor = nullptr;

[[noreturn]] void throw_errno(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

} // namespace

std::int64_t steady_ns() noexcept {
  return std::chrono::steady_clock::now().time_since_epoch().count();
}

// The concurrency hint says that only one thread runs this loop and that
// nobody posts from outside: Asio then takes no locks. Other threads use
// `post` and `exec_later`, which go through the handover queue.
reactor::reactor(caf::actor_system& system, std::uint32_t index,
                 const char* called)
    : caf::execution_unit(&system),
      index_(index),
      called_(called == std::string_view{"reactor"}
                  ? "reactor " + std::to_string(index)
                  : called),
      io_(BOOST_ASIO_CONCURRENCY_HINT_UNSAFE),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      wakeup_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      epoll_in_asio_(io_),
      now_(steady_ns()),
      wheel_(now_) {
  if (epoll_ < 0 || wakeup_ < 0)
    throw_errno("reactor: no descriptors left");
  epoll_in_asio_.assign(epoll_);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = nullptr; // nobody: the wake-up
  if (epoll_ctl(epoll_, EPOLL_CTL_ADD, wakeup_, &event) != 0)
    throw_errno("reactor: epoll");
  arm_epoll();
}

reactor::~reactor() {
  ::close(wakeup_);
}

void reactor::start() {
  thread_ = std::thread{[this] { run(); }};
  pthread_setname_np(thread_.native_handle(), called_.c_str());
}

void reactor::stop_and_join() {
  stop_.store(true);
  post([] {});
  if (thread_.joinable())
    thread_.join();
}

bool reactor::here() const noexcept {
  return current_reactor == this;
}

void reactor::post(std::function<void()> task) {
  auto* x = new handover::item{nullptr, std::move(task), nullptr};
  if (handover_.push(x) && !here())
    eventfd_write(wakeup_, 1);
}

void reactor::exec_later(caf::resumable* job) {
  if (job->subtype() != caf::resumable::io_actor) {
    system().scheduler().enqueue(job);
    return;
  }
  if (here()) {
    ready_.push_back(job);
    return;
  }
  auto* x = new handover::item{job, nullptr, nullptr};
  if (handover_.push(x))
    eventfd_write(wakeup_, 1);
}

// -- descriptors --------------------------------------------------------------

void reactor::watch(pollable& what, int descriptor, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = &what;
  if (epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event) != 0)
    throw_errno("epoll: add");
  what.descriptor_ = descriptor;
  ++sockets_;
  ++sockets_added_;
}

void reactor::rewatch(pollable& what, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = &what;
  if (epoll_ctl(epoll_, EPOLL_CTL_MOD, what.descriptor_, &event) != 0)
    throw_errno("epoll: modify");
}

void reactor::hand_to(pollable& from, pollable& to, std::uint32_t events) {
  to.descriptor_ = std::exchange(from.descriptor_, -1);
  rewatch(to, events);
}

void reactor::close(pollable& what) noexcept {
  if (what.descriptor_ < 0)
    return;
  ::close(std::exchange(what.descriptor_, -1)); // leaves the set by itself
  --sockets_;
}

// -- turns --------------------------------------------------------------------

void reactor::mark_dirty(pollable& what) {
  if (what.dirty_)
    return;
  what.dirty_ = true;
  dirty_.push_back(&what);
}

void reactor::release_later(pollable& what) {
  released_.push_back(&what);
}

void reactor::appoint(std::int64_t due_ns, std::function<void()> what) {
  appointed_ns_ = due_ns;
  appointment_ = std::move(what);
}

void reactor::before_flush(std::function<bool()> hook) {
  hooks_.push_back(std::move(hook));
}

void reactor::run() {
  current_reactor = this;
  while (!stop_.load(std::memory_order_relaxed)
         || actors_.load(std::memory_order_acquire) != 0 || !idle())
    turn();
  current_reactor = nullptr;
}

bool reactor::idle() const noexcept {
  return !epoll_ready_ && ready_.empty() && dirty_.empty() && released_.empty()
         && handover_.empty();
}

void reactor::turn() {
  wait();
  auto before = std::exchange(now_, steady_ns());
  if (now_ >= appointed_ns_) {
    appointed_ns_ = std::numeric_limits<std::int64_t>::max();
    std::exchange(appointment_, {})();
  }
  notice_pause(before);
  wheel_.advance(now_);
  if (epoll_ready_)
    poll_sockets();
  take_handover();
  run_actors();
  flush();
  release();
}

// A turn takes milliseconds, and an idle one waits for 20: who finds more than
// a second gone was stopped, or had no processor. What the sockets have to say
// then is as old as that, until none has anything left; the first turns may not
// have been told yet that one has.
void reactor::notice_pause(std::int64_t before) noexcept {
  constexpr std::int64_t pause_ns = 1'000'000'000;
  constexpr int turns = 3;
  if (stood_since_ != 0 && ++turns_since_ > turns && !epoll_ready_)
    stood_since_ = 0;
  if (now_ - before >= pause_ns) {
    turns_since_ = 0;
    if (stood_since_ == 0)
      stood_since_ = before;
  }
}

void reactor::wait() {
  using namespace std::chrono;
  if (io_.stopped())
    io_.restart();
  if (idle())
    io_.run_one_for(nanoseconds{timing_wheel::tick_ns});
  for (int i = 0; i < max_asio_handlers && io_.poll_one() != 0; ++i)
    ; // the handlers do the work
}

void reactor::arm_epoll() {
  epoll_in_asio_.async_wait(boost::asio::posix::descriptor_base::wait_read,
                            [this](const boost::system::error_code& error) {
                              if (!error)
                                epoll_ready_ = true;
                            });
}

void reactor::poll_sockets() {
  std::array<epoll_event, max_socket_events> events;
  auto count = epoll_wait(epoll_, events.data(), max_socket_events, 0);
  if (count < max_socket_events) {
    epoll_ready_ = false;
    arm_epoll();
  }
  for (int i = 0; i < count; ++i) {
    auto* what = static_cast<pollable*>(events[i].data.ptr);
    if (!what) {
      eventfd_t value;
      eventfd_read(wakeup_, &value);
      continue;
    }
    if (what->descriptor_ < 0)
      continue; // closed earlier in this turn
    try {
      what->on_ready(events[i].events);
    } catch (const std::exception& e) {
      ++failures_;
      what->on_failure(e.what());
    }
  }
}

void reactor::take_handover() {
  for (auto* x = handover_.take(); x;) {
    auto* next = x->next;
    if (x->job) {
      ready_.push_back(x->job);
    } else {
      try {
        x->task();
      } catch (const std::exception& e) {
        ++failures_;
        log_error("task_failed", "a task handed to reactor {} failed: {}",
                  index_, e.what());
      }
    }
    delete x;
    x = next;
  }
}

// Runs actors until none is ready or the bound is reached, with the hooks in
// between, because what they send out may make actors ready again.
void reactor::run_actors() {
  std::size_t runs = 0;
  for (bool more = true; more && runs < max_actor_runs;) {
    while (!ready_.empty() && runs++ < max_actor_runs) {
      auto* job = ready_.front();
      ready_.pop_front();
      switch (job->resume(this, messages_per_run)) {
      case caf::resumable::resume_later:
        ready_.push_back(job);
        break;
      default:
        job->intrusive_ptr_release_impl();
      }
    }
    more = false;
    ++runs; // a hook that always wants more is not to hold up what comes in
    for (auto& hook : hooks_)
      more = hook() || more;
  }
}

void reactor::flush() {
  std::swap(dirty_, flushing_);
  constexpr std::size_t sockets_per_sample = 8;
  std::size_t count = 0;
  for (auto* what : flushing_) {
    if (count++ % sockets_per_sample == 0)
      flush_now_ = steady_ns();
    what->dirty_ = false;
    if (what->descriptor_ < 0)
      continue;
    try {
      what->on_flush();
    } catch (const std::exception& e) {
      ++failures_;
      what->on_failure(e.what());
    }
  }
  flushing_.clear();
}

// Whoever was marked dirty while others were flushed waits for one turn more.
void reactor::release() {
  std::erase_if(released_, [](pollable* what) {
    if (what->dirty_)
      return false;
    what->release();
    return true;
  });
}

} // namespace tidewire::net
