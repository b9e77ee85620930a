#!/usr/bin/env bash
# Every target, the same bits:  tests/parity/run.sh [LABEL=FILE]...
# Runs the parity program natively, on 64-bit Arm and on every Cortex-M and on RV32IMC in QEMU, takes the outputs of further targets (wasm)
# as arguments, and compares them all; then the text that `atome generate` and the chips write, our images and
# exported programs; then that a broken rule shows; then prints what the chips need. Outputs stay in build/parity. NATIVE (build/native) is the native build's folder.
set -euo pipefail
cd "$(dirname "$0")/../.."
native=${NATIVE:-build/native}
out=$PWD/build/parity
jobs=${JOBS:-$(nproc)}
mkdir -p "$out"

quietly() { "$@" >"$out/build.log" 2>&1 || { cat "$out/build.log" >&2; exit 1; }; }
quietly cmake --build "$native" -j "$jobs" --target parity parity_report parity_cases atome
quietly cmake --preset mcu -DATOME_PARITY_CASES_DIR="$PWD/$native/tests/parity/cases"
quietly cmake --build --preset mcu -j "$jobs"
quietly cmake --preset riscv -DATOME_PARITY_CASES_DIR="$PWD/$native/tests/parity/cases"
quietly cmake --build --preset riscv -j "$jobs"
quietly cmake --preset arm64 -DATOME_PARITY_CASES_DIR="$PWD/$native/tests/parity/cases"
quietly cmake --build --preset arm64 -j "$jobs" --target parity train_kernels_test fixed_test

tests/parity/native.sh "$native/tests/parity/parity" "$native/tests/parity/parity_report" "$out" >/dev/null
mapfile -t targets <"$out/native.labels"
failed=0
for weights in packed unpacked; do
  label=neon
  [ $weights = unpacked ] && label=neon-u
  qemu-aarch64 build/arm64/tests/arm64/parity neon $weights >"$out/$label.txt" || { echo "FAILED $label: exit code $?"; failed=1; }
  targets+=("$label=$out/$label.txt")
done
for test in train_kernels_test 'fixed_test --gtest_filter=FixedSums*:FixedEngine*'; do
  # shellcheck disable=SC2086 # a program and its arguments
  ATOME_FUZZ=40,1 qemu-aarch64 build/arm64/tests/arm64/$test >"$out/neon_test.txt" ||
    { cat "$out/neon_test.txt"; echo "FAILED neon: $test"; failed=1; }
done
image() { case $2 in rv32) echo "build/riscv/mcu/$1_$2.elf" ;; *) echo "build/mcu/mcu/$1_$2.elf" ;; esac; }   # NAME CORE
for core in m0 m3 m4f m7 m33 m55 rv32; do
  mcu/qemu.sh "$(image parity $core)" >"$out/$core.txt" || { echo "FAILED $core: exit code $?"; failed=1; }
  targets+=("$core=$out/$core.txt")
done
"$native/tests/parity/parity_report" --may-skip m0 "${targets[@]}" "$@" || failed=1

grep -q '^case reference_944k ' "$out/scalar.txt" ||
  echo "SKIP case reference_944k: needs ../shared/reference/atome_944k.bin"

# An unaligned access faults in these images, so the cases above had none.
for core in m0 m3 m4f m7 m33 m55; do
  status=0
  mcu/qemu.sh build/mcu/mcu/trap_$core.elf >"$out/trap_$core.txt" || status=$?
  [ $status -eq 3 ] || { echo "FAILED $core: an unaligned access did not fault"; failed=1; }
done

# A size_t of 32 bits cannot say what these arenas need.
for core in m0 m3 m4f m7 m33 m55 rv32; do
  mcu/qemu.sh "$(image limits $core)" >"$out/limits_$core.txt" ||
    { cat "$out/limits_$core.txt"; echo "FAILED $core: an arena of more than 32 bits was not refused"; failed=1; }
done

# 256 bytes, greedy and with temperature, top-p and a seed; with pairs behind a prompt that ends within a token.
for sampling in "0 1 0" "0.8 0.9 7"; do
  read -r temperature top_p seed <<<"$sampling"
  for model in default_60k pairs_ternary pairs_ffn_int4; do
    cases=$native/tests/parity/cases
    prompt="Once upon" cores="m3 m4f m7 m33 m55 rv32" window=32
    if [ -f "$cases/$model.prompt" ]; then
      prompt=$(<"$cases/$model.prompt") cores="m0 $cores" window=16
    fi
    "$native/native/atome" generate "$cases/$model.atome" --prompt "$prompt" -n 256 --window $window --temperature "$temperature" \
      --top-p "$top_p" --seed "$seed" >"$out/text.txt"
    for core in $cores; do
      mcu/qemu.sh "$(image generate $core)" "$model" 256 $window "$temperature" "$top_p" "$seed" "$prompt" >"$out/text_$core.txt" || failed=1
      cmp "$out/text.txt" "$out/text_$core.txt" || { echo "FAILED $core: other text of $model than atome generate"; failed=1; }
    done
    echo "$model: 256 bytes, temperature $temperature, top-p $top_p, seed $seed: compared with atome generate on $cores"
  done
done

tests/mcu/export.sh "$native" || failed=1

tests/parity/break.sh m4f "$native" || failed=1

mcu/report.sh build/mcu/mcu build/riscv/mcu || failed=1
exit $failed
