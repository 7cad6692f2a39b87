// A moment of the file, while others write it.
#pragma once

#include "actors/sqlite.hpp"

namespace tidewire::ledger {

/// Whatever is read while it is there is of one moment.
class one_moment {
public:
  explicit one_moment(sqlite::database& db) : db_(db) { db_.run("BEGIN"); }
  ~one_moment() {
    try {
      db_.run("ROLLBACK");
    } catch (const sqlite::error&) {
      // It was only read.
    }
  }
  one_moment(const one_moment&) = delete;
  one_moment& operator=(const one_moment&) = delete;

private:
  sqlite::database& db_;
};

} // namespace tidewire::ledger
