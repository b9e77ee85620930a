#!/usr/bin/env bash
# Builds the page, checks it with linter and formatter, and runs its tests in Debian's Chromium. Called by ./kit test,
# after the native program and the npm package have been built.
#
#     web/run-tests.sh [TEST FILE...]     all of tests/web when left out
#
# With ATOME_SCREENSHOTS=FOLDER the screenshots stay there.
set -euo pipefail
cd "$(dirname "$0")/.."
export ATOME_NATIVE=${ATOME_NATIVE:-$PWD/build/native/native/atome}
web/build.sh
(cd web && npm run --silent lint && npm run --silent format:check)
tests=("$@")
[ ${#tests[@]} -gt 0 ] || tests=(tests/web/*.test.mjs)
failed=0
run() { [ $# -lt 2 ] || node --test --test-concurrency="$1" --test-reporter=spec "${@:2}" || failed=1; }
# Those that measure time one after the other, the rest two at a time.
mapfile -t timed < <(grep -l '^// Measures time' "${tests[@]}")
mapfile -t others < <(grep -L '^// Measures time' "${tests[@]}")
run 1 "${timed[@]}"
run 2 "${others[@]}"
exit $failed
