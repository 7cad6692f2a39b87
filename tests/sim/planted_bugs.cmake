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

# A view of those who hear one of its members, not all.
sim_planted_bug(majority_of_one view actors/state/cluster/hearing.cpp
                "if (std::all_of(in.begin(), in.end(), fits))"
                "if (in.empty() || std::any_of(in.begin(), in.end(), fits))"
                "V2|V3|V5")

# A row that was passed on by another node, as that one sees the app now.
sim_planted_bug(
  edited_row
  meter
  actors/state/cluster/cluster_meter_rows.cpp
  "told.rows.push_back({row->second.gap, row->second.block});"
  "auto now = m.rows.at(rows.rbegin()->first); told.rows.push_back({0, now.known ? meter::encode(block_of(row->first, now, names_)) : row->second.block});"
  "I1|I2|I4|I2 agreement")

# Where a life ended is what somebody says, although there are later rows here.
# (That not everybody was asked heals itself: ends are told back.)
sim_planted_bug(
  claim_beats_rows meter actors/state/cluster/cluster_meter_ends.cpp
  "m.rows.to_give().last().value_or(end.last)" "end.last" "I2|I2 agreement")

# An account that nobody passes on when its author is dead.
sim_planted_bug(episode_on_one_node all
                actors/state/cluster/episodes_exchange.cpp
                "&& known->second.gone" "&& false" "E1")

# A hand-over without an end: nobody is waited for.
sim_planted_bug(
  hand_over_without_end channels actors/state/cluster/hand_over.cpp
  "missing_ = std::move(awaited);" "missing_.clear();" "I6|I7")

# The runner-up does not keep what the owner announced.
sim_planted_bug(
  runner_up_not_told channels actors/state/cluster/announced.cpp
  "kept_[std::move(key)][what.user] = {from, what.apart};" "kept_.erase(key);" "I6")

# An edge that does not tell the new owner of a channel what it has.
sim_planted_bug(
  move_not_told channels actors/state/edge_reporter.cpp
  "|| before->owner_of(home_.id_of(key.app), key.name) != owner;" ";" "I6|I7")

# What was announced about a channel stays with the node that owned it.
sim_planted_bug(announced_kept channels actors/state/announcer_views.cpp
                "    hand(node, facts);" "    static_cast<void>(facts);" "I6")
