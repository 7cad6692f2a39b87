#!/usr/bin/env bash
# A cluster of nodes on this machine, for people to play with: `./dev cluster N`.
# Usage: local_cluster.sh TIDEWIRE N FOLDER
set -euo pipefail

binary=$1 count=$2 folder=$3
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
pids=()

stop_all() {
  trap - EXIT INT TERM
  [[ ${#pids[@]} -eq 0 ]] || kill "${pids[@]}" 2>/dev/null || true
  wait 2>/dev/null || true
}

# node_args N: what node N is started with, in `args`.
node_args() {
  args=(serve --port $((6000 + $1)) --admin-port $((9600 + $1))
    --node "node-$1" --set "data_dir=$folder/node-$1"
    --set server.host=127.0.0.1 --set server.reactors=1
    --set "cluster.listen=127.0.0.1:$((6100 + $1))"
    --set "cluster.peers=$peers" --set cluster.secret=local-cluster)
}

# The server lines of the example are for three nodes.
balancer_config() {
  sed '/^  server node-/d' "$here/haproxy.cfg"
  local n
  for ((n = 1; n <= count; n++)); do
    printf '  server node-%d 127.0.0.1:%d check port %d inter 1s fall 2 rise 1\n' \
      "$n" $((6000 + n)) $((9600 + n))
  done
}

mkdir -p "$folder"
trap stop_all EXIT INT TERM
# One address is enough: from there each node learns of the others.
peers=127.0.0.1:6101
for ((n = 1; n <= count; n++)); do
  node_args "$n"
  "$binary" "${args[@]}" >"$folder/node-$n.log" 2>&1 &
  pids+=($!)
done

for ((n = 1; n <= count; n++)); do
  for ((i = 0; i < 100; i++)); do
    grep -q '^admin on' "$folder/node-$n.log" && continue 2
    kill -0 "${pids[n - 1]}" 2>/dev/null || break
    sleep 0.1
  done
  echo "node-$n did not start; the end of $folder/node-$n.log:" >&2
  tail -n 5 "$folder/node-$n.log" >&2
  exit 1
done

echo "$count nodes of one cluster; app id 1, key app-key, secret app-secret:"
echo
for ((n = 1; n <= count; n++)); do
  printf '  node-%d  ws://127.0.0.1:%d  admin http://127.0.0.1:%d  pid %d\n' \
    "$n" $((6000 + n)) $((9600 + n)) "${pids[n - 1]}"
done
if command -v haproxy >/dev/null; then
  balancer_config >"$folder/haproxy.cfg"
  haproxy -q -f "$folder/haproxy.cfg" >"$folder/haproxy.log" 2>&1 &
  pids+=($!)
  echo "  all     ws://127.0.0.1:6000  (haproxy, leastconn)"
else
  echo "  (with haproxy installed, ws://127.0.0.1:6000 would balance them)"
fi
cat <<TEXT

Try:
  $binary ctl nodes --data-dir $folder/node-1
  $binary ctl cluster --data-dir $folder/node-1
  $binary bench connections --port 6001 --hold 1000 --for 60s
Kill one, and watch the others:
  kill -9 ${pids[count - 1]}
  $binary ctl failovers --data-dir $folder/node-1
  curl -s http://127.0.0.1:9601/metrics | grep tidewire_cluster_connections
Start it again:
  $binary ${args[*]} &
Logs are in $folder. Ctrl-C ends all nodes.
TEXT
wait
