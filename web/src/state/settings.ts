// What a visitor can choose: the text, and a value for every option.

import type { Config, TrainOptions } from "atome-lm";
import type { CorpusSpec, RunSpec } from "../engine/protocol";
import { OPTIONS, sameValue, written, type Option, type Value } from "./options";
import { quoted, terminalName } from "./shell";

/** The values of all OPTIONS by their keys, and what is no option. null: left to the core. */
export interface Settings extends Omit<Config, "vocab_size">, Omit<TrainOptions, "seed" | "warmup"> {
  /** a preset's name, or "text" for the visitor's own */
  corpus: string;
  corpus_kb: number;
  corpus_seed: number;
  seed: number;
  warmup: number | null;
  plateau: boolean;
  /** what live samples continue */
  prompt: string;
}

export const valueOf = (s: object, { key }: Option) => (s as Record<string, Value>)[key]!;

/** What samples of a preset's run begin with unless the visitor says otherwise. */
export const usualPrompt = (corpus: string) => (corpus === "thermostat" ? "Q: " : "One day");

export const DEFAULTS = {
  corpus: "stories",
  ...Object.fromEntries(OPTIONS.map((o) => [o.key, o.standard])),
  prompt: usualPrompt("stories"),
} as unknown as Settings;

/** Starting points for the menu in the top bar. */
export const RECIPES: { id: string; title: string; about: string; settings: Partial<Settings> }[] = [
  {
    id: "stories",
    title: "Stories, 195K",
    about: "short tales; the default",
    settings: { corpus: DEFAULTS.corpus, d_model: DEFAULTS.d_model, d_ff: DEFAULTS.d_ff },
  },
  {
    id: "thermostat",
    title: "Thermostat, 195K",
    about: "questions and answers on a device",
    settings: { corpus: "thermostat", prompt: usualPrompt("thermostat") },
  },
  {
    id: "tiny",
    title: "Tiny, 17K",
    about: "trains in seconds, runs in 20 KB of RAM",
    settings: { d_model: 20, n_layers: 2, d_head: 8, d_ff: 40, steps: 1500, seq: 48 },
  },
  {
    id: "published",
    title: "Published block, 60K",
    about: "Atome LM's own: no feed-forward",
    settings: {
      d_model: 64,
      n_layers: 4,
      d_ff: 0,
      top_k: 4,
      quantizer: "ternary",
      gains: "none",
      state: "fixed",
      vectors: "f32",
      tokenizer: "bytes",
      router_calibration: 0,
    },
  },
  { id: "float", title: "Float, 194K", about: "the default without coded weights", settings: { quantizer: "none", lr: 0.005 } },
];
/** The most particular one that these settings follow. */
export const recipeOf = (s: Settings) =>
  RECIPES.filter((r) => Object.entries(r.settings).every(([key, value]) => sameValue(s[key as keyof Settings], value))).at(-1);

/** What decides the weights: everything but the prompt of the samples. */
export const identity = (s: Settings) => JSON.stringify([s.corpus, ...OPTIONS.map((o) => valueOf(s, o))]);

const part = (s: Settings, name: Option["part"]) =>
  Object.fromEntries(OPTIONS.filter((o) => o.part === name && valueOf(s, o) !== null).map((o) => [o.key, valueOf(s, o)]));

export const configOf = (s: Settings) => part(s, "model") as unknown as Partial<Config>;

export const runSpecOf = (s: Settings): RunSpec => ({
  config: configOf(s),
  options: part(s, "training") as unknown as RunSpec["options"],
  prompt: s.prompt,
  plateau: s.plateau,
});

export function corpusSpecOf(s: Settings, own: { name: string; text: Uint8Array } | null): CorpusSpec {
  if (s.corpus === "text") return { kind: "text", name: own?.name ?? "your text", text: own?.text ?? new Uint8Array() };
  return { kind: "preset", name: s.corpus, bytes: s.corpus_kb * 1000, seed: s.corpus_seed };
}

const MAX_LINE = 80;
/** The commands that make the same weights in a terminal; what is the atome program's own default is left out. */
export function trainCommand(s: Settings, textName: string): string {
  const data = s.corpus === "text" ? quoted(terminalName(textName)) : `${s.corpus}.txt`;
  const corpus =
    s.corpus === "text" ? "" : `atome corpus ${s.corpus} --bytes ${s.corpus_kb * 1000} --seed ${s.corpus_seed} --out ${data}\n`;
  const lines = [`atome train --exact --data ${data} --out model.safetensors`];
  for (const o of OPTIONS) {
    const value = valueOf(s, o);
    if ((o.part !== "model" && o.part !== "training") || sameValue(value, o.standard)) continue;
    const word = `--${o.key.replaceAll("_", "-")}${value === true ? "" : ` ${written(value)}`}`;
    const line = `${lines.at(-1)} ${word}`;
    if (lines.length > 1 && line.length <= MAX_LINE) lines[lines.length - 1] = line;
    else lines.push(word);
  }
  return corpus + lines.join(" \\\n  ");
}
