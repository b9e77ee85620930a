// Numbers and bytes as people read them.

import type { Pathway } from "atome-lm";
import type { Option } from "../state/options";

export const grouped = (n: number) => Math.round(n).toLocaleString("en");
export const kb = (bytes: number) => `${(bytes / 1024).toFixed(bytes < 10240 ? 1 : 0)} KB`;
export const fixed = (x: number | null | undefined, digits = 3) =>
  x === null || x === undefined || !Number.isFinite(x) ? "–" : x.toFixed(digits);
export const percent = (x: number) => `${(100 * x).toFixed(x < 0.0995 ? 1 : 0)} %`;

/** A sign beside every colour. */
export const GLYPH: Record<Pathway, string> = { local: "■", state: "●", sparse: "▲" };

/** A choice of an option as the page calls it. */
export const choiceName = (o: Option, choice: string) =>
  o.names[choice] ?? (choice in GLYPH ? `${GLYPH[choice as Pathway]} ${choice}` : choice);

/** One byte as a short visible text. */
export function byteName(byte: number): string {
  if (byte === 10) return "⏎";
  if (byte === 9) return "⇥";
  if (byte === 32) return "␣";
  if (byte > 32 && byte < 127) return String.fromCharCode(byte);
  return byte.toString(16).padStart(2, "0");
}

/** A text of each byte for running text: a character of several bytes stands at its first one, the others are
 *  empty; a byte that belongs to no character is shown in hexadecimal. */
export function bytePieces(bytes: Uint8Array): string[] {
  const pieces: string[] = [];
  for (let i = 0; i < bytes.length;) {
    const byte = bytes[i]!;
    const length =
      byte < 0x80 ? 1 : byte >= 0xc2 && byte < 0xe0 ? 2 : byte >= 0xe0 && byte < 0xf0 ? 3 : byte >= 0xf0 && byte < 0xf5 ? 4 : 0;
    let character = "";
    if (length > 1 && i + length <= bytes.length) {
      const decoded = new TextDecoder().decode(bytes.subarray(i, i + length));
      if (!decoded.includes("\uFFFD")) character = decoded;
    }
    if (character) {
      pieces.push(character, ...Array<string>(length - 1).fill(""));
      i += length;
      continue;
    }
    pieces.push(byte === 10 || (byte >= 32 && byte < 127) ? String.fromCharCode(byte) : byte === 9 ? "\t" : `‹${byteName(byte)}›`);
    i++;
  }
  return pieces;
}

export const textOf = (bytes: Uint8Array) => bytePieces(bytes).join("");

/** What a loss in bits per byte looks like in the samples. */
export function milestone(bits: number | null): string {
  if (bits === null) return "knows nothing yet: 8 bits per byte";
  if (bits > 4.6) return "has noticed which bytes are common";
  if (bits > 3.6) return "writes letters and spaces";
  if (bits > 2.7) return "writes pieces of words";
  if (bits > 2.0) return "spells words now";
  if (bits > 1.4) return "strings words together";
  if (bits > 0.9) return "writes whole phrases";
  return "writes sentences";
}
