// The tables of the package: all training options, all fields of the configuration, and their defaults; all encodings. vite.config.ts
// asks the package for them, so that the page has them before its engine is there.

import type { Config, ConfigField, EncodingRow, Pathway, TrainOption, TrainOptions } from "atome-lm";

export interface Tables {
  options: TrainOption[];
  fields: ConfigField[];
  encodings: EncodingRow[];
  defaults: { config: Config; options: TrainOptions };
}
export const TABLES = __TABLES__;

export const PATHWAYS = TABLES.fields.find((field) => field.key === "disable_pathways")!.choices as Pathway[];
