// What a model keeps in RAM, part by part. The bytes are those that the engine counts; formulas are for people.

import type { BoardFit, Fit, Pathway } from "atome-lm";
import type { Table } from "../../parts/Figure";
import { GLYPH, grouped } from "../../parts/format";
import { packingFor, verdictOf } from "./board-verdict";

export const LEAST_WINDOW = 8;
export const MOST_WINDOW = 256;
export const WINDOWS = Array.from({ length: MOST_WINDOW - LEAST_WINDOW + 1 }, (_, i) => LEAST_WINDOW + i);

export interface Part {
  id: Pathway | "logits" | "work";
  name: string;
  bytes: number;
  /** with letters, and with the model's numbers */
  formula: string;
  numbers: string;
}

export const arenaAt = (fit: Fit, window: number) => fit.ram.find((r) => r.window === window)?.bytes ?? 0;

/** Of the pathways that are on; they add up to the arena at this window. */
export function ramParts(fit: Fit, window: number): Part[] {
  const { n_layers: L, d_model: D, d_head: H, kernel_size: K, vocab_size: V, disable_pathways } = fit.config;
  const bytes = fit.ram.find((r) => r.window === window)?.parts;
  const whole = window % 16 === 0; // keys lie in panels of 16 positions
  const W16 = Math.ceil(window / 16) * 16;
  const parts: Omit<Part, "bytes">[] = [
    {
      id: "sparse",
      name: `${GLYPH.sparse} keys and values of attention`,
      formula: whole ? "4 × L × W × (H + D)" : "4 × L × (W16 × H + W × D)",
      numbers: whole ? `4 × ${L} × ${window} × (${H} + ${D})` : `4 × ${L} × (${W16} × ${H} + ${window} × ${D})`,
    },
    { id: "state", name: `${GLYPH.state} state and its decay`, formula: "4 × 2 × L × D", numbers: `4 × 2 × ${L} × ${D}` },
    { id: "local", name: `${GLYPH.local} history of the convolution`, formula: "4 × L × (K − 1) × D", numbers: `4 × ${L} × ${K - 1} × ${D}` },
    { id: "logits", name: "logits", formula: "4 × V", numbers: `4 × ${V}` },
    { id: "work", name: "working space of one byte", formula: "the rest of the arena", numbers: "scores, router, activations" },
  ];
  return parts
    .filter(({ id }) => !(disable_pathways as string[]).includes(id))
    .map((part) => ({ ...part, bytes: bytes?.[part.id] ?? 0 }));
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
