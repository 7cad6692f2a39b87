// Questions of other nodes about chains, while they wait for their answers.
#pragma once

#include "actors/ledger/chain_records.hpp"

#include <cstddef>
#include <deque>
#include <optional>
#include <utility>

namespace tidewire::ledger {

/// Chains are told once a minute, so that whoever lacks much asks for all of it
/// at once; what is not answered at once waits here, first come, first served.
/// Pure.
class questions {
public:
  struct question {
    meter::author from;
    entries_asked what;
  };

  /// So many wait at most; who asks more asks again when chains are told next.
  static constexpr std::size_t most = 256;

  /// A new question of the same node about the same life takes the place of the
  /// one before. False if too many wait.
  bool add(question x) {
    for (auto& old : waiting_)
      if (old.from == x.from && old.what.whose == x.what.whose) {
        old = std::move(x);
        return true;
      }
    if (waiting_.size() == most)
      return false;
    waiting_.push_back(std::move(x));
    return true;
  }

  std::optional<question> next() {
    if (waiting_.empty())
      return std::nullopt;
    auto out = std::move(waiting_.front());
    waiting_.pop_front();
    return out;
  }

private:
  std::deque<question> waiting_;
};

} // namespace tidewire::ledger
