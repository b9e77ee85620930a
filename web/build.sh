#!/usr/bin/env bash
# Builds the page from the npm package that the `wasm` preset has put together (build/wasm/package):
#   build/web/                the site, for any static host and any folder of it
#   build/web-single/index.html   the same as one file
# web/build.sh [packages | page]: only the packages that building takes, or only build/web/, unchecked.
set -euo pipefail
cd "$(dirname "$0")"
[ -d node_modules/typescript-eslint ] || npm ci --no-audit --no-fund --loglevel=error
[ "${1:-}" != packages ] || exit 0
[ -f ../build/wasm/package/index.js ] || { echo "web: build/wasm/package is missing: cmake --preset wasm && cmake --build --preset wasm" >&2; exit 1; }
[ "${1:-}" = page ] || npx tsc --noEmit
npx vite build --logLevel warn
[ "${1:-}" = page ] || npx vite build --logLevel warn --mode single
