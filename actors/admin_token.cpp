#include "actors/admin_token.hpp"

#include "actors/random.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tidewire {

namespace {

constexpr std::size_t shortest = 16;
constexpr std::size_t longest = 1024;
constexpr std::size_t made_of_bytes = 32;

std::string token_trouble(int error) {
  return std::generic_category().message(error);
}

struct descriptor {
  explicit descriptor(int opened) : number(opened) {}
  ~descriptor() {
    if (number >= 0)
      ::close(number);
  }
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  int number;
};

bool is_token(const std::string& text) {
  return text.size() >= shortest && text.size() <= longest
         && std::all_of(text.begin(), text.end(),
                        [](char c) { return c > ' ' && c < '\x7f'; });
}

void read(int from, admin_token& out) {
  std::array<char, longest + 2> bytes{};
  auto count = ::read(from, bytes.data(), bytes.size());
  if (count < 0) {
    out.trouble = "The admin token in " + out.file
                  + " cannot be read: " + token_trouble(errno) + '.';
    return;
  }
  out.value.assign(bytes.data(), static_cast<std::size_t>(count));
  while (!out.value.empty()
         && (out.value.back() == '\n' || out.value.back() == '\r'))
    out.value.pop_back();
  if (!is_token(out.value)) {
    out.value.clear();
    out.trouble = "The admin token in " + out.file
                  + " is none: it has to be 16 to 1024 printable characters "
                    "without spaces. Remove the file to have one made.";
  }
  struct stat facts {};
  if (::fstat(from, &facts) == 0 && (facts.st_mode & 077) != 0)
    out.warning = "The admin token in " + out.file
                  + " can be read by others; make it chmod 600.";
}

// Under another name first: a token is whole or not there.
int make(const std::string& file, const std::string& value) {
  auto fresh = file + ".new";
  ::unlink(fresh.c_str());
  descriptor to{::open(fresh.c_str(),
                       O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                       0600)};
  auto text = value + '\n';
  if (to.number < 0
      || ::write(to.number, text.data(), text.size())
             != static_cast<ssize_t>(text.size())
      || ::fsync(to.number) != 0 || ::rename(fresh.c_str(), file.c_str()) != 0)
    return errno;
  return 0;
}

} // namespace

admin_token read_admin_token(const std::string& file) {
  admin_token out;
  out.file = file;
  descriptor from{::open(file.c_str(), O_RDONLY | O_CLOEXEC)};
  if (from.number >= 0) {
    read(from.number, out);
  } else if (errno != ENOENT) {
    out.trouble = "The admin token in " + file
                  + " cannot be read: " + token_trouble(errno) + '.';
  } else {
    try {
      auto value = random_hex(made_of_bytes);
      if (auto error = make(file, value))
        out.trouble = "The admin token cannot be written to " + file + ": "
                      + token_trouble(error) + '.';
      else
        out.value = std::move(value);
    } catch (const std::system_error& error) {
      out.trouble = std::string{"No admin token can be made: "} + error.what();
    }
  }
  return out;
}

} // namespace tidewire
