// Log lines: sentences with a stable event name (docs/logging.md).
#pragma once

#include <spdlog/spdlog.h>

#include <string>
#include <string_view>

namespace tidewire {

/// Sets up the process's logger: `text` on a terminal, one JSON object per
/// line otherwise, or as `format` says. Any thread, once, before the others.
void start_logging(std::string_view level, std::string_view format);

/// The least severe messages that are logged from now on. Any thread.
void set_log_level(std::string_view level);

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
