import { checkList, checkOptions, checkText, isBytes, refused, toBytes, type Text } from "./arguments.js";
import { Handle, type Calls, type Made } from "./calls.js";
import type { Engine, StreamOptions } from "./config.js";
import type { Config, Encoding, Pathway, Quantizer, Tokenizer } from "./options.js";
import { WINDOWS, type Fit, type MainCOptions } from "./deploy.js";
import { Stream, type Generated } from "./stream.js";
import type { UncertaintyPositions, UncertaintyReport } from "./uncertainty.js";
import { joined, piecesOf, type Vocabulary } from "./vocabulary.js";

export interface TensorInfo {
  index: number;
  name: string;
  layer: number;
  rows: number;
  cols: number;
  /** false: belongs to a disabled pathway; the fields below are left out */
  active: boolean;
  coded: boolean;
  encoding?: Encoding;
  /** where its codes or numbers start in the .atome file, for each packing of ternary codes */
  offset?: { trit2: number; trit5: number };
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
  /** what a token is: a byte, or a frequent string of bytes; see vocabulary() */
  tokenizer: Tokenizer;
  config: Config;
  parameters: number;
  /** the recommended attention window; 0: none */
  window: number;
  has_float_weights: boolean;
  /** bytes of the .atome file */
  flash: { trit2: number; trit5: number };
  tensors: TensorInfo[];
}

export interface TraceOptions {
  /** left out: all positions, the full forward pass */
  window?: number;
  /** left out: float */
  engine?: Engine;
  /** tokens of the most probable continuation, which the digest covers; left out: 0 */
  greedy?: number;
}

export interface Trace {
  /** (T) */
  tokens: Uint8Array;
  /** (T, V) */
  logits: Float32Array;
  /** (L, T, P), pathways in the order local, state, sparse without the disabled ones */
  router: Float32Array;
  /** (L, T), of the router, nats */
  entropy: Float32Array;
  /** (T) loss of the token that followed; 0 at the last position */
  nats: Float32Array;
  /** (T) entropy of the predicted distribution, nats */
  predicted: Float32Array;
  /** the most probable continuation */
  greedy: Uint8Array;
  /** 16 hexadecimal digits, as `atome trace` prints */
  digest: string;
  window: number;
}

/** close() frees the memory at once; otherwise garbage collection does, some time later. */
export class Model {
  readonly #handle: Handle;
  #vocabulary: Vocabulary | null = null;
  private constructor(handle: Handle) { this.#handle = handle; }
  /** @internal */
  static _of(calls: Calls, made: Made): Model {
    return new Model(new Handle(calls, made, "model", "closeModel"));
  }
  /** @internal */
  get _number(): number {
    return this.#handle.number;
  }
  info(): ModelInfo {
    return this.#handle.call("info");
  }
  vocabulary(): Vocabulary {
    return (this.#vocabulary ??= this.#handle.call<Vocabulary>("vocabulary"));
  }
  /** The tokens of a text: every text has some, but for bytes beyond the vocabulary of a smaller model of bytes. */
  encode(text: Text): { tokens: Uint8Array } {
    return this.#handle.call("encode", toBytes(text, "text"));
  }
  /** The text of tokens. pieces: what each of them adds to it; an escape nothing, and the token behind it a byte. */
  decode(tokens: Uint8Array): { text: Uint8Array; pieces: Uint8Array[] } {
    const vocabulary = this.vocabulary().tokens;
    const V = vocabulary.length;
    if (!isBytes(tokens) || tokens.some((token) => token >= V)) throw refused(`tokens: use a Uint8Array of numbers below ${V}`);
    const pieces = piecesOf(vocabulary, tokens);
    return { text: joined(pieces), pieces };
  }
  /** The numbers of one tensor: codes (row-major) and scales, or values. */
  tensor(index: number): { codes: Int8Array; scales: Float32Array; values: Float32Array } {
    if (!Number.isInteger(index) || index < 0) throw refused("index: use a whole number");
    return this.#handle.call("tensor", index);
  }
  /** At most 65,536 positions. */
  trace(text: Text, options?: TraceOptions): Trace {
    return this.traceTokens(this.encode(text).tokens, options);
  }
  traceTokens(tokens: Uint8Array, options?: TraceOptions): Trace {
    checkOptions(options);
    if (!isBytes(tokens)) throw refused("tokens: use a Uint8Array");
    return this.#handle.call("trace", tokens, options);
  }
  /**
   * Whether the router's entropy, or another signal, says how uncertain a prediction is: every prediction of
   * one stream over a text of 3..65,536 bytes, and figures over all of them. window left out: the model's,
   * else 256. As long as feeding the text to a stream: in a page, for a worker.
   */
  uncertainty(
    text: Text,
    options?: { window?: number },
  ): { positions: UncertaintyPositions; report: UncertaintyReport } {
    checkOptions(options);
    return this.#handle.call("uncertainty", toBytes(text, "text"), options);
  }
  stream(options?: StreamOptions): { stream: Stream } {
    checkOptions(options);
    return { stream: Stream._of(this.#handle.calls, this.#handle.call("openStream", options), this.vocabulary().tokens) };
  }
  /** n new bytes of text after a prompt: those of `atome generate` with the same options. */
  generate(prompt: Text, n: number, options?: StreamOptions): Generated {
    const bytes = toBytes(prompt, "prompt");
    const { stream } = this.stream(options);
    try {
      stream.feed(bytes);
      return stream.generate(n);
    } finally {
      stream.close();
    }
  }
  /** The model with only these pathways; a single one is forced. The weights stay as they are. */
  withPathways(keep: Pathway[]): { model: Model } {
    checkList(keep, "keep");
    return this.#changed("withPathways", { keep });
  }
  /** The float weights quantised another way. */
  quantise(quantizer: Quantizer): { model: Model } {
    return this.#changed("quantised", { quantizer });
  }
  /**
   * The bytes of `atome export`. trit2 decodes fastest, trit5 is smallest; symbol names the C array, else
   * model_blob. "c-header" is the model for firmware, "main-c" a C program around it. engine fixed: these two and
   * "atome" with what that engine needs; left out: what the model's file has.
   */
  export(
    format: "atome" | "atome01" | "atome02" | "atomep3" | "safetensors" | "c-header" | "main-c",
    options?: { trits?: "trit2" | "trit5"; symbol?: string; engine?: Engine } & MainCOptions,
  ): { bytes: Uint8Array } {
    checkText(format, "format");
    checkOptions(options);
    const prompt = toBytes(options?.prompt ?? "", "prompt");
    return this.#handle.call("exportBytes", { ...options, format, prompt });
  }
  fit(windows: number[] = WINDOWS): Fit {
    checkList(windows, "windows");
    return this.#handle.call("fit", null, windows);
  }
  close(): void {
    this.#handle.close();
  }
  #changed(name: string, options: object): { model: Model } {
    return { model: Model._of(this.#handle.calls, this.#handle.call(name, options)) };
  }
}
