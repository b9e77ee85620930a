#!/usr/bin/env bash
# Holds the order of the rooms (ARCHITECTURE.md): a file includes its own room's headers and those of rooms on
# lines above its own, and nothing else of the project.   tests/structure/arrows.sh [ROOT] [--self-test]
set -euo pipefail
root=${1:-$(dirname "$0")/../..}

# From the bottom up; rooms on one line do not know each other.
order='
base
model
kernels corpus
quant infer nn
formats measure
train deploy
models
native wasm mcu
'

declare -A line
n=0
while read -r rooms; do
  n=$((n + 1))
  for room in $rooms; do line[$room]=$n; done
done <<<"$order"

room_of() {   # FOLDER/FILE as it is included, such as atome/base/math.h
  local path=${1#atome/}
  echo "${path%%/*}"
}

check() {   # ROOT: prints each include against the order
  local root=$1 wrong=0 at include from to
  while IFS=: read -r at include; do
    from=$(room_of "${at#core/}")
    to=$(room_of "$include")
    if [ -z "${line[$from]:-}" ]; then
      echo "$at: the room $from is not in the order: add it to tests/structure/arrows.sh"
      wrong=1
    elif [ -z "${line[$to]:-}" ]; then
      echo "$at: includes $include, of no room in the order"
      wrong=1
    elif [ "$from" != "$to" ] && [ "${line[$to]}" -ge "${line[$from]}" ]; then
      echo "$at: includes $include, but $to does not stand below $from"
      wrong=1
    fi
  done < <(cd "$root" && grep -roE --include='*.h' --include='*.cc' '^#include "(atome|native|wasm|mcu)/[^"]*"' core native wasm mcu |
    grep -v '^core/atome/deploy/main_c.cc:#include "mcu/atome.h"' |   # the text of a program that it writes
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

# The check itself: an arrow turned round, a neighbour, an unknown room and a host's header must each show.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for include in '"atome/train/run.h"' '"atome/infer/engine.h"' '"atome/attic/old.h"' '"native/cli/app.h"' '<cstdio>'; do
  rm -rf "$work"/*
  for room in core native wasm mcu; do mkdir -p "$work/$room"; done
  cp -r "$root/core/atome" "$work/core/"
  echo "#include $include" >>"$work/core/atome/nn/loss.h"
  if check "$work" >"$work/out"; then
    echo "not caught: core/atome/nn/loss.h including $include"
    exit 1
  fi
  grep -q . "$work/out"
done
echo "five includes against the order, all caught"
