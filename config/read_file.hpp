/// Whole files into memory, errors as values. Internal to config/.
#pragma once

#include <string>
#include <system_error>

namespace tidewire::config {

/// The content of a file, or why it cannot be read.
struct file_content {
  std::string text;
  std::error_code error;
};

file_content read_file(const std::string& path);

} // namespace tidewire::config
