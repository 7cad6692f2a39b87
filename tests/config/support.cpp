#include "tests/config/support.hpp"

#include "tests/catch.hpp"

#include <cstdlib>
#include <fstream>
#include <iterator>

namespace tidewire::config::test {

temporary_folder::temporary_folder() {
  auto pattern =
      (std::filesystem::temp_directory_path() / "tidewire-config-XXXXXX")
          .string();
  REQUIRE(mkdtemp(pattern.data()) != nullptr);
  path_ = pattern;
}

temporary_folder::~temporary_folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string temporary_folder::write(std::string_view name,
                                    std::string_view content) const {
  std::ofstream out(path_ / name, std::ios::binary);
  out << content;
  out.close();
  REQUIRE(out.good());
  return path(name);
}

std::string temporary_folder::path(std::string_view name) const {
  return (path_ / name).string();
}

load_result load_text(std::string_view toml, const surroundings& more) {
  const temporary_folder folder;
  load_request request;
  request.file = folder.write("t.toml", toml);
  request.environment = more.environment;
  request.flags = more.flags;
  auto result = load(request);
  const auto shorten = [&](std::string& name) {
    if (name == *request.file)
      name = "t.toml";
  };
  for (auto& each : result.errors)
    shorten(each.file);
  for (auto& each : result.warnings)
    shorten(each.file);
  for (auto& [key, where] : result.origins)
    shorten(where.name);
  return result;
}

load_result load_without_file(const surroundings& more) {
  load_request request;
  request.environment = more.environment;
  request.flags = more.flags;
  return load(request);
}

std::string lines(const load_result& loaded) {
  std::string text;
  for (const auto* list : {&loaded.errors, &loaded.warnings})
    for (const auto& each : *list)
      text += (text.empty() ? "" : "\n") + to_string(each);
  return text;
}

std::string shipped(std::string_view name) {
  std::ifstream in(std::filesystem::path(TIDEWIRE_CONFIG_FOLDER) / name,
                   std::ios::binary);
  REQUIRE(in.good());
  return {std::istreambuf_iterator<char>(in), {}};
}

} // namespace tidewire::config::test
