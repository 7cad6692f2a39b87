// The invariants of the cluster (issue 5), a function each. They compare what
// nodes say with the generator's record and call `world::fail`.
#pragma once

#include "actors/state/cluster/ended.hpp"
#include "actors/state/cluster/view.hpp"
#include "tests/sim/world.hpp"

namespace tidewire::sim {

/// How long after the healing everything has to be in order: a *lost* time, a
/// round of redials, and what is sent again after a partition.
inline constexpr instant quiet_time = 16 * second;

/// `n2 (4711)`: a process, for sentences.
std::string process_name(const world& w, process x);

/// A life is over whose end nobody can prove: its host stays down, and no one
/// who lives has ever reached it at its address, so that to be refused there
/// says nothing. What it had is unknown until an operator forgets it.
bool someone_stays_lost(world& w);

// -- when ---------------------------------------------------------------------

void check_step(world& w);   ///< after each step of the scenario
void check_now(world& w);    ///< each second
void check_healed(world& w); ///< after healing and a quiet time
void check_full(world& w);   ///< when more have asked than the limit allows
void check_admission(world& w, const visit_record& newcomer);

/// A meter has a new last final tick.
void check_final(world& w, process by);

// -- the meter (design §6) ----------------------------------------------------

/// I1: after healing, the gauge equals the generator's record exactly, per app
/// and total.
void gauge_is_the_record(world& w);
/// I2: no final tick differs from the truth by more than the opens and closes
/// in flight within the clock error and, for a node that died, its connections
/// after its last replicated row …
void final_tick_is_true(world& w, process by);
/// … every tick is final within the *down* time + 2 ticks of healing or proof
/// of death …
void ticks_are_final(world& w);
/// … and whoever is asked says the same, unless a correction was logged.
void final_ticks_agree(world& w, process by);
void disputes_are_settled(world& w);
/// I3: never negative, and the ends of a range in order.
void never_negative(world& w);
/// I4: no phantom peak: the reported peak never exceeds the true one (beyond
/// moves within the clock error); peaks that last a full tick are never
/// under-reported.
void peak_is_true(world& w, process by);
/// I8: unknown is never reported as zero: a tick is final only if everybody who
/// was known has a row for it, or is known to have ended before.
void unknown_is_not_zero(world& w, process by);
// -- rights (design §6) -------------------------------------------------------

/// I5: a hard limit is never exceeded, not by one; …
void limit_is_kept(world& w);
/// … once no node is lost it is reached again.
void limit_is_reached(world& w);

/// E1: every GAUGE keeps every episode: the death of the one that reports it
/// migrates the account to the others with nothing lost.
void accounts_agree(world& w);
/// E2: lost and identified equal the generator's record.
void accounts_are_true(world& w);

// -- channels (design §5) -----------------------------------------------------

/// I7: an acknowledged publish reaches every subscriber on living nodes that
/// were reachable throughout. That it comes once, and in its owner's order, is
/// seen when it is heard (listeners.hpp).
void publish_has_arrived(world& w, std::uint64_t number);
/// I7: 503s cease: all of these publishes were acknowledged.
void publishes_reach_all(world& w, std::uint64_t first);
/// I6: after healing each subscriber sees who is there, no ghosts; no wish goes
/// unanswered. That members come and go in turn is seen as it is heard.
void members_are_true(world& w);
/// I6: occupied and vacated alternate within one line of views: where
/// nothing but deaths happens there is but one line.
void webhooks_alternate(world& w, const channel_of& c, const std::string& user,
                        const world::announcement& was, bool is);
/// I6: after a heal the last webhook that was sent is true.
void webhooks_are_true(world& w);

// -- V: who is there (design §5) ----------------------------------------------

/// V1: silence proves nothing. A life is held to be over only when it is.
void proof_is_true(world& w, process by, const cluster::ended_life& what);
/// V1: nobody is told that his own life is over while he lives it.
void not_disowned(world& w, process who, const cluster::ended_life& what);
/// V2: a view has its owner in it, each name once, and equal hashes mean equal
/// members, whoever made them.
void view_is_sound(world& w, process of, const cluster::view& x);
/// V3: after healing all living nodes, and no others, are in one view.
void one_view(world& w);
/// V5: a node is in the view if it and all already in hear each other both
/// ways: where nothing passes for longer than the *lost* time, no view has
/// both.
void members_hear_each_other(world& w);
/// V6: cluster time is the oldest member's: in a quiet time a clock that is far
/// off comes nearer.
void clocks_converge(world& w);
/// V4: what a node says of the error of its cluster time is so.
void clock_error_is_honest(world& w);

} // namespace tidewire::sim
