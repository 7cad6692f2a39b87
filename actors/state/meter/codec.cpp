#include "actors/state/meter/codec.hpp"

namespace tidewire::meter {

std::string_view words_for(codec_error error) noexcept {
  switch (error) {
  case codec_error::version:
    return "is of a form that this version does not know";
  case codec_error::truncated:
    return "ends too soon";
  case codec_error::trailing:
    return "has more bytes than it should";
  case codec_error::value:
    return "holds a number out of its range";
  case codec_error::order:
    return "holds entries out of order";
  }
  return "is damaged";
}

} // namespace tidewire::meter
