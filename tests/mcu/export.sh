#!/usr/bin/env bash
# The program that `atome export --main-c` writes, compiled and run in QEMU, sends the bytes of `atome generate`:
#   tests/mcu/export.sh [NATIVE_BUILD]     the folder of a native build, build/native when left out
# Called by tests/parity/run.sh.
set -euo pipefail
cd "$(dirname "$0")/../.."
native=${1:-build/native}
atome=$native/native/atome
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
failed=0
fail() { echo "FAILED $*"; failed=1; }

# A model of the golden vectors, or of the parity cases.
file_of() {
  local golden=tests/golden/$1.safetensors
  if [ -f "$golden" ]; then echo "$golden"; else echo "$native/tests/parity/cases/$1.atome"; fi
}

# compare CORE MODEL PROMPT N WINDOW EXPORT_OPTION...: --sampling-top-k is --top-k to generate.
compare() {
  local core=$1 model=$2 prompt=$3 n=$4 window=$5
  shift 5
  "$atome" export "$(file_of "$model")" --out "$dir/model.atome" --c-header "$dir/model.h" \
    --main-c "$dir/main.c" --prompt "$prompt" -n "$n" --window "$window" "$@" >"$dir/log"
  "$atome" generate "$dir/model.atome" --prompt "$prompt" -n "$n" --window "$window" \
    "${@/--sampling-top-k/--top-k}" >"$dir/expected"
  mcu/run-export.sh "$dir/model.h" "$dir/main.c" "$core" >"$dir/sent" || fail "$core $model: exit code $?"
  [ "$(wc -c <"$dir/expected")" -eq "$n" ] || fail "$model: atome generate wrote too little"
  cmp "$dir/expected" "$dir/sent" || fail "$core $model, window $window, $*: other bytes than atome generate"
}

nasty=$'K\xc3\xb6nig "x" \\n \\ ??/ ??= ??? %s */ //\n\t\r\x01\x7f1\xff9\xc3'
compare m3 default_60k "Once upon" 200 32
compare m3 default_60k "Once upon" 256 32 --temperature 0
compare m3 default_60k "Once upon" 256 16 --temperature 0.7 --top-p 0.9 --seed 7
compare m3 default_60k "$nasty" 100 64 --temperature 1.3 --sampling-top-k 20 --seed 18446744073709551615
compare m3 default_60k "" 100 8 --seed 3
compare m3 odd_ternary $'\x01\x02\n\x1f' 100 256
compare m0 tiny_ternary $'\x01\x02\n\x1f' 100 16 --seed 1
for core in m4f m7 m33 m55; do compare $core default_60k "$nasty" 100 32 --seed 5; done
# Tokens of several bytes: a prompt that ends within one, one that is longer than atome_generate() takes.
within=$(<"$native/tests/parity/cases/pairs_ternary.prompt")
compare m0 pairs_ternary "$within" 100 16 --seed 1
compare m0 pairs_ternary "" 100 16 --temperature 0
compare m3 pairs_ternary "$nasty$within$nasty$within" 200 32 --temperature 0.7 --top-p 0.9 --seed 7
compare m3 pairs_ffn_int4 "$within" 200 32 --sampling-top-k 20
compare m4f pairs_ffn_int4 "$within" 200 32 --temperature 0
echo "atome export --main-c: 16 programs compared with atome generate on m0 m3 m4f m7 m33 m55"

