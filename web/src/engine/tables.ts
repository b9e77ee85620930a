// The tables of the package: all training options, all fields of the configuration, and their defaults. vite.config.ts
// asks the package for them, so that the page has them before its engine is there.

import type { Config, Pathway, TrainOption, TrainOptions } from "atome-lm";

/** A row of trainOptions(), and of the same shape for a field of the configuration. */
export type CoreRow = Pick<TrainOption, "least" | "most" | "choices" | "help"> &
  Partial<Pick<TrainOption, "teacher" | "by_default">> & { key: string; kind: string };

export interface Tables {
  options: CoreRow[];
  /** once the package lists them */
  fields?: CoreRow[];
  defaults: { config: Config; options: TrainOptions };
}

const number = (key: string, least: number, most: number, help: string) => ({ key, kind: "whole", least, most, choices: [], help });
const choice = (key: string, choices: string[], help: string) => ({ key, kind: "choice", least: 0, most: 0, choices, help });
/** What stands in until then. */
const FIELDS: CoreRow[] = [
  number("vocab_size", 1, 256, "bytes known"),
  number("d_model", 1, 4096, "numbers that stand for a byte"),
  number("n_layers", 1, 64, "blocks"),
  number("d_head", 1, 1024, "size of queries and keys"),
  number("top_k", 1, 64, "positions that attention keeps"),
  number("kernel_size", 1, 32, "taps of the convolution"),
  number("d_ff", 0, 16384, "width of the feed-forward; 0: none"),
  choice("quantizer", ["ternary", "int4", "power3", "power3_pr", "none"], "how matrices are quantised"),
  choice("disable_pathways", ["local", "state", "sparse"], "pathways that are left out"),
];

const { options, fields = FIELDS, defaults } = __TABLES__;
export const TABLES = { options, fields, defaults };
export const PATHWAYS = fields.find((row) => row.key === "disable_pathways")!.choices as Pathway[];
