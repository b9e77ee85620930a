// Which of two models predicts a text better, and whether the text is long enough to say so.

import { fixed, percent } from "../../parts/format";

export interface Difference {
  /** bits per byte */
  a: number;
  b: number;
  /** mean of b - a, bits per byte */
  mean: number;
  /** standard error of the mean; null: too little text to tell */
  error: number | null;
  /** share of the bytes that B found likelier than A did */
  wins: number;
  same: boolean;
}

/** Bytes of a block. Neighbouring bytes are hard or easy together, so blocks are counted, not bytes. */
const BLOCK = 128;
const LEAST_BLOCKS = 8;

/** What each byte of a text cost: the nats of a token are shared evenly by the bytes that it stands for, and those of an
 *  escape go to the byte behind it. nats, bytes: (N) of the tokens. */
export function perByte({ nats, bytes }: { nats: Float32Array; bytes: Uint8Array }): Float32Array {
  const shares: number[] = [];
  let before = 0;
  for (let i = 0; i < nats.length; i++) {
    const n = bytes[i]!,
      cost = before + nats[i]!;
    before = n > 0 ? 0 : cost;
    for (let k = 0; k < n; k++) shares.push(cost / n);
  }
  return Float32Array.from(shares);
}

/** a, b: (N) nats of the same bytes. */
export function pairedDifference(a: Float32Array, b: Float32Array): Difference {
  const N = Math.min(a.length, b.length);
  const blocks: number[] = [];
  let sumA = 0,
    sumB = 0,
    wins = 0,
    same = true,
    block = 0;
  for (let i = 0; i < N; i++) {
    sumA += a[i]!;
    sumB += b[i]!;
    block += b[i]! - a[i]!;
    if (b[i]! < a[i]!) wins++;
    if (b[i] !== a[i]) same = false;
    if (i % BLOCK !== BLOCK - 1) continue;
    blocks.push(block / BLOCK);
    block = 0;
  }
  const bits = (sum: number) => sum / Math.max(N, 1) / Math.LN2;
  return { a: bits(sumA), b: bits(sumB), mean: bits(sumB - sumA), error: standardError(blocks), wins: wins / Math.max(N, 1), same };
}

/** In bits, of the mean of values in nats. */
function standardError(values: number[]): number | null {
  const n = values.length;
  if (n < LEAST_BLOCKS) return null;
  const mean = values.reduce((sum, v) => sum + v, 0) / n;
  const variance = values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (n - 1);
  return Math.sqrt(variance / n) / Math.LN2;
}

/** Differences below two standard errors are chance as often as not worth naming. */
const CLEAR = 2;

export function verdict(d: Difference): string {
  if (d.same) return "A and B predict every byte alike: so far they are the same model.";
  const figures = `A needs ${fixed(d.a, 3)} bits for a byte, B ${fixed(d.b, 3)}`;
  if (d.error === null) return `${figures}. The text is too short to say which is better.`;
  const give = `give or take ${fixed(CLEAR * d.error, 3)}`;
  if (Math.abs(d.mean) < CLEAR * d.error)
    return `No clear winner: ${figures}, and the difference of ${fixed(Math.abs(d.mean), 3)} may be chance (${give}).`;
  const [better, share] = d.mean < 0 ? ["B", -d.mean / d.a] : ["A", d.mean / d.b];
  return `${better} predicts this text better: ${figures}. That is ${percent(share)} less (${fixed(Math.abs(d.mean), 3)}, ${give}).`;
}
