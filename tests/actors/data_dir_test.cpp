#include "actors/admin_token.hpp"
#include "actors/data_dir.hpp"
#include "tests/actors/support/temporary_folder.hpp"
#include "tests/catch.hpp"

#include <fstream>
#include <iterator>
#include <memory>

#include <sys/stat.h>

using namespace tidewire;
using testing::temporary_folder;

namespace {

unsigned mode_of(const std::string& path) {
  struct stat facts {};
  REQUIRE(::stat(path.c_str(), &facts) == 0);
  return facts.st_mode & 0777u;
}

std::string content(const std::string& path) {
  std::ifstream in{path};
  return {std::istreambuf_iterator<char>{in}, {}};
}

} // namespace

TEST_CASE("the folder is made for its owner only") {
  temporary_folder folder;
  data_dir one{folder.file("a/b/data/")};
  CHECK(one.writable());
  CHECK(one.path() == folder.file("a/b/data"));
  CHECK(mode_of(one.path()) == 0700);
  CHECK(one.file("x") == folder.file("a/b/data/x"));
}

TEST_CASE("a second server on the same folder is refused with a sentence") {
  temporary_folder folder;
  auto first = std::make_unique<data_dir>(folder.path());
  try {
    data_dir second{folder.path()};
    FAIL("two have it");
  } catch (const std::runtime_error& error) {
    std::string sentence = error.what();
    CHECK(sentence.find(folder.path()) != std::string::npos);
    CHECK(sentence.find("in use by another server (process ")
          != std::string::npos);
  }
  first.reset();
  CHECK(data_dir{folder.path()}.writable());
}

TEST_CASE("a folder that cannot be is no error, but trouble") {
  temporary_folder folder;
  std::ofstream{folder.file("a file")} << "x";
  for (auto* path : {"a file", "a file/data", "a file/data/more"}) {
    data_dir none{folder.file(path)};
    INFO(none.trouble());
    CHECK_FALSE(none.writable());
    CHECK(none.trouble().find(folder.file(path)) != std::string::npos);
  }
}

TEST_CASE("a token is made once, for its owner only") {
  temporary_folder folder;
  auto made = read_admin_token(folder.file("admin-token"));
  CHECK(made.trouble.empty());
  CHECK(made.warning.empty());
  CHECK(made.value.size() == 64);
  CHECK(mode_of(made.file) == 0600);
  CHECK(content(made.file) == made.value + '\n');
  CHECK(read_admin_token(made.file).value == made.value);
  CHECK(read_admin_token(folder.file("another")).value != made.value);
}

TEST_CASE("a token of the operator's own is taken, with or without line end") {
  temporary_folder folder;
  auto file = folder.file("token");
  for (auto* end : {"", "\n", "\r\n"}) {
    std::ofstream{file} << "sixteen-letters!" << end;
    ::chmod(file.c_str(), 0600);
    auto token = read_admin_token(file);
    CHECK(token.value == "sixteen-letters!");
    CHECK(token.warning.empty());
  }
}

TEST_CASE("a token that others can read is warned of") {
  temporary_folder folder;
  auto file = folder.file("token");
  std::ofstream{file} << "sixteen-letters!";
  ::chmod(file.c_str(), 0640);
  auto token = read_admin_token(file);
  CHECK(token.value == "sixteen-letters!");
  CHECK(token.warning.find(file) != std::string::npos);
}

TEST_CASE("a token that is none lets nobody in") {
  temporary_folder folder;
  auto file = folder.file("token");
  for (const auto& text :
       {std::string{}, std::string{"fifteen-letters"},
        std::string{"two words of a token"}, std::string(1025, 'x')}) {
    std::ofstream{file} << text;
    auto token = read_admin_token(file);
    CHECK(token.value.empty());
    CHECK(token.trouble.find(file) != std::string::npos);
  }
  auto nowhere = read_admin_token(folder.file("no/such/folder"));
  CHECK(nowhere.value.empty());
  CHECK_FALSE(nowhere.trouble.empty());
}
