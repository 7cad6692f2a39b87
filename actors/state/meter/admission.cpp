#include "actors/state/meter/admission.hpp"

namespace tidewire::meter {

namespace {

bool refuses(const cap_view& cap) noexcept {
  return cap.level == cap_level::over && cap.over != when_over::observe;
}

} // namespace

admission admit(const cap_views& caps) noexcept {
  auto by_app = refuses(caps.app);
  auto by_account = !by_app && caps.account && refuses(*caps.account);
  if ((!by_app && !by_account) || (caps.moving && caps.outstanding > 0))
    return {};
  auto over = by_app ? caps.app.over : caps.account->over;
  auto final = over == when_over::refuse_4004 && !caps.moving;
  return {false, static_cast<std::uint16_t>(final ? 4004 : 4100), by_account};
}

bool may_broadcast(const cap_views& caps) noexcept {
  return !refuses(caps.app) && !(caps.account && refuses(*caps.account));
}

bool may_add_app(const account& of, std::size_t apps) noexcept {
  return of.max_apps == 0 || apps < of.max_apps;
}

} // namespace tidewire::meter
