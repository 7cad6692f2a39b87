#!/usr/bin/env bash
# Runs the server and the raw epoll floor alternately under the same load and
# prints medians and ratios beside what is demanded of them. `./dev bench` calls
# it; docs/benchmarks.md explains the figures.
set -euo pipefail
exec </dev/null

root=$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")
server_bin=${TIDEWIRE_BIN:-$root/build/release/tidewire}
floor_bin=${FLOOR_BIN:-$root/build/release/tidewire_floor}
generator=("$server_bin" bench)
[[ -z ${GENERATOR_BIN:-} ]] || generator=("$GENERATOR_BIN")

runs=5 span=5s warmup=1s hold=10000 hold_for=2s ping_timeout=10 ping_for=40s
subscribers=1000 publishers=(1 8) rate=50000 json=no raw='' only=''

usage() {
  cat <<'TEXT'
usage: bench/run.sh [OPTIONS]     (./dev bench builds first, then calls it)
  --quick            3 runs of 2 s, 2,000 idle connections, no ping run:
                     an impression; not what docs/benchmarks.md quotes
  --runs N           alternating runs of server and floor [5]
  --for TIME         measured time of each fan-out [5s]
  --subscribers N    of the fan-outs [1000]
  --publishers LIST  publishers that pipeline 16 each [1,8]; the first counts
                     for the thresholds, the others are shown
  --hold N           idle connections [10000]
  --only PARTS       of fanout,idle,pings,compression, separated by commas
  --floor-only       measure the floor alone
  --json             one JSON object on stdout, the table on stderr
  --raw FILE         append each single result to FILE as a line of JSON
Environment: TIDEWIRE_BIN, FLOOR_BIN (programs; default build/release).
Exit code: 0 all thresholds held, 1 one did not or a run failed, 2 usage.
TEXT
}

die() {
  printf 'bench: %s\n' "$*" >&2
  exit 1
}
wrong() {
  printf 'bench: %s\n' "$*" >&2
  exit 2
}
say() { printf '%s\n' "$*" >&2; }

programs=(floor tidewire)
while (($#)); do
  case $1 in
    --quick) runs=3 span=2s warmup=500ms hold=2000 only=${only:-fanout,idle} ;;
    --floor-only) programs=(floor) ;;
    --json) json=yes ;;
    -h | --help)
      usage
      exit 0
      ;;
    --runs | --for | --subscribers | --publishers | --hold | --only | --raw)
      (($# > 1)) || wrong "$1 wants a value"
      case $1 in
        --runs) runs=$2 ;;
        --for) span=$2 ;;
        --subscribers) subscribers=$2 ;;
        --publishers) IFS=, read -ra publishers <<<"$2" ;;
        --hold) hold=$2 ;;
        --only) only=$2 ;;
        --raw) raw=$2 ;;
      esac
      shift
      ;;
    *) wrong "unknown option $1; --help lists them" ;;
  esac
  shift
done
only=,${only:-fanout,idle,pings,compression},
[[ $runs =~ ^[1-9][0-9]*$ ]] || wrong "--runs wants a number, not \"$runs\""
wants() { [[ $only == *,$1,* ]]; }
compares() { [[ ${programs[*]} == *tidewire* ]]; }

[[ -x $floor_bin ]] || die "$floor_bin is missing; ./dev bench builds it"
compares && [[ ! -x $server_bin ]] && die "$server_bin is missing; ./dev bench builds it"

# Server and generator get a core each; with only one the figures are mixed up.
server_core=() generator_core=()
if (($(nproc) > 1)) && command -v taskset >/dev/null; then
  server_core=(taskset -c 0) generator_core=(taskset -c 1)
else
  say "bench: one core, or no taskset: nothing is pinned, do not trust this"
fi
read -r load _ </proc/loadavg
awk -v l="$load" 'BEGIN { exit !(l > 0.7) }' &&
  say "bench: the load average is $load: other work will show in the figures"

