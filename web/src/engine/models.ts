// The models that the worker holds, by subject.

import { AtomeError, type Atome, type Config, type Model, type Pathway, type Sampling } from "atome-lm";
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

  lens(subject: Subject, tokens: Uint8Array, given: number, window?: number): { lens: Lens } {
    const held = this.get(subject);
    const info = held.model.info();
    if (tokens.length > MAX_LENS) tokens = tokens.slice(0, MAX_LENS);
    const w = window ?? (info.window || 256);
    const { router, entropy, nats, predicted } = held.model.trace(tokens, { window: w });
    const pathways = PATHWAYS.filter((p) => !info.config.disable_pathways.includes(p));
    return {
      lens: {
        subject,
        step: held.step,
        config: info.config,
        tokens,
        given: Math.min(given, tokens.length),
        pathways,
        router,
        entropy,
        nats,
        predicted,
        window: w,
      },
    };
  }

  sample(subject: Subject, prompt: Uint8Array, n: number, sampling: Sampling): { lens: Lens } {
    const written = this.get(subject).model.generate(prompt, n, sampling);
    // A stream that has seen nothing starts as after a new line.
    const start = prompt.length > 0 ? prompt : Uint8Array.of(10);
    const tokens = new Uint8Array(start.length + n);
    tokens.set(start);
    tokens.set(written.tokens, start.length);
    return this.lens(subject, tokens, start.length);
  }

  candidates(subject: Subject, tokens: Uint8Array, keep: Pathway[] | undefined, n: number): Candidates {
    const held = this.get(subject).model;
    const model = keep ? this.#keepOnly(held, keep) : held;
    const info = model.info();
    const { stream } = model.stream({ window: info.window || 256 });
    try {
      stream.feed(tokens);
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
