// What the worker does for the page: the Api over one instance of the engine.

import { AtomeError, type Atome } from "atome-lm";
import { Models } from "./models";
import type { Api, CorpusInfo, ModelSummary, RunSpec, WorkerEvent } from "./protocol";
import { Run } from "./run";

const HEAD = 4096;
const MAX_UNCERTAINTY = 16384;
/** Bytes of the corpus in which tokens are counted: some milliseconds. */
const MAX_COUNTED = 200_000;
/** Weights times bytes of one step: some seconds. While it lasts no request is answered, and Engine would count
 *  the worker as dead. */
const MAX_STEP_WORK = 4e9;

const refused = (message: string) => new AtomeError("bad_argument", message);

export class Session implements Api {
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

  start({ demo: bytes }: { demo: Uint8Array }): ReturnType<Api["start"]> {
    let demo: ModelSummary | null = null,
      problem = "";
    try {
      demo = this.#models.open("demo", bytes, "the pretrained model");
    } catch (error) {
      if (!(error instanceof AtomeError)) throw error;
      problem = error.message;
    }
    return { simd: this.#atome.simd, kernels: this.#atome.kernels, presets: this.#atome.corpusPresets().presets, demo, problem };
  }
  ping() {
    return {};
  }

  corpus(spec: Parameters<Api["corpus"]>[0]): CorpusInfo {
    const began = this.#now();
    let prompt = "";
    if (spec.kind === "preset") {
      prompt = this.#atome.corpusPresets().presets.find((p) => p.name === spec.name)?.prompt ?? "";
      this.#text = this.#atome.corpus(spec.name, { bytes: spec.bytes, seed: spec.seed }).bytes;
    } else {
      this.#text = spec.text;
    }
    return { name: spec.name, bytes: this.#text.length, head: this.#text.slice(0, HEAD), prompt, milliseconds: this.#now() - began };
  }

  create(spec: RunSpec): ReturnType<Api["create"]> {
    if (this.#text.length < 2)
      throw refused(`the text has ${this.#text.length} byte${this.#text.length === 1 ? "" : "s"}: training needs at least 2`);
    const { batch, seq } = spec.options;
    const { parameters } = this.#atome.fit(spec.config, [seq]);
    const most = Math.floor(MAX_STEP_WORK / (parameters * seq));
    if (batch > most)
      throw refused(
        `a step of ${batch} sequences takes too long in a page with ${parameters.toLocaleString("en")} weights: use a batch of at most ${most}`,
      );
    const { config, options } = spec;
    return this.#adopt(spec, this.#atome.createTrainer(this.#text, { config, options }).trainer);
  }
  resume(spec: Parameters<Api["resume"]>[0]): ReturnType<Api["resume"]> {
    return this.#adopt(spec, this.#atome.resumeTrainer(spec.checkpoint, this.#text).trainer);
  }
  #adopt(spec: RunSpec, trainer: Run["trainer"]): ReturnType<Api["create"]> {
    const info = trainer.info();
    this.#run?.forget();
    this.#run = new Run(++this.#runs, spec, trainer, info, this.#models, this.#emit, this.#now);
    return { run: this.#run.number, info, digest: this.#run.digest() };
  }
  get #current(): Run {
    if (!this.#run) throw refused("there is no run yet: press Play");
    return this.#run;
  }

  play({ speed }: Parameters<Api["play"]>[0]) {
    this.#current.play(speed);
    return {};
  }
  pause(): ReturnType<Api["pause"]> {
    const run = this.#current;
    run.pause();
    return { step: run.step, digest: run.digest() };
  }
  step(): ReturnType<Api["step"]> {
    const run = this.#current;
    run.single();
    return { step: run.step, digest: run.digest() };
  }
  prompt({ prompt }: Parameters<Api["prompt"]>[0]) {
    if (this.#run) this.#run.spec.prompt = prompt;
    return {};
  }
  visible({ visible }: Parameters<Api["visible"]>[0]) {
    if (this.#run) this.#run.hidden = !visible;
    return {};
  }

  sample(o: Parameters<Api["sample"]>[0]): ReturnType<Api["sample"]> {
    return this.#models.sample(o.subject, o.prompt, o.n, o.sampling);
  }
  lens(o: Parameters<Api["lens"]>[0]): ReturnType<Api["lens"]> {
    return this.#models.lens(o.subject, o.tokens, o.given);
  }
  lensOf(o: Parameters<Api["lensOf"]>[0]): ReturnType<Api["lensOf"]> {
    return this.#models.lensOf(o.subject, o.text);
  }
  vocabulary(o: Parameters<Api["vocabulary"]>[0]): ReturnType<Api["vocabulary"]> {
    return this.#models.get(o.subject).model.vocabulary();
  }
  counts(o: Parameters<Api["counts"]>[0]): ReturnType<Api["counts"]> {
    const text = this.#text.subarray(0, MAX_COUNTED);
    return { counts: this.#models.counts(o.subject, text), bytes: text.length };
  }
  encode(o: Parameters<Api["encode"]>[0]): ReturnType<Api["encode"]> {
    const { model } = this.#models.get(o.subject);
    const { tokens } = model.encode(o.text);
    return { tokens, pieces: model.decode(tokens).pieces };
  }
  candidates(o: Parameters<Api["candidates"]>[0]): ReturnType<Api["candidates"]> {
    return this.#models.candidates(o.subject, o.tokens, o.keep, o.n ?? 8);
  }
  info(o: Parameters<Api["info"]>[0]): ReturnType<Api["info"]> {
    return { info: this.#models.get(o.subject).model.info() };
  }
  tensor(o: Parameters<Api["tensor"]>[0]): ReturnType<Api["tensor"]> {
    return this.#models.get(o.subject).model.tensor(o.index);
  }
  codes(): ReturnType<Api["codes"]> {
    return this.#current.trainer.codes();
  }
  uncertainty(o: Parameters<Api["uncertainty"]>[0]): ReturnType<Api["uncertainty"]> {
    const { model } = this.#models.get(o.subject);
    const text = (o.text ?? this.#heldOut()).slice(0, MAX_UNCERTAINTY);
    const { positions, report } = model.uncertainty(text, { window: model.info().window || 256 });
    return { ...positions, ...report };
  }
  /** The text that no training step sees: the share at the end. */
  #heldOut(): Uint8Array {
    const share = (this.#run?.info ?? this.#atome.defaults()).options.valid_share;
    const from = Math.floor(this.#text.length * (1 - share));
    return this.#text.slice(from, from + MAX_UNCERTAINTY);
  }
  evaluate(): ReturnType<Api["evaluate"]> {
    return this.#current.trainer.validate({ all: true });
  }
  fit(o: Parameters<Api["fit"]>[0]): ReturnType<Api["fit"]> {
    return this.#atome.fit(o.config, o.windows);
  }
  fitOf(o: Parameters<Api["fitOf"]>[0]): ReturnType<Api["fitOf"]> {
    return this.#models.get(o.subject).model.fit(o.windows);
  }
  exportModel(o: Parameters<Api["exportModel"]>[0]): ReturnType<Api["exportModel"]> {
    return this.#models.get(o.subject).model.export(o.format, o.options);
  }
  open(o: Parameters<Api["open"]>[0]): ReturnType<Api["open"]> {
    return this.#models.open("file", o.bytes, o.name, o.config ? { config: o.config } : {});
  }
  keep(): ReturnType<Api["keep"]> {
    const run = this.#current;
    const { model } = run.trainer.model();
    const name = `a run of ${run.step} steps`;
    this.#models.set("kept", model, name, run.step);
    return { subject: "kept", name, info: model.info() };
  }
}
