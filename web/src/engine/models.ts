// The models that the worker holds, by subject.

import { AtomeError, type Atome, type Config, type Model, type Pathway, type Sampling } from "atome-lm";
import { joined } from "./bytes";
import type { Candidates, Lens, ModelSummary, Subject } from "./protocol";
import { PATHWAYS } from "./tables";

const MAX_LENS = 1024;

export interface Held {
  model: Model;
  name: string;
  step: number | null;
}

/** The core's words about a file, and what a visitor can do. */
const advice = (error: string) =>
  /^byte \d/.test(error)
    ? `is damaged (${error}): get another copy`
    : error
        .replace("give d_model, n_layers and d_head", "set the file's Width, Layers and Head on the left and open it again")
        .replace(/: load it again$/, "");

export class Models {
  #atome: Atome;
  #models = new Map<Subject, Held>();
  /** The last model that had some pathways switched off, which a pinned byte asks for again and again. */
  #variant: { of: Model; keep: string; model: Model } | null = null;

  constructor(atome: Atome) {
    this.#atome = atome;
  }

  set(subject: Subject, model: Model, name: string, step: number | null = null) {
    this.remove(subject);
    this.#models.set(subject, { model, name, step });
  }
  remove(subject: Subject) {
    const held = this.#models.get(subject);
    if (!held) return;
    if (this.#variant?.of === held.model) this.#dropVariant();
    held.model.close();
    this.#models.delete(subject);
  }
  get(subject: Subject): Held {
    const held = this.#models.get(subject);
    if (!held) throw new AtomeError("closed", "this model is no longer in memory: choose another one");
    return held;
  }

  open(
    subject: Subject,
    bytes: Uint8Array,
    name: string,
    { config, step = null }: { config?: Partial<Config>; step?: number | null } = {},
  ): ModelSummary {
    const model = this.#read(bytes, name, config);
    const info = model.info();
    if (info.config.vocab_size !== 256) {
      model.close();
      throw new AtomeError("unsupported", `${name}: has a vocabulary of ${info.config.vocab_size}: the page shows models of all 256 bytes`);
    }
    this.set(subject, model, name, step);
    return { subject, name, info };
  }
  #read(bytes: Uint8Array, name: string, config: Partial<Config> | undefined): Model {
    try {
      return this.#atome.open(bytes, config ? { config } : undefined).model;
    } catch (error) {
      if (!(error instanceof AtomeError)) throw error;
      throw new AtomeError(error.code, `${name}: ${advice(error.message)}`, { cause: error });
    }
  }

  lens(subject: Subject, tokens: Uint8Array, given: number): { lens: Lens } {
    const held = this.get(subject);
    const info = held.model.info();
    if (tokens.length > MAX_LENS) tokens = tokens.slice(0, MAX_LENS);
    const { text, pieces } = held.model.decode(tokens);
    const window = info.window || 256;
    const { router, entropy, nats, predicted } = held.model.traceTokens(tokens, { window });
    const pathways = PATHWAYS.filter((p) => !info.config.disable_pathways.includes(p));
    return {
      lens: {
        subject,
        step: held.step,
        config: info.config,
        tokenizer: info.tokenizer,
        tokens,
        text,
        pieces,
        given: Math.min(given, text.length),
        pathways,
        router,
        entropy,
        nats,
        predicted,
        window,
      },
    };
  }
  lensOf(subject: Subject, text: Uint8Array): { lens: Lens } {
    return this.lens(subject, this.get(subject).model.encode(text).tokens, text.length);
  }

  sample(subject: Subject, prompt: Uint8Array, n: number, sampling: Sampling): { lens: Lens } {
    const { model } = this.get(subject);
    const { stream } = model.stream(sampling);
    try {
      // A stream that has seen nothing starts as after a new line.
      const start = prompt.length > 0 ? prompt : Uint8Array.of(10);
      const read = prompt.length > 0 ? stream.feed(prompt) : model.encode(start);
      const written = stream.generate(n);
      const tokens = joined([read.tokens, written.tokens]);
      // What the end has cut of a last token is read as a text of its own.
      const text = joined([start, written.text]);
      const rest = text.subarray(model.decode(tokens).text.length);
      return this.lens(subject, joined([tokens, model.encode(rest).tokens]), start.length);
    } finally {
      stream.close();
    }
  }

  counts(subject: Subject, text: Uint8Array): Uint32Array {
    const { model } = this.get(subject);
    const counts = new Uint32Array(model.vocabulary().tokens.length);
    let value = false;
    for (const token of model.encode(text).tokens) {
      if (!value) counts[token]!++;
      value = !value && model.vocabulary().tokens[token]!.length === 0;
    }
    return counts;
  }

  candidates(subject: Subject, tokens: Uint8Array, keep: Pathway[] | undefined, n: number): Candidates {
    const held = this.get(subject).model;
    const model = keep ? this.#keepOnly(held, keep) : held;
    const info = model.info();
    const { stream } = model.stream({ window: info.window || 256 });
    try {
      stream.feedTokens(tokens);
      const { router, entropy } = stream.outputs();
      return {
        candidates: stream.candidates(n).candidates,
        router,
        entropy,
        pathways: PATHWAYS.filter((p) => !info.config.disable_pathways.includes(p)),
      };
    } finally {
      stream.close();
    }
  }

  #keepOnly(of: Model, keep: Pathway[]): Model {
    const key = keep.join();
    if (this.#variant?.of === of && this.#variant.keep === key) return this.#variant.model;
    this.#dropVariant();
    const { model } = of.withPathways(keep);
    this.#variant = { of, keep: key, model };
    return model;
  }
  #dropVariant() {
    this.#variant?.model.close();
    this.#variant = null;
  }
}
