// What a visitor can choose: the corpus, the model, the recipe. Ranges are those of the page, narrower than the
// engine's: a tab should stay quick.

import type { Config, Pathway, Quantizer, TrainOptions } from "atome-lm";
import type { CorpusSpec, RunSpec } from "../engine/protocol";
import { quoted, terminalName } from "./shell";

export interface Settings {
  /** a preset's name, or "text" for the visitor's own */
  corpus: string;
  /** of presets: thousands of bytes, and the seed of the grammar */
  corpus_kb: number;
  corpus_seed: number;
  d_model: number;
  n_layers: number;
  d_head: number;
  d_ff: number;
  top_k: number;
  kernel_size: number;
  quantizer: Quantizer;
  disable_pathways: Pathway[];
  steps: number;
  batch: number;
  seq: number;
  lr: number;
  schedule: TrainOptions["schedule"];
  weight_decay: number;
  clip: number;
  seed: number;
  plateau: boolean;
  prompt: string;
}

export const PATHWAYS: Pathway[] = ["local", "state", "sparse"];
export const QUANTIZERS: Quantizer[] = ["ternary", "int4", "power3", "power3_pr", "none"];
export const SCHEDULES: TrainOptions["schedule"][] = ["cosine", "wsd", "constant"];

export const DEFAULTS: Settings = {
  // Seed 1 is what the pretrained model has read: another one keeps the held-out text new to it as well.
  corpus: "stories", corpus_kb: 500, corpus_seed: 2,
  d_model: 48, n_layers: 2, d_head: 16, d_ff: 128, top_k: 4, kernel_size: 5, quantizer: "ternary",
  disable_pathways: [],
  steps: 3000, batch: 16, seq: 64, lr: 0.01, schedule: "cosine", weight_decay: 0.1, clip: 1, seed: 0,
  plateau: true,
  prompt: "One day",
};

interface Range {
  least: number;
  most: number;
  whole: boolean;
}
const whole = (least: number, most: number): Range => ({ least, most, whole: true });
const real = (least: number, most: number): Range => ({ least, most, whole: false });
type NumberKey = { [K in keyof Settings]: Settings[K] extends number ? K : never }[keyof Settings];

export const RANGES: Record<NumberKey, Range> = {
  corpus_kb: whole(2, 4000), corpus_seed: whole(0, 999_999_999),
  d_model: whole(4, 256), n_layers: whole(1, 8), d_head: whole(2, 64), d_ff: whole(0, 1024), top_k: whole(1, 16),
  kernel_size: whole(1, 16),
  steps: whole(1, 1_000_000), batch: whole(1, 64), seq: whole(4, 256), lr: real(1e-5, 1), weight_decay: real(0, 1),
  clip: real(0, 100), seed: whole(0, 999_999_999),
};

/** What is wrong with a number for this setting, or null. */
export function outOfRange(key: NumberKey, value: number): string | null {
  const { least, most, whole } = RANGES[key];
  const good = Number.isFinite(value) && value >= least && value <= most && (!whole || Number.isInteger(value));
  return good ? null : `use ${whole ? "a whole number" : "a number"} from ${least} to ${most}`;
}

/** Starting points for the menu in the top bar. */
export const RECIPES: { id: string; title: string; about: string; settings: Partial<Settings> }[] = [
  { id: "stories", title: "Stories, 58K", about: "short tales; the default", settings: {} },
  {
    id: "thermostat", title: "Thermostat, 58K", about: "questions and answers on a device",
    settings: { corpus: "thermostat", prompt: "Q: " },
  },
  {
    id: "tiny", title: "Tiny, 13K", about: "trains in seconds, runs in 20 KB of RAM",
    settings: { d_model: 20, n_layers: 2, d_head: 8, d_ff: 40, steps: 1500, seq: 48 },
  },
  {
    id: "published", title: "Published block, 60K", about: "Atome LM's own: no feed-forward",
    settings: { d_model: 64, n_layers: 4, d_ff: 0 },
  },
  {
    id: "float", title: "Float, 58K", about: "the default without ternary weights",
    settings: { quantizer: "none", lr: 0.005 },
  },
];

export function configOf(s: Settings): Config {
  const { d_model, n_layers, d_head, d_ff, top_k, kernel_size, quantizer, disable_pathways } = s;
  return { vocab_size: 256, d_model, n_layers, d_head, top_k, kernel_size, d_ff, quantizer, disable_pathways };
}

/** defaults: the engine's, for what the page does not offer. */
export function runSpecOf(s: Settings, defaults: TrainOptions): RunSpec {
  const { steps, batch, seq, lr, schedule, weight_decay, clip, seed } = s;
  const options: TrainOptions = { ...defaults, steps, batch, seq, lr, schedule, weight_decay, clip, seed };
  // Left to the engine, which knows what goes with the number of steps.
  delete (options as Partial<TrainOptions>).warmup;
  return { config: configOf(s), options, prompt: s.prompt, plateau: s.plateau };
}

export function corpusSpecOf(s: Settings, own: { name: string; text: Uint8Array } | null): CorpusSpec {
  if (s.corpus === "text") return { kind: "text", name: own?.name ?? "your text", text: own?.text ?? new Uint8Array() };
  return { kind: "preset", name: s.corpus, bytes: s.corpus_kb * 1000, seed: s.corpus_seed };
}

/** The commands that make the same weights in a terminal. */
export function trainCommand(s: Settings, textName: string): string {
  const lines = [];
  const data = s.corpus === "text" ? quoted(terminalName(textName)) : `${s.corpus}.txt`;
  if (s.corpus !== "text")
    lines.push(`atome corpus ${s.corpus} --bytes ${s.corpus_kb * 1000} --seed ${s.corpus_seed} --out ${data}`);
  const words = [`atome train --exact --data ${data} --out model.safetensors`];
  words.push(`--d-model ${s.d_model} --n-layers ${s.n_layers} --d-head ${s.d_head} --d-ff ${s.d_ff}`);
  if (s.top_k !== 4 || s.kernel_size !== 5) words.push(`--top-k ${s.top_k} --kernel-size ${s.kernel_size}`);
  if (s.quantizer !== "ternary") words.push(`--quantizer ${s.quantizer}`);
  if (s.disable_pathways.length > 0) words.push(`--disable-pathways ${s.disable_pathways.join()}`);
  words.push(`--steps ${s.steps} --batch ${s.batch} --seq ${s.seq} --lr ${s.lr} --schedule ${s.schedule}`);
  words.push(`--weight-decay ${s.weight_decay} --clip ${s.clip} --seed ${s.seed}`);
  lines.push(words.join(" \\\n  "));
  return lines.join("\n");
}
