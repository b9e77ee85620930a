#!/usr/bin/env bash
# What the 60K model needs on each core:  mcu/report.sh [FOLDER WITH THE IMAGES [THOSE OF RV32]]
# Flash, RAM at a window of 32, instructions a byte; fails where the Cortex-M3 is beyond its limits.
set -euo pipefail
cd "$(dirname "$0")/.."
images=${1:-build/mcu/mcu} riscv=${2:-build/riscv/mcu}
built="m0 m3 m4f m7 m33 m55"
[ ! -e "$riscv/report_rv32.elf" ] || built+=" rv32"
max_instructions=3000000
max_ram=53248   # 52 KB

row() { printf '%-5s %8s %8s %8s %7s %6s %8s %10s %10s %10s %10s %10s %10s\n' "$@"; }
echo
echo "The default 60K model, window 32. Bytes of flash and RAM; instructions for the byte after so many bytes of"
echo "context, greedy; the most of 320 bytes, greedy and sampled (temperature 0.8, top-p 0.9). m0 runs a tiny model."
row core code model arena static stack RAM "after 1" "after 16" "after 32" "after 256" most sampled
failed=0 reading=
# What atome fit counts beside the model: upper bounds of what is measured here.
bounds() { sed -n "s/.*fixed ? BesideModel{\([0-9]*\) \* 1024, \([0-9]*\)} : BesideModel{\([0-9]*\) \* 1024, \([0-9]*\)};.*/\1 \2 \3 \4/p" core/atome/deploy/fit.cc; }
read -r fixed_code fixed_ram float_code float_ram < <(bounds)
within() {   # within CODE RAM: what was measured of $core
  [ "${v[code]}" -le $(($1 * 1024)) ] && [ $((v[static] + v[stack])) -le "$2" ] && return
  echo "FAILED $core: code ${v[code]}, static and stack $((v[static] + v[stack])): atome fit counts $1 KB and $2"
  failed=1
}
declare -A v
measure() {   # measure IMAGE: what it says of $core, in v; fails where it does not end well
  local folder=$images
  [ $core != rv32 ] || folder=$riscv
  v=()
  while read -r name value; do v[$name]=$value; done < <(ICOUNT=1 mcu/qemu.sh "$folder/$1_$core.elf" || echo "error exit code $?")
  [ -z "${v[error]:-}" ] && [ -n "${v[stack]:-}" ] && return
  echo "FAILED $core, $1: ${v[error]:-no output}"
  failed=1
  return 1
}
ratio() { awk "BEGIN { printf \"%.2f\", $1 / $2 }"; }
for core in $built; do
  measure report || continue
  within "$float_code" "$float_ram"
  ram=$((v[arena] + v[static] + v[stack]))
  row $core "${v[code]}" "${v[blob]}" "${v[arena]}" "${v[static]}" "${v[stack]}" $ram "${v[at_1]}" \
    "${v[at_16]}" "${v[at_32]}" "${v[at_256]}" "${v[most]}" "${v[sampled_most]}"
  [ -z "${v[read]:-}" ] || reading+="$core: $((v[read_bytes] / v[read])) with bytes, $((v[read_pairs] / v[read])) with pairs, ratio $(ratio ${v[read_bytes]} ${v[read_pairs]})"$'\n'
  if [ $core = m3 ]; then
    worst=$((v[most] > v[sampled_most] ? v[most] : v[sampled_most]))
    [ $worst -le $max_instructions ] || { echo "FAILED m3: $worst instructions a byte, at most $max_instructions"; failed=1; }
    [ $ram -le $max_ram ] || { echo "FAILED m3: $ram bytes of RAM, at most $max_ram"; failed=1; }
  fi
done
row seed - - - - - 54600 - 36600000 stops - - -
echo "seed: the published C engine on a Cortex-M3; its work grows with the context, which ends at 32 bytes."
echo
echo "The same model in the fixed engine, m0 too: bytes of code with the report's own, RAM, instructions a token, sampled with"
echo "top-p 0.9 and temperature 0.8."
fixed_row() { printf '%-5s %8s %8s %7s %6s %8s %10s %10s %10s\n' "$@"; }
fixed_row core code arena static stack RAM mean most sampled
for core in $built; do
  measure fixed || continue
  within "$fixed_code" "$fixed_ram"
  fixed_row $core "${v[code]}" "${v[arena]}" "${v[static]}" "${v[stack]}" $((v[arena] + v[static] + v[stack])) "${v[mean]}" "${v[most]}" "${v[sampled_mean]}"
done
# The windows that atome fit names are those that run: what the images measure is within the board's RAM, and one more
# is not. A micro:bit v1 is what QEMU has.
native=${NATIVE:-build/native}/native/atome
if [ -x "$native" ] && command -v python3 >/dev/null; then
  echo
  while IFS='|' read -r core board; do
    read -r window ram < <("$native" fit "$(dirname "$native")/../tests/parity/cases/default_60k.atome" --engine fixed --json |
      python3 -c 'import json, sys; print(*next((b["window"], b["ram"]) for b in json.load(sys.stdin)["boards"] if b["name"] == sys.argv[1]))' "$board")
    used() { ICOUNT=1 mcu/qemu.sh "$images/fixed_$core.elf" "$1" | awk '/^(arena|static|stack) / { sum += $2; n++ } END { print n == 3 ? sum : "fails" }'; }
    now=$(used "$window")
    echo "$board: window $window, $now of $ram bytes of RAM"
    { [ "$now" != fails ] && [ "$now" -le "$ram" ]; } || { echo "FAILED $core: a window of $window on a $board"; failed=1; }
  done <<<$'m0|micro:bit v1\nm4f|micro:bit v2\nm4f|Black Pill F411'
fi
echo
echo "Instructions a byte of text, for reading 600 bytes of stories:"
printf '%s' "$reading"
exit $failed
