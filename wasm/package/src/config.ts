// What models, training runs and streams are made with.
import type { TrainOptions } from "./options.js";

export type Pathway = "local" | "state" | "sparse";
export type Quantizer = "ternary" | "power3" | "power3_pr" | "none" | "int4";

export interface Config {
  /** V, 1..256 */
  vocab_size: number;
  /** D, 1..4096 */
  d_model: number;
  /** L, 1..64 */
  n_layers: number;
  /** H, 1..1024 */
  d_head: number;
  /** 1..64 */
  top_k: number;
  /** K, taps of the convolution, 1..32 */
  kernel_size: number;
  /** F, 0..16384; 0: no feed-forward */
  d_ff: number;
  quantizer: Quantizer;
  disable_pathways: Pathway[];
}

/** A row of the table that TrainOptions is made of. */
export interface TrainOption {
  key: keyof TrainOptions;
  kind: "whole" | "real" | "choice";
  /** of numbers */
  least: number;
  most: number;
  /** of kind "choice" */
  choices: string[];
  /** takes part only where there is a teacher, as in `atome distill`; not in this package */
  teacher: boolean;
  /** one line; names of other options stand in braces */
  help: string;
  /** where the default is no fixed value: what it is */
  by_default: string;
}

/** Up to 2^64 - 1; beyond 2^53 as a BigInt or its decimal digits. */
export type Seed = number | bigint | string;

/** As `atome generate`: temperature 0.8, everything else off, seed 0. */
export interface Sampling {
  /** 0 always takes the most probable byte; else 0.01..100 */
  temperature?: number;
  /** keep this many most probable bytes; 0: all */
  top_k?: number;
  /** keep the fewest bytes whose probabilities reach this; above 0, at most 1 */
  top_p?: number;
  seed?: Seed;
}

export interface StreamOptions extends Sampling {
  /** positions that attention sees, 1..65536; left out: the model's, else 256 */
  window?: number;
}
