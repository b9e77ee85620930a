// The models that the worker holds, by subject.

import type { Atome, Config, Model, Pathway, Result, Sampling } from "atome-lm";
import type { Candidates, Lens, ModelSummary, Subject } from "./protocol";

const ALL: Pathway[] = ["local", "state", "sparse"];
const MAX_LENS = 1024;

const failed = (error: string) => ({ ok: false as const, error });
/** The core's words about a file, and what a visitor can do. */
const advice = (error: string) =>
  /^byte \d/.test(error) ? `is damaged (${error}): get another copy`
    : error.replace("give d_model, n_layers and d_head", "set the file's Width, Layers and Head on the left and open it again")
           .replace(/: load it again$/, "");

export class Models {
  #atome: Atome;
  #models = new Map<Subject, { model: Model; name: string; step: number | null }>();
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
  get(subject: Subject): Result<{ model: Model; name: string; step: number | null }> {
    const held = this.#models.get(subject);
    return held ? { ok: true, ...held } : failed("this model is no longer in memory: choose another one");
  }

  open(
    subject: Subject, bytes: Uint8Array, name: string, { config, step = null }: { config?: Partial<Config>; step?: number | null } = {},
  ): Result<ModelSummary> {
    const opened = this.#atome.open(bytes, config ? { config } : undefined);
    if (!opened.ok) return failed(`${name}: ${advice(opened.error)}`);
    const info = opened.model.info();
    if (!info.ok) return info;
    if (info.config.vocab_size !== 256) {
      opened.model.close();
      return failed(`${name}: has a vocabulary of ${info.config.vocab_size}: the page shows models of all 256 bytes`);
    }
    this.set(subject, opened.model, name, step);
    return { ok: true, subject, name, info };
  }

  lens(subject: Subject, tokens: Uint8Array, given: number, window?: number): Result<{ lens: Lens }> {
    const held = this.get(subject);
    if (!held.ok) return held;
    const info = held.model.info();
    if (!info.ok) return info;
    if (tokens.length > MAX_LENS) tokens = tokens.slice(0, MAX_LENS);
    const w = window ?? (info.window || 256);
    const trace = held.model.trace(tokens, { window: w });
    if (!trace.ok) return trace;
    const pathways = ALL.filter((p) => !info.config.disable_pathways.includes(p));
    const { router, entropy, nats, predicted } = trace;
    return {
      ok: true,
      lens: {
        subject, step: held.step, config: info.config, tokens, given: Math.min(given, tokens.length), pathways,
        router, entropy, nats, predicted, window: w,
      },
    };
  }

  sample(subject: Subject, prompt: Uint8Array, n: number, sampling: Sampling): Result<{ lens: Lens }> {
    const held = this.get(subject);
    if (!held.ok) return held;
    const written = held.model.generate(prompt, n, sampling);
    if (!written.ok) return written;
    // A stream that has seen nothing starts as after a new line.
    const start = prompt.length > 0 ? prompt : Uint8Array.of(10);
    const tokens = new Uint8Array(start.length + n);
    tokens.set(start);
    tokens.set(written.tokens, start.length);
    return this.lens(subject, tokens, start.length);
  }

  candidates(subject: Subject, tokens: Uint8Array, keep: Pathway[] | undefined, n: number): Result<Candidates> {
    const held = this.get(subject);
    if (!held.ok) return held;
    let model = held.model;
    if (keep) {
      const variant = this.#keepOnly(model, keep);
      if (!variant.ok) return variant;
      model = variant.model;
    }
    const info = model.info();
    if (!info.ok) return info;
    const opened = model.stream({ window: info.window || 256 });
    if (!opened.ok) return opened;
    const { stream } = opened;
    const fed = stream.feed(tokens);
    const outputs = fed.ok ? stream.outputs() : fed;
    const best = outputs.ok ? stream.candidates(n) : outputs;
    stream.close();
    if (!outputs.ok) return outputs;
    if (!best.ok) return best;
    return {
      ok: true, candidates: best.candidates, router: outputs.router, entropy: outputs.entropy,
      pathways: ALL.filter((p) => !info.config.disable_pathways.includes(p)),
    };
  }

  #keepOnly(of: Model, keep: Pathway[]): Result<{ model: Model }> {
    const key = keep.join();
    if (this.#variant?.of === of && this.#variant.keep === key) return { ok: true, model: this.#variant.model };
    this.#dropVariant();
    const made = of.withPathways(keep);
    if (made.ok) this.#variant = { of, keep: key, model: made.model };
    return made;
  }
  #dropVariant() {
    this.#variant?.model.close();
    this.#variant = null;
  }
}
