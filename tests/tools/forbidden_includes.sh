#!/usr/bin/env bash
# Who may include whom. The libraries enforce most of it at the link line; this
# finds what headers alone would let through. Reads the files that git tracks
# or would track, or those named.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

# folder | our headers it may include | those of others
# The longest matching folder decides. A header without a slash is the
# standard library's or POSIX's; every folder may include those. Of messages/,
# only what CAF itself carries between actors may know CAF.
rules='
config/       | config/                                  | toml[+][+]/
config/moving/ | config/                                 | boost/json/ CLI/
messages/     | messages/ config/                        | -
messages/channel_records | messages/ config/             | caf/
messages/link_batch      | messages/ config/             | caf/
messages/node_messages   | messages/ config/             | caf/
net/          | net/ messages/ config/                   | boost/ caf/ openssl/ spdlog/ fmt/
net/pusher/   | net/pusher/ messages/ config/            | boost/json openssl/
actors/       | actors/ net/ messages/ config/           | boost/ caf/ openssl/ spdlog/ fmt/ prometheus/ sanitizer/
actors/state/ | actors/state/ net/ messages/ config/     | -
actors/state/directory_state | actors/state/ messages/   | boost/smart_ptr/
actors/state/meter/ | actors/state/meter/ messages/ config/ | date/
actors/state/cluster/ | actors/state/cluster/ actors/state/meter/ messages/ config/ | -
bench/        | bench/ net/ messages/ config/            | boost/ openssl/ CLI/ fmt/
examples/     | examples/ actors/ net/ messages/ config/ | boost/ caf/ spdlog/ CLI/
main.cpp      | actors/ bench/ net/ messages/ config/    | boost/ caf/ spdlog/ CLI/
'

if [[ $# -eq 0 ]]; then
  mapfile -t files < <(git ls-files --cached --others --exclude-standard -- \
    '*.cpp' '*.hpp' ':!tests/')
else
  files=("$@")
fi
[[ ${#files[@]} -gt 0 ]] || exit 0

awk -v rules="$rules" '
  function allowed(header, prefixes,    i, n, list) {
    n = split(prefixes, list, " ")
    for (i = 1; i <= n; i++)
      if (header ~ "^" list[i]) return 1
    return 0
  }
  BEGIN {
    n = split(rules, rows, "\n")
    for (i = 1; i <= n; i++)
      if (split(rows[i], cell, /[ ]*[|][ ]*/) == 3) {
        own[cell[1]] = cell[2]
        others[cell[1]] = cell[3]
      }
  }
  FNR == 1 {
    rule = ""
    for (folder in own)
      if (index(FILENAME, folder) == 1 && length(folder) > length(rule))
        rule = folder
    if (rule == "") {
      print FILENAME ": no rule says what this folder may include"
      bad = 1
    }
  }
  rule != "" && match($0, /^[ \t]*#[ \t]*include[ \t]*[<"][^>"]+/) {
    split(substr($0, RSTART, RLENGTH), part, /[<"]/)
    header = part[2]
    angled = $0 ~ /include[ \t]*</
    if (!(angled && header ~ /^[^\/]*$|^(sys|netinet|arpa|linux)\//) &&
        !allowed(header, own[rule] " " others[rule])) {
      print FILENAME ":" FNR ": " rule " must not include " header
      bad = 1
    }
  }
  END { exit bad }
' "${files[@]}"