work=$(mktemp -d)
pid=''
stop_program() {
  [[ -n $pid ]] || return 0
  kill -TERM "$pid" 2>/dev/null || true
  local i
  for ((i = 0; i < 50; i++)); do
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.1
  done
  kill -KILL "$pid" 2>/dev/null || true
  wait "$pid" 2>/dev/null || true
  pid=''
}
trap 'stop_program; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

free_port() {
  local port
  while :; do
    port=$((RANDOM % 10000 + 20000)) # below the ephemeral ports
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
  done
  echo "$port"
}

is_ready() { # PORT
  exec 3<>"/dev/tcp/127.0.0.1/$1" || return 1
  printf 'GET /readyz HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n' >&3
  local line
  read -r -t 2 line <&3
  exec 3>&-
  [[ $line == *' 200 '* ]]
}

# Starts a program; sets pid and url.
start_program() { # floor|tidewire [SERVE ARGS...]
  local name=$1 log=$work/$1.log admin i
  shift
  : >"$log"
  if [[ $name == floor ]]; then
    "${server_core[@]}" "$floor_bin" --port 0 >"$log" 2>&1 &
  else
    admin=$(free_port)
    (cd "$work" && exec "${server_core[@]}" "$server_bin" serve --port 0 \
      --admin-port "$admin" --set server.host=127.0.0.1 \
      --set server.reactors=1 --set "data_dir=$work/data" \
      --set drain.duration=1s "$@") >"$log" 2>&1 &
  fi
  pid=$!
  for ((i = 0; i < 100; i++)); do
    url=$(grep -om1 'ws://127\.0\.0\.1:[0-9]*' "$log" || true)
    if [[ -n $url ]]; then
      [[ $name == floor ]] && return
      is_ready "$admin" 2>/dev/null && return
    fi
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.1
  done
  say "bench: $name does not start:"
  tail -n 20 "$log" >&2
  exit 1
}

failed=0
# Runs the generator; appends its JSON to the results of this part.
load() { # PROGRAM PART ARGS...
  local name=$1 part=$2
  shift 2
  if ! "${generator_core[@]}" "${generator[@]}" "$@" --url "$url" --pid "$pid" \
    --json --quiet >"$work/one" 2>"$work/err"; then
    failed=1
    say "bench: $name, $part: $(sed -n 's/.*"failures":\[\(.*\)\].*/\1/p' \
      "$work/one")$(cat "$work/err")"
  fi
  [[ -s $work/one ]] || return 0
  cat "$work/one" >>"$work/$name.$part"
  [[ -z $raw ]] || sed "s/^{/{\"program\":\"$name\",\"part\":\"$part\",/" \
    "$work/one" >>"$raw"
}

fan_out() { # PROGRAM
  local count
  load "$1" one fanout --subscribers "$subscribers" --for "$span" \
    --warmup "$warmup"
  for count in "${publishers[@]}"; do
    load "$1" "pipe$count" fanout --subscribers "$subscribers" --for "$span" \
      --warmup "$warmup" --publishers "$count" --pipeline 16
  done
  load "$1" rate fanout --subscribers "$subscribers" --for "$span" \
    --warmup "$warmup" --rate "$rate"
}

