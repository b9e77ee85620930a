#!/usr/bin/env bash
# What was left out because ../shared is not beside the project, in one line, or nothing:
#     tests/not_run.sh [--list] STAGE=LOG...
# LOG is what ctest, GoogleTest, node's test runner or a script (a line `SKIP NAME: needs ../shared/FILE`) wrote; one
# that is not there left nothing out. With --list: STAGE, a tab and NAME of each, line by line.
set -euo pipefail

list=false
[ "${1:-}" != --list ] || { list=true; shift; }

names() {   # LOG
  awk '
    function trimmed(name) { gsub(/^[ \t]+|[ \t]+$/, "", name); return name }
    # GoogleTest gives the reason before the name, which its summary repeats without the time.
    /^needs \.\.\/shared\// { skipped = 1 }
    /^\[  SKIPPED \] .* \([0-9]+ ms\)/ {
      name = substr($0, 14)
      sub(/ \([0-9]+ ms\).*/, "", name)
      sub(/, where GetParam\(\) = .*/, "", name)
      if (skipped) print name
    }
    /^\[ +(SKIPPED|OK|FAILED) +\]/ { skipped = 0 }
    # node: "- NAME (0.1ms) # needs" with a sign of its own for the dash, or "ok 1 - NAME # SKIP needs".
    / # (SKIP )?needs \.\.\/shared\// {
      name = $0
      sub(/ # (SKIP )?needs \.\.\/shared\/.*/, "", name)
      sub(/ \([0-9.]+ms\)$/, "", name)
      if (!sub(/^ *ok [0-9]+ - /, "", name)) sub(/^ *[^ ]+ /, "", name)
      print trimmed(name)
    }
    /^SKIP .*: needs \.\.\/shared\// {
      name = substr($0, 6)
      sub(/: needs \.\.\/shared\/.*/, "", name)
      print name
    }' "$1"
}

found=$(for argument in "$@"; do
  log=${argument#*=}
  [ ! -e "$log" ] || names "$log" | sed "s|^|${argument%%=*}\t|"
done | sort -u)
[ -n "$found" ] || exit 0
if $list; then
  echo "$found"
else
  awk -F '\t' '
    { text = text (NR == 1 ? "" : $1 == stage ? ", " : "; ") ($1 == stage ? "" : $1 ": ") $2; stage = $1 }
    END { printf "not run: needs ../shared (published weights and texts): %d test%s: %s\n", NR, NR == 1 ? "" : "s", text }
  ' <<<"$found"
fi
