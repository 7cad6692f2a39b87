#include "tests/sim/invariants.hpp"

namespace tidewire::sim {

void check_step(world&) {}

void check_now(world& w) {
  clock_error_is_honest(w);
  members_hear_each_other(w);
  never_negative(w);
}

void check_healed(world& w) {
  one_view(w);
  clocks_converge(w);
  ticks_are_final(w);
  disputes_are_settled(w);
  gauge_is_the_record(w);
  accounts_agree(w);
  accounts_are_true(w);
  members_are_true(w);
}

void check_full(world& w) {
  limit_is_reached(w);
}

void check_admission(world& w, const visit_record& newcomer) {
  if (newcomer.app == limited_app)
    limit_is_kept(w);
}

} // namespace tidewire::sim
