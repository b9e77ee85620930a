#!/usr/bin/env bash
# Proof that the net catches fish:  tests/parity/break.sh host|m4f [NATIVE_BUILD]
# Breaks one rule of the number contract at a time, in a copy of the core, and fails unless the parity report
# fails at each. `host` breaks the program of this machine (a test of ctest), `m4f` that of a Cortex-M4F (called by
# run.sh, after its images have been built).
set -euo pipefail
cd "$(dirname "$0")/../.."
where=$1
native=${2:-build/native}
cases=$native/tests/parity/cases
work=$native/tests/parity/break_$where
rm -rf "$work"
mkdir -p "$work"

fail() { echo "break.sh: $*" >&2; exit 1; }

"$native/tests/parity/parity" scalar packed >"$work/good.txt"

fresh() { rm -rf "$work/core"; cp -r core "$work/core"; }
edit() {   # FILE FROM TO: the text must be there, else nothing would be broken
  local file=$work/core/atome/$1 text
  text=$(<"$file")
  [[ $text == *"$2"* ]] || fail "core/atome/$1 no longer has: $2"
  printf '%s\n' "${text//"$2"/"$3"}" >"$file"
}

options="-w -DNDEBUG -std=c++20 -O2 -fno-math-errno -fno-exceptions -fno-rtti -I$work/core -I."
mapfile -t everything < <(sed -n "s|^ *atome/\(.*\)\.cc.*|\1|p" core/sources.cmake)
compile() {   # COMPILER AND FLAGS, SOURCE... -> $work/*.o, from the copy
  local source
  rm -f "$work"/*.o
  for source in "${@:2}"; do $1 -c "$work/core/atome/$source.cc" -o "$work/$(basename "$source").o"; done
}
host() {   # NAME "KERNELS WEIGHTS" "FLAGS" SOURCE...: these from the copy, the rest as it was built
  local name=$1 run=$2 compiler="${CXX:-g++} $options" source
  if [[ ! -d $work/program ]]; then
    mkdir "$work/program"
    for source in tests/parity/{native_main,parity}.cc "$cases"/cases_*.cc; do
      $compiler -ffp-contract=off -c "$source" -o "$work/program/$(basename "$source" .cc).o"
    done
  fi
  compile "$compiler $3" "${@:4}"
  $compiler "$work"/program/*.o "$work"/*.o "$native/core/libatome_infer.a" -o "$work/$name"
  # shellcheck disable=SC2086
  "$work/$name" $run >"$work/$name.txt"
}
m4f() {   # NAME FLAGS: without the largest case
  local name=$1 image=$work/$1_m4f.elf
  local compiler="arm-none-eabi-g++ $options -mthumb -mcpu=cortex-m4 -mfloat-abi=hard -mfpu=fpv4-sp-d16
    -mno-unaligned-access -fno-threadsafe-statics -ffunction-sections -fdata-sections -DATOME_CASES=2 $2"
  compile "$compiler" "${everything[@]}"
  $compiler -nostdlib -Wl,--gc-sections -Wl,-T,mcu/port/memory_mps2.ld -Wl,-T,mcu/port/sections.ld \
    mcu/images/parity_main.cc mcu/port/*.cc tests/parity/parity.cc "$cases"/cases_*.cc "$work"/*.o -lgcc -o "$image"
  mcu/qemu.sh "$image" >"$work/$name.txt"
}

report() {   # NAME
  "$native/tests/parity/parity_report" --may-skip "$1" "good=$work/good.txt" "$1=$work/$1.txt" >"$work/$1.report"
}
equal() {   # NAME: the recipe without the breach; else its difference would be no proof
  report "$1" || { cat "$work/$1.report" >&2; fail "$1 differs although nothing is broken"; }
  echo "equal   $1"
}
caught() {   # NAME: differences of bits, and no other trouble
  local differ problems
  ! report "$1" || fail "NOT CAUGHT: $1"
  problems=$(grep -c '^FAILED' "$work/$1.report" || true)
  differ=$(grep -c "^FAILED $1, case .*digest .*, but good has " "$work/$1.report" || true)
  [[ $differ -gt 0 && $differ -eq $problems ]] || { cat "$work/$1.report" >&2; fail "$1 fails otherwise than by its bits"; }
  echo "caught  $1: $differ of $(wc -l <"$work/good.txt") cases differ"
}

fresh
if [[ $where = m4f ]]; then
  m4f as_it_is -ffp-contract=off
  equal as_it_is
  m4f contraction -ffp-contract=fast
  caught contraction
  exit
fi

# Contraction, where this machine has an instruction for it.
if grep -qw fma /proc/cpuinfo && grep -qw avx2 /proc/cpuinfo; then
  host as_it_is "scalar packed" "-ffp-contract=off -march=haswell" "${everything[@]}"
  equal as_it_is
  host contraction "scalar packed" "-ffp-contract=fast -march=haswell" "${everything[@]}"
  caught contraction
  host avx2_as_it_is "avx2 unpacked" "-ffp-contract=off -mavx2 -mfma" kernels/avx2
  equal avx2_as_it_is
  host avx2_contraction "avx2 unpacked" "-ffp-contract=fast -mavx2 -mfma" kernels/avx2
  caught avx2_contraction
else
  host as_it_is "scalar packed" -ffp-contract=off "${everything[@]}"
  equal as_it_is
  echo "not tried: contraction, for this machine has no FMA"
fi
edit base/math.h "ATOME_INLINE float exp(float x) { return exp_lanes<float, int32_t>(x); }" \
  "ATOME_INLINE float exp(float x) { return __builtin_expf(x); }"
host libm_expf "scalar packed" -ffp-contract=off infer/engine kernels/scalar
caught libm_expf
fresh
edit kernels/scalar_bodies.h "partial[i % kPanel]" "partial[i % 8]"
host sums_in_8_strides "scalar packed" -ffp-contract=off kernels/scalar kernels/packed
caught sums_in_8_strides
fresh
edit kernels/packed.cc "for (uint32_t c = 0; c < w.cols; c++) sum += row[c] * input(r, c);" \
  "for (uint32_t c = w.cols; c-- > 0;) sum += row[c] * input(r, c);"
host columns_backwards "scalar packed" -ffp-contract=off kernels/packed
caught columns_backwards
