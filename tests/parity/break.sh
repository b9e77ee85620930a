#!/usr/bin/env bash
# Proof that the net catches fish:  tests/parity/break.sh
# Breaks one rule of the number contract at a time, in a copy of the core, and shows that the report then fails.
# Needs tests/parity/run.sh to have run. Not a part of the tests: it says something about them.
set -euo pipefail
cd "$(dirname "$0")/../.."
native=${NATIVE:-build/native}
cases=$native/tests/parity/cases
good=build/parity/scalar.txt
work=build/parity/break
rm -rf "$work"
mkdir -p "$work"

sources="base/crc32c base/status infer/engine infer/engine_unpack infer/sampler kernels/packed kernels/scalar model/config model/view"
warn="-w -DNDEBUG -std=c++20 -fno-math-errno -fno-exceptions -fno-rtti"

# break_native NAME FLAGS...; break_chip NAME FLAGS...: build the copy in $work/core, run it, expect differences.
compile() {   # COMPILER FLAGS... -> $work/*.o
  rm -f "$work"/*.o
  for s in $sources; do "$@" -c "$work/core/atome/$s.cc" -o "$work/$(basename "$s").o" || return 1; done
}
judge() {
  if "$native/tests/parity/parity_report" "good=$good" "broken=$work/$1.txt" >"$work/$1.report"; then
    echo "NOT CAUGHT  $1"
    exit 1
  fi
  echo "caught      $1: $(grep -c '^FAILED' "$work/$1.report") of $(wc -l <"$good") cases differ, such as"
  grep -m 1 '^FAILED' "$work/$1.report" | sed 's/^/              /'
}
break_native() {
  local name=$1
  shift
  local flags="$warn -O2 -I$work/core -I. $*"
  # shellcheck disable=SC2086
  compile g++ $flags
  # shellcheck disable=SC2086
  g++ $flags tests/parity/{native_main,parity}.cc "$cases"/cases_*.cc core/atome/kernels/select.cc "$work"/*.o -o "$work/$name"
  "$work/$name" scalar packed >"$work/$name.txt"
  judge "$name"
}
break_m4f() {
  local name=$1
  shift
  local flags="$warn -O2 -mthumb -mcpu=cortex-m4 -mfloat-abi=hard -mfpu=fpv4-sp-d16 -mno-unaligned-access -fno-threadsafe-statics -ffunction-sections -fdata-sections -DATOME_CASES=3 -I$work/core -I. -isystem build/mcu/staged $*"
  # shellcheck disable=SC2086
  compile arm-none-eabi-g++ $flags
  # shellcheck disable=SC2086
  arm-none-eabi-g++ $flags -nostdlib -Wl,--gc-sections -Wl,-T,mcu/port/memory_mps2.ld -Wl,-T,mcu/port/sections.ld \
    mcu/images/parity_main.cc mcu/port/*.cc tests/parity/parity.cc "$cases"/cases_*.cc "$work"/*.o -lgcc -o "$work/${name}_m4f.elf"
  mcu/qemu.sh "$work/${name}_m4f.elf" >"$work/$name.txt"
  judge "$name"
}
fresh() { rm -rf "$work/core"; cp -r core "$work/core"; }
edit() {   # FILE FROM TO: the line must be there
  grep -qF "$2" "$work/core/atome/$1" || { echo "break.sh: $1 no longer has: $2" >&2; exit 1; }
  python3 - "$work/core/atome/$1" "$2" "$3" <<'PY'
import sys
path, old, new = sys.argv[1:]
text = open(path).read()
open(path, "w").write(text.replace(old, new))
PY
}

fresh
break_native contraction_x86 -march=haswell -ffp-contract=fast
break_m4f contraction_m4f -ffp-contract=fast
fresh
edit math.h "ATOME_INLINE float exp(float x) { return exp_lanes<float, int32_t>(x); }" \
  "ATOME_INLINE float exp(float x) { return __builtin_expf(x); }"
break_native libm_expf -ffp-contract=off
fresh
edit kernels/scalar.cc "partial[i % kPanel]" "partial[i % 8]"
break_native reduction_of_8_partial_sums -ffp-contract=off
fresh
edit kernels/packed.cc "if (!is_ternary(w)) return false;" "return false;"
edit kernels/packed.cc "for (uint32_t c = 0; c < w.cols; c++) sum += row[c] * x[c];" \
  "for (uint32_t c = w.cols; c-- > 0;) sum += row[c] * x[c];"
break_native columns_backwards_in_float_matrices -ffp-contract=off
echo "Every broken rule was caught."
