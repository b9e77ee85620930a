// The codes of a tensor as they lie in an .atome file (core/atome/formats/FORMAT.md), and what they add up to.
// Letters: rows and cols of a tensor; n = rows * cols; flat index = row * cols + col.

import type { Encoding, EncodingRow, TensorInfo } from "atome-lm";
import type { TensorData } from "../../engine/protocol";
import { TABLES } from "../../engine/tables";

/** How the file may hold the tensor: ternary codes have two packings. */
export const packingsOf = (t: TensorInfo): Encoding[] =>
  t.encoding === "trit2" || t.encoding === "trit5" ? ["trit2", "trit5"] : [t.encoding ?? "f32"];

const ROWS = new Map<Encoding, EncodingRow>(TABLES.encodings.map((row) => [row.name, row]));
/** The codes that the tensor may have, from the largest. */
export const levelsOf = (t: TensorInfo) => ROWS.get(t.encoding ?? "f32")?.codes ?? [];
/** Numbers that are no codes: the upper bytes of a float, as many as this. */
const FLOAT_BYTES: Partial<Record<Encoding, number>> = { f32: 4, bf16: 2 };
export const aboutPacking = (packing: Encoding) =>
  ROWS.get(packing)?.about ?? (packing === "f32" ? "a float of four bytes, lowest first" : "the upper two bytes of a float, lower first");

export const scaleOf = (t: TensorData, row: number) => (t.scales.length > 1 ? t.scales[row]! : (t.scales[0] ?? 1));
export const valueAt = (t: TensorData, flat: number, cols: number) =>
  t.codes.length > 0 ? t.codes[flat]! * scaleOf(t, Math.floor(flat / cols)) : t.values[flat]!;

// ---- where a code lies ---------------------------------------------------------------------------------

export interface Packed {
  packing: Encoding;
  /** offset in the section's codes of the first of `bytes` */
  at: number;
  /** the bytes that hold this number, in the order of the file */
  bytes: number[];
  /** where codes are bit fields: the number's lowest bit, counted from the lowest bit of the first byte, and how many */
  bits?: { first: number; count: number };
  /** trit5: the five digits, of weights 1, 3, 9, 27, 81, and which is the number's */
  digits?: { all: number[]; own: number };
}

export function packedAt(t: TensorData, flat: number, packing: Encoding): Packed {
  const row = ROWS.get(packing);
  if (!row) {
    const size = FLOAT_BYTES[packing]!;
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setFloat32(0, t.values[flat]!, true);
    return { packing, at: size * flat, bytes: [...bytes.subarray(4 - size)] };
  }
  // What is left of the last byte holds code 0.
  const pattern = (i: number) => row.patterns[row.codes.indexOf(t.codes[i] ?? 0)]!;
  const { bits } = row;
  if (bits === 0) {
    const at = Math.floor(flat / 5);
    const all = Array.from({ length: 5 }, (_, i) => pattern(5 * at + i));
    return { packing, at, bytes: [all.reduceRight((sum, digit) => 3 * sum + digit, 0)], digits: { all, own: flat % 5 } };
  }
  const first = bits * flat;
  const at = first >> 3;
  const bytes = [];
  for (let begin = 8 * at; begin < first + bits; begin += 8) {
    let byte = 0;
    for (let i = Math.floor(begin / bits); i * bits < begin + 8; i++) {
      const place = i * bits - begin;
      byte |= place < 0 ? pattern(i) >> -place : pattern(i) << place;
    }
    bytes.push(byte & 255);
  }
  return { packing, at, bytes, bits: { first: first - 8 * at, count: bits } };
}

// ---- what they add up to -------------------------------------------------------------------------------

export interface Bin {
  label: string;
  count: number;
  /** the code; null for bins of floats */
  code: number | null;
}

/** levels: the codes that may occur */
export function histogramOf(t: TensorData, levels: number[]): Bin[] {
  return t.codes.length > 0 ? codeBins(t.codes, levels) : valueBins(t.values);
}
function codeBins(codes: Int8Array, levels: number[]): Bin[] {
  const counts = new Map<number, number>();
  for (const code of codes) counts.set(code, (counts.get(code) ?? 0) + 1);
  return levels.map((code) => ({ label: codeName(code), count: counts.get(code) ?? 0, code }));
}
const VALUE_BINS = 9;
function valueBins(values: Float32Array): Bin[] {
  const most = largest(values) || 1;
  const counts = Array<number>(VALUE_BINS).fill(0);
  for (const v of values) counts[Math.min(VALUE_BINS - 1, Math.floor(((v / most + 1) / 2) * VALUE_BINS))]!++;
  const edge = (i: number) => short(((2 * i) / VALUE_BINS - 1) * most);
  return counts.map((count, i) => ({ label: `${edge(i)} to ${edge(i + 1)}`, count, code: null })).reverse();
}
export function largest(values: Float32Array): number {
  let most = 0;
  for (const v of values) most = Math.max(most, Math.abs(v));
  return most;
}

/** Bits that a code carries: what no packing can beat. */
export function bitsPerCode(bins: Bin[]): number {
  const n = bins.reduce((sum, b) => sum + b.count, 0);
  return bins.reduce((sum, { count }) => (count > 0 ? sum - (count / n) * Math.log2(count / n) : sum), 0);
}

// ---- in words ------------------------------------------------------------------------------------------

export const codeName = (code: number) => (code > 0 ? `+${code}` : code < 0 ? `−${-code}` : "0");
export const short = (x: number) => (x === 0 ? "0" : Number(x.toPrecision(4)).toString().replace("-", "−"));

const PARTS: [string, string][] = [
  ["embed.weight", "embedding"],
  ["unembed.weight", "unembedding"],
  ["final_norm.weight", "last norm, gain"],
  ["final_norm.bias", "last norm, shift"],
  ["norm2.weight", "second norm, gain"],
  ["norm2.bias", "second norm, shift"],
  ["norm.weight", "norm, gain"],
  ["norm.bias", "norm, shift"],
  ["local.weight", "■ convolution"],
  ["state.a_raw", "● state, decay"],
  ["state.b", "● state, input"],
  ["state.c_out", "● state, output"],
  ["sparse.Wq.weight", "▲ queries"],
  ["sparse.Wk.weight", "▲ keys"],
  ["sparse.Wv.weight", "▲ values"],
  ["router.proj.weight", "router"],
  ["ffn.up.weight", "feed-forward, up"],
  ["ffn.down.weight", "feed-forward, down"],
];
/** "layer 2, router" for blocks.1.router.proj.weight. */
export function tensorTitle(t: { name: string; layer: number }): string {
  const inBlock = t.name.startsWith("blocks.");
  const tail = inBlock ? t.name.replace(/^blocks\.\d+\./, "") : t.name;
  const title = PARTS.find(([name]) => name === tail)?.[1] ?? tail;
  return inBlock ? `layer ${t.layer + 1}, ${title}` : title;
}
