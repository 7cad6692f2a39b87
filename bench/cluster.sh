#!/usr/bin/env bash
# What a cluster costs a fan-out: one channel on three nodes with 1,000
# subscribers each, beside one node with as many subscribers as all of them, and
# one with 1,000. `./dev bench --cluster` calls it; docs/benchmarks.md explains
# the figures.
set -euo pipefail
exec </dev/null

root=$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")
server=${TIDEWIRE_BIN:-$root/build/release/tidewire}
runs=5 span=5s each=1000 rate=50000

usage() {
  cat <<'TEXT'
usage: bench/cluster.sh [--runs N] [--for TIME] [--each N]
  --runs N    alternating runs of a cluster and of single nodes [5]
  --for TIME  measured time of each [5s]
  --each N    subscribers of each of the three nodes [1000]
Exit code: 0 the thresholds held, 1 one did not or a run failed, 2 usage.
TEXT
}
while (($#)); do
  case $1 in
    --runs) runs=${2?} && shift 2 ;;
    --for) span=${2?} && shift 2 ;;
    --each) each=${2?} && shift 2 ;;
    -h | --help) usage && exit 0 ;;
    *) usage >&2 && exit 2 ;;
  esac
done

# The nodes have one core and the clients the others, whatever the number of
# nodes: else three nodes would compete with the clients, and one would not.
others=1-$(($(nproc) - 1))
(($(nproc) > 1)) || others=0

work=$(mktemp -d "${TMPDIR:-/tmp}/tidewire-bench.XXXXXX")
pids=() urls=()
stop_nodes() {
  [[ ${#pids[@]} -eq 0 ]] || kill -TERM "${pids[@]}" 2>/dev/null || true
  wait 2>/dev/null || true
  pids=() urls=()
}
trap 'stop_nodes; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

# Starts so many nodes; sets pids and urls. One alone is in no cluster.
start_nodes() {
  local count=$1 i n more=() log base=$((20000 + RANDOM % 9000))
  rm -f "$work"/*.log
  for ((i = 1; i <= count; i++)); do
    log=$work/node-$i.log
    ((count == 1)) || more=(--set "cluster.listen=127.0.0.1:$((base + i))"
      --set "cluster.peers=127.0.0.1:$((base + 1))"
      --set cluster.secret=bench --set "server.node=node-$i")
    taskset -c 0 "$server" serve --port 0 --admin-port 0 --set server.host=127.0.0.1 \
      --set server.reactors=1 --set drain.duration=1s \
      --set "data_dir=$work/data-$i" "${more[@]}" >"$log" 2>&1 &
    pids+=($!)
  done
  for ((i = 1; i <= count; i++)); do
    for ((n = 0; n < 100; n++)); do
      grep -qs '^admin on' "$work/node-$i.log" && break
      sleep 0.1
    done
    urls+=("$(grep -om1 'ws://127\.0\.0\.1:[0-9]*' "$work/node-$i.log")")
  done
  for ((n = 0; count > 1 && n < 100; n++)); do
    "$server" ctl cluster --json --data-dir "$work/data-1" |
      grep -q "\"members\":$count" && break
    sleep 0.1
  done
}

# fan_out NAME SUBSCRIBERS [ARGS]: appends what is reported to $work/NAME.
fan_out() {
  local name=$1 all=$2 also=() pid=() x
  shift 2
  for x in "${urls[@]:1}"; do also+=(--also "$x"); done
  for x in "${pids[@]}"; do pid+=(--pid "$x"); done
  # 15 samplers: evenly spread, they are on all three nodes.
  taskset -c "$others" "$server" bench fanout --url "${urls[0]}" "${also[@]}" "${pid[@]}" \
    --subscribers "$all" --samplers 15 --for "$span" --json --quiet "$@" \
    >>"$work/$name" || {
    tail -n 1 "$work/$name" >&2
    echo "bench: $name failed" >&2
    exit 1
  }
}

for ((run = 1; run <= runs; run++)); do
  echo "run $run of $runs" >&2
  for kind in three one few; do
    start_nodes "$([[ $kind == three ]] && echo 3 || echo 1)"
    [[ $kind == few ]] && count=$each || count=$((3 * each))
    fan_out "$kind.closed" "$count"
    fan_out "$kind.pipe" "$count" --publishers 1 --pipeline 16
    fan_out "$kind.rate" "$count" --rate "$rate"
    stop_nodes
  done
done

median() { # NAME KEY
  sed -n "s/.*\"$2\":\([-0-9.e+]*\).*/\1/p" "$work/$1" | sort -g |
    awk '{ v[NR] = $1 }
      END { print (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2 }'
}

failed=0
# row LABEL PART KEY [ratio|plus LIMIT]: of one node with as many, one with a
# third, and three.
row() {
  local few one three verdict
  few=$(median "few.$2" "$3") one=$(median "one.$2" "$3")
  three=$(median "three.$2" "$3")
  verdict=$(awk -v a="$three" -v b="$one" -v kind="${4:-}" -v l="${5:-0}" 'BEGIN {
    x = kind == "plus" ? a - b : a / b
    printf "%+.2f", x
    if (kind != "") printf "  %s", x <= l ? "ok, <= " l : "FAILED, <= " l }')
  [[ $verdict != *FAILED* ]] || failed=1
  printf '%-40s %10.2f %10.2f %10.2f  %s\n' "$1" "$few" "$one" "$three" \
    "$verdict"
}
printf '%-40s %10s %10s %10s\n' "median of $runs" "1 x $each" \
  "1 x $((3 * each))" "3 x $each"
row 'CPU per delivery, one at a time, us' closed cpu_us_per_delivery ratio 1.2
row '  publish to receipt p50, ms' closed latency_p50_ms plus 2
row 'CPU per delivery, 16 under way, us' pipe cpu_us_per_delivery ratio 1.2
row "CPU per delivery at $rate/s, us" rate cpu_us_per_delivery ratio 1.2
row '  publish to receipt p50, ms' rate latency_p50_ms plus 2
exit "$failed"
