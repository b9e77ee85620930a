// What differs between two models, in the words of the controls.

import type { Config } from "atome-lm";
import type { Settings } from "../../state/settings";
import { GLYPH, grouped } from "../../parts/format";

export interface Recipe {
  config: Config;
  /** null: no file says how it was trained */
  trained: { settings: Settings; textName: string } | null;
}
export interface Row {
  name: string;
  a: string;
  b: string;
}

type Read<T> = [name: string, read: (of: T) => string];

const MODEL: Read<Config>[] = [
  ["Width", (c) => String(c.d_model)], ["Layers", (c) => String(c.n_layers)],
  ["Feed-forward", (c) => (c.d_ff === 0 ? "none" : String(c.d_ff))], ["Head", (c) => String(c.d_head)],
  ["Top-k", (c) => String(c.top_k)], ["Taps", (c) => String(c.kernel_size)],
  ["Weights", (c) => (c.quantizer === "none" ? "float" : c.quantizer)],
  ["Pathways off", (c) => c.disable_pathways.map((p) => `${GLYPH[p]} ${p}`).join(", ") || "none"],
];
const TRAINING: Read<NonNullable<Recipe["trained"]>>[] = [
  ["Text", (t) => t.textName],
  // Of generated texts; others have neither.
  ["Text, KB", ({ settings: s }) => (s.corpus === "text" ? "–" : grouped(s.corpus_kb))],
  ["Text seed", ({ settings: s }) => (s.corpus === "text" ? "–" : String(s.corpus_seed))],
  ["Steps planned", ({ settings: s }) => grouped(s.steps)], ["Batch", ({ settings: s }) => String(s.batch)],
  ["Sequence", ({ settings: s }) => String(s.seq)], ["Rate", ({ settings: s }) => String(s.lr)],
  ["Schedule", ({ settings: s }) => s.schedule], ["Weight decay", ({ settings: s }) => String(s.weight_decay)],
  ["Clip", ({ settings: s }) => String(s.clip)], ["Seed", ({ settings: s }) => String(s.seed)],
];

const rows = <T>(list: Read<T>[], a: T, b: T): Row[] =>
  list.map(([name, read]) => ({ name, a: read(a), b: read(b) })).filter((row) => row.a !== row.b);

export const settingsThatDiffer = (a: Recipe, b: Recipe): Row[] => [
  ...rows(MODEL, a.config, b.config), ...(a.trained && b.trained ? rows(TRAINING, a.trained, b.trained) : []),
];

/** Such as "B: 1.6 × as many", "A: 4.0 % larger", "the same". */
export function ratioLine(a: number, b: number, of: "count" | "size"): string {
  if (a === b) return "the same";
  // Nothing is a share of zero.
  if (a === 0 || b === 0) return "";
  const [larger, ratio] = b > a ? ["B", b / a] : ["A", a / b];
  if (ratio < 1.1) return `${larger}: ${(100 * (ratio - 1)).toFixed(1)} % ${of === "count" ? "more" : "larger"}`;
  return `${larger}: ${ratio.toFixed(ratio < 10 ? 1 : 0)} × as ${of === "count" ? "many" : "large"}`;
}
