#!/usr/bin/env bash
# tests/not_run.sh on logs of all kinds, shortened.
set -euo pipefail
not_run=$(dirname "$0")/not_run.sh
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

cat >"$dir/ctest.log" <<'LOG'
1/3 Testing: Legacy.DeducesThePublishedModels
Output:
----------------------------------------------------------
[ RUN      ] Legacy.DeducesThePublishedModels
../../tests/formats/legacy_test.cc:66: Skipped
needs ../shared/reference/atome_944k.bin

[  SKIPPED ] Legacy.DeducesThePublishedModels (0 ms)
[  SKIPPED ] 1 test, listed below:
[  SKIPPED ] Legacy.DeducesThePublishedModels
<end of output>
[ RUN      ] Sets/KernelSet.State/avx512
../../tests/infer/kernels_test.cc:60: Skipped
this machine or this build does not have the set

[  SKIPPED ] Sets/KernelSet.State/avx512, where GetParam() = 1-byte object <02> (0 ms)
[ RUN      ] Cases/TraceReference.EqualsTheOracle/reference_944k
../../tests/cli/trace_test.cc:85: Skipped
needs ../shared/reference/atome_944k.bin

[  SKIPPED ] Cases/TraceReference.EqualsTheOracle/reference_944k, where GetParam() = "reference_944k" (0 ms)
[ RUN      ] Engine.Runs
[       OK ] Engine.Runs (0 ms)
LOG
cat >"$dir/spec.log" <<'LOG'
✔ plain: trace digests (12.3ms)
﹣ plain: a legacy file (0.068ms) # needs ../shared/reference/atome_944k.bin
  ﹣ within (0.1ms) # needs ../shared/reference/atome_944k.bin
﹣ another (0.1ms) # ATOME_NATIVE is not set
LOG
cat >"$dir/tap.log" <<'LOG'
ok 1 - shared: the first # SKIP needs ../shared/golden/odd_ternary.pt
ok 2 - shared: the second
LOG
echo "SKIP case reference_944k: needs ../shared/reference/atome_944k.bin" >"$dir/script.log"
: >"$dir/empty.log"

expect() {   # EXPECTED ARGUMENT...
  local got
  got=$("$not_run" "${@:2}")
  [ "$got" = "$1" ] || { printf 'not_run.sh %s\n  gives    %s\n  expected %s\n' "${*:2}" "$got" "$1"; exit 1; }
}
expect "" "native=$dir/empty.log" "web=$dir/none.log"
expect "not run: needs ../shared (published weights and texts): 1 test: parity: case reference_944k" "parity=$dir/script.log"
expect "not run: needs ../shared (published weights and texts): 6 tests: native: Cases/TraceReference.EqualsTheOracle/reference_944k, Legacy.DeducesThePublishedModels; parity: case reference_944k; wasm: plain: a legacy file, within; web: shared: the first" \
  "native=$dir/ctest.log" "wasm=$dir/spec.log" "parity=$dir/script.log" "web=$dir/tap.log" "web=$dir/none.log"
expect $'native\tCases/TraceReference.EqualsTheOracle/reference_944k\nnative\tLegacy.DeducesThePublishedModels' \
  --list "native=$dir/ctest.log"
