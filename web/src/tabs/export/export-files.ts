// What the Export tab offers: names of files, the command lines that go with them, and what was typed for main.c.

import type { ExportFormat } from "../../engine/protocol";
import type { Named } from "../../state/models";
import { quoted } from "../../state/shell";

export interface FileKind {
  format: ExportFormat;
  about: string;
}

export const MODEL_FILES: FileKind[] = [
  { format: "atome", about: "The whole model in one file: for the atome program, for this page, for a chip." },
  { format: "safetensors", about: "Weights as floats: opens in Python, and in atome train." },
];
/** Of the published kit: they carry no sizes and hold fewer kinds of models. */
export const LEGACY_FILES: FileKind[] = [
  { format: "atome01", about: "Four codes a byte." },
  { format: "atome02", about: "Five codes a byte." },
  { format: "atomep3", about: "Eight codes in three bytes." },
];
export const HEADER: FileKind = { format: "c-header", about: "The .atome file as a C array for flash." };
export const PROGRAM: FileKind = { format: "main-c", about: "A complete program that writes text on the chip." };
/** What can be measured without further choices. */
export const MEASURED: FileKind[] = [...MODEL_FILES, HEADER, ...LEGACY_FILES];

/** The name of the array in model.h, which main.c uses. */
export const SYMBOL = "model_blob";

const MAX_NAME = 48;
/** Letters, digits and - . _ only: good in every file system and every shell. */
export function cleanName(name: string): string {
  const clean = name
    .replace(/\.(atome|safetensors|pt|bin|txt|atome0[12]|atomep3)$/i, "")
    .replace(/^(the|a) /, "")
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .replace(/[^A-Za-z0-9._-]+/g, "-")
    .slice(0, MAX_NAME)
    .replace(/^[-.]+|[-.]+$/g, "");
  return clean || "model";
}

/** text, now: those of the run. */
export function baseName({ kind, name, step }: Named, text: string, now: number): string {
  if (kind === "demo") return "pretrained";
  return kind === "run" || kind === "snapshot" ? `${cleanName(text)}-${step ?? now}` : cleanName(name);
}

/** The C files have the names that mcu/README.md uses, because main.c includes the other one. */
export function fileName(format: ExportFormat, base: string): string {
  return format === "c-header" ? "model.h" : format === "main-c" ? "main.c" : `${base}.${format}`;
}

// ---- main.c --------------------------------------------------------------------------------------------

/** As it was typed. */
export interface ProgramText {
  prompt: string;
  n: string;
  temperature: string;
  top_p: string;
  seed: string;
  window: string;
}
/** The options of "main-c", as core/atome/formats/main_c.h has them. */
export interface Program {
  prompt: string;
  n: number;
  temperature: number;
  top_p: number;
  seed: number;
  window: number;
}
type NumberName = Exclude<keyof Program, "prompt">;

const whole = (x: number, least: number, most: number) => Number.isInteger(x) && x >= least && x <= most;
const CHECKS: Record<NumberName, { good: (x: number) => boolean; wanted: string }> = {
  n: { good: (x) => whole(x, 1, 1e9), wanted: "a whole number from 1 to 1,000,000,000" },
  temperature: { good: (x) => x === 0 || (x >= 0.01 && x <= 100), wanted: "0, or a number from 0.01 to 100" },
  top_p: { good: (x) => x > 0 && x <= 1, wanted: "a number above 0, at most 1" },
  seed: { good: (x) => whole(x, 0, Number.MAX_SAFE_INTEGER), wanted: "a whole number from 0" },
  window: { good: (x) => whole(x, 1, 65536), wanted: "a whole number from 1 to 65,536" },
};

export type Problems = Partial<Record<NumberName, string>>;

/** program is null where something is wrong. */
export function readProgram(text: ProgramText): { program: Program | null; problems: Problems } {
  const problems: Problems = {};
  const program: Program = { prompt: text.prompt, n: 0, temperature: 0, top_p: 0, seed: 0, window: 0 };
  for (const name of Object.keys(CHECKS) as NumberName[]) {
    const typed = text[name].trim();
    const value = /^[0-9.eE+-]+$/.test(typed) ? Number(typed) : NaN;
    if (CHECKS[name].good(value)) program[name] = value;
    else problems[name] = `use ${CHECKS[name].wanted}`;
  }
  return { program: Object.keys(problems).length === 0 ? program : null, problems };
}

/** Bytes of RAM that main.c reserves for the engine. */
export function arenaOf(source: string): number | null {
  const found = /^#define ARENA_BYTES (\d+)$/m.exec(source);
  return found ? Number(found[1]) : null;
}

// ---- command lines -------------------------------------------------------------------------------------

/** The command whose output main.c repeats on the chip. */
export function generateCommand(file: string, p: Program): string {
  // "--prompt -x" would be taken for another option.
  const prompt = `--prompt${p.prompt.startsWith("-") ? "=" : " "}${quoted(p.prompt)}`;
  return (
    `atome generate ${file} ${prompt} -n ${p.n} \\\n` +
    `  --temperature ${p.temperature} --top-p ${p.top_p} --seed ${p.seed} --window ${p.window}`
  );
}
