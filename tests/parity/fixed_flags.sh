#!/usr/bin/env bash
# The fixed engine compiled with flags that change what floats give, without optimisation, and small, as C++14 and without
# messages: the digests must be those of digests.txt all the same.     fixed_flags.sh CXX CASES OUT_DIR
set -euo pipefail
cxx=$1 cases=$2 out=$3
root=$(cd "$(dirname "$0")/../.." && pwd)
mkdir -p "$out"
names=$(sed -n 's/^case \(.*\)_fixed tokens.*/\1/p' "$root/tests/parity/digests.txt" |
  while read -r name; do [ ! -f "$cases/$name.atome" ] || echo "$name"; done)
sources=$(cd "$root/core" && sed -n 's/^ *\(atome\/[^ )]*\.cc\).*/\1/p' sources.cmake | grep -E '^atome/(base|model|tokens|infer/fixed)/')
for flags in "-O0" "-Ofast" "-O2 -ffast-math" "-O2 -ffp-contract=fast" "-O3 -funsafe-math-optimizations -fno-strict-aliasing" \
  "-Os -std=gnu++14 -DATOME_MESSAGES=0"; do
  # shellcheck disable=SC2086
  (cd "$root/core" && "$cxx" -std=c++20 $flags -DATOME_FIXED_ONLY -I. $sources ../tests/parity/fixed_main.cc -o "$out/fixed")
  # shellcheck disable=SC2086
  "$out/fixed" "$cases" $names >"$out/digests.txt"
  if wrong=$(grep -vxFf "$root/tests/parity/digests.txt" "$out/digests.txt"); then
    echo "With $flags these differ from digests.txt:"
    echo "$wrong"
    exit 1
  fi
  echo "$(wc -l <"$out/digests.txt") cases as they were: $flags"
done
