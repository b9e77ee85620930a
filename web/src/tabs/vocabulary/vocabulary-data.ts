// The tokens of a vocabulary of pairs as words: in which order they were learned, of what, and how often they occur.

import type { Vocabulary } from "atome-lm";
import { tokenName } from "../../parts/format";

export interface Word {
  token: number;
  text: Uint8Array;
  name: string;
  /** in which merge it was learned, from 1; null: a byte */
  merge: number | null;
  /** the two words that it joins; null: a byte */
  parts: [Word, Word] | null;
  /** how often it occurs */
  count: number;
}

/** By token; null for the escape and for tokens that stand for nothing. */
export function wordsOf({ tokens, merges }: Vocabulary, counts: Uint32Array): (Word | null)[] {
  const words: (Word | null)[] = [];
  let merged = 0;
  for (const [token, text] of tokens.entries()) {
    const joins = text.length > 1 ? merges[merged++]! : null;
    const parts = joins && ([words[joins[0]]!, words[joins[1]]!] as [Word, Word]);
    const merge = joins && merged;
    words.push(text.length > 0 ? { token, text, name: tokenName(text), merge, parts, count: counts[token]! } : null);
  }
  return words;
}

export const ORDERS = ["longest", "most frequent", "learned first"] as const;
export type Order = (typeof ORDERS)[number];

const KEYS: Record<Order, (word: Word) => number> = {
  longest: (word) => -word.text.length,
  "most frequent": (word) => -word.count,
  "learned first": (word) => word.token,
};
/** Of equals, what was learned first. */
export const inOrder = (words: Word[], order: Order) => [...words].sort((a, b) => KEYS[order](a) - KEYS[order](b) || a.token - b.token);

/** The merges that made a word, the last one first; each once. */
export function madeOf(word: Word): Word[] {
  const made = new Set<Word>();
  const add = (part: Word) => {
    if (!part.parts || made.has(part)) return;
    made.add(part);
    part.parts.forEach(add);
  };
  add(word);
  return [...made].sort((a, b) => b.token - a.token);
}

/** The words that another one joins into a longer one. */
export const usedIn = (words: Word[], word: Word) => words.filter((w) => w.parts?.includes(word));
