// Where two texts part.

import { byteName, percent } from "../../parts/format";

/** The first position at which they differ, or at which one of them has ended; null: they are the same. */
export function firstDifference(a: Uint8Array, b: Uint8Array): number | null {
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i++) if (a[i] !== b[i]) return i;
  return a.length === b.length ? null : shorter;
}

export function quoted(byte: number | undefined): string {
  if (byte === undefined) return "nothing";
  if (byte === 32) return "a space";
  if (byte === 10) return "a new line";
  if (byte === 9) return "a tab";
  return byte > 32 && byte < 127 ? `‘${byteName(byte)}’` : `byte ${byteName(byte)} (hex)`;
}

interface Written {
  tokens: Uint8Array;
  given: number;
  /** (T): what the byte that followed cost */
  nats: Float32Array;
}

/** Such as "They part at byte 37: A wrote ‘e’ (it gave it 62 %), B wrote ‘a’ (31 %)." Bytes count from 1, after the prompt. */
export function partingLine(a: Written, b: Written, at: number | null): string {
  const same = a.tokens.length - a.given;
  if (at === null) return `They write the same ${same} bytes.`;
  const chance = ({ nats }: Written) => (at > 0 && at <= nats.length ? percent(Math.exp(-nats[at - 1]!)) : "");
  const wrote = (w: Written, note: string) => `${quoted(w.tokens[at])}${chance(w) && ` (${note}${chance(w)})`}`;
  return `They part at byte ${at - a.given + 1}: A wrote ${wrote(a, "to which it gave ")}, B wrote ${wrote(b, "")}.`;
}

/** The pieces of a text (see bytePieces) cut at a position: a character of several bytes stays whole. */
export function cutAt(pieces: string[], given: number, at: number | null): { prompt: string; same: string; mark: string; rest: string } {
  let from = at ?? pieces.length;
  while (from > given && pieces[from] === "") from--;
  const part = (first: number, end?: number) => pieces.slice(first, end).join("");
  return { prompt: part(0, given), same: part(given, from), mark: pieces[from] ?? "", rest: part(from + 1) };
}
