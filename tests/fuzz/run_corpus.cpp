// A main function for fuzz targets where there is no libFuzzer: runs every
// file named, and every file of the folders named, once.
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size);

namespace {

namespace fs = std::filesystem;

int run(const fs::path& path) {
  std::ifstream in{path, std::ios::binary};
  if (!in) {
    std::fprintf(stderr, "cannot read %s\n", path.c_str());
    return 0;
  }
  const std::vector<char> bytes{std::istreambuf_iterator<char>{in}, {}};
  // Says which one it was, should it not come back.
  std::printf("%s\n", path.filename().c_str());
  std::fflush(stdout);
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()),
                         bytes.size());
  return 1;
}

} // namespace

int main(int argc, char* argv[]) {
  int ran = 0;
  for (int i = 1; i < argc; ++i) {
    if (fs::is_directory(argv[i])) {
      for (const auto& entry : fs::directory_iterator{argv[i]})
        ran += run(entry.path());
    } else {
      ran += run(argv[i]);
    }
  }
  std::printf("%d inputs ran\n", ran);
  // A corpus that is not there must not pass for one that was run.
  return ran > 0 ? 0 : 1;
}
