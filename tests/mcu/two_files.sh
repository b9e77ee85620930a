#!/usr/bin/env bash
# The two files that mcu/two_files.py writes: compiled without a warning by each compiler and standard that is here, and a
# program in C that is built of them alone says and writes what atome does.     two_files.sh ATOME OUT_DIR [CXX...]
set -euo pipefail
atome=$1 out=$2
shift 2
root=$(cd "$(dirname "$0")/../.." && pwd)
mkdir -p "$out"
"$root/mcu/two_files.py" "$out"

compilers=()
for cxx in "$@" clang++; do command -v "$cxx" >/dev/null && compilers+=("$cxx"); done
for cxx in "${compilers[@]}"; do
  for standard in gnu++14 gnu++17 gnu++20; do
    for kind in "" "-DATOME_FIXED_ONLY" "-DATOME_FIXED_ONLY -DATOME_MESSAGES=0"; do
      # shellcheck disable=SC2086
      "$cxx" -std=$standard $kind -fsyntax-only -Wall -Wextra -Wconversion -Werror "$out/atome.cpp"
    done
  done
  echo "$cxx: no warning"
done

prompt="One day a "
expected() {   # expected MODEL ENGINE WINDOW
  "$atome" trace "$1" --text "$prompt" --window "$3" --engine "$2" --json | sed 's/.*"digest":"\([0-9a-f]*\)".*/\1/'
  "$atome" generate "$1" --prompt "$prompt" -n 64 --window "$3" --engine "$2" --temperature 0 --json |
    sed 's/.*"tokens":\[\([0-9,]*\)\].*/\1/' | tr ',' '\n' | xargs printf '%02x'
  echo
}
# Options that change what floats give, for the engine that has none; for the other, the options that its manual names.
for build in "-Ofast -DATOME_FIXED_ONLY" "-Os -DATOME_FIXED_ONLY -DATOME_MESSAGES=0" "-O2 -ffp-contract=off"; do
  # shellcheck disable=SC2086
  (cd "$out" && gcc -std=c11 $build -Wall -Wextra -Werror -I. -c "$root/tests/mcu/two_files.c" &&
    "${compilers[0]}" -std=gnu++14 $build atome.cpp two_files.o -o two_files)
  engines=fixed
  [[ $build == *FIXED_ONLY* ]] || engines="fixed float"
  for engine in $engines; do
    for model in thermostat-60k tinystories-944k-ternary; do
      file=$root/checkpoints/$model/model.atome
      if ! diff <(expected "$file" $engine 32) <("$out/two_files" "$file" $engine 32 "$prompt"); then
        echo "$model differs with $build, $engine"
        exit 1
      fi
    done
  done
  echo "equal: $build"
done
