// What the page and its worker say to each other. The worker owns the engine; the page only draws.
//
// Letters: T positions, L layers, P active pathways, V vocabulary.

import type {
  Atome,
  Candidate,
  CodeStatistics,
  Config,
  Evaluation,
  Fit,
  Model,
  ModelInfo,
  Pathway,
  Sampling,
  Tokenizer,
  Trace,
  Trainer,
  TrainOptions,
  UncertaintyPositions,
  UncertaintyReport,
  Vocabulary,
} from "atome-lm";

/** An answer of the worker. error: one line for the visitor. */
export type Result<T> = ({ ok: true } & T) | { ok: false; error: string };

/** A model that the worker holds: the pretrained one, an opened file, a run kept for comparison, the run as it
 *  is now, or as it was at one of its snapshots. */
export type Subject = "demo" | "file" | "kept" | "run" | `snapshot:${number}`;

export type CorpusSpec = { kind: "preset"; name: string; bytes: number; seed: number } | { kind: "text"; name: string; text: Uint8Array };

export interface CorpusInfo {
  name: string;
  bytes: number;
  /** the first 4 KB */
  head: Uint8Array;
  /** of the preset; "" for other texts */
  prompt: string;
  milliseconds: number;
}

/** Everything that decides a run: the same spec gives the same weights, here and in `atome train --exact`. */
export interface RunSpec {
  config: Partial<Config>;
  options: Partial<TrainOptions> & Pick<TrainOptions, "batch" | "seq">;
  /** what live samples continue */
  prompt: string;
  /** stop when validation has not improved for long */
  plateau: boolean;
}

export type RunInfo = ReturnType<Trainer["info"]>;
export type TensorData = ReturnType<Model["tensor"]>;
export type Preset = ReturnType<Atome["corpusPresets"]>["presets"][number];
export type ExportFormat = Parameters<Model["export"]>[0];

export interface ModelSummary {
  subject: Subject;
  name: string;
  info: ModelInfo;
}

/** A text and what a model thinks at each of its tokens. */
export interface Lens extends Pick<Trace, "tokens" | "router" | "entropy" | "nats" | "predicted" | "window"> {
  /** what the tokens stand for */
  text: Uint8Array;
  /** (T) what each of them adds to it */
  pieces: Uint8Array[];
  tokenizer: Tokenizer;
  subject: Subject;
  /** step of the run, null for other models */
  step: number | null;
  config: Config;
  /** how many bytes of the text were given, not written by the model */
  given: number;
  pathways: Pathway[];
}

export interface Candidates {
  candidates: Candidate[];
  /** (L, P) of this position */
  router: Float32Array;
  /** (L) */
  entropy: Float32Array;
  pathways: Pathway[];
}

/** Posted at most 30 times a second while training. */
export interface Frame {
  type: "frame";
  /** number of the run: frames of an older one are late and to be ignored */
  run: number;
  first_step: number;
  /** of the steps since the last frame, nats per byte of text */
  losses: Float32Array;
  steps_done: number;
  done: boolean;
  playing: boolean;
  /** training alone: without samples, validation and pauses */
  bytes_per_second: number;
  learning_rate: number;
  grad_norm: number;
}

export interface ValidFrame {
  type: "valid";
  run: number;
  step: number;
  bits_per_byte: number;
}

export interface SampleFrame {
  type: "sample";
  run: number;
  step: number;
  lens: Lens;
  /** true: a snapshot of this step was kept */
  snapshot: boolean;
  /** all snapshots that are kept, ascending steps */
  snapshots: number[];
}

export type StopReason = "pause" | "done" | "plateau" | "error";
export interface StoppedFrame {
  type: "stopped";
  run: number;
  reason: StopReason;
  step: number;
  digest: string;
  error?: string;
}

/** Everything that a reload needs; the page stores it. */
export interface SavedFrame {
  type: "saved";
  run: number;
  step: number;
  digest: string;
  checkpoint: Uint8Array;
}

export type WorkerEvent = Frame | ValidFrame | SampleFrame | StoppedFrame | SavedFrame;

export type Speed = "slow" | "half" | "full";

/** What the worker does for the page: every call has one argument; what it throws there is a Result that failed here. */
export interface Api {
  start(o: { demo: Uint8Array }): {
    simd: boolean;
    kernels: string;
    presets: Preset[];
    /** null: it cannot be opened, for the reason */
    demo: ModelSummary | null;
    problem: string;
  };
  ping(o: {}): {};
  corpus(o: CorpusSpec): CorpusInfo;
  /** A fresh run over the corpus, at step 0, not playing. */
  create(o: RunSpec): { run: number; info: RunInfo; digest: string };
  /** The run that a SavedFrame saved, over the same corpus. */
  resume(o: RunSpec & { checkpoint: Uint8Array }): { run: number; info: RunInfo; digest: string };
  play(o: { speed: Speed }): {};
  /** Afterwards everything is saved. */
  pause(o: {}): { step: number; digest: string };
  step(o: {}): { step: number; digest: string };
  /** What the samples of the run continue from now on. */
  prompt(o: { prompt: string }): {};
  /** The page is hidden: frames come once a second. */
  visible(o: { visible: boolean }): {};
  /** Generates n bytes of text after the prompt and traces the whole. */
  sample(o: { subject: Subject; prompt: Uint8Array; n: number; sampling: Sampling }): { lens: Lens };
  /** Traces tokens. */
  lens(o: { subject: Subject; tokens: Uint8Array; given: number }): { lens: Lens };
  /** Traces a text, all of it given. */
  lensOf(o: { subject: Subject; text: Uint8Array }): { lens: Lens };
  vocabulary(o: { subject: Subject }): Vocabulary;
  /** How often each token occurs in the beginning of the corpus; bytes: of how much of it. */
  counts(o: { subject: Subject }): { counts: Uint32Array; bytes: number };
  /** The tokens of a text, and what each of them adds to it. */
  encode(o: { subject: Subject; text: Uint8Array }): { tokens: Uint8Array; pieces: Uint8Array[] };
  /** The most probable tokens after `tokens`; keep: only with these pathways. */
  candidates(o: { subject: Subject; tokens: Uint8Array; keep?: Pathway[]; n?: number }): Candidates;
  info(o: { subject: Subject }): { info: ModelInfo };
  tensor(o: { subject: Subject; index: number }): TensorData;
  /** Flips are counted from the last call. */
  codes(o: {}): CodeStatistics;
  /** text left out: the end of the corpus that validation uses, at most 16 KB of it. */
  uncertainty(o: { subject: Subject; text?: Uint8Array }): UncertaintyPositions & UncertaintyReport;
  evaluate(o: {}): Evaluation;
  fit(o: { config: Partial<Config>; windows: number[] }): Fit;
  fitOf(o: { subject: Subject; windows: number[] }): Fit;
  exportModel(o: { subject: Subject; format: ExportFormat; options: Record<string, unknown> }): { bytes: Uint8Array };
  open(o: { bytes: Uint8Array; name: string; config?: Partial<Config> }): ModelSummary;
  /** The run as it is now becomes the subject "kept". */
  keep(o: {}): ModelSummary;
}

export type Request = { id: number; name: keyof Api; argument: unknown };
export type Reply = { type: "reply"; id: number; result: Result<Record<string, unknown>> };
