// Numbers and bytes as people read them.

import type { Pathway, Tokenizer } from "atome-lm";
import { joined } from "../engine/bytes";
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

/** Of a character in UTF-8, by its first byte; 0: none begins so. */
const lengthOf = (byte: number) =>
  byte < 0x80 ? 1 : byte >= 0xc2 && byte < 0xe0 ? 2 : byte >= 0xe0 && byte < 0xf0 ? 3 : byte >= 0xf0 && byte < 0xf5 ? 4 : 0;
const isMiddle = (byte: number) => byte >= 0x80 && byte < 0xc0;

/** A text of each byte for running text: a character of several bytes stands at its first one, the others are
 *  empty; a byte that belongs to no character is shown in hexadecimal. A character that the end cuts is not shown. */
export function bytePieces(bytes: Uint8Array): string[] {
  const pieces: string[] = [];
  for (let i = 0; i < bytes.length;) {
    const byte = bytes[i]!;
    const length = lengthOf(byte);
    let character = "";
    if (i + length > bytes.length && bytes.subarray(i + 1).every(isMiddle)) {
      pieces.push(...Array<string>(bytes.length - i).fill(""));
      break;
    }
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

/** The same of each token's text. A character stands at the token in which it begins. */
export function tokenPieces(tokens: Uint8Array[]): string[] {
  const pieces = bytePieces(joined(tokens));
  let at = 0;
  return tokens.map((token) => pieces.slice(at, (at += token.length)).join(""));
}

/** What a model's tokens are called. */
export const unitOf = (tokenizer: Tokenizer) => (tokenizer === "bytes" ? "byte" : "token");
/** A token as a short visible text; without a text it is the escape. */
export function tokenName(text: Uint8Array): string {
  if (text.length === 0) return "esc";
  const names: string[] = [];
  for (let i = 0; i < text.length;) {
    const length = lengthOf(text[i]!);
    const character = length > 1 ? new TextDecoder().decode(text.subarray(i, i + length)) : "\uFFFD";
    const whole = !character.includes("\uFFFD");
    names.push(whole ? character : byteName(text[i]!));
    i += whole ? length : 1;
  }
  return names.join("");
}

/** What a loss in bits per byte of text looks like in the samples. A model of pairs that knows nothing writes pieces of
 *  words from the beginning, and pays less than 8 bits for a byte. */
export function milestone(bits: number | null, tokenizer: Tokenizer): string {
  if (bits === null) return "knows nothing yet";
  if (tokenizer === "pairs" && bits > 2.9) return "puts frequent strings in any order";
  if (tokenizer === "pairs" && bits > 2.0) return "has noticed which strings follow which";
  if (bits > 4.6) return "has noticed which bytes are common";
  if (bits > 3.6) return "writes letters and spaces";
  if (bits > 2.7) return "writes pieces of words";
  if (bits > 2.0) return "spells words now";
  if (bits > 1.4) return "strings words together";
  if (bits > 0.9) return "writes whole phrases";
  return "writes sentences";
}
