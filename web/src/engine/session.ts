// What the worker does for the page: the Api over one instance of the engine.

import type { Atome, Result } from "atome-lm";
import { Models } from "./models";
import type { Api, CorpusInfo, RunInfo, RunSpec, WorkerEvent } from "./protocol";
import { Run } from "./run";

const HEAD = 4096;
const MAX_UNCERTAINTY = 16384;
/** Weights times bytes of one step: some seconds. While it lasts no request is answered, and Engine would count
 *  the worker as dead. */
const MAX_STEP_WORK = 4e9;

const failed = (error: string) => ({ ok: false as const, error });

type Handlers = { [K in keyof Api]: (o: Parameters<Api[K]>[0]) => Result<ReturnType<Api[K]>> };

export class Session implements Handlers {
  #atome: Atome;
  #models: Models;
  #emit: (event: WorkerEvent) => void;
  #now: () => number;
  #text: Uint8Array = new Uint8Array();
  #run: Run | null = null;
  #runs = 0;

  constructor(atome: Atome, emit: (event: WorkerEvent) => void, now: () => number) {
    this.#atome = atome;
    this.#models = new Models(atome);
    this.#emit = emit;
    this.#now = now;
  }

  get broken() {
    return this.#atome.broken;
  }
  /** See Run.slice(). */
  slice(): number | null {
    return this.#run?.slice() ?? null;
  }

  start({ demo }: { demo: Uint8Array }): ReturnType<Handlers["start"]> {
    const defaults = this.#atome.defaults();
    if (!defaults.ok) return defaults;
    const presets = this.#atome.corpusPresets();
    if (!presets.ok) return presets;
    const opened = this.#models.open("demo", demo, "the pretrained model");
    return {
      ok: true, simd: this.#atome.simd, kernels: this.#atome.kernels, defaults, presets: presets.presets,
      demo: opened.ok ? opened : null, problem: opened.ok ? "" : opened.error,
    };
  }
  ping(): Result<{}> {
    return { ok: true };
  }

  corpus(spec: Parameters<Api["corpus"]>[0]): Result<CorpusInfo> {
    const began = this.#now();
    let prompt = "";
    if (spec.kind === "preset") {
      const presets = this.#atome.corpusPresets();
      if (!presets.ok) return presets;
      prompt = presets.presets.find((p) => p.name === spec.name)?.prompt ?? "";
      const made = this.#atome.corpus(spec.name, { bytes: spec.bytes, seed: spec.seed });
      if (!made.ok) return made;
      this.#text = made.bytes;
    } else {
      this.#text = spec.text;
    }
    return {
      ok: true, name: spec.name, bytes: this.#text.length, head: this.#text.slice(0, HEAD), prompt,
      milliseconds: this.#now() - began,
    };
  }

