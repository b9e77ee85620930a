// What models, training runs and streams are made with.
import type { Config, Encoding, TrainOptions } from "./options.js";

/** A row of the tables that TrainOptions and Config are made of. */
export interface TableRow<Key> {
  key: Key;
  kind: "whole" | "real" | "choice" | "set";
  /** of numbers */
  least: number;
  most: number;
  /** of kinds "choice" and "set" */
  choices: string[];
  /** takes part only where there is a teacher, as in `atome distill`; not in this package */
  teacher: boolean;
  /** one line; names of other options stand in braces */
  help: string;
  /** where the default is no fixed value: what it is */
  by_default: string;
}
export type TrainOption = TableRow<keyof TrainOptions>;
export type ConfigField = TableRow<keyof Config> & {
  /** in formulas: "D"; empty: none */
  letter: string;
};

/** How codes lie in bytes. */
export interface EncodingRow {
  name: Exclude<Encoding, Config["vectors"]>;
  about: string;
  /** of each code, from the low end of the first byte; 0: five codes are the digits, of base 3, of a byte */
  bits: number;
  /** that it holds, from the largest */
  codes: number[];
  /** the bits, or the digit, of each */
  patterns: number[];
}

/** Up to 2^64 - 1; beyond 2^53 as a BigInt or its decimal digits. */
export type Seed = number | bigint | string;

/** As `atome generate`: temperature 0.8, everything else off, seed 0. */
export interface Sampling {
  /** 0 always takes the most probable token; else 0.01..100 */
  temperature?: number;
  /** keep this many most probable tokens; 0: all */
  top_k?: number;
  /** keep the fewest tokens whose probabilities reach this; above 0, at most 1 */
  top_p?: number;
  seed?: Seed;
}

/**
 * What computes: floats, or whole numbers alone, as a chip without floating point does. The fixed engine takes ternary
 * and int4 weights, gives slightly other numbers and is the faster one. A model whose file has no plan for it is
 * measured first, on 32 KiB of text that it writes: once, for some seconds.
 */
export type Engine = "float" | "fixed";

export interface StreamOptions extends Sampling {
  /** positions that attention sees, 1..65536; left out: the model's, else 256 */
  window?: number;
  /** left out: float */
  engine?: Engine;
  /**
   * generate() ends before a token that the model is free to choose where outputs().uncertainty is above it, 0..1; left
   * out: never
   */
  stop_when_unsure?: number;
}
