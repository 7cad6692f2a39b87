/// Apps that come in documents other than the configuration file: the bodies
/// of requests, the rows of a database. The same table, rules and sentences.
/// Pure; callable from any thread; does not throw.
#pragma once

#include "config/assignment.hpp"
#include "config/problem.hpp"
#include "config/render.hpp"
#include "config/settings.hpp"

#include <string>
#include <vector>

namespace tidewire::config {

struct amended_app {
  app value; // not to be used when there are errors
  std::vector<problem> errors;
  std::vector<problem> warnings;

  bool ok() const { return errors.empty(); }
};

/// `base` with the fields set that are given. Paths begin at the app (`keys`,
/// `0`, `secret`) and so do the keys of problems. A field that does not exist
/// is an error in a request and a warning in a file. A list of tables replaces
/// what was there. What concerns several apps is not checked.
amended_app amend_app(const app& base, std::vector<assignment> fields);

/// The app as a JSON object, every field in the order of the table; with
/// secrets hidden they are left out. With secrets shown, amend_app() makes the
/// same app of it.
std::string render_json(const app& what, secrets how);

} // namespace tidewire::config
