/// Where a value came from, and what was wrong with it.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace tidewire::config {

/// Where a value came from.
struct origin {
  enum class source { built_in, imported, file, environment, flag, request };

  source from = source::built_in;
  // The file as the caller named it, the variable, the flag; empty for a
  // request, whose sender knows what it is.
  std::string name;
  int line = 0; // of a file; 0 elsewhere, and where it is not known

  bool operator==(const origin&) const = default;
};

/// `default`, `tidewire.toml:12`, `environment TIDEWIRE_LOG__LEVEL`,
/// `flag --port`; of an imported value the words of whoever imported it.
std::string to_string(const origin& where);

/// Origins by full key (`limits.pong_timeout`, `apps[0].keys[0].key`; sections
/// and lists that a file holds, too). A key that is absent has its default.
using origin_map = std::map<std::string, origin, std::less<>>;

enum class grade {
  warning, // the server starts; `config check --strict` fails
  error    // the server does not start
};

/// Something to tell the operator. Secrets never appear in it.
struct problem {
  std::string file; // the file, the variable or the flag; empty: none of them
  int line = 0;     // from 1; 0 = not in a file, or the file as a whole
  int column = 0;   // from 1; 0 = the whole line
  std::string key;  // as in origin_map; empty when no key is meant
  std::string message;
  grade severity = grade::error;

  bool operator==(const problem&) const = default;
};

/// One line without severity and newline: `tidewire.toml:12:
/// limits.activity_timeout: found "12x", expected …`.
std::string to_string(const problem& what);

} // namespace tidewire::config