# Of the two files of mcu/two_files.py the same, on cores of each kind and whatever the compiler's options are.
mcu/two_files.py "$dir"
two_files() {   # two_files CORE FLAG...
  local core=$1 built=build/mcu/mcu model=checkpoints/thermostat-60k/model.atome
  shift
  "$atome" export $model --engine fixed --c-header "$dir/model.h" --main-c "$dir/main.c" --prompt "Q: Can I " -n 100 --window 16 >"$dir/log"
  "$atome" generate $model --engine fixed --prompt "Q: Can I " -n 100 --window 16 >"$dir/expected"
  # The flags of an image first: what comes after them counts.
  arm-none-eabi-g++ "@$built/image_$core.flags" -std=gnu++14 -fno-exceptions -fno-rtti -fno-threadsafe-statics \
    -DATOME_FIXED_ONLY "$@" -c "$dir/atome.cpp" -o "$dir/atome.o"
  arm-none-eabi-gcc -std=c11 -I "$dir" "$dir/main.c" "$dir/atome.o" "@$built/image_$core.flags" -L "$built" \
    "-latome_port_$core" -lgcc -o "$dir/two_$core.elf"
  mcu/qemu.sh "$dir/two_$core.elf" >"$dir/sent" || fail "two files, $core: exit code $?"
  cmp "$dir/expected" "$dir/sent" || fail "two files, $core, $*: other bytes than atome generate"
}
two_files m0 -Os -DATOME_MESSAGES=0
two_files m3 -Os
two_files m4f -Ofast
two_files m33 -O2 -ffast-math -DATOME_MESSAGES=0
echo "mcu/two_files.py: 4 programs compared with atome generate on m0 m3 m4f m33"

# The self-test takes what `atome trace --text` prints, and nothing else.
self_test() {
  local core=$1 model=$2 prompt=$3 digest status=0
  "$atome" export "$(file_of "$model")" --out "$dir/model.atome" --c-header "$dir/model.h" \
    --main-c "$dir/main.c" --prompt "$prompt" -n 1 --window 16 >"$dir/log"
  digest=$("$atome" trace "$dir/model.atome" --text "$prompt" --window 16 --json | sed -n 's/.*"digest": *"\([0-9a-f]*\)".*/\1/p')
  sed -i "s/^    if (!engine) return.*/&\n    if (atome_self_test(engine, (const uint8_t*)prompt, sizeof prompt - 1, 0x${digest}u, NULL, \&error)) return failed(\&error);/" "$dir/main.c"
  [ ${#digest} -eq 16 ] && grep -q "0x${digest}u" "$dir/main.c" || fail "$model: no digest of atome trace"
  mcu/run-export.sh "$dir/model.h" "$dir/main.c" "$core" >"$dir/sent" || fail "$core $model: self-test: $(<"$dir/sent")"
  sed -i "s/0x${digest}u/0x${digest}u + 1/" "$dir/main.c"
  mcu/run-export.sh "$dir/model.h" "$dir/main.c" "$core" >"$dir/sent" || status=$?
  [ $status -eq 1 ] || fail "$core $model: a self-test with another digest gives $status"
}
self_test m0 tiny_ternary $'\x01\x02\n\x1f'
self_test m0 pairs_ternary "$within"
self_test m3 pairs_ffn_int4 "$nasty"
self_test m55 pairs_ternary "$within"
echo "atome_self_test: 4 digests of atome trace on m0 m3 m55"

# The arena is as large as the engine needs on the chip, to the byte.
for model in default_60k odd_ternary tiny_no_sparse tiny_ffn_ternary; do
  "$atome" export "tests/golden/$model.safetensors" --c-header "$dir/model.h" --main-c "$dir/main.c" --window 7 >"$dir/log"
  mcu/run-export.sh "$dir/model.h" "$dir/main.c" >"$dir/sent" || fail "$model: exit code $?"
  bytes=$(sed -n 's/^#define ARENA_BYTES //p' "$dir/main.c")
  sed -i "s/^#define ARENA_BYTES .*/#define ARENA_BYTES $((bytes - 1))/" "$dir/main.c"
  status=0
  mcu/run-export.sh "$dir/model.h" "$dir/main.c" >"$dir/sent" || status=$?
  [ $status -eq 1 ] || fail "$model: exit code $status with an arena that is too small"
  printf 'the arena has %d bytes: it needs %d\r\n' $((bytes - 1)) "$bytes" | cmp - "$dir/sent" ||
    fail "$model: another message than expected about an arena that is too small"
done
exit $failed
