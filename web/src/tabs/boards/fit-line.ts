// One line on whether a model fits a chip, for the controls.

import type { Fit } from "atome-lm";
import { kb } from "../../parts/format";
import { packingFor, verdictOf } from "./board-verdict";

/** Boards that people know, smallest first. */
const KNOWN = ["Blue Pill", "Raspberry Pi Pico", "Raspberry Pi Pico 2"];

/** Such as "46 KB RAM, 15 KB flash: fits a Raspberry Pi Pico, not a Blue Pill". */
export function fitLine(fit: Fit, window: number): string {
  const ram = (fit.ram.find((r) => r.window === window) ?? fit.ram.at(-1))?.bytes ?? 0;
  const boards = KNOWN.flatMap((name) => fit.boards.find((b) => b.name === name) ?? []);
  const first = boards.findIndex((b) => verdictOf(fit, b, window, ram).fits);
  const board = boards[first];
  const needs = `${kb(ram)} RAM, ${kb(fit.flash[board ? packingFor(fit.flash, board) : "trit5"])} flash`;
  if (board) return `${needs}: fits ${first > 0 ? `a ${board.name}, not a ${boards[first - 1]!.name}` : `even a ${board.name}`}`;
  // A shorter window may be all that it takes.
  const shorter = boards.find((b) => b.window > 0 && verdictOf(fit, b, b.window, 0).fits);
  if (shorter) return `${needs}: fits a ${shorter.name} with a window of ${shorter.window} or less, not ${window}`;
  const largest = boards.at(-1);
  return largest ? `${needs}: too large even for a ${largest.name}` : needs;
}
