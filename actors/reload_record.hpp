// What came of the last reload.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>

namespace tidewire {

/// Written by the REGISTRY, read by commands. Any thread.
class reload_record {
public:
  struct entry {
    std::int64_t at_ms = 0; ///< Unix time; 0: there was none
    bool taken = true;      ///< false: the configuration stayed as it was
    std::string sentence;   ///< what changed, or what was wrong
  };

  void note(bool taken, std::string sentence) {
    auto now = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::system_clock::now().time_since_epoch());
    std::lock_guard lock{mutex_};
    last_ = {now.count(), taken, std::move(sentence)};
  }

  entry last() const {
    std::lock_guard lock{mutex_};
    return last_;
  }

private:
  mutable std::mutex mutex_;
  entry last_;
};

} // namespace tidewire
