// Tokens by layers: each cell is the router at one token in one layer, as its mix or its entropy.

import { Canvas, colour } from "../parts/Canvas";
import { Figure, type Table } from "../parts/Figure";
import { fixed, tokenName, unitOf } from "../parts/format";
import { focus, hovered, lens, pin, pinned, view } from "../state/store";
import { lossOf, mostEntropy } from "./lens-data";

const GUTTER = 22;

export function LensMap() {
  const l = lens.value!;
  const mode = view.value.lens,
    unit = unitOf(l.tokenizer);
  const T = l.tokens.length,
    L = l.config.n_layers,
    P = l.pathways.length;
  const rowHeight = Math.max(14, Math.min(26, Math.floor(64 / L)));
  const height = L * rowHeight + 4;
  const draw = (context: CanvasRenderingContext2D, width: number) => {
    const cell = (width - GUTTER) / T;
    const fills = l.pathways.map((p) => colour(`${p}-fill`));
    context.font = "11px system-ui, sans-serif";
    context.textBaseline = "middle";
    for (let layer = 0; layer < L; layer++) {
      const top = layer * rowHeight + 2;
      context.fillStyle = colour("soft");
      context.fillText(`L${layer + 1}`, 0, top + rowHeight / 2);
      for (let t = 0; t < T; t++) {
        const x = GUTTER + t * cell,
          w = Math.ceil(cell * 10) / 10;
        if (mode === "mix") {
          let y = top;
          for (let p = 0; p < P; p++) {
            const h = l.router[(layer * T + t) * P + p]! * (rowHeight - 2);
            context.fillStyle = fills[p]!;
            context.fillRect(x, y, w, h);
            y += h;
          }
        } else {
          const strength = mode === "entropy" ? l.entropy[layer * T + t]! / mostEntropy(l) : Math.min((lossOf(l, t) ?? 0) / 5, 1);
          context.fillStyle = colour(mode, Number((0.04 + 0.9 * strength).toFixed(3)));
          context.fillRect(x, top, w, rowHeight - 2);
        }
      }
    }
    const at = focus.value;
    if (at !== null) {
      context.strokeStyle = colour("text");
      context.lineWidth = 1.5;
      context.strokeRect(GUTTER + at * cell - 0.5, 1, Math.max(cell, 2) + 1, height - 2);
    }
  };
  const position = (event: PointerEvent | MouseEvent) => {
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
    const t = Math.floor(((event.clientX - box.left - GUTTER) / (box.width - GUTTER)) * T);
    return t >= 0 && t < T ? t : null;
  };
  const table = (): Table => ({
    head: [
      unit,
      "",
      ...Array.from({ length: L }, (_, i) => l.pathways.map((p) => `L${i + 1} ${p}`)).flat(),
      ...Array.from({ length: L }, (_, i) => `L${i + 1} entropy`),
      "loss, bits",
    ],
    rows: l.pieces.map((piece, t) => {
      const row: (string | number)[] = [t, tokenName(piece)];
      for (let layer = 0; layer < L; layer++) for (let p = 0; p < P; p++) row.push(fixed(l.router[(layer * T + t) * P + p]));
      for (let layer = 0; layer < L; layer++) row.push(fixed(l.entropy[layer * T + t]));
      const loss = lossOf(l, t);
      row.push(loss === null ? "–" : fixed(loss / Math.LN2, 2));
      return row;
    }),
  });
  return (
    <Figure caption={`Router by ${unit} and layer`} table={table}>
      <Canvas
        height={height}
        input={[l, mode, focus.value]}
        draw={draw}
        class="lens-map"
        label={`Map of ${T} ${unit}s by ${L} layers: ${mode === "mix" ? "shares of the pathways" : mode === "entropy" ? "router entropy" : "loss"}`}
        onPointerMove={(event) => {
          if (pinned.value === null) hovered.value = position(event);
        }}
        onPointerLeave={() => {
          hovered.value = null;
        }}
        onClick={(event) => {
          const t = position(event);
          if (t !== null) pin(t);
        }}
      />
    </Figure>
  );
}
