// Log lines: sentences with a stable event name (docs/logging.md).
#pragma once

#include <spdlog/spdlog.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tidewire {

/// Sets up the process's logger: `text` on a terminal, one JSON object per
/// line otherwise, or as `format` says. Any thread, once, before the others.
void start_logging(std::string_view level, std::string_view format);

/// The least severe messages that are logged from now on. Any thread.
void set_log_level(std::string_view level);

/// As `log.level` has it: `debug`, `info`, `warn`, `error`. Any thread.
std::string log_level();

/// A warning or an error that was logged.
struct logged_trouble {
  std::int64_t at_ms; ///< Unix time
  std::string level;
  std::string event;
  std::string sentence;
};

/// The last 200 of them, the oldest first. Any thread.
std::vector<logged_trouble> recent_troubles();

namespace detail {

void write_log(spdlog::level::level_enum level, std::string_view event,
               std::string_view sentence);

template <class... Args>
void log(spdlog::level::level_enum level, std::string_view event,
         spdlog::format_string_t<Args...> format, Args&&... args) {
  if (spdlog::should_log(level))
    write_log(level, event, fmt::format(format, std::forward<Args>(args)...));
}

} // namespace detail

/// For operators who do not know the code.
template <class... Args>
void log_info(std::string_view event, spdlog::format_string_t<Args...> format,
              Args&&... args) {
  detail::log(spdlog::level::info, event, format, std::forward<Args>(args)...);
}

template <class... Args>
void log_warning(std::string_view event,
                 spdlog::format_string_t<Args...> format, Args&&... args) {
  detail::log(spdlog::level::warn, event, format, std::forward<Args>(args)...);
}

template <class... Args>
void log_error(std::string_view event, spdlog::format_string_t<Args...> format,
               Args&&... args) {
  detail::log(spdlog::level::err, event, format, std::forward<Args>(args)...);
}

template <class... Args>
void log_debug(std::string_view event, spdlog::format_string_t<Args...> format,
               Args&&... args) {
  detail::log(spdlog::level::debug, event, format, std::forward<Args>(args)...);
}

} // namespace tidewire
