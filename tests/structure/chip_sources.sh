#!/usr/bin/env bash
# Holds that what goes onto chips (core/sources.cmake, mcu/atome.cc and all that they include) is C++14 without the
# C++ standard library: it includes <stddef.h>, <stdint.h>, <string.h> and the project's own headers.
#   tests/structure/chip_sources.sh [ROOT] [--self-test]
set -euo pipefail
root=${1:-$(dirname "$0")/../..}

compilers=()
for compiler in "arm-none-eabi-g++ -mcpu=cortex-m3 -mthumb" g++ clang++; do
  if command -v "${compiler%% *}" >/dev/null; then compilers+=("$compiler"); fi
done
[ ${#compilers[@]} -gt 0 ] || { echo "no compiler: install g++, clang++ or arm-none-eabi-g++"; exit 1; }

check() (   # ROOT: prints what is wrong
  cd "$1"
  mapfile -t sources < <(grep -oE 'atome/[^ )]*\.cc' core/sources.cmake | sed 's/^/core\//')
  [ ${#sources[@]} -gt 0 ] || { echo "core/sources.cmake lists no sources"; exit 1; }
  wrong=0
  for compiler in "${compilers[@]}"; do
    for source in "${sources[@]}" mcu/atome.cc; do
      $compiler -std=gnu++14 -nostdinc++ -fno-exceptions -fno-rtti -Wall -Wextra -Werror -Icore -I. \
        -fsyntax-only "$source" 2>&1 || { echo "$source: not C++14 without the standard library ($compiler)"; wrong=1; }
    done
  done
  # A header of the C library that is there need not be on every chip.
  for source in "${sources[@]}" mcu/atome.cc; do
    ${compilers[0]} -std=gnu++14 -nostdinc++ -Icore -I. -MM -MG "$source"
  done | tr ' ' '\n' | grep -E '^(core|mcu)/.*\.(h|cc)$' | sort -u |
    xargs grep -HnE '^ *# *include *<' | grep -vE '<(stddef|stdint|string)\.h>' && wrong=1
  exit $wrong
)

if [ "${2:-}" != --self-test ]; then
  check "$root"
  exit
fi

# The check itself: a header of the C++ library, another one of C, and C++17 must each show, to any one compiler.
compilers=("${compilers[@]:0:1}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for line in '#include <vector>' '#include <math.h>' 'inline constexpr int later = 17;'; do
  rm -rf "$work"/*
  mkdir "$work/core"
  cp -r "$root/core/atome" "$root/core/sources.cmake" "$work/core/"
  cp -r "$root/mcu" "$work/"
  echo "$line" >>"$work/core/atome/base/random.h"
  if check "$work" >"$work/out"; then
    echo "not caught: core/atome/base/random.h with $line"
    exit 1
  fi
  grep -q random.h "$work/out" || { cat "$work/out"; exit 1; }
done
echo "three lines that chips do not take, all caught"
