#!/usr/bin/env bash
# Shows that the fuzzer of the WebSocket codec can find what it is there for:
# builds it twice, as the codec is and with a planted bounds bug (see
# TIDEWIRE_PLANT_WS_BUG in net/ws_codec.cpp), and lets both run from an empty
# corpus for at most 60 seconds. Passes when the planted bug is found by
# AddressSanitizer and nothing is found in the codec as it is.
#
#   tests/fuzz/ws_planted_bug.sh [seconds]     CXX chooses the clang++
set -euo pipefail

seconds=${1:-60}
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

build() { # build OUTPUT FLAGS...
  local output=$1
  shift
  "${CXX:-clang++}" -std=c++20 -O1 -g -I"$root" "$@" \
    -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined \
    "$root"/tests/fuzz/ws_codec_fuzz.cpp "$root"/net/ws_codec.cpp \
    "$root"/net/ws_frame.cpp "$root"/net/ws_zip.cpp "$root"/net/utf8.cpp \
    -o "$output" -lz
}

fuzz() { # fuzz NAME: its exit status tells whether something was found
  mkdir "$work/$1.corpus"
  "$work/$1" -seed=1 -max_len=4096 -max_total_time="$seconds" \
    -artifact_prefix="$work/$1." "$work/$1.corpus" >"$work/$1.log" 2>&1
}

echo "building the codec as it is, and with the planted bug ..."
build "$work/sound"
build "$work/planted" -DTIDEWIRE_PLANT_WS_BUG

started=$(date +%s)
if fuzz planted; then
  echo "FAILED: the planted bug was not found in $seconds s"
  exit 1
fi
took=$(($(date +%s) - started))
if ! grep "ERROR: AddressSanitizer" "$work/planted.log"; then
  echo "FAILED: something else was found than the planted bug:"
  tail -n 40 "$work/planted.log"
  exit 1
fi
echo "found after $took s"

if ! fuzz sound; then
  echo "FAILED: there is a finding in the codec as it is:"
  tail -n 40 "$work/sound.log"
  exit 1
fi
tail -n 1 "$work/sound.log"
echo "passed: the planted bug is found, nothing else is"
