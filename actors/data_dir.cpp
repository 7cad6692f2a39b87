#include "actors/data_dir.hpp"

#include <array>
#include <cerrno>
#include <filesystem>
#include <stdexcept>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tidewire {

namespace {

std::string reason_of(int error) {
  return std::generic_category().message(error);
}

// Who has the lock, as it wrote into it; a hint for people, nothing more.
std::string holder(int lock) {
  std::array<char, 32> text{};
  auto count = ::pread(lock, text.data(), text.size(), 0);
  return count > 0
             ? " (process "
                   + std::string(text.data(), static_cast<std::size_t>(count))
                   + ")"
             : std::string{};
}

// Whoever comes after the parents, which are as the umask has them.
int make(const std::filesystem::path& path) {
  std::error_code error;
  if (path.has_parent_path())
    std::filesystem::create_directories(path.parent_path(), error);
  return ::mkdir(path.c_str(), 0700) == 0 || errno == EEXIST ? 0 : errno;
}

} // namespace

data_dir::data_dir(std::string path) : path_(std::move(path)) {
  while (path_.size() > 1 && path_.back() == '/')
    path_.pop_back();
  if (auto error = make(path_))
    trouble_ =
        "data_dir " + path_ + " cannot be made: " + reason_of(error) + '.';
  else
    lock();
}

data_dir::~data_dir() {
  if (lock_ >= 0)
    ::close(lock_); // which gives the lock back
}

std::string data_dir::file(std::string_view name) const {
  return path_ + '/' + std::string{name};
}

// Two servers on the same files would each undo what the other does.
void data_dir::lock() {
  lock_ = ::open(file("lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock_ < 0) {
    trouble_ =
        "data_dir " + path_ + " cannot be written: " + reason_of(errno) + '.';
    return;
  }
  if (::flock(lock_, LOCK_EX | LOCK_NB) != 0) {
    auto error = errno;
    auto who = holder(lock_);
    ::close(std::exchange(lock_, -1));
    if (error == EWOULDBLOCK)
      throw std::runtime_error("data_dir " + path_
                               + " is in use by another server" + who
                               + "; give every server a data_dir of its own.");
    trouble_ =
        "data_dir " + path_ + " cannot be locked: " + reason_of(error) + '.';
    return;
  }
  auto pid = std::to_string(::getpid());
  if (::ftruncate(lock_, 0) != 0
      || ::pwrite(lock_, pid.data(), pid.size(), 0) < 0)
    trouble_ =
        "data_dir " + path_ + " cannot be written: " + reason_of(errno) + '.';
}

} // namespace tidewire
