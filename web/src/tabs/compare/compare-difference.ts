// Where two texts part.

import { byteName, percent, tokenName } from "../../parts/format";

/** The first position at which they differ, or at which one of them has ended; null: they are the same. */
export function firstDifference(a: Uint8Array, b: Uint8Array): number | null {
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i++) if (a[i] !== b[i]) return i;
  return a.length === b.length ? null : shorter;
}

export function quoted(text: Uint8Array | undefined): string {
  if (text === undefined) return "nothing";
  if (text.length !== 1) return `‘${tokenName(text)}’`;
  const byte = text[0]!;
  if (byte === 32) return "a space";
  if (byte === 10) return "a new line";
  if (byte === 9) return "a tab";
  return byte > 32 && byte < 127 ? `‘${byteName(byte)}’` : `byte ${byteName(byte)} (hex)`;
}

interface Written {
  text: Uint8Array;
  /** (T) the tokens of the text */
  pieces: Uint8Array[];
  /** bytes */
  given: number;
  /** (T): what the token that followed cost */
  nats: Float32Array;
}

/** The token in which a byte of the text lies. */
function tokenAt(pieces: Uint8Array[], at: number): number {
  let end = 0;
  return pieces.findIndex((piece) => (end += piece.length) > at);
}

/** Such as "They part at byte 37: A wrote ‘e’ (it gave it 62 %), B wrote ‘a’ (31 %)." Bytes count from 1, after the prompt;
 *  what is named is the token in which they part. */
export function partingLine(a: Written, b: Written, at: number | null): string {
  const same = a.text.length - a.given;
  if (at === null) return `They write the same ${same} bytes.`;
  const chance = ({ nats }: Written, t: number) => (t > 0 ? percent(Math.exp(-nats[t - 1]!)) : "");
  const wrote = (w: Written, note: string) => {
    const t = tokenAt(w.pieces, at);
    return `${quoted(w.pieces[t])}${chance(w, t) && ` (${note}${chance(w, t)})`}`;
  };
  return `They part at byte ${at - a.given + 1}: A wrote ${wrote(a, "to which it gave ")}, B wrote ${wrote(b, "")}.`;
}

/** The pieces of a text (see bytePieces) cut at a position: a character of several bytes stays whole. */
export function cutAt(pieces: string[], given: number, at: number | null): { prompt: string; same: string; mark: string; rest: string } {
  let from = at ?? pieces.length;
  while (from > given && pieces[from] === "") from--;
  const part = (first: number, end?: number) => pieces.slice(first, end).join("");
  return { prompt: part(0, given), same: part(given, from), mark: pieces[from] ?? "", rest: part(from + 1) };
}
