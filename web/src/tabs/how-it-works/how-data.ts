// The numbers behind the figures of HowItWorks. Letters: T positions, L layers, P pathways, D d_model, W window.

import type { ModelInfo } from "atome-lm";
import type { Lens } from "../../engine/protocol";

/** The token that the page is about: the one in focus, else the last. */
export const chosenToken = (lens: Lens, focus: number | null) =>
  focus === null ? lens.tokens.length - 1 : Math.min(focus, lens.tokens.length - 1);

export interface LayerMix {
  /** (P), sums to 1 */
  weights: number[];
  /** nats */
  entropy: number;
}
export function mixesAt(lens: Lens, t: number): LayerMix[] {
  const T = lens.tokens.length,
    P = lens.pathways.length;
  return Array.from({ length: lens.config.n_layers }, (_, l) => {
    const from = (l * T + t) * P;
    return { weights: Array.from(lens.router.subarray(from, from + P)), entropy: lens.entropy[l * T + t]! };
  });
}

/** Least and largest entropy of one layer in this text. */
export function entropyRange(lens: Lens, layer: number): { least: number; most: number } {
  const T = lens.tokens.length;
  let least = Infinity,
    most = -Infinity;
  for (const e of lens.entropy.subarray(layer * T, (layer + 1) * T)) {
    least = Math.min(least, e);
    most = Math.max(most, e);
  }
  return { least, most };
}

// ---- the state pathway ---------------------------------------------------------------------------------

export interface Channel {
  index: number;
  /** what is left of the state after one token: tanh(a_raw), -1..1, where negative ones turn the sign with every token;
   *  of a selective state sigmoid(2 a_raw), where the input adds nothing */
  decay: number;
  /** tokens until half is left */
  halfLife: number;
}
/** Channels from the one that forgets fastest to the one that remembers longest, evenly spaced by rank. */
export function spreadOfChannels(aRaw: Float32Array, selective: boolean, wanted: number): Channel[] {
  const decayOf = (a: number) => (selective ? (1 + Math.tanh(a)) / 2 : Math.tanh(a));
  const all = Array.from(aRaw, (a, index) => ({ index, decay: decayOf(a) })).sort((a, b) => Math.abs(a.decay) - Math.abs(b.decay));
  const n = Math.min(wanted, all.length);
  return Array.from({ length: n }, (_, i) => {
    const { index, decay } = all[n === 1 ? 0 : Math.round((i * (all.length - 1)) / (n - 1))]!;
    return { index, decay, halfLife: Math.LN2 / -Math.log(Math.abs(decay)) };
  });
}
export const remaining = (decay: number, tokens: number) => Math.abs(decay) ** tokens;

/** Tokens after which the slowest curve has faded: where a plot of them should end. */
export function fadeLength(channels: Channel[]): number {
  const slowest = Math.max(0, ...channels.map((c) => c.halfLife));
  return Math.max(8, Math.min(64, Math.ceil(4 * slowest)));
}

// ---- the attention pathway -----------------------------------------------------------------------------

/** Which k of w tokens a drawing shows as picked: an example, spread unevenly, the same every time. */
export function examplePicks(w: number, k: number): number[] {
  const picks = new Set<number>();
  for (let i = 1; picks.size < Math.min(k, w); i++) picks.add(Math.floor(((i * 0.618034 + 0.17) % 1) * w));
  return [...picks].sort((a, b) => a - b);
}

// ---- the chip ------------------------------------------------------------------------------------------

/** Additions and subtractions of codes for one token: every code that is not 0 but those of the embedding, of which
 *  only a row is read. */
export function codeSums(info: ModelInfo): number {
  let sums = 0;
  for (const t of info.tensors) if (t.active && t.coded && t.name !== "embed.weight") sums += t.rows * t.cols * (1 - (t.sparsity ?? 0));
  return Math.round(sums);
}
/** For "about": three digits. */
export const about = (n: number) => (n < 1000 ? n : Number(n.toPrecision(3)));

// ---- floats --------------------------------------------------------------------------------------------

const word = (x: number) => new Uint32Array(Float32Array.of(x).buffer)[0]!;
/** The bits of a 32-bit float as eight hexadecimal digits. */
export const floatBits = (x: number) => word(x).toString(16).toUpperCase().padStart(8, "0");

/** The same positive numbers, added as 32-bit floats in both orders. */
export function sumBothWays(values: Float32Array): { forward: number; backward: number; apart: number } {
  const add = (sum: number, value: number) => Math.fround(sum + value);
  const forward = values.reduce(add, 0),
    backward = values.reduceRight(add, 0);
  return { forward, backward, apart: Math.abs(word(forward) - word(backward)) };
}