# Nanoseconds on a processor: of all threads of the server, or of those that
# meter: the LEDGER's, and those of CAF, where the GAUGE runs.
thread_ns() { # all|meter
  local task name
  for task in /proc/"$pid"/task/*; do
    name=$(<"$task/comm") || continue
    [[ $1 == meter && $name != ledger && $name != tidewire ]] ||
      cut -d ' ' -f 1 "$task/schedstat"
  done | awk '{ sum += $1 } END { printf "%.0f", sum }'
}

# Notes what metering took since the last note: of the process, and of a core.
meter_note() { # PART (none: only begin)
  local meter all now
  meter=$(thread_ns meter) all=$(thread_ns all) now=$(date +%s%N)
  [[ -z ${1:-} ]] || awk -v m=$((meter - meter0)) -v a=$((all - all0)) \
    -v t=$((now - now0)) 'BEGIN { printf "{\"share_percent\":%.3f,\"core_percent\":%.3f}\n",
      100 * m / a, 100 * m / t }' >>"$work/tidewire.$1"
  meter0=$meter all0=$all now0=$now
}

for ((run = 1; run <= runs; run++)); do
  # The order changes, so that what drifts on the machine hits both.
  order=("${programs[@]}")
  compares && ((run % 2 == 0)) && order=(tidewire floor)
  for name in "${order[@]}"; do
    say "run $run of $runs: $name"
    if wants fanout; then
      start_program "$name"
      [[ $name == floor ]] || meter_note
      fan_out "$name"
      [[ $name == floor ]] || meter_note metered
      stop_program
    fi
    if wants idle; then
      # A process of its own: memory that the fan-out left behind would hide
      # what connections need.
      start_program "$name"
      load "$name" idle connections --hold "$hold" --for "$hold_for" \
        --source 127.0.0.1-127.0.0.8
      stop_program
    fi
  done
done
if wants pings && compares; then
  say "pings: $hold idle connections for $ping_for"
  start_program tidewire --set "limits.activity_timeout=${ping_timeout}s"
  load tidewire pings connections --hold "$hold" --for "$ping_for" \
    --source 127.0.0.1-127.0.0.8 &
  sleep 10 # all are there by now
  meter_note
  sleep $((${ping_for%s} - 10))
  meter_note idled
  wait $! || failed=1
  stop_program
fi
if wants compression && compares; then
  # The same server and the same events, for clients that did not ask for
  # compression and for clients that did.
  for ((run = 1; run <= runs; run++)); do
    say "compression: run $run of $runs"
    order=(plain packed)
    ((run % 2 == 0)) && order=(packed plain)
    for name in "${order[@]}"; do
      offer=()
      [[ $name == plain ]] || offer=(--deflate)
      start_program tidewire --set compression.enabled=true
      load "$name" zip fanout --subscribers "$subscribers" --size 1000 \
        --for "$span" --warmup "$warmup" "${offer[@]}"
      stop_program
    done
  done
fi

# --- what came out of it ------------------------------------------------------

median() { # PROGRAM PART KEY: empty if it was not measured
  [[ -f $work/$1.$2 ]] || return 0
  sed -n "s/.*\"$3\":\([-0-9.e+]*\).*/\1/p" "$work/$1.$2" | sort -g |
    awk '{ v[NR] = $1 }
      END { if (NR) print (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2 }'
}

table=$work/table
members='' base=floor mine=tidewire
# One line of the table and one member of the JSON. `what` is the figure that
# the threshold is about: ratio (server / floor), server, or - for none. What is
# compared are the results of $mine and $base.
row() { # LABEL PART KEY UNIT WHAT OPERATOR LIMIT
  local label=$1 part=$2 key=$3 unit=$4 what=$5 op=$6 limit=$7
  local floor server ratio='' value='' verdict='' name
  floor=$(median "$base" "$part" "$key")
  server=$(median "$mine" "$part" "$key")
  [[ -n $floor$server ]] || return 0
  if [[ -n $floor && -n $server ]]; then
    ratio=$(awk -v a="$server" -v b="$floor" \
      'BEGIN { if (b > 0) printf "%.3f", a / b }')
  fi
  [[ $what == ratio ]] && value=$ratio
  [[ $what == server ]] && value=$server
  if [[ -n $value ]]; then
    verdict=ok
    awk -v v="$value" -v l="$limit" -v op="$op" \
      'BEGIN { held = op == "<=" ? v <= l : v >= l; exit !held }' ||
      verdict=FAILED
    [[ $verdict == ok ]] || failed=1
  fi
  awk -v l="$label" -v f="$floor" -v s="$server" -v r="$ratio" -v u="$unit" \
    -v w="${value:+$op $limit}" -v v="$verdict" '
    function nice(x) {
      if (x == "") return "-"
      form = x >= 1000 ? "%.0f" : x >= 10 ? "%.1f" : "%.2f"
      return sprintf(form, x)
    }
    BEGIN { printf "%-42s %10s %10s %-6s %8s  %-9s %s\n", l, nice(f), nice(s),
            u, (r == "" ? "-" : sprintf("%.2f", r)), w, v }' >>"$table"
  name=${part}_$key
  members+="${members:+,}\"$name\":{\"floor\":${floor:-null}"
  members+=",\"server\":${server:-null},\"ratio\":${ratio:-null}"
  members+=",\"threshold\":$([[ -n $value ]] && echo "\"$what $op $limit\"" ||
    echo null)"
  members+=",\"ok\":$([[ $verdict == FAILED ]] && echo false || echo true)}"
}

