// Atome: tiny routed-ternary language models in JavaScript.
//
// What fails throws an AtomeError, and nothing else is thrown. Arrays that come out are copies and stay good.
//
// Letters: T positions, V vocabulary (at most 256 bytes), L layers, P active pathways.

export type AtomeErrorCode =
  /** an argument of the wrong kind, or outside its range */
  | "bad_argument"
  /** a dimension or an option outside its range */
  | "bad_config"
  /** bytes that are no model or checkpoint: foreign, cut off, damaged */
  | "bad_file"
  /** well formed, but the format, the model or this engine cannot hold or do it */
  | "unsupported"
  /** NaN or infinity where a number is required: training has blown up, or a file holds them */
  | "not_finite"
  /** more memory than the package takes at once; the instance goes on */
  | "out_of_memory"
  /** inside the package; a fault of ours where it is seen */
  | "bad_alignment"
  | "arena_too_small"
  /** a model, stream or trainer after its close() */
  | "closed"
  /** the module cannot be fetched, compiled or started; see cause */
  | "load_failed"
  /** the instance has run out of memory: every call says so from then on; load() another one; see cause */
  | "stopped";

/** message: one line that says what is wrong and what would be right. */
export class AtomeError extends Error {
  constructor(code: AtomeErrorCode, message: string, options?: { cause?: unknown });
  readonly name: "AtomeError";
  readonly code: AtomeErrorCode;
}

/** A text as its bytes; a string stands for its UTF-8. */
export type Text = Uint8Array | ArrayBuffer | string;

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

/** What is left out has the default of `atome train`, see defaults(); a key that is not here is refused. */
export interface TrainOptions {
  /** optimiser steps */
  steps: number;
  /** sequences a step */
  batch: number;
  /** bytes of a sequence */
  seq: number;
  /** peak learning rate */
  lr: number;
  /** learning rate after the warm-up */
  schedule: "constant" | "cosine" | "wsd";
  /** steps of linear warm-up; left out: a tenth of steps, at most 1000 */
  warmup: number;
  /** last learning rate as a share of lr */
  final_lr: number;
  /** share of the steps in which wsd decays */
  decay_share: number;
  /** muon: Muon for matrices, AdamW for the rest */
  optimizer: "adamw" | "muon";
  /** of all but embeddings */
  weight_decay: number;
  /** of embeddings */
  embedding_weight_decay: number;
  /** of embeddings, as a multiple of lr */
  embedding_lr: number;
  /** of norms, gains and decays, as a multiple of lr */
  vector_lr: number;
  /** Muon's */
  muon_momentum: number;
  /** size of a Muon update, as a multiple of lr */
  muon_rms: number;
  /** AdamW's */
  beta1: number;
  /** AdamW's */
  beta2: number;
  /** AdamW's */
  eps: number;
  /** largest gradient norm; 0: no clipping */
  clip: number;
  /** of weights and batches */
  seed: Seed;
  /** share of the text, at its end, for validation */
  valid_share: number;
  /** where sequences start: anywhere, or at multiples of seq */
  sampling: "windows" | "chunks";
  /** the teacher's share in the loss */
  teacher_alpha: number;
  /** softens teacher and student alike */
  teacher_temperature: number;
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

export interface LoadOptions {
  /** Which of the two modules; left out: SIMD where the engine has it. Both give the same bits. */
  simd?: boolean;
  /**
   * The module, its bytes or its address; left out: the file beside index.js. atome-simd.wasm where SIMD is chosen,
   * atome.wasm where it is not.
   */
  wasm?: WebAssembly.Module | ArrayBuffer | ArrayBufferView | URL | string;
}

/** Whether this engine runs WebAssembly SIMD. */
export function simdSupported(): boolean;

/** Loads the module: once a page, worker or process. Every load is an instance with its own memory. */
export function load(options?: LoadOptions): Promise<{ atome: Atome }>;

export class Atome {
  private constructor();
  readonly simd: boolean;
  /** "scalar" or "wasm128" */
  readonly kernels: string;
  /** True after the instance has run out of memory: every call fails from then on; load() another one. */
  readonly broken: boolean;

