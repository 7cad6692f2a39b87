#!/usr/bin/env bash
# Proves the README on an empty machine: a Debian root with nothing but git, a
# clone of HEAD, then `./dev run` and `./dev test` inside it.
#
#   sudo tests/tools/fresh_root.sh bookworm|trixie [FOLDER]
#
# The empty root is kept in FOLDER/SUITE.base (default FOLDER: /var/tmp/tidewire
# -roots) and copied to FOLDER/SUITE for each run. Needs debootstrap; packages
# come from the mirror this machine's apt uses, or from MIRROR=URL.
# Everything runs in a mount and a process namespace of its own, so nothing is
# left mounted or running. The ports 6001 and 9601 have to be free.
set -euo pipefail

say() { printf 'fresh_root: %s\n' "$*" >&2; }
die() {
  say "$@"
  exit 1
}

suite=${1:?which suite? bookworm or trixie}
folder=${2:-/var/tmp/tidewire-roots}
base=$folder/$suite.base
root=$folder/$suite
checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)

[[ $(id -u) -eq 0 ]] || die "needs root, for debootstrap and chroot"
command -v debootstrap >/dev/null || die "needs the package debootstrap"

make_base() {
  local mirror=${MIRROR:-}
  [[ -n $mirror ]] || mirror=$(
    # shellcheck disable=SC2016 # apt's own placeholders
    apt-get indextargets --format '$(LABEL) $(REPO_URI)' \
      'Created-By: Packages' | sed -n 's/^Debian \(http.*\)/\1/p' | head -n 1
  )
  [[ -n $mirror ]] || die "apt names no Debian mirror here; set MIRROR=URL"
  say "making the empty root of $suite"
  mkdir -p "$folder"
  rm -rf "$base.part"
  debootstrap --variant=minbase --include=git,ca-certificates \
    "$suite" "$base.part" "$mirror" >"$folder/$suite.log" 2>&1 ||
    die "debootstrap failed, see $folder/$suite.log"
  mv "$base.part" "$base"
}

# What a machine on this network has as well: name resolution, and the
# authorities that its administrator trusts.
make_root() {
  [[ ! -d $root ]] || find "$root" -xdev -delete
  cp -a "$base" "$root"
  cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
  cp -a /usr/local/share/ca-certificates "$root/usr/local/share/" || true
  git clone -q "file://$checkout" "$root/srv/tidewire"
}

# Runs inside the root, with bash and git for company.
inside() {
  cd /srv/tidewire
  update-ca-certificates >/dev/null 2>&1

  # The status line of a GET, without curl, which is not here.
  status_of() {
    local host_port=${1#http://} path
    path=/${host_port#*/}
    [[ $host_port == */* ]] || path=/
    host_port=${host_port%%/*}
    (
      exec 3<>"/dev/tcp/${host_port%:*}/${host_port##*:}"
      printf 'GET %s HTTP/1.0\r\nHost: %s\r\n\r\n' "$path" "$host_port" >&3
      read -r -t 5 line <&3 && echo "$line"
    ) 2>/dev/null
  }
  must_be_ok() {
    local line
    line=$(status_of "$1") || line="no answer"
    echo "$1: $line"
    [[ $line == *" 200 "* ]]
  }

  ./dev run >/tmp/run.log 2>&1 &
  local server=$! url waited=0 rc=0
  until status_of http://127.0.0.1:9601/readyz | grep -q ' 200 '; do
    if ! kill -0 "$server" 2>/dev/null || ((++waited > 3600)); then
      cat /tmp/run.log
      echo "FAILED: ./dev run"
      return 1
    fi
    sleep 1
  done
  cat /tmp/run.log
  while read -r url; do
    must_be_ok "$url" || rc=1
  done < <(grep -oE 'http://[0-9.]+:[0-9]+[^ ,]*' /tmp/run.log | sort -u)
  kill -TERM "$server"
  wait "$server" || {
    echo "FAILED: the server exited with $? after SIGTERM"
    rc=1
  }
  [[ $rc -eq 0 ]] && echo "ok: ./dev run" || return 1
  ./dev test
}

[[ -d $base ]] || make_base
make_root
say "running in $root"
start=$SECONDS
# shellcheck disable=SC2016 # expanded inside
unshare --mount --pid --fork --kill-child bash -c '
  set -e
  mount -t proc proc "$1/proc"
  mount --rbind /dev "$1/dev"
  exec chroot "$1" /usr/bin/env -i HOME=/root TERM=dumb LANG=C.UTF-8 \
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    ${http_proxy:+http_proxy="$http_proxy"} \
    ${https_proxy:+https_proxy="$https_proxy"} \
    NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt \
    bash -c "set -euo pipefail; $2; inside"
' fresh_root "$root" "$(declare -f inside)"
say "$suite: ok after $((SECONDS - start)) s"
