# shellcheck shell=bash
# The steps of `./dev check`; sourced by dev, whose functions it uses.

: "${root:?is set by dev}"

# Formatting and findings differ from version to version, so one version is
# the judge: Debian 12's.
readonly judge=14

# Prints the program's name if the judge's version of it is here.
clang_tool() {
  local candidate
  for candidate in "$1-$judge" "$1"; do
    if "$candidate" --version 2>/dev/null | grep -q "version $judge\."; then
      echo "$candidate"
      return 0
    fi
  done
  return 1
}

tracked() { git -C "$root" ls-files -- "$@"; }

check_build() { build release; }

check_test() { run_tests release; }

check_format() {
  local tool
  tool=$(clang_tool clang-format) || return 77
  (cd "$root" && tracked '*.cpp' '*.hpp' | xargs -r "$tool" --dry-run -Werror)
}

# The revision against which a file has changed or not.
changed_since() {
  local base
  for base in origin/main main; do
    base=$(git -C "$root" merge-base HEAD "$base" 2>/dev/null) || continue
    [[ $base != $(git -C "$root" rev-parse HEAD) ]] || continue
    echo "$base"
    return
  done
  git -C "$root" rev-parse -q --verify HEAD~1 || git -C "$root" rev-parse HEAD
}

# clang-tidy reads translation units: a changed header stands for one that
# includes it.
files_to_tidy() {
  if [[ $check_all == yes ]]; then
    tracked '*.cpp'
    return
  fi
  local base=${check_base:-$(changed_since)} file
  {
    git -C "$root" diff --name-only --diff-filter=d "$base" -- '*.cpp' '*.hpp'
    git -C "$root" ls-files --others --exclude-standard -- '*.cpp' '*.hpp'
  } | while read -r file; do
    case $file in
      *.hpp) (cd "$root" && git grep -lF "#include \"$file\"" -- '*.cpp' |
        head -n 1) || true ;;
      *) echo "$file" ;;
    esac
  done | sort -u
}

check_tidy() {
  local tool files known
  tool=$(clang_tool clang-tidy) || return 77
  # Configured anew, so that it knows every file that there is by now.
  (cd "$root" && cmake --preset tidy >/dev/null)
  known=$root/build/tidy/compile_commands.json
  mapfile -t files < <(files_to_tidy | while read -r file; do
    ! grep -qF "\"$root/$file\"" "$known" || echo "$file"
  done)
  say "clang-tidy: ${#files[@]} files"
  [[ ${#files[@]} -gt 0 ]] || return 0
  (cd "$root" && printf '%s\0' "${files[@]}" |
    xargs -0 -n 1 -P "$(jobs_count)" "$tool" -p build/tidy --quiet 2>&1) |
    { grep -vE '^[0-9]+ warnings? (generated|treated)' || true; }
}

check_includes() { "$root/tests/tools/forbidden_includes.sh"; }

check_scripts() {
  (cd "$root" && {
    tracked '*.sh'
    git grep -lE '^#!.*\b(ba)?sh$' -- ':!*.sh'
  } | sort -u | xargs shellcheck)
}

check_asan() {
  build asan
  run_tests asan
}

check_tsan() {
  build tsan
  run_tests tsan --only cpp
}

# check_step NAME: runs check_NAME, notes its result and its time.
check_step() {
  local name=$1 start=$SECONDS rc word=ok
  say "check: $name"
  set +e
  (
    set -e
    "check_$name"
  )
  rc=$?
  set -e
  case $rc in
    0) ;;
    77) word="skipped: clang tools of version $judge are not here" ;;
    *)
      word=FAILED
      check_failed=yes
      ;;
  esac
  check_summary+=("$(printf '%-9s %5d s  %s' "$name" \
    $((SECONDS - start)) "$word")")
}

check() {
  local check_all=no check_base='' check_failed=no check_summary=() step
  local steps=(includes scripts format build test tidy asan tsan)
  while [[ $# -gt 0 ]]; do
    case $1 in
      --fast) steps=("${steps[@]:0:6}") && shift ;;
      --all) check_all=yes && shift ;;
      --base) need_value "$@" && check_base=$2 && shift 2 ;;
      *) usage_error "check does not know '$1'; see ./dev check --help" ;;
    esac
  done
  setup build test check
  for step in "${steps[@]}"; do check_step "$step"; done
  printf '\n'
  printf '%s\n' "${check_summary[@]}"
  [[ $check_failed == no ]]
}