printf '%-42s %10s %10s %-6s %8s  %s\n' "median of $runs" floor tidewire '' \
  ratio wanted >"$table"
row 'CPU per delivery, one at a time' one cpu_us_per_delivery us ratio '<=' 1.15
row '  publish to receipt p99' one latency_p99_ms ms - '' ''
first=yes
for count in "${publishers[@]}"; do
  if [[ $first == yes ]]; then
    row "deliveries/s, $count publisher(s) x 16" "pipe$count" \
      deliveries_per_second /s ratio '>=' 8
    row '  publish to receipt p99' "pipe$count" latency_p99_ms ms server '<=' 25
  else
    row "deliveries/s, $count publisher(s) x 16" "pipe$count" \
      deliveries_per_second /s - '' ''
    row '  publish to receipt p99' "pipe$count" latency_p99_ms ms - '' ''
  fi
  row '  CPU per delivery' "pipe$count" cpu_us_per_delivery us - '' ''
  row '  generator busy' "pipe$count" generator_busy_percent % - '' ''
  first=no
done
row "publish to receipt p50 at $rate/s" rate latency_p50_ms ms - '' ''
row '  p99' rate latency_p99_ms ms - '' ''
row '  CPU per delivery' rate cpu_us_per_delivery us - '' ''
row "CPU per full connect, $hold of them" idle cpu_us_per_connect us ratio '<=' 2
row '  connects per second' idle connects_per_second /s - '' ''
row "user memory per idle connection at $hold" idle \
  anonymous_bytes_per_connection bytes server '<=' 1800
row "pings/s / (connections / ${ping_timeout} s)" pings ping_ratio '' server \
  '<=' 1.1
row '  greatest second / mean' pings ping_peak_ratio '' server '<=' 2
row 'metering, share of the CPU of the fan-outs' metered share_percent % server \
  '<=' 2
row "metering, of a core, $hold idle connections" idled core_percent % server \
  '<=' 1
if [[ -s $work/packed.zip ]]; then
  base=plain mine=packed
  printf '\n%-42s %10s %10s %-6s %8s  %s\n' 'events of 1,000 bytes' plain \
    compressed '' ratio wanted >>"$table"
  row 'CPU per delivery, one at a time' zip cpu_us_per_delivery us ratio '<=' 1.2
  row '  bytes on the wire' zip wire_bytes_per_delivery '' - '' ''
  row '  publish to receipt p99' zip latency_p99_ms ms - '' ''
fi

# Numbers that should be there and are not are no success.
if compares; then
  wants pings && [[ -z $(median tidewire pings ping_peak_ratio) ]] && failed=1
  wants idle && [[ -z $(median tidewire idle cpu_us_per_connect) ]] && failed=1
  wants fanout && [[ -z $(median tidewire one cpu_us_per_delivery) ]] && failed=1
  wants compression && [[ -z $(median packed zip cpu_us_per_delivery) ]] &&
    failed=1
fi
ok=$( ((failed == 0)) && echo true || echo false)
if [[ $json == yes ]]; then
  cat "$table" >&2
  printf '{"schema":"tidewire.bench.ratios/1","runs":%s,"ok":%s,' "$runs" "$ok"
  printf '"figures":{%s}}\n' "$members"
else
  cat "$table"
fi
((failed == 0)) || say 'bench: a threshold was missed or a run failed'
exit "$failed"
