# What the simulator has to find (issue 5). Each is a line that somebody might
# have written.

# Silence taken for death.
sim_planted_bug(
  silence_is_death view actors/state/cluster/membership.cpp
  "began && result == dial_result::refused"
  "began && result != dial_result::answered" "V1")

# A view of those whom a node hears, whether or not they hear it.
sim_planted_bug(one_way_hearing view actors/state/cluster/hearing.cpp
                "&& one->hears_life(other->who)" "" "V5")

# Ticks numbered by the local clock.
sim_planted_bug(local_clock view actors/state/cluster/cluster_time.cpp
                "clock.follow(now_ns, is->time, is->ppm)"
                "clock.observe(now_ns, wall_ns)" "V6")

# Permits returned by silence: an account that is not known holds nothing.
sim_planted_bug(
  silent_permits permits actors/state/cluster/permits_owner.cpp
  "if (at == a.accounts.end() || !at->second.known)"
  "if (at == a.accounts.end() || !at->second.known) continue; if (false)" "I5")

# A grant that is under way is forgotten when its holder speaks.
sim_planted_bug(
  forgotten_grant permits actors/state/cluster/permits_owner.cpp
  "of.out = of.obeyed >= of.granted ? x.held : std::max(of.out, x.held)"
  "of.out = x.held" "I5")
