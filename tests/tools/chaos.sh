# shellcheck shell=bash
# What `./dev chaos` does; sourced by dev, whose functions it uses.

: "${root:?is set by dev}"

# Builds the server of another revision, apart from this tree, and prints where
# it is. What was built once is kept: a commit does not change.
older_server() {
  local commit dir
  commit=$(git -C "$root" rev-parse -q --verify "$1^{commit}") ||
    usage_error "no version '$1' in this repository; there are the tags:" \
      "$(git -C "$root" tag | paste -sd ' ') (and any commit)"
  dir=$root/build/from-${commit:0:12}
  if [[ ! -x $dir/tidewire ]]; then
    say "building ${1} (${commit:0:12}) in $dir; this takes some minutes"
    rm -rf "$dir"
    mkdir -p "$dir/source"
    git -C "$root" archive "$commit" | tar -x -C "$dir/source"
    cmake -S "$dir/source" -B "$dir/build" -G Ninja -DTIDEWIRE_TESTS=OFF \
      -DCMAKE_BUILD_TYPE=RelWithDebInfo \
      '-DCMAKE_CXX_FLAGS_RELWITHDEBINFO=-O2 -g1 -DNDEBUG' >&2 ||
      die "configuring $1 failed"
    cmake --build "$dir/build" -j "$(jobs_count)" --target tidewire >&2 ||
      die "building $1 failed"
    mv "$dir/build/tidewire" "$dir/tidewire"
    rm -rf "$dir/build" "$dir/source"
  fi
  echo "$dir/tidewire"
}

chaos() {
  local minutes=5 from='' args=()
  while [[ $# -gt 0 ]]; do
    case $1 in
      --filter | --seed) need_value "$@" && args+=("$1" "$2") && shift 2 ;;
      --minutes) need_value "$@" && minutes=$2 && shift 2 ;;
      --from) need_value "$@" && from=$2 && shift 2 ;;
      *) usage_error "chaos does not know '$1'; see ./dev chaos --help" ;;
    esac
  done
  [[ $minutes =~ ^[1-9][0-9]*$ ]] ||
    usage_error "'$minutes' is not a number of minutes"
  setup build test
  if [[ -n $from ]]; then
    TIDEWIRE_FROM=$(older_server "$from") || exit
    export TIDEWIRE_FROM
  fi
  build release
  run_tests release --only live --chaos "$minutes" "${args[@]}"
}
