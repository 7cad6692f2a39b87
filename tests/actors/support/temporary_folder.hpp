// A folder of its own that is gone afterwards.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>

namespace tidewire::testing {

class temporary_folder {
public:
  temporary_folder() {
    auto name =
        (std::filesystem::temp_directory_path() / "tidewire-XXXXXX").string();
    if (!::mkdtemp(name.data()))
      throw std::runtime_error("no temporary folder can be made");
    path_ = name;
  }
  ~temporary_folder() {
    std::error_code nobody_cares;
    std::filesystem::remove_all(path_, nobody_cares);
  }
  temporary_folder(const temporary_folder&) = delete;
  temporary_folder& operator=(const temporary_folder&) = delete;

  const std::string& path() const noexcept { return path_; }
  std::string file(std::string_view name) const {
    return path_ + '/' + std::string{name};
  }

private:
  std::string path_;
};

} // namespace tidewire::testing
