// The demo page, embedded at build time from examples/demo.
#pragma once

#include <string_view>

namespace tidewire {

extern const std::string_view demo_html;
extern const std::string_view demo_js;

} // namespace tidewire
