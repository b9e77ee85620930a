// One training run in the worker: slices of training, validation in pieces, samples, snapshots, saving.
//
// slice() does one piece of work of about 10 ms and says whether there is more; the worker calls it from its
// message loop, so a request never waits for longer than one piece.

import { AtomeError, type Trainer } from "atome-lm";
import type { Models } from "./models";
import type { RunInfo, RunSpec, SavedFrame, Speed, StopReason, WorkerEvent } from "./protocol";

const SLICE_MS = 10;
const FRAME_MS = 1000 / 30;
const HIDDEN_FRAME_MS = 1000;
const SAMPLE_MS = 1000;
const SAMPLE_BYTES = 180;
const SAVE_MS = 2000;
/** Bytes of validation text in one slice: about as long as a slice of training. */
const VALID_PIECE = 2048;
/** A curve of validation needs a point only so often. */
const VALID_MS = 2500;
const SLOW_STEP_MS = 200;
const MAX_SNAPSHOTS = 48;
/** Validations without a new best before a run has reached its plateau. */
const PATIENCE = 12;
const MIN_GAIN = 0.002;

type Emit = (event: WorkerEvent) => void;

/** What f returns; null where the engine refuses. An engine that has stopped is another matter: it ends the worker. */
function attempt<T>(f: () => T, refused: (why: string) => void = () => {}): T | null {
  try {
    return f();
  } catch (error) {
    if (!(error instanceof AtomeError) || error.code === "stopped") throw error;
    refused(error.message);
    return null;
  }
}

export class Run {
  readonly number: number;
  readonly spec: RunSpec;
  readonly trainer: Trainer;
  readonly info: RunInfo;
  #models: Models;
  #emit: Emit;
  #now: () => number;
  playing = false;
  speed: Speed = "full";
  hidden = false;
  #step: number;
  #losses: number[] = [];
  #grad_norm = 0;
  #frame_at = -Infinity;
  #sample_at = -Infinity;
  #saved_at: number;
  #saved_step: number;
  #valid_at = -Infinity;
  #valid_step = -1;
  #validating: { from: number; nats: number; predictions: number } | null = null;
  #resume_at = 0;
  // Training rate over about the last second.
  #trained_bytes = 0;
  #trained_ms = 0;
  #rate = 0;
  #best = Infinity;
  #waited = 0;
  #snapshots: number[] = [];
  #stride = 1;
  #samples = 0;

  constructor(number: number, spec: RunSpec, trainer: Trainer, info: RunInfo, models: Models, emit: Emit, now: () => number) {
    this.number = number;
    this.spec = spec;
    this.trainer = trainer;
    this.info = info;
    this.#models = models;
    this.#emit = emit;
    this.#now = now;
    this.#step = info.steps_done;
    this.#saved_step = info.steps_done;
    this.#saved_at = now();
    this.refreshModel();
  }

  get step() {
    return this.#step;
  }
  get done() {
    return this.#step >= this.info.options.steps;
  }

  play(speed: Speed) {
    this.speed = speed;
    if (this.done) return;
    this.playing = true;
    this.#resume_at = 0;
    this.#saved_at = this.#now();
  }

