// What a model keeps in RAM, part by part, in words and formulas.

import type { BoardFit, Fit } from "atome-lm";
import type { Table } from "../../parts/Figure";
import { GLYPH, grouped } from "../../parts/format";
import { packingFor, verdictOf } from "./board-verdict";

export const LEAST_WINDOW = 8;
export const MOST_WINDOW = 256;
export const WINDOWS = Array.from({ length: MOST_WINDOW - LEAST_WINDOW + 1 }, (_, i) => LEAST_WINDOW + i);

const ramAt = (fit: Fit, window: number) => fit.ram.find((r) => r.window === window)!;
export const arenaAt = (fit: Fit, window: number) => ramAt(fit, window).bytes;

type PartId = keyof Fit["ram"][number]["parts"];
export interface Part {
  id: PartId;
  name: string;
  bytes: number;
  /** with letters, and with the model's numbers */
  formula: string;
  numbers: string;
}

/** The parts of the arena at this window. */
export function ramParts(fit: Fit, window: number): Part[] {
  const { n_layers: L, d_model: D, d_head: H, kernel_size: K, vocab_size: V } = fit.config;
  const W = window;
  // Keys and logits are kept in panels of 16 numbers.
  const [W16, V16] = [W, V].map((n) => Math.ceil(n / 16) * 16) as [number, number];
  const even = W === W16;
  const texts: Record<PartId, [name: string, formula: string, numbers: string]> = {
    sparse: [
      `${GLYPH.sparse} keys and values of attention`,
      even ? "4 × L × W × (H + D)" : "4 × L × (W16 × H + W × D)",
      even ? `4 × ${L} × ${W} × (${H} + ${D})` : `4 × ${L} × (${W16} × ${H} + ${W} × ${D})`,
    ],
    // A decay that follows from the input is not kept.
    state:
      fit.config.state === "selective"
        ? [`${GLYPH.state} state`, "4 × L × D", `4 × ${L} × ${D}`]
        : [`${GLYPH.state} state and its decay`, "4 × 2 × L × D", `4 × 2 × ${L} × ${D}`],
    local: [`${GLYPH.local} history of the convolution`, "4 × L × (K − 1) × D", `4 × ${L} × ${K - 1} × ${D}`],
    logits: ["logits", "4 × V", `4 × ${V16}`],
    work: ["working space of one byte", "the rest of the arena", "scores, router, activations"],
  };
  const bytes = ramAt(fit, window).parts;
  return (Object.keys(texts) as PartId[])
    .filter((id) => bytes[id] > 0)
    .map((id) => {
      const [name, formula, numbers] = texts[id];
      return { id, name, bytes: bytes[id], formula, numbers };
    });
}

export function boardsTable(fit: Fit, window: number): Table {
  const ram = arenaAt(fit, window);
  return {
    head: [
      "board",
      "chip",
      "core",
      "flash, bytes",
      "model file, bytes",
      "packing",
      "RAM, bytes",
      `arena at window ${window}, bytes`,
      "verdict",
      "note",
    ],
    rows: fit.boards.map((b: BoardFit) => {
      const packing = packingFor(fit.flash, b);
      return [
        b.name,
        b.chip,
        b.core,
        grouped(b.flash),
        grouped(fit.flash[packing]),
        packing,
        grouped(b.ram),
        grouped(ram),
        verdictOf(fit, b, window, ram).text,
        b.note,
      ];
    }),
  };
}
