// The folder of what must outlive the process.
#pragma once

#include <string>
#include <string_view>

namespace tidewire {

/// Made at need, for its owner only (0700), and held by one process at a time.
/// Blocks while it looks at the disk: not for reactors.
class data_dir {
public:
  /// Throws std::runtime_error with a sentence when another process has it. A
  /// folder that cannot be written is no error here: `trouble` says why.
  explicit data_dir(std::string path);
  ~data_dir();
  data_dir(const data_dir&) = delete;
  data_dir& operator=(const data_dir&) = delete;

  const std::string& path() const noexcept { return path_; }

  /// The path of a file in it.
  std::string file(std::string_view name) const;

  /// A sentence that says why nothing can be written; empty if all is well.
  const std::string& trouble() const noexcept { return trouble_; }
  bool writable() const noexcept { return trouble_.empty(); }

private:
  void lock();

  std::string path_;
  std::string trouble_;
  int lock_ = -1;
};

} // namespace tidewire
