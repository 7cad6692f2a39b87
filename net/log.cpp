#include "net/log.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>
#include <spdlog/sinks/stdout_sinks.h>

#include <chrono>
#include <deque>
#include <mutex>

#include <unistd.h>

namespace tidewire {

namespace {

bool json_lines = false;

std::string in_quotes(std::string_view text) {
  return boost::json::serialize(
      boost::json::string(boost::json::string_view(text.data(), text.size())));
}

// Troubles are rare, so a lock of their own holds nobody up.
struct troubles {
  static constexpr std::size_t most = 200;

  std::mutex mutex;
  std::deque<logged_trouble> all;
};

troubles& kept() {
  static troubles it;
  return it;
}

void keep(spdlog::level::level_enum level, std::string_view event,
          std::string_view sentence) {
  auto name = spdlog::level::to_string_view(level);
  auto now = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::system_clock::now().time_since_epoch());
  auto& to = kept();
  std::lock_guard lock{to.mutex};
  to.all.push_back({now.count(), std::string{name.data(), name.size()},
                    std::string{event}, std::string{sentence}});
  if (to.all.size() > troubles::most)
    to.all.pop_front();
}

} // namespace

std::string log_level() {
  auto level = spdlog::get_level();
  if (level == spdlog::level::warn)
    return "warn"; // spdlog reads that, and writes "warning"
  auto name = spdlog::level::to_string_view(level);
  return {name.data(), name.size()};
}

std::vector<logged_trouble> recent_troubles() {
  auto& from = kept();
  std::lock_guard lock{from.mutex};
  return {from.all.begin(), from.all.end()};
}

void start_logging(std::string_view level, std::string_view format) {
  json_lines = format == "json" || (format == "auto" && !isatty(2));
  auto logger = spdlog::stderr_logger_mt("tidewire");
  logger->set_level(spdlog::level::from_str(std::string{level}));
  logger->set_pattern(json_lines ? "%v" : "%H:%M:%S.%e %^%l%$ %v");
  logger->flush_on(spdlog::level::info);
  spdlog::set_default_logger(std::move(logger));
}

void set_log_level(std::string_view level) {
  spdlog::set_level(spdlog::level::from_str(std::string{level}));
}

void detail::write_log(spdlog::level::level_enum level, std::string_view event,
                       std::string_view sentence) {
  if (level >= spdlog::level::warn)
    keep(level, event, sentence);
  if (!json_lines) {
    spdlog::log(level, "{} [{}]", sentence, event);
    return;
  }
  auto name = spdlog::level::to_string_view(level);
  auto now = std::chrono::time_point_cast<std::chrono::milliseconds>(
      std::chrono::system_clock::now());
  auto seconds = std::chrono::time_point_cast<std::chrono::seconds>(now);
  std::time_t whole = std::chrono::system_clock::to_time_t(seconds);
  std::tm utc{};
  gmtime_r(&whole, &utc);
  char stamp[32];
  std::strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", &utc);
  spdlog::log(
      level, R"({{"ts":"{}.{:03}Z","level":"{}","event":"{}","msg":{}}})",
      stamp, (now - seconds).count(),
      std::string_view{name.data(), name.size()}, event, in_quotes(sentence));
}

} // namespace tidewire
