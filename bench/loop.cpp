#include "bench/loop.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

#include <sys/epoll.h>
#include <unistd.h>

namespace tidewire::bench {

loop::loop()
    : epoll_(epoll_create1(EPOLL_CLOEXEC)),
      buffer_(std::make_unique<char[]>(buffer_size)) {
  if (epoll_ < 0)
    throw std::system_error(errno, std::generic_category(), "epoll_create1");
}

loop::~loop() {
  ::close(epoll_);
}

bool loop::watch(int fd, io_handler& handler) {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.ptr = &handler;
  return epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) == 0;
}

void loop::turn(nanos deadline) {
  // Few enough that whoever paces publishes is asked again within 0.2 ms.
  std::array<epoll_event, 128> events;
  const auto wait = std::max<nanos>(deadline - now(), 0);
  int ready = -1;
  if (!coarse_) {
    const timespec limit{wait / a_second, wait % a_second};
    ready = epoll_pwait2(epoll_, events.data(), static_cast<int>(events.size()),
                         &limit, nullptr);
    coarse_ = ready < 0 && errno == ENOSYS;
  }
  if (coarse_)
    ready = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()),
                       static_cast<int>(wait / a_millisecond));
  for (int i = 0; i < ready; ++i)
    static_cast<io_handler*>(events[i].data.ptr)->on_ready(events[i].events);
}

} // namespace tidewire::bench
