// What two models have in common and where they part: texts, figures, settings.

import type { Config } from "atome-lm";
import type { Settings } from "../state/settings";
import { byteName, bytePieces, fixed, GLYPH, grouped, percent } from "../ui/format";

export interface Points {
  /** ascending */
  steps: number[];
  /** bits per byte */
  values: number[];
}
export interface LossPoints {
  train: Points;
  valid: Points;
}

// ---- texts ---------------------------------------------------------------------------------------------

/** Index of the first byte that differs; where one text ends earlier, its length; null: equal. */
export function firstDifference(a: Uint8Array, b: Uint8Array): number | null {
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i++) if (a[i] !== b[i]) return i;
  return a.length === b.length ? null : shorter;
}

export function spokenByte(byte: number | undefined): string {
  if (byte === undefined) return "the end";
  if (byte === 32) return "a space";
  if (byte === 10) return "a line break";
  if (byte === 9) return "a tab";
  return byte > 32 && byte < 127 ? `'${byteName(byte)}'` : `byte ${byteName(byte)} (hexadecimal)`;
}

/** Positions are counted from the end of the prompt. */
export function partingSentence(a: Uint8Array, b: Uint8Array, given: number): string {
  const at = firstDifference(a, b);
  if (at === null) return `Both write the same ${grouped(a.length - given)} bytes.`;
  return `They part at byte ${grouped(at - given + 1)}: ${spokenByte(a[at])} against ${spokenByte(b[at])}.`;
}

/** A text around the byte `at`: a byte inside a character stands for the whole character. */
export function around(bytes: Uint8Array, given: number, at: number | null) {
  const pieces = bytePieces(bytes);
  const join = (from: number, to: number) => pieces.slice(from, to).join("");
  if (at === null || at >= bytes.length) return { prompt: join(0, given), before: join(given, bytes.length), here: "", after: "" };
  let from = at, to = at + 1;
  while (from > given && pieces[from] === "") from--;
  while (to < pieces.length && pieces[to] === "") to++;
  return { prompt: join(0, given), before: join(given, from), here: join(from, to), after: join(to, pieces.length) };
}

// ---- figures -------------------------------------------------------------------------------------------

export interface Figures {
  /** of every byte of the same text */
  nats: Float32Array;
  bits_per_byte: number;
  /** bytes of the smaller .atome file */
  flash: number;
}

/** Differences below this are of no use to anyone, however sure they are. */
const LEAST_BITS = 0.005;
/** Standard errors of the mean difference below which it may be chance. */
const SURE = 2;
const SAME_SIZE = 0.05;

/** Which one predicts better, in plain words. */
export function compareVerdict(a: Figures, b: Figures): string {
  const n = a.nats.length;
  if (n !== b.nats.length) return "The text has changed between the two measurements: compare again.";
  if (a.nats.every((nats, i) => nats === b.nats[i]))
    return `A and B are equal here: each of ${grouped(n)} bytes cost both the same, to the last bit.`;
  let sum = 0, squares = 0;
  for (let i = 0; i < n; i++) {
    const bits = (b.nats[i]! - a.nats[i]!) / Math.LN2;
    sum += bits;
    squares += bits * bits;
  }
  const mean = sum / n;
  const error = Math.sqrt(Math.max(0, squares / n - mean * mean) / n);
  const [bitsA, bitsB] = [a.bits_per_byte, b.bits_per_byte].map((bits) => fixed(bits, 3));
  if (Math.abs(mean) < Math.max(SURE * error, LEAST_BITS))
    return `A and B do about equally well here: ${bitsA} and ${bitsB} bits per byte, too close to call on ${grouped(n)} bytes.`;
  const [better, its, other, theirs, ratio] = mean < 0
    ? ["B", bitsB, "A", bitsA, b.flash / a.flash] : ["A", bitsA, "B", bitsB, a.flash / b.flash];
  return `${better} predicts better here: ${its} bits per byte, ${other} ${theirs}${sizeWords(ratio)}.`;
}

const sizeWords = (ratio: number) =>
  ratio > 1 + SAME_SIZE ? `. It takes ${ratio.toFixed(ratio < 10 ? 1 : 0)} times the flash`
    : ratio < 1 - SAME_SIZE ? `, and in ${percent(ratio)} of the flash` : ", at the same size";

// ---- settings ------------------------------------------------------------------------------------------

export interface Known {
  config: Config;
  /** null: of the recipe nothing is known */
  recipe: Settings | null;
  textName: string;
}

const off = (config: Config) => config.disable_pathways.map((p) => `${GLYPH[p]} ${p}`).join(", ") || "none";
const CONFIG: [string, (c: Config) => string][] = [
  ["width", (c) => String(c.d_model)],
  ["layers", (c) => String(c.n_layers)],
  ["feed-forward", (c) => String(c.d_ff)],
  ["head", (c) => String(c.d_head)],
  ["top-k", (c) => String(c.top_k)],
  ["taps", (c) => String(c.kernel_size)],
  ["weights", (c) => (c.quantizer === "none" ? "float" : c.quantizer)],
  ["pathways off", off],
];
const RECIPE: [string, (s: Settings, textName: string) => string][] = [
  ["text", (_, textName) => textName],
  ["text, KB", (s) => (s.corpus === "text" ? "–" : String(s.corpus_kb))],
  ["seed of the text", (s) => (s.corpus === "text" ? "–" : String(s.corpus_seed))],
  ["steps of the whole run", (s) => grouped(s.steps)],
  ["rate", (s) => String(s.lr)],
  ["batch", (s) => String(s.batch)],
  ["sequence", (s) => String(s.seq)],
  ["schedule", (s) => s.schedule],
  ["weight decay", (s) => String(s.weight_decay)],
  ["clip", (s) => String(s.clip)],
  ["seed", (s) => String(s.seed)],
];

/** Name and both values of every setting that differs; the recipe only where both are known. */
export function differences(a: Known, b: Known): [string, string, string][] {
  const rows = CONFIG.map(([name, of]): [string, string, string] => [name, of(a.config), of(b.config)]);
  if (a.recipe && b.recipe)
    for (const [name, of] of RECIPE) rows.push([name, of(a.recipe, a.textName), of(b.recipe, b.textName)]);
  return rows.filter(([, left, right]) => left !== right);
}

// ---- curves --------------------------------------------------------------------------------------------

/** The value at a step: the last one up to it; null before the first and after the last. */
export function valueAt({ steps, values }: Points, step: number): number | null {
  if (steps.length === 0 || step < steps[0]! || step > steps.at(-1)!) return null;
  let low = 0, high = steps.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (steps[middle]! <= step) low = middle;
    else high = middle - 1;
  }
  return values[low]!;
}
