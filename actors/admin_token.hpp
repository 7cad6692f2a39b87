// The token that changes and secrets on the admin port need.
#pragma once

#include <string>

namespace tidewire {

struct admin_token {
  std::string value; ///< empty: nobody has it
  std::string file;
  std::string trouble; ///< a sentence: why there is none
  std::string warning; ///< a sentence: others can read the file
};

/// Reads the token, or makes a file (mode 0600) with a random one if there is
/// none. Blocks while it looks at the disk: not for reactors. Throws nothing
/// but std::bad_alloc.
admin_token read_admin_token(const std::string& file);

} // namespace tidewire