  create(spec: RunSpec): ReturnType<Handlers["create"]> {
    if (this.#text.length < 2)
      return failed(`the text has ${this.#text.length} byte${this.#text.length === 1 ? "" : "s"}: training needs at least 2`);
    const { batch, seq } = spec.options;
    const fit = this.#atome.fit(spec.config, [seq]);
    if (!fit.ok) return fit;
    const most = Math.floor(MAX_STEP_WORK / (fit.parameters * seq));
    if (batch > most)
      return failed(`a step of ${batch} sequences takes too long in a page with ${fit.parameters.toLocaleString("en")} weights: use a batch of at most ${most}`);
    const made = this.#atome.createTrainer(this.#text, { config: spec.config, options: spec.options });
    return made.ok ? this.#adopt(spec, made.trainer) : made;
  }
  resume(spec: Parameters<Api["resume"]>[0]): ReturnType<Handlers["resume"]> {
    const made = this.#atome.resumeTrainer(spec.checkpoint, this.#text);
    return made.ok ? this.#adopt(spec, made.trainer) : made;
  }
  #adopt(spec: RunSpec, trainer: Run["trainer"]): ReturnType<Handlers["create"]> {
    const result = trainer.info();
    if (!result.ok) return result;
    const { config, options, parameters, steps_done, done, bytes_per_step, has_validation } = result;
    const info: RunInfo = { config, options, parameters, steps_done, done, bytes_per_step, has_validation };
    this.#run?.forget();
    this.#run = new Run(++this.#runs, spec, trainer, info, this.#models, this.#emit, this.#now);
    return { ok: true, run: this.#run.number, info, digest: this.#run.digest() };
  }

  play({ speed }: Parameters<Api["play"]>[0]): Result<{}> {
    if (!this.#run) return failed("there is no run yet: press Play");
    this.#run.play(speed);
    return { ok: true };
  }
  pause(): ReturnType<Handlers["pause"]> {
    if (!this.#run) return failed("there is no run yet: press Play");
    this.#run.pause();
    return { ok: true, step: this.#run.step, digest: this.#run.digest() };
  }
  step(): ReturnType<Handlers["step"]> {
    if (!this.#run) return failed("there is no run yet: press Play");
    this.#run.single();
    return { ok: true, step: this.#run.step, digest: this.#run.digest() };
  }
  prompt({ prompt }: { prompt: string }): Result<{}> {
    if (this.#run) this.#run.spec.prompt = prompt;
    return { ok: true };
  }
  visible({ visible }: { visible: boolean }): Result<{}> {
    if (this.#run) this.#run.hidden = !visible;
    return { ok: true };
  }

  sample(o: Parameters<Api["sample"]>[0]): ReturnType<Handlers["sample"]> {
    return this.#models.sample(o.subject, o.prompt, o.n, o.sampling);
  }
  lens(o: Parameters<Api["lens"]>[0]): ReturnType<Handlers["lens"]> {
    return this.#models.lens(o.subject, o.tokens, o.given);
  }
  candidates(o: Parameters<Api["candidates"]>[0]): ReturnType<Handlers["candidates"]> {
    return this.#models.candidates(o.subject, o.tokens, o.keep, o.n ?? 8);
  }
  info(o: Parameters<Api["info"]>[0]): ReturnType<Handlers["info"]> {
    const held = this.#models.get(o.subject);
    if (!held.ok) return held;
    const info = held.model.info();
    return info.ok ? { ok: true, info } : info;
  }
  tensor(o: Parameters<Api["tensor"]>[0]): ReturnType<Handlers["tensor"]> {
    const held = this.#models.get(o.subject);
    return held.ok ? held.model.tensor(o.index) : held;
  }
  codes(): ReturnType<Handlers["codes"]> {
    return this.#run ? this.#run.trainer.codes() : failed("there is no run yet: press Play");
  }
  uncertainty(o: Parameters<Api["uncertainty"]>[0]): ReturnType<Handlers["uncertainty"]> {
    const held = this.#models.get(o.subject);
    if (!held.ok) return held;
    const text = o.text ?? this.#heldOut();
    const info = held.model.info();
    if (!info.ok) return info;
    const result = held.model.uncertainty(text.slice(0, MAX_UNCERTAINTY), { window: info.window || 256 });
    return result.ok ? { ok: true, ...result.positions, ...result.report } : result;
  }
  /** The text that no training step sees: the share at the end. */
  #heldOut(): Uint8Array {
    const share = this.#run?.spec.options.valid_share ?? 0.1;
    const from = Math.floor(this.#text.length * (1 - share));
    return this.#text.slice(from, from + MAX_UNCERTAINTY);
  }
  evaluate(): ReturnType<Handlers["evaluate"]> {
    return this.#run ? this.#run.trainer.validate({ all: true }) : failed("there is no run yet: press Play");
  }
  fit(o: Parameters<Api["fit"]>[0]): ReturnType<Handlers["fit"]> {
    return this.#atome.fit(o.config, o.windows);
  }
  fitOf(o: Parameters<Api["fitOf"]>[0]): ReturnType<Handlers["fitOf"]> {
    const held = this.#models.get(o.subject);
    return held.ok ? held.model.fit(o.windows) : held;
  }
  exportModel(o: Parameters<Api["exportModel"]>[0]): ReturnType<Handlers["exportModel"]> {
    const held = this.#models.get(o.subject);
    return held.ok ? held.model.export(o.format, o.options) : held;
  }
  open(o: Parameters<Api["open"]>[0]): ReturnType<Handlers["open"]> {
    return this.#models.open("file", o.bytes, o.name, o.config ? { config: o.config } : {});
  }
  keep(): ReturnType<Handlers["keep"]> {
    if (!this.#run) return failed("there is no run yet: press Play");
    const taken = this.#run.trainer.model();
    if (!taken.ok) return taken;
    const info = taken.model.info();
    if (!info.ok) return info;
    const name = `a run of ${this.#run.step} steps`;
    this.#models.set("kept", taken.model, name, this.#run.step);
    return { ok: true, subject: "kept", name, info };
  }
}
