#!/usr/bin/env bash
# Runs an image on the board of its core:  mcu/qemu.sh IMAGE.elf [COMMAND LINE...]
# The core is the end of the image's name: parity_m3.elf. With ICOUNT=1 every instruction takes one nanosecond.
# The exit code is the image's; 124 after TIMEOUT seconds (300).
set -euo pipefail
image=$1 program=qemu-system-arm
shift
core=${image%.elf}
case ${core##*_} in
  m0) board=microbit ;;
  m3) board=mps2-an385 ;;
  m4f) board=mps2-an386 ;;
  m7) board=mps2-an500 ;;
  m33) board=mps2-an505 ;;
  m55) board=mps3-an547 ;;
  rv32) board=virt program=qemu-system-riscv32 ;;
  *) echo "qemu.sh: $image names no core: m0, m3, m4f, m7, m33, m55 or rv32" >&2; exit 2 ;;
esac
line=$*
options=(-M "$board" -nographic -monitor none -serial none -kernel "$image")
# A comma in an option is written twice.
options+=(-semihosting-config "enable=on,target=native,arg=atome,arg=${line//,/,,}")
[ $program = qemu-system-arm ] || options+=(-bios none)
[ "${ICOUNT:-0}" = 1 ] && options+=(-icount shift=0)
exec timeout "${TIMEOUT:-300}" "$program" "${options[@]}" </dev/null
