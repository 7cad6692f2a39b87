// What the tests of the configuration share: files that exist for one test,
// and messages without the path of the temporary folder.
#pragma once

#include "config/load.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace tidewire::config::test {

/// A folder of its own that is gone afterwards.
class temporary_folder {
public:
  temporary_folder();
  ~temporary_folder();
  temporary_folder(const temporary_folder&) = delete;
  temporary_folder& operator=(const temporary_folder&) = delete;

  /// Writes a file and returns its path.
  std::string write(std::string_view name, std::string_view content) const;

  /// The path of something in it, which need not exist.
  std::string path(std::string_view name) const;

private:
  std::filesystem::path path_;
};

/// What load() is given besides the content of `t.toml`.
struct surroundings {
  config::environment environment = {};
  std::vector<flag_value> flags = {};
};

/// Loads a file of this content under the name `t.toml`.
load_result load_text(std::string_view toml, const surroundings& more = {});

/// Loads without a file.
load_result load_without_file(const surroundings& more);

/// Every error, then every warning, as lines. An empty text when all is well.
std::string lines(const load_result& loaded);

/// The whole of a file of the repository's config/ folder.
std::string shipped(std::string_view name);

} // namespace tidewire::config::test
