import { checkCount, checkOptions, refused, toBytes, type Text } from "./arguments.js";
import { Handle, type Calls, type Made } from "./calls.js";
import type { Sampling } from "./config.js";

export interface Generated {
  tokens: Uint8Array;
  /** (L, T, P) after each new byte was fed */
  router: Float32Array;
  /** (L, T) */
  entropy: Float32Array;
  /** (T) -ln of each byte's probability at temperature 1 */
  nats: Float32Array;
}

/** One byte in, the distribution of the next byte out, without end. */
export class Stream {
  readonly #handle: Handle;
  private constructor(handle: Handle) { this.#handle = handle; }
  /** @internal */
  static _of(calls: Calls, made: Made): Stream {
    return new Stream(new Handle(calls, made, "stream", "closeStream"));
  }
  step(token: number): void {
    if (!Number.isInteger(token) || token < 0 || token > 255) throw refused("token: use a whole number, 0..255");
    this.#handle.call("streamFeed", Uint8Array.of(token));
  }
  feed(text: Text): void {
    this.#handle.call("streamFeed", toBytes(text, "text"));
  }
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
  } {
    return this.#handle.call("streamOutputs");
  }
  /** Samples one byte and feeds it. A stream that has seen nothing starts as after a new line. */
  next(): { token: number; nats: number } {
    const { tokens, nats } = this.generate(1);
    return { token: tokens[0]!, nats: nats[0]! };
  }
  generate(n: number): Generated {
    checkCount(n);
    return this.#handle.call("streamGenerate", n);
  }
  /** The n most probable next bytes at temperature 1. */
  candidates(n = 10): { candidates: { token: number; probability: number }[] } {
    checkCount(n);
    const candidates = Array.from(this.outputs().probabilities, (probability, token) => ({ token, probability }));
    candidates.sort((a, b) => b.probability - a.probability || a.token - b.token);
    return { candidates: candidates.slice(0, n) };
  }
  /** Other sampling from here on; starts its random numbers. */
  sampling(options?: Sampling): void {
    checkOptions(options);
    this.#handle.call("streamSampling", options);
  }
  /** Forgets all bytes and starts the random numbers again. */
  reset(): void {
    this.#handle.call("streamReset");
  }
  close(): void {
    this.#handle.close();
  }
}
