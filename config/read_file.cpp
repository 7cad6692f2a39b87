#include "config/read_file.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>

namespace tidewire::config {

namespace {

struct close_file {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

} // namespace

// C streams, because they say why: errno tells a missing file from a folder
// and from one that we may not read.
file_content read_file(const std::string& path) {
  file_content result;
  errno = 0;
  const std::unique_ptr<std::FILE, close_file> file{
      std::fopen(path.c_str(), "rb")};
  std::array<char, 4096> block{};
  while (file && std::feof(file.get()) == 0 && std::ferror(file.get()) == 0) {
    const auto size = std::fread(block.data(), 1, block.size(), file.get());
    result.text.append(block.data(), size);
  }
  if (!file || std::ferror(file.get()) != 0)
    result.error.assign(errno, std::generic_category());
  return result;
}

} // namespace tidewire::config
