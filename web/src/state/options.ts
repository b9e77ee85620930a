// Everything that decides a run, a row each: the rows of the package's tables and a few of the page's own. Controls,
// address, printed command, checks and comparisons are made from these rows: what the core adds to its tables is in all
// of them, and nothing here has to name it.

import type { ConfigField, TrainOption } from "atome-lm";
import { TABLES } from "../engine/tables";

type CoreRow = TrainOption | ConfigField;

/** null: found by the core, see by_default. */
export type Value = number | string | string[] | boolean | null;

export interface Option {
  /** of Settings and of npm; with - for _ on the command line */
  key: string;
  part: "text" | "model" | "training" | "page";
  kind: CoreRow["kind"] | "flag";
  least: number;
  most: number;
  choices: string[];
  /** where it may be null: what it then is */
  by_default: string;
  help: string;
  /** what the core takes when nothing is said, and what the page starts with */
  standard: Value;
  label: string;
  /** its key in the address; the whole key is understood, too */
  word: string;
  /** always to be seen, in the top bar, or below "All options" */
  place: "front" | "bar" | "rest";
  /** choices and numbers that have another name on the page */
  names: Record<string, string>;
  /** of a set: what its boxes leave on is called so */
  on: string;
}

/** What the core has and a page has not, for the reason. */
function leftOut(row: CoreRow): string | null {
  if (row.teacher) return "there is no teacher in a page: atome distill has one";
  if (row.key === "vocab_size") return "the models of the page have 256 tokens";
  return null;
}

/** Where the page departs from the core's rows: names that people know, keys of older addresses, and ranges in which a
 *  tab stays quick. */
const NOTES: Record<string, Partial<Option>> = {
  d_model: { label: "Width", word: "d", place: "front", least: 4, most: 256 },
  n_layers: { label: "Layers", word: "l", place: "front", most: 8 },
  d_head: { label: "Head", word: "h", place: "front", least: 2, most: 64 },
  d_ff: { label: "Feed-forward", word: "f", place: "front", most: 1024, names: { 0: "none" } },
  top_k: { label: "Top-k", word: "k", most: 16 },
  kernel_size: { label: "Taps", word: "taps", most: 16 },
  quantizer: { label: "Weights", word: "q", names: { none: "float" } },
  disable_pathways: { label: "Pathways off", word: "off", on: "Pathways" },
  steps: { place: "front" },
  batch: { word: "b", most: 64 },
  seq: { label: "Sequence", word: "t", least: 4, most: 256 },
  lr: { label: "Rate", place: "front" },
  schedule: { word: "sched" },
  weight_decay: { word: "wd" },
  tokenizer: { label: "Tokens", word: "tok", place: "front" },
  seed: { place: "bar" },
};

const titled = (key: string) => key.charAt(0).toUpperCase() + key.slice(1).replaceAll("_", " ");
const complete = (row: Partial<Option> & Pick<Option, "key" | "part" | "kind" | "standard" | "help">): Option => ({
  least: 0,
  most: 0,
  choices: [],
  by_default: "",
  label: titled(row.key),
  word: row.key,
  place: "rest",
  names: {},
  on: "",
  ...row,
});

function ofCore(part: Option["part"], rows: CoreRow[], defaults: object): Option[] {
  return rows
    .filter((row) => leftOut(row) === null)
    .map((row) => {
      const { key, least, choices, by_default, help } = row;
      const standard = by_default ? null : (defaults as Record<string, Value>)[key]!;
      const kind = typeof standard === "boolean" ? "flag" : row.kind;
      // A number of the page is exact.
      const most = Math.min(row.most, Number.MAX_SAFE_INTEGER);
      return complete({ key, part, kind, least, most, choices, by_default, help, standard, ...NOTES[key] });
    });
}

export const OPTIONS: Option[] = [
  // Seed 1 is what the pretrained model has read: another one keeps the held-out text new to it as well.
  complete({
    key: "corpus_kb",
    part: "text",
    kind: "whole",
    least: 2,
    most: 4000,
    standard: 500,
    label: "Text, KB",
    word: "kb",
    help: "size of a generated text",
  }),
  complete({
    key: "corpus_seed",
    part: "text",
    kind: "whole",
    most: 999_999_999,
    standard: 2,
    label: "Text seed",
    word: "cs",
    help: "of a generated text",
  }),
  ...ofCore("model", TABLES.fields, TABLES.defaults.config),
  ...ofCore("training", TABLES.options, TABLES.defaults.options),
  complete({ key: "plateau", part: "page", kind: "flag", standard: true, label: "stop at a plateau", help: "of the validation loss" }),
];

const byWord = new Map(
  OPTIONS.flatMap((o) => [
    [o.word, o],
    [o.key, o],
  ]),
);
/** By its key in the address. */
export const findOption = (word: string) => byWord.get(word);
const reasons = new Map<string, string | null>([...TABLES.fields, ...TABLES.options].map((row) => [row.key, leftOut(row)]));
/** Why the page has not got an option that the core has. */
export const whyNot = (key: string) => reasons.get(key) ?? null;

export const sameValue = (a: Value | undefined, b: Value | undefined) => JSON.stringify(a) === JSON.stringify(b);

/** One line for people; help names other options in braces. */
export function about(o: Option): string {
  const text = `${o.key}: ${o.help}${o.by_default && `; left out: ${o.by_default}`}`;
  return text.replace(/\{(\w+)\}/g, (_, key: string) => findOption(key)?.label ?? key);
}

/** What is wrong with a number for this option, or null. */
export function outOfRange({ kind, least, most }: Option, value: number): string | null {
  const good = Number.isFinite(value) && value >= least && value <= most && (kind === "real" || Number.isInteger(value));
  return good ? null : `use ${kind === "real" ? "a number" : "a whole number"} from ${least} to ${most}`;
}

/** A value as the address and the command line have it. */
export const written = (value: Value) => (typeof value === "boolean" ? String(Number(value)) : String(value));

/** The inverse of written(), or what would be right. */
export function parsed(o: Option, text: string): { value: Value } | { wanted: string } {
  const { kind, choices } = o;
  switch (kind) {
    case "choice":
      return choices.includes(text) ? { value: text } : { wanted: `use one of ${choices.join(", ")}` };
    case "flag":
      return /^[01]$/.test(text) ? { value: text === "1" } : { wanted: "use one of 0, 1" };
    case "set": {
      const names = text.split(",").filter(Boolean);
      const value = choices.filter((choice) => names.includes(choice));
      return value.length === names.length && value.length < choices.length
        ? { value }
        : { wanted: `use some of ${choices.join(", ")}, not all` };
    }
    default: {
      const value = /^[0-9.eE+-]{1,24}$/.test(text) ? Number(text) : NaN;
      const wanted = outOfRange(o, value);
      return wanted === null ? { value } : { wanted };
    }
  }
}
