#!/usr/bin/env bash
# The bits are the contract from one version to the next, too: every line that COMMAND prints must stand in FILE
# (cases that need what is not there may be missing, and at least one must be printed).
#   kept.sh FILE COMMAND...
set -euo pipefail
file=$1
shift
lines=$("$@")
[ -n "$lines" ] || { echo "kept.sh: $* printed nothing"; exit 1; }
if changed=$(grep -vxFf <(grep -v '^#' "$file") <<<"$lines"); then
  echo "These differ from $file, or are new. If they are meant to, say why in the commit and write them there:"
  echo "$changed"
  exit 1
fi
echo "$(wc -l <<<"$lines") lines as they were"
