// The files that the Export tab offers: names, formats, what they are for.

import type { ExportFormat } from "../engine/protocol";

export interface Offer {
  format: ExportFormat;
  ending: string;
  title: string;
  about: string;
  /** whether trit2 or trit5 makes a difference */
  packed: boolean;
}

export const MODEL_FILES: Offer[] = [
  { format: "atome", ending: ".atome", title: ".atome", packed: true, about: "for a chip, the terminal and this page; checked to the last byte" },
  { format: "safetensors", ending: ".safetensors", title: ".safetensors", packed: false, about: "the float weights, where there are any; opens in Python" },
  { format: "atome01", ending: ".atome01", title: "ATOME01", packed: false, about: "the published kit's format, 2 bits a code" },
  { format: "atome02", ending: ".atome02", title: "ATOME02", packed: false, about: "the same with five codes a byte" },
  { format: "atomep3", ending: ".atomep3", title: "ATOMEP3", packed: false, about: "the same for power-of-three codes" },
];
export const FIRMWARE_FILES: Offer[] = [
  { format: "c-header", ending: ".h", title: "model.h", packed: true, about: "the .atome bytes as a C array" },
  { format: "main-c", ending: ".c", title: "main.c", packed: false, about: "a first program: opens the model and writes a text" },
];

/** A name that every file system takes. */
export function fileStem(name: string): string {
  const stem = name.replace(/\.(atome|atome0[12]|atomep3|safetensors|pt|bin)$/i, "").toLowerCase()
    .replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 40);
  return stem || "model";
}

/** One word for a POSIX shell. */
export const shellQuoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

export interface Writing {
  prompt: string;
  n: number;
  temperature: number;
  top_p: number;
  seed: number;
  window: number;
}

/** The command whose output is what main.c sends. */
export function generateCommand(file: string, w: Writing): string {
  return `atome generate ${file} --prompt ${shellQuoted(w.prompt)} -n ${w.n} \\\n  --temperature ${w.temperature} --top-p ${w.top_p} --seed ${w.seed} --window ${w.window}`;
}
