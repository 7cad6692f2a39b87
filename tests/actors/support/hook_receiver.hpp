// An endpoint for webhooks in this process.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace tidewire::testing {

/// Takes every POST with 200 and notes its events, in order and without those
/// that come again. Ends its threads when it is destroyed.
class hook_receiver {
public:
  hook_receiver();
  ~hook_receiver();
  hook_receiver(const hook_receiver&) = delete;
  hook_receiver& operator=(const hook_receiver&) = delete;

  std::string url() const;

  /// `a occupied`, `a vacated`, `a +user`, `a -user`, so far. Any thread.
  std::vector<std::string> events() const;

private:
  void accept();
  void serve(int descriptor);
  void note(const std::string& id, const std::string& body);

  int listener_;
  std::uint16_t port_ = 0;
  mutable std::mutex guard_;
  bool over_ = false;
  std::vector<int> sockets_;
  std::vector<std::string> ids_;
  std::vector<std::string> events_;
  std::vector<std::thread> threads_;
  std::thread accepting_;
};

} // namespace tidewire::testing
