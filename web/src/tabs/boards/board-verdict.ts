// Whether a board holds a model with a given attention window, beyond what the engine's table of boards says: that
// table counts the model's file and the arena, a program needs room for code and stack as well.

import type { BoardFit, Fit } from "atome-lm";
import { kb } from "../../parts/format";

/** The engine's code with the C API, on Cortex-M; see mcu/README.md. */
export const CODE_BYTES = { least: 30 * 1024, most: 36 * 1024 };
/** The largest window that the engine takes: without attention, it costs nothing. */
const ANY_WINDOW = 65536;
/** The deepest stack, about. */
export const STACK_BYTES = 2 * 1024;

export type Packing = "trit2" | "trit5";

/** The packing to flash: the faster one where file and code fit, else the smaller one. */
export const packingFor = (flash: Fit["flash"], board: BoardFit): Packing =>
  flash.trit2 + CODE_BYTES.least <= board.flash ? "trit2" : "trit5";

export interface Verdict {
  fits: boolean;
  /** fits, but leaves little */
  tight: boolean;
  glyph: "✓" | "!" | "✗";
  text: string;
}
const no = (text: string): Verdict => ({ fits: false, tight: false, glyph: "✗", text });

/** ram: bytes of the arena at this window. */
export function verdictOf(fit: Fit, board: BoardFit, window: number, ram: number): Verdict {
  if (board.core.includes("8 bits")) return no("does not run: an 8-bit core");
  if (!board.packing) return no("does not fit: flash");
  const packing = packingFor(fit.flash, board);
  if (fit.flash[packing] + CODE_BYTES.least > board.flash) return no("does not fit: no flash left for the engine's code");
  if (board.window === 0) return no("does not fit: RAM");
  if (window > board.window) return no(`does not fit: RAM. A window up to ${board.window} does`);
  const limit = board.window >= ANY_WINDOW ? "any window" : `window up to ${board.window.toLocaleString("en")}`;
  const how = `fits, ${limit}${packing === "trit5" ? ", packed as trit5" : ""}`;
  const left = board.ram - ram;
  if (left < STACK_BYTES) return { fits: true, tight: true, glyph: "!", text: `${how}; tight: ${kb(left)} left for stack and program` };
  return { fits: true, tight: false, glyph: "✓", text: how };
}
