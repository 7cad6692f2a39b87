#include "bench/churn_record.hpp"

#include <chrono>

namespace tidewire::bench {

churn_record::churn_record(const std::string& file) : wanted_(!file.empty()) {
  if (wanted_)
    out_.open(file, std::ios::trunc);
}

bool churn_record::good() const {
  const std::lock_guard guard(mutex_);
  return !wanted_ || out_.good();
}

std::uint64_t churn_record::open() const {
  const std::lock_guard guard(mutex_);
  return open_;
}

std::ostream& churn_record::line(std::string_view event) {
  const auto time = std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::system_clock::now().time_since_epoch());
  return out_ << "{\"t\":" << time.count() << ",\"event\":\"" << event
              << "\",\"open\":" << open_;
}

void churn_record::opened(std::uint64_t id, std::uint16_t port) {
  const std::lock_guard guard(mutex_);
  ++open_;
  if (wanted_)
    line("opened") << ",\"id\":" << id << ",\"port\":" << port << "}\n";
}

void churn_record::closed(std::uint64_t id, std::string_view how) {
  const std::lock_guard guard(mutex_);
  --open_;
  if (wanted_)
    line("closed") << ",\"id\":" << id << ",\"how\":\"" << how << "\"}\n";
}

void churn_record::never_opened(std::uint64_t id, std::string_view how) {
  const std::lock_guard guard(mutex_);
  if (wanted_)
    line("never_opened") << ",\"id\":" << id << ",\"how\":\"" << how << "\"}\n";
}

void churn_record::checkpoint(std::int64_t gauge) {
  const std::lock_guard guard(mutex_);
  if (!wanted_)
    return;
  line("checkpoint") << ",\"gauge\":";
  if (gauge < 0)
    out_ << "null}\n";
  else
    out_ << gauge << "}\n";
  out_.flush();
}

} // namespace tidewire::bench
