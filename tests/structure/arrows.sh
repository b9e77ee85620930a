#!/usr/bin/env bash
# Holds the order of the rooms (ARCHITECTURE.md): a file includes its own room's headers and those of rooms on
# lines above its own, and nothing else of the project; no program knows another.   tests/structure/arrows.sh [ROOT] [--self-test]
set -euo pipefail
root=${1:-$(dirname "$0")/../..}

# From the bottom up; rooms on one line do not know each other.
order='
base
tokens
model
kernels corpus
quant infer nn
formats measure
train deploy
models
native/io wasm mcu
native/cli
native/model
native/bench native/calibrate native/corpus native/deploy native/evaluate native/inspect native/serve
native/train
native/compare
native/commands
native
'

declare -A line
n=0
while read -r rooms; do
  n=$((n + 1))
  for room in $rooms; do line[$room]=$n; done
done <<<"$order"

room_of() {   # NAME FOLDER/FILE: sets NAME to the room of a file as it is included, such as atome/base/math.h
  local path=${2#atome/}
  case $path in
    native/*/*) printf -v "$1" %s "${path%/*}" ;;
    *) printf -v "$1" %s "${path%%/*}" ;;
  esac
}

check() {   # ROOT: prints each include against the order
  local root=$1 wrong=0 at include from to
  while IFS=: read -r at include; do
    room_of from "${at#core/}"
    room_of to "$include"
    if [ -z "${line[$from]:-}" ]; then
      echo "$at: the room $from is not in the order: add it to tests/structure/arrows.sh"
      wrong=1
    elif [ -z "${line[$to]:-}" ]; then
      echo "$at: includes $include, of no room in the order"
      wrong=1
    elif [[ $include =~ ^(native|wasm|mcu)/ ]] && [ "${at%%/*}" != "${include%%/*}" ] ||
      { [ "$from" != "$to" ] && [ "${line[$to]}" -ge "${line[$from]}" ]; }; then
      echo "$at: includes $include, but $to does not stand below $from"
      wrong=1
    fi
  done < <(cd "$root" && grep -roE --include='*.h' --include='*.cc' '^#include "(atome|native|wasm|mcu)/[^"]*"' core native wasm mcu |
    sed -E 's/#include "([^"]*)"/\1/')
  # What only a host has.
  if (cd "$root" && grep -rnE --include='*.h' --include='*.cc' '^#include <(emscripten|fstream|cstdio|stdio)' core); then
    echo "the core knows no files and no host"
    wrong=1
  fi
  return $wrong
}

if [ "${2:-}" != --self-test ]; then
  check "$root"
  exit
fi

# The check itself: each of these includes, in this file, must show.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
(cd "$root" && find core native wasm mcu \( -name '*.h' -o -name '*.cc' \) -print0 | xargs -0 cp --parents -t "$work")
caught=0
while read -r file include why; do
  echo "#include $include" >>"$work/$file"
  if check "$work" >"$work/out" || ! grep -qF "$file" "$work/out"; then
    echo "not caught: $file including $include ($why)"
    exit 1
  fi
  cp "$root/$file" "$work/$file"
  caught=$((caught + 1))
done <<'END'
core/atome/nn/loss.h "atome/train/run.h" an arrow turned round
core/atome/nn/loss.h "atome/infer/engine.h" a neighbour
core/atome/nn/loss.h "atome/attic/old.h" an unknown room
core/atome/nn/loss.h "native/cli/app.h" the core knows no program
core/atome/nn/loss.h <cstdio> a host's header
native/compare/job.h "native/commands/commands.h" no room knows the commands
native/io/files.h "native/cli/output.h" an arrow turned round
native/evaluate/chat.h "native/inspect/inspect.h" a neighbour
native/cli/app.h "mcu/atome.h" another program
mcu/atome.h "native/io/failure.h" another program
END
echo "$caught includes against the order, all caught"