  /** One piece of work. Returns how many milliseconds to wait before the next one; null: nothing to do. */
  slice(): number | null {
    if (!this.playing) return null;
    const now = this.#now();
    if (this.#validating) {
      this.#validatePiece();
      return 0;
    }
    if (now < this.#resume_at) return this.#resume_at - now;
    const first = this.#step;
    if (!this.#train(this.speed === "slow" ? 1 : undefined)) return null;
    const spent = this.#now() - now;
    if (this.speed === "slow") this.#resume_at = now + SLOW_STEP_MS;
    if (this.speed === "half") this.#resume_at = this.#now() + spent;
    this.#frame(first === 0);
    if (this.done || this.#now() - this.#valid_at >= VALID_MS) this.#startValidation();
    if (this.done && !this.#validating) {
      this.stop("done");
      return null;
    }
    if (this.#now() - this.#sample_at >= SAMPLE_MS) this.sample();
    if (this.#now() - this.#saved_at >= SAVE_MS) this.save();
    return 0;
  }

  /** One step while paused. */
  single() {
    if (this.playing || this.done || !this.#train(1)) return;
    this.#frame(true);
    this.sample();
    if (this.done) this.stop("done");
  }

  /** And saves, in any case: single steps do not. */
  pause() {
    if (this.playing) this.stop("pause");
    else this.save();
  }

  stop(reason: StopReason, error?: string) {
    this.playing = false;
    this.#validating = null;
    this.#frame(true);
    if (reason !== "error") {
      this.sample();
      this.save();
    }
    this.#emit({
      type: "stopped",
      run: this.number,
      reason,
      step: this.#step,
      digest: this.digest(),
      ...(error === undefined ? {} : { error }),
    });
  }

  digest(): string {
    return this.trainer.digest().digest;
  }

  save() {
    this.#saved_at = this.#now();
    if (this.#saved_step === this.#step) return;
    const saved = attempt(() => this.trainer.checkpoint());
    if (!saved) return;
    // The page stores its curve with it, which has to reach this step.
    this.#frame(true);
    this.#saved_step = this.#step;
    const frame: SavedFrame = { type: "saved", run: this.number, step: this.#step, digest: this.digest(), checkpoint: saved.bytes };
    this.#emit(frame);
  }

  /** The subject "run" becomes the model of this moment. */
  refreshModel(): boolean {
    const taken = attempt(() => this.trainer.model());
    if (taken) this.#models.set("run", taken.model, "this run", this.#step);
    return taken !== null;
  }

  sample() {
    this.#sample_at = this.#now();
    if (!this.refreshModel()) return;
    const prompt = new TextEncoder().encode(this.spec.prompt);
    const written = attempt(() => this.#models.sample("run", prompt, SAMPLE_BYTES, { temperature: 0.7, top_p: 0.9, seed: 1 }));
    if (!written) return;
    const snapshot = this.#samples++ % this.#stride === 0 && attempt(() => this.#snapshot()) === true;
    this.#emit({ type: "sample", run: this.number, step: this.#step, lens: written.lens, snapshot, snapshots: [...this.#snapshots] });
  }

  forget() {
    for (const step of this.#snapshots) this.#models.remove(`snapshot:${step}`);
    this.#models.remove("run");
    this.trainer.close();
  }

  #train(steps?: number): boolean {
    const result = attempt(
      () => this.trainer.train({ ...(steps ? { steps } : {}), milliseconds: SLICE_MS }),
      (why) => this.stop("error", why),
    );
    if (!result) return false;
    this.#step = result.steps_done;
    for (const loss of result.losses) this.#losses.push(loss);
    this.#grad_norm = result.grad_norms.at(-1) ?? 0;
    this.#trained_bytes += result.losses.length * this.info.bytes_per_step;
    this.#trained_ms += result.milliseconds;
    if (this.#trained_ms > 1000 || this.#rate === 0) {
      this.#rate = (1000 * this.#trained_bytes) / Math.max(this.#trained_ms, 1e-3);
      if (this.#trained_ms > 1000) this.#trained_bytes = this.#trained_ms = 0;
    }
    return true;
  }

  #frame(force: boolean) {
    const now = this.#now();
    if (!force && now - this.#frame_at < (this.hidden ? HIDDEN_FRAME_MS : FRAME_MS)) return;
    this.#frame_at = now;
    const losses = Float32Array.from(this.#losses);
    this.#losses = [];
    this.#emit({
      type: "frame",
      run: this.number,
      first_step: this.#step - losses.length,
      losses,
      steps_done: this.#step,
      done: this.done,
      playing: this.playing,
      bytes_per_second: this.#rate,
      learning_rate: this.#learningRate(),
      grad_norm: this.#grad_norm,
    });
  }

  #learningRate(): number {
    return this.trainer.info().learning_rate;
  }

  #startValidation() {
    this.#valid_at = this.#now();
    if (!this.info.has_validation || this.#valid_step === this.#step) return;
    this.#validating = { from: 0, nats: 0, predictions: 0 };
  }

  #validatePiece() {
    const v = this.#validating!;
    const piece = attempt(
      () => this.trainer.validatePiece(v.from, VALID_PIECE),
      (why) => this.stop("error", why),
    );
    if (!piece) return;
    v.from += piece.bytes;
    v.nats += piece.nats * piece.predictions;
    v.predictions += piece.predictions;
    if (piece.bytes > 0) return;
    this.#validating = null;
    this.#valid_step = this.#step;
    this.#valid_at = this.#now();
    if (v.predictions === 0) return;
    const bits_per_byte = v.nats / v.predictions / Math.LN2;
    this.#emit({ type: "valid", run: this.number, step: this.#step, bits_per_byte });
    if (this.done) return this.stop("done");
    if (this.#flat(bits_per_byte)) this.stop("plateau");
  }

  /** Whether validation has not improved for long. */
  #flat(bits: number): boolean {
    if (bits < this.#best - MIN_GAIN) {
      this.#best = bits;
      this.#waited = 0;
      return false;
    }
    if (++this.#waited < PATIENCE || !this.spec.plateau) return false;
    // Play after that is patient anew.
    this.#waited = 0;
    return true;
  }

  /** Keeps the model of this moment. Beyond MAX_SNAPSHOTS every second one goes, and they come half as often. */
  #snapshot(): boolean {
    if (this.#snapshots.at(-1) === this.#step) return false;
    // Without the float weights: 64 of them would be too many.
    const { model } = this.trainer.model();
    const { bytes } = model.export("atome");
    model.close();
    if (this.#snapshots.length >= MAX_SNAPSHOTS) {
      this.#snapshots = this.#snapshots.filter((step, i) => {
        if (i % 2 === 0) return true;
        this.#models.remove(`snapshot:${step}`);
        return false;
      });
      this.#stride *= 2;
    }
    this.#models.open(`snapshot:${this.#step}`, bytes, `step ${this.#step}`, { step: this.#step });
    this.#snapshots.push(this.#step);
    return true;
  }
}
