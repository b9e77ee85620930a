// What users hand in is looked at here before the module sees it.
import { AtomeError } from "./errors.js";

/** A text as its bytes; a string stands for its UTF-8. */
export type Text = Uint8Array | ArrayBuffer | string;

export const refused = (message: string) => new AtomeError("bad_argument", message);

export const isBytes = (x: unknown): x is Uint8Array => x instanceof Uint8Array;

/** what: the name of the argument. */
export function toBytes(x: Text, what: string): Uint8Array {
  if (isBytes(x)) return x;
  if (typeof x === "string") return new TextEncoder().encode(x);
  if (x instanceof ArrayBuffer) return new Uint8Array(x);
  throw refused(`${what}: use a Uint8Array, an ArrayBuffer or a string`);
}

export function checkOptions(...all: unknown[]): void {
  const isObject = (x: unknown) => typeof x === "object" && !Array.isArray(x);
  if (!all.every((x) => x === undefined || isObject(x))) throw refused("options: use an object");
}

export function checkList(x: unknown, what: string): void {
  if (!Array.isArray(x)) throw refused(`${what}: use a list`);
}

export function checkText(x: unknown, what: string): void {
  if (typeof x !== "string") throw refused(`${what}: use a text`);
}

/** A number of things: 1 or more. */
export function checkCount(n: unknown): void {
  if (!Number.isInteger(n) || (n as number) < 1) throw refused("n: use a whole number, 1 or more");
}
