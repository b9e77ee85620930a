#!/usr/bin/env bash
# Builds the npm package (with SIMD and without) and runs everything that node runs: the GoogleTest suites,
# the parity programs against the native ones, and the package's own tests. Called by ./kit test.
#
#     wasm/run-tests.sh [NATIVE_BUILD]     the folder of a native build, build/native when left out
#
# With ATOME_WASM_TESTS=PATTERN only the GoogleTest programs of such names.
# Leaves build/parity/{native,wasm,wasm-simd}.txt and build/parity/training-{native,wasm,wasm-simd}.txt.
set -euo pipefail
cd "$(dirname "$0")/.."
native=$(realpath "${1:-build/native}")
jobs=${ATOME_JOBS:-$(nproc)}
export CMAKE_BUILD_PARALLEL_LEVEL=$jobs   # of the build within the build, too
out=build/parity
mkdir -p "$out"

say() { printf '\033[1m%s\033[0m\n' "$*" >&2; }
quietly() {   # quietly LOG COMMAND...: shows the log when the command fails
  local log=$1
  shift
  "$@" >"$log" 2>&1 || { cat "$log" >&2; say "Failed: $* (the log is $log)"; exit 1; }
}

say "WebAssembly: building"
quietly build/wasm-native.log cmake --build "$native" -j "$jobs" \
  --target atome parity parity_cases parity_training
quietly build/wasm-configure.log cmake --preset wasm -DATOME_PARITY_CASES_DIR="$native/tests/parity/cases"
quietly build/wasm-build.log cmake --build --preset wasm -j "$jobs"

say "WebAssembly: GoogleTest under node"
ctest --preset wasm -j "$jobs" --no-tests=error -R "${ATOME_WASM_TESTS:-.}"

say "WebAssembly: parity with the native program"
"$native/tests/parity/parity" scalar unpacked >"$out/native.txt"
"$native/tests/parity/parity_training" >"$out/training-native.txt"
for target in wasm:build/wasm/plain:scalar wasm-simd:build/wasm:wasm128; do
  IFS=: read -r name folder kernels <<<"$target"
  for weights in packed unpacked; do
    node "$folder/wasm/tests/parity.js" "$kernels" "$weights" >"$out/$name.txt"
    diff "$out/native.txt" "$out/$name.txt" || { say "$name ($weights) differs from native"; exit 1; }
  done
  node "$folder/wasm/tests/parity_training.js" "$kernels" >"$out/training-$name.txt"
  diff "$out/training-native.txt" "$out/training-$name.txt" ||
    { say "$name trains otherwise than native"; exit 1; }
  say "$name: $(wc -l <"$out/$name.txt") cases and $(wc -l <"$out/training-$name.txt") training runs equal"
done

say "WebAssembly: the npm package"
ATOME_NATIVE="$native/native/atome" node --test --test-reporter=spec wasm/tests/*.test.mjs
node wasm/tests/report.mjs
