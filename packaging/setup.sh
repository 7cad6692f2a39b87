# shellcheck shell=bash
# What Tidewire needs from Debian and npm, and how to get it; sourced by dev,
# whose functions it uses.
: "${root:?is set by dev}"

# Debian 12's default Boost is too old, and its Node may be another vendor's.
boost_is_new_enough() {
  local header=/usr/include/boost/version.hpp
  [[ -r $header ]] &&
    awk '$2 == "BOOST_VERSION" { v = $3 } END { exit v < 108100 }' "$header"
}

node_is_new_enough() {
  command -v npm >/dev/null && command -v node >/dev/null &&
    [[ $(node -p 'parseInt(process.versions.node)' 2>/dev/null) -ge 18 ]]
}

distribution() {
  # shellcheck disable=SC1091
  (. /etc/os-release && printf '%s:%s' "${ID:-}" "${VERSION_ID:-}") 2>/dev/null
}

packages_of() {
  local boost=libboost-dev clang_rt=libclang-rt-dev
  case $(distribution) in
    debian:12) boost=libboost1.81-dev clang_rt=libclang-rt-14-dev ;;
    debian:13) clang_rt=libclang-rt-19-dev ;;
    ubuntu:24.04) clang_rt=libclang-rt-18-dev ;;
  esac
  case $1 in
    build)
      printf '%s\n' g++ cmake ninja-build mold pkg-config libcaf-dev \
        libspdlog-dev libfmt-dev libssl-dev libtomlplusplus-dev libcli11-dev \
        prometheus-cpp-dev libsqlite3-dev libedit-dev zlib1g-dev catch2 \
        librapidcheck-dev libhowardhinnant-date-dev
      boost_is_new_enough || printf '%s\n' "$boost"
      ;;
    test)
      printf '%s\n' openssl iproute2 haproxy
      node_is_new_enough || printf '%s\n' nodejs npm ca-certificates
      ;;
    check)
      printf '%s\n' git clang clang-format clang-tidy shellcheck "$clang_rt"
      ;;
  esac
}

# Which of the packages named on standard input are not installed.
missing_of() {
  local wanted
  mapfile -t wanted
  [[ ${#wanted[@]} -eq 0 ]] && return 0
  comm -23 <(printf '%s\n' "${wanted[@]}" | sort -u) <(
    dpkg-query -W -f '${db:Status-Status} ${Package}\n' "${wanted[@]}" \
      2>/dev/null | sed -n 's/^installed //p' | sort -u
  )
}

as_root() {
  if [[ $(id -u) -eq 0 ]]; then
    env DEBIAN_FRONTEND=noninteractive "$@"
  else
    sudo env DEBIAN_FRONTEND=noninteractive "$@"
  fi
}

install_packages() {
  local log=$root/build/setup.log
  local install=(apt-get install -y --no-install-recommends --no-remove "$@")
  local apt_wait=(-o DPkg::Lock::Timeout=300) problem=
  if [[ $(id -u) -ne 0 ]] && ! command -v sudo >/dev/null; then
    problem="not root, and there is no sudo"
  else
    say "installing $* (log: build/setup.log)"
    mkdir -p "$root/build"
    # Even where the update fails, the lists may have what we need.
    as_root apt-get update >"$log" 2>&1 || true
    as_root "${install[@]}" "${apt_wait[@]}" >>"$log" 2>&1 && return 0
    tail -n 15 "$log" >&2
    problem="apt-get failed, see above and build/setup.log"
  fi
  say "could not install: $*"
  say "($problem)"
  say "install them as root, then try again:"
  say "  apt-get update && ${install[*]}"
  say "or, if they are there in another form, set TIDEWIRE_SETUP=off"
  exit 1
}

npm_packages() {
  local dir=$root/tests/live
  local lock=$dir/package-lock.json stamp=$dir/node_modules/.tidewire-lock
  [[ -f $lock ]] || return 0
  cmp -s "$lock" "$stamp" && return 0
  say "installing the npm packages of tests/live"
  if ! (cd "$dir" && npm ci --ignore-scripts --no-audit --no-fund \
    --loglevel=error >&2); then
    die "npm ci failed in tests/live; it needs the npm registry once"
  fi
  cp "$lock" "$stamp"
}

# setup GROUP...: does nothing, silently, if nothing is missing.
setup() {
  [[ ${TIDEWIRE_SETUP:-on} == off ]] && return 0
  local group missing
  if ! command -v dpkg-query >/dev/null; then
    say "this is not Debian or Ubuntu: installing nothing (CONTRIBUTING.md" \
      "lists what has to be there)"
  else
    mapfile -t missing < <(
      for group; do packages_of "$group"; done | missing_of
    )
    [[ ${#missing[@]} -eq 0 ]] || install_packages "${missing[@]}"
  fi
  for group; do
    if [[ $group == test ]]; then
      node_is_new_enough || die "the live tests need node >= 18 and npm on PATH"
      npm_packages
    fi
  done
}
