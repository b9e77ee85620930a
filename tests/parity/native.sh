#!/usr/bin/env bash
# The parity program with every kernel set of this machine, weights packed and unpacked:
#   native.sh PARITY_PROGRAM PARITY_REPORT OUT_DIR
# OUT_DIR receives LABEL.txt for each and native.labels, their list; compares them.
set -euo pipefail
parity=$1 report=$2 out=$3
mkdir -p "$out"
targets=()
for kernels in $("$parity" kernels); do
  for weights in packed unpacked; do
    label=$kernels
    [ $weights = unpacked ] && label=$kernels-u
    "$parity" "$kernels" $weights >"$out/$label.txt"
    targets+=("$label=$out/$label.txt")
  done
done
printf '%s\n' "${targets[@]}" >"$out/native.labels"
"$report" "${targets[@]}"
