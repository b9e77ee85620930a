import { checkCount, checkOptions, isBytes, refused, toBytes, type Text } from "./arguments.js";
import { Handle, type Calls, type Made } from "./calls.js";
import type { Sampling } from "./config.js";
import { ESCAPE } from "./vocabulary.js";

export interface Generated {
  text: Uint8Array;
  /** (T) that stand for it; a last one that the end of the text cuts is not among them. Bytes model: the text's own bytes */
  tokens: Uint8Array;
  /** (L, T, P) after each token was fed */
  router: Float32Array;
  /** (L, T) */
  entropy: Float32Array;
  /** (T) -ln of each token's probability at temperature 1 */
  nats: Float32Array;
  /** the text has ended before n bytes, at stop_when_unsure; outputs().uncertainty of the stream says how unsure */
  unsure: boolean;
}

export interface Candidate {
  token: number;
  /** that it stands for; empty: an escape, which says that the next token is the value of a byte */
  text: Uint8Array;
  probability: number;
}

/**
 * One token in, the distribution of the next token out, without end.
 *
 * A token may be longer than where a text ends: so the last token of what is read is held back, and the first that is
 * written is one of those that begin with it. Models of bytes hold nothing back.
 */
export class Stream {
  readonly #handle: Handle;
  readonly #vocabulary: Uint8Array[];
  private constructor(handle: Handle, vocabulary: Uint8Array[]) {
    this.#handle = handle;
    this.#vocabulary = vocabulary;
  }
  /** @internal */
  static _of(calls: Calls, made: Made, vocabulary: Uint8Array[]): Stream {
    return new Stream(new Handle(calls, made, "stream", "closeStream"), vocabulary);
  }
  step(token: number): void {
    if (!Number.isInteger(token) || token < 0 || token > 255) throw refused("token: use a whole number, 0..255");
    this.feedTokens(Uint8Array.of(token));
  }
  feedTokens(tokens: Uint8Array): void {
    if (!isBytes(tokens)) throw refused("tokens: use a Uint8Array");
    this.#handle.call("streamFeed", tokens);
  }
  /** Reads a text. tokens: those that were fed, without what is held back. */
  feed(text: Text): { tokens: Uint8Array } {
    return this.#handle.call("streamRead", toBytes(text, "text"));
  }
  /** Of the last token that was fed; zeros before the first. */
  outputs(): {
    /** in tokens */
    position: number;
    /** the token to come is the value of a byte */
    escaped: boolean;
    window: number;
    logits: Float32Array;
    probabilities: Float32Array;
    /** (L, P) */
    router: Float32Array;
    /** (L) */
    entropy: Float32Array;
    /**
     * the last entropy as a share of its most, 0..1: what a model that was trained with router_calibration knows of how
     * unsure the prediction will be, before it is made; 0 with one pathway
     */
    uncertainty: number;
  } {
    return this.#handle.call("streamOutputs");
  }
  /**
   * Samples one token and feeds it; text: what it adds, which may end within a character of UTF-8 (a TextDecoder with
   * stream: true waits for the rest). A stream that has seen nothing starts as after a new line.
   */
  next(): { token: number; text: Uint8Array; nats: number } {
    const { tokens, text, nats } = this.#handle.call<Generated>("streamNext");
    return { token: tokens[0]!, text, nats: nats[0]! };
  }
  /** n bytes of text, or fewer at stop_when_unsure: calling again does not go on, next() does. */
  generate(n: number): Generated {
    checkCount(n);
    return this.#handle.call("streamGenerate", n);
  }
  /** The n most probable next tokens at temperature 1, of those that stand for something. */
  candidates(n = 10): { candidates: Candidate[] } {
    checkCount(n);
    const { probabilities, escaped } = this.outputs();
    const candidates: Candidate[] = [];
    for (const [token, probability] of probabilities.entries()) {
      const text = escaped ? Uint8Array.of(token) : this.#vocabulary[token]!;
      if (text.length > 0 || token === ESCAPE) candidates.push({ token, text, probability });
    }
    candidates.sort((a, b) => b.probability - a.probability || a.token - b.token);
    return { candidates: candidates.slice(0, n) };
  }
  /** Other sampling from here on; starts its random numbers. */
  sampling(options?: Sampling): void {
    checkOptions(options);
    this.#handle.call("streamSampling", options);
  }
  /** Forgets the text and starts the random numbers again. */
  reset(): void {
    this.#handle.call("streamReset");
  }
  close(): void {
    this.#handle.close();
  }
}
