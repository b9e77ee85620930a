// Pixels of a tensor: one for each number, before they are enlarged.

import type { TensorData } from "../../engine/protocol";
import { largest } from "./weights-data";

export type Rgb = [number, number, number];
export interface Palette {
  zero: Rgb;
  plus: Rgb;
  minus: Rgb;
}

const blend = (from: Rgb, to: Rgb, share: number): Rgb => [0, 1, 2].map((i) => Math.round(from[i]! + (to[i]! - from[i]!) * share)) as Rgb;

/** Tall tensors lie on their side: rows run across. */
export const isTurned = (rows: number, cols: number) => rows > cols;

/** RGBA, across * down pixels. levels: the codes that may occur, the largest first. */
export function pixelsOf(t: TensorData, levels: number[], rows: number, cols: number, palette: Palette): Uint8ClampedArray<ArrayBuffer> {
  const turned = isTurned(rows, cols);
  const out = new Uint8ClampedArray(rows * cols * 4);
  const coded = t.codes.length > 0;
  // By strength, in even steps; a ternary code is always at its full one.
  const steps = levels.filter((code) => code > 0).reverse();
  const strength = (size: number) => (size === 0 ? 0 : steps.length > 1 ? 0.4 + (0.6 * steps.indexOf(size)) / (steps.length - 1) : 1);
  const ofCode = Array.from({ length: 19 }, (_, i) => {
    const code = i - 9;
    return blend(palette.zero, code > 0 ? palette.plus : palette.minus, strength(Math.abs(code)));
  });
  const most = coded ? 1 : largest(t.values) || 1;
  for (let row = 0, i = 0; row < rows; row++) {
    for (let col = 0; col < cols; col++, i++) {
      const v = coded ? 0 : t.values[i]! / most;
      const [r, g, b] = coded ? ofCode[t.codes[i]! + 9]! : blend(palette.zero, v > 0 ? palette.plus : palette.minus, Math.abs(v));
      const at = 4 * (turned ? col * rows + row : i);
      out[at] = r;
      out[at + 1] = g;
      out[at + 2] = b;
      out[at + 3] = 255;
    }
  }
  return out;
}

const MAX_AREA = 1.1e6;
/** CSS pixels of one number's square: what fills the width, within what one canvas should hold. */
export function zoomFor(across: number, down: number, width: number, steps: number): number {
  const fitting = Math.max(2, Math.min(Math.floor(width / across), Math.floor(360 / down), 20));
  let zoom = Math.max(1, Math.min(fitting + steps, 32));
  while (zoom > 1 && across * down * zoom * zoom > MAX_AREA) zoom--;
  return zoom;
}
