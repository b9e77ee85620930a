// What a model keeps in RAM, part by part, as Engine::lay_out() in core/atome/engine.cc lays it out.

import type { BoardFit, Config, Fit, Pathway } from "atome-lm";
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

/** Keys and logits are kept in panels of 16 numbers, and every array begins at a multiple of 16 bytes. */
const panels = (n: number) => Math.ceil(n / 16) * 16;
const floats = (n: number) => Math.ceil((4 * n) / 16) * 16;

export const arenaAt = (fit: Fit, window: number) => fit.ram.find((r) => r.window === window)?.bytes ?? 0;

/** They add up to `total`, the bytes of the arena at this window. */
export function ramParts(c: Config, window: number, total: number): Part[] {
  const { n_layers: L, d_model: D, d_head: H, kernel_size: K, vocab_size: V } = c;
  const on = (p: Pathway) => !c.disable_pathways.includes(p);
  const W = window,
    W16 = panels(W);
  const parts: Part[] = [];
  if (on("sparse"))
    parts.push({
      id: "sparse",
      name: `${GLYPH.sparse} keys and values of attention`,
      bytes: floats(L * H * W16) + floats(L * W * D),
      formula: W === W16 ? "4 × L × W × (H + D)" : "4 × L × (W16 × H + W × D)",
      numbers: W === W16 ? `4 × ${L} × ${W} × (${H} + ${D})` : `4 × ${L} × (${W16} × ${H} + ${W} × ${D})`,
    });
  if (on("state"))
    parts.push({
      id: "state",
      name: `${GLYPH.state} state and its decay`,
      bytes: 2 * floats(L * D),
      formula: "4 × 2 × L × D",
      numbers: `4 × 2 × ${L} × ${D}`,
    });
  if (on("local"))
    parts.push({
      id: "local",
      name: `${GLYPH.local} history of the convolution`,
      bytes: floats(L * (K - 1) * D),
      formula: "4 × L × (K − 1) × D",
      numbers: `4 × ${L} × ${K - 1} × ${D}`,
    });
  parts.push({ id: "logits", name: "logits", bytes: floats(panels(V)), formula: "4 × V", numbers: `4 × ${panels(V)}` });
  const rest = total - parts.reduce((sum, p) => sum + p.bytes, 0);
  parts.push({
    id: "work",
    name: "working space of one byte",
    bytes: rest,
    formula: "the rest of the arena",
    numbers: "scores, router, activations",
  });
  return parts;
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
