// The tables of the package: all training options, all fields of the configuration, and their defaults. vite.config.ts
// asks the package for them, so that the page has them before its engine is there.

import type { Config, Pathway, TrainOption, TrainOptions } from "atome-lm";

/** A row of trainOptions(), or of the same shape for a field of the configuration. */
export type CoreRow = Omit<TrainOption, "key" | "kind"> & { key: string; kind: TrainOption["kind"] | "set" };

export interface Tables {
  options: CoreRow[];
  defaults: { config: Config; options: TrainOptions };
}

const field = (key: string, least: number, most: number, help: string, choices: string[] = []): CoreRow => ({
  key,
  kind: choices.length > 0 ? "choice" : "whole",
  least,
  most,
  choices,
  teacher: false,
  help,
  by_default: "",
});
/** The package does not list them yet. */
const FIELDS: CoreRow[] = [
  field("vocab_size", 1, 256, "bytes known"),
  field("d_model", 1, 4096, "numbers that stand for a byte"),
  field("n_layers", 1, 64, "blocks"),
  field("d_head", 1, 1024, "size of queries and keys"),
  field("top_k", 1, 64, "positions that attention keeps"),
  field("kernel_size", 1, 32, "taps of the convolution"),
  field("d_ff", 0, 16384, "width of the feed-forward; 0: none"),
  field("quantizer", 0, 0, "how matrices are quantised", ["ternary", "int4", "power3", "power3_pr", "none"]),
  { ...field("disable_pathways", 0, 0, "pathways that are left out", ["local", "state", "sparse"]), kind: "set" },
];

export const TABLES = { fields: FIELDS, ...__TABLES__ };
export const PATHWAYS = TABLES.fields.find((row) => row.key === "disable_pathways")!.choices as Pathway[];
