#!/usr/bin/env bash
# Compiles what `atome export MODEL --c-header HEADER --main-c MAIN_C` wrote and runs it in QEMU:
#   mcu/run-export.sh HEADER MAIN_C [CORE]
# Prints the bytes that the program sends, and nothing else. CORE: m3 unless given; see mcu/qemu.sh.
# The exit code is the program's: 1 where what it sent ends in an error message.
set -euo pipefail
[ $# -ge 2 ] && [ $# -le 3 ] || { echo "usage: mcu/run-export.sh HEADER MAIN_C [CORE]" >&2; exit 2; }
header=$(realpath "$1")
main_c=$(realpath "$2")
core=${3:-m3}
cd "$(dirname "$0")/.."
built=build/mcu/mcu
image_dir=$(mktemp -d)
trap 'rm -rf "$image_dir"' EXIT

quietly() { "$@" >"$image_dir/log" 2>&1 || { cat "$image_dir/log" >&2; exit 1; }; }
[ -f build/mcu/build.ninja ] || quietly cmake --preset mcu
quietly cmake --build --preset mcu -j "${JOBS:-$(nproc)}" --target "atome_$core" "atome_port_$core"
quietly arm-none-eabi-gcc -std=c11 -Wall -Wextra -Werror -I mcu -I "$(dirname "$header")" "$main_c" \
  "@$built/image_$core.flags" -L "$built" "-latome_$core" "-latome_port_$core" -lgcc \
  -o "$image_dir/main_$core.elf"
mcu/qemu.sh "$image_dir/main_$core.elf"