  defaults(): { config: Config; options: TrainOptions };
  /** All training options, in the order of `atome train --help`. */
  trainOptions(): { options: TrainOption[] };
  /**
   * A model of any format: .atome, .safetensors, .pt, ATOME01, ATOME02, ATOMEP3. config: the dimensions of
   * the legacy formats, which carry none; left out: deduced. At most 32 MiB.
   */
  open(bytes: Uint8Array | ArrayBuffer, options?: { config?: Partial<Config> }): { model: Model };
  /**
   * A training run over a text, from fresh weights (config), or from the float weights of `model`. The
   * weights after each step are those of `atome train --exact` with the same seed, text and options.
   */
  createTrainer(
    text: Text,
    start?: { config?: Partial<Config>; options?: Partial<TrainOptions>; model?: Model },
  ): { trainer: Trainer; notes: Record<string, string> };
  /** Continues from the bytes of checkpoint(), or from a file of `atome train`, over the same text. */
  resumeTrainer(
    checkpoint: Uint8Array,
    text: Text,
  ): { trainer: Trainer; notes: Record<string, string> };
  corpusPresets(): { presets: { name: string; title: string; about: string; prompt: string }[] };
  /** The text of a preset, as `atome corpus NAME` writes it; bytes: up to 32 MiB, else 1,000,000. */
  corpus(preset: string, options?: { bytes?: number; seed?: Seed }): { bytes: Uint8Array };
  /** What a model of this configuration asks of a chip, before there is one. */
  fit(config?: Partial<Config>, windows?: number[]): Fit;
}

export interface TensorInfo {
  index: number;
  name: string;
  layer: number;
  rows: number;
  cols: number;
  /** false: belongs to a disabled pathway; the fields below are left out */
  active: boolean;
  coded: boolean;
  encoding?: "f32" | "trit2" | "trit5" | "p3" | "int4";
  /** how often each code occurs; coded tensors only */
  histogram?: Record<number, number>;
  /** share of zeros; coded tensors only */
  sparsity?: number;
  /** one, or one a row */
  scales?: Float32Array;
}

export interface ModelInfo {
  /** "atome", "safetensors", ..., or "memory" for a model that no file holds */
  format: string;
  file_bytes: number;
  config: Config;
  parameters: number;
  /** the recommended attention window; 0: none */
  window: number;
  has_float_weights: boolean;
  /** bytes of the .atome file */
  flash: { trit2: number; trit5: number };
  tensors: TensorInfo[];
}

export interface Trace {
  tokens: Uint8Array;
  /** (T, V) */
  logits: Float32Array;
  /** (L, T, P), pathways in the order local, state, sparse without the disabled ones */
  router: Float32Array;
  /** (L, T), of the router, nats */
  entropy: Float32Array;
  /** (T) loss of the byte that followed; 0 at the last position */
  nats: Float32Array;
  /** (T) entropy of the predicted distribution, nats */
  predicted: Float32Array;
  /** the most probable continuation */
  greedy: Uint8Array;
  /** 16 hexadecimal digits, as `atome trace` prints */
  digest: string;
  window: number;
}

/** N predictions, one a position: position i has seen bytes 0..i and predicts byte i + 1. */
export interface UncertaintyPositions {
  /** (L, N) of the router, nats; all 0 with one pathway */
  entropy: Float32Array;
  /** (N) mean of those over the layers */
  mean: Float32Array;
  /** (N) entropy of the predicted distribution, nats */
  predicted: Float32Array;
  /** (N) of the predicted distribution */
  max_probability: Float32Array;
  /** (N) loss of the byte that came */
  nats: Float32Array;
  /** (N) 1 where the most probable byte came */
  correct: Uint8Array;
}

/** How well a signal tells hard predictions from easy ones. null: it has no value. */
export interface UncertaintySignal {
  name: "mean_router_entropy" | "router_entropy" | "predictive_entropy" | "one_minus_max_probability";
  /** of router_entropy, else null */
  layer: number | null;
  /** rank correlation with the loss, -1..1; null where the signal or the loss is constant */
  spearman: number | null;
  /**
   * The same with the predictive entropy held constant: what the signal knows beyond it. null for the
   * predictive entropy itself, and for a signal that is constant or in the same order.
   */
  partial: number | null;
  /**
   * The probability that a wrong prediction has a higher signal than a right one: 0.5 says nothing, 1
   * everything. null where all predictions are right, or all wrong.
   */
  auroc: number | null;
  /**
   * Area under the curve of risk and coverage: the error rate among the predictions with the lowest signal,
   * averaged over all coverages. Lower is better; a signal that says nothing has 1 - accuracy.
   */
  aurc: number;
}

export interface UncertaintyReport {
  /** mean_router_entropy, router_entropy of each layer, predictive_entropy, one_minus_max_probability */
  signals: UncertaintySignal[];
  /** N */
  predictions: number;
  /** how often the most probable byte came, 0..1 */
  accuracy: number;
  bits_per_byte: number;
  /** expected calibration error of max_probability, in 15 bins of equal width */
  ece: number;
}

export interface Generated {
  tokens: Uint8Array;
  /** (L, T, P) after each new byte was fed */
  router: Float32Array;
  /** (L, T) */
  entropy: Float32Array;
  /** (T) -ln of each byte's probability at temperature 1 */
  nats: Float32Array;
}

export interface BoardFit {
  name: string;
  chip: string;
  core: string;
  /** bytes */
  flash: number;
  ram: number;
  fits: boolean;
  /** "" where neither packing fits the flash */
  packing: "trit2" | "trit5" | "";
  /** the largest attention window that fits; 0: none */
  window: number;
  note: string;
}

export interface Fit {
  config: Config;
  parameters: number;
  flash: { trit2: number; trit5: number };
  /** bytes of the engine's arena by attention window; code and stack come on top */
  ram: { window: number; bytes: number }[];
  boards: BoardFit[];
}

/**
 * For export("main-c"): a main.c that sends to the serial port what `atome generate` writes with the same
 * options. Its arena has the bytes that the engine needs on a 32-bit chip at this window, no more.
 */
export interface MainCOptions extends StreamOptions {
  /** name of the file that holds the bytes of export("c-header"), made with the same symbol; else model.h */
  header?: string;
  /** at most 4094 bytes; left out or empty: a new line */
  prompt?: Text;
  /** bytes to write, 1..1,000,000,000; else 200 */
  n?: number;
}

export interface StreamOptions extends Sampling {
  /** positions that attention sees, 1..65536; left out: the model's, else 256 */
  window?: number;
}

/** close() frees the memory at once; otherwise garbage collection does, some time later. */
export class Model {
  private constructor();
  info(): ModelInfo;
  /** The numbers of one tensor: codes (row-major) and scales, or values. */
  tensor(index: number): { codes: Int8Array; scales: Float32Array; values: Float32Array };
  /** window left out: all positions, the full forward pass. At most 65,536 positions. */
  trace(text: Text, options?: { window?: number; greedy?: number }): Trace;
  /**
   * Whether the router's entropy, or another signal, says how uncertain a prediction is: every prediction of
   * one stream over a text of 3..65,536 bytes, and figures over all of them. window left out: the model's,
   * else 256. As long as feeding the text to a stream: in a page, for a worker.
   */
  uncertainty(
    text: Text,
    options?: { window?: number },
  ): { positions: UncertaintyPositions; report: UncertaintyReport };
  stream(options?: StreamOptions): { stream: Stream };
  /** n new bytes after a prompt: those of `atome generate` with the same options. */
  generate(prompt: Text, n: number, options?: StreamOptions): Generated;
  /** The model with only these pathways; a single one is forced. The weights stay as they are. */
  withPathways(keep: Pathway[]): { model: Model };
  /** The float weights quantised another way. */
  quantise(quantizer: Quantizer): { model: Model };
  /**
   * The bytes of `atome export`. trit2 decodes fastest, trit5 is smallest; symbol names the C array, else
   * model_blob. "c-header" is the model for firmware, "main-c" a C program around it.
   */
  export(
    format: "atome" | "atome01" | "atome02" | "atomep3" | "safetensors" | "c-header" | "main-c",
    options?: { trits?: "trit2" | "trit5"; symbol?: string } & MainCOptions,
  ): { bytes: Uint8Array };
  fit(windows?: number[]): Fit;
  close(): void;
}

/** One byte in, the distribution of the next byte out, without end. */
export class Stream {
  private constructor();
  step(token: number): void;
  feed(text: Text): void;
  /** Of the last step; zeros before the first. */
  outputs(): {
    position: number;
    window: number;
    logits: Float32Array;
    probabilities: Float32Array;
    /** (L, P) */
    router: Float32Array;
    /** (L) */
    entropy: Float32Array;
  };
  /** Samples one byte and feeds it. A stream that has seen nothing starts as after a new line. */
  next(): { token: number; nats: number };
  generate(n: number): Generated;
  /** The n most probable next bytes at temperature 1. */
  candidates(n?: number): { candidates: { token: number; probability: number }[] };
  /** Other sampling from here on; starts its random numbers. */
  sampling(options?: Sampling): void;
  /** Forgets all bytes and starts the random numbers again. */
  reset(): void;
  close(): void;
}

export interface CodeStatistics {
  step: number;
  /** the step of the previous call, which flips are counted from */
  since: number;
  tensors: {
    index: number;
    name: string;
    histogram: Record<number, number>;
    sparsity: number;
    /** mean over the rows where there is one a row */
    scale: number;
    flips: number;
  }[];
}

export class Trainer {
  private constructor();
  info(): {
    config: Config;
    options: TrainOptions;
    parameters: number;
    steps_done: number;
    done: boolean;
    bytes_per_step: number;
    has_validation: boolean;
    /** of the next step */
    learning_rate: number;
    kernels: string;
  };
  /** Steps until one of the limits is reached or the run is done; at least one. */
  train(limits?: { steps?: number; milliseconds?: number }): {
    /** 0-based number of the first step taken */
    first_step: number;
    steps_done: number;
    done: boolean;
    /** one a step: mean nats per byte of its batch, before it */
    losses: Float32Array;
    grad_norms: Float32Array;
    milliseconds: number;
  };
  /** All losses since the trainer was made. */
  losses(): { losses: Float32Array };
  /** On the text kept for validation: its first 64 KiB, or all of it. */
  validate(options?: { all?: boolean }): Evaluation;
  /**
   * A piece of validate(), for pages that must answer soon: about `bytes` bytes from `first` on, a multiple of
   * seq. bytes says how many were covered, 0 after the last piece. The means of all pieces, weighted by their
   * predictions, are those of validate().
   */
  validatePiece(first: number, bytes: number): Evaluation & { bytes: number };
  evaluateTrainingText(): Evaluation;
  /** The model of this moment, quantised. */
  model(): { model: Model };
  /** model() and generate() in one. */
  sample(prompt: Text, n: number, options?: StreamOptions): Generated;
  /** Of all float weights: 16 hexadecimal digits, as `atome train` prints. */
  digest(): { digest: string };
  codes(): CodeStatistics;
  /** A .safetensors file with optimiser state, for resumeTrainer() and `atome train --resume`. */
  checkpoint(notes?: Record<string, string>): { bytes: Uint8Array };
  close(): void;
}

export interface Evaluation {
  nats: number;
  bits_per_byte: number;
  predictions: number;
}
