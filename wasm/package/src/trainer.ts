import { checkOptions, refused, type Text } from "./arguments.js";
import { Handle, type Calls, type Made } from "./calls.js";
import type { StreamOptions } from "./config.js";
import { Model } from "./model.js";
import type { Generated } from "./stream.js";
import type { Config, Tokenizer, TrainOptions } from "./options.js";

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

/** Figures are per byte of text, whatever the tokens are. */
export interface Evaluation {
  nats: number;
  bits_per_byte: number;
  /** bytes */
  predictions: number;
}

export class Trainer {
  readonly #handle: Handle;
  private constructor(handle: Handle) { this.#handle = handle; }
  /** @internal */
  static _of(calls: Calls, made: Made): Trainer {
    return new Trainer(new Handle(calls, made, "training run", "closeTraining"));
  }
  info(): {
    config: Config;
    options: TrainOptions;
    parameters: number;
    steps_done: number;
    done: boolean;
    tokenizer: Tokenizer;
    /** of the training text, on average */
    bytes_per_token: number;
    /** of text, on average */
    bytes_per_step: number;
    has_validation: boolean;
    /** of the next step */
    learning_rate: number;
    kernels: string;
  } {
    return this.#handle.call("trainingInfo");
  }
  /** Steps until one of the limits is reached or the run is done; at least one. */
  train(limits?: { steps?: number; milliseconds?: number }): {
    /** 0-based number of the first step taken */
    first_step: number;
    steps_done: number;
    done: boolean;
    /** one a step: mean nats per byte of text of its batch, before it */
    losses: Float32Array;
    grad_norms: Float32Array;
    milliseconds: number;
  } {
    checkOptions(limits);
    const { steps = 1e9, milliseconds = Infinity } = limits ?? {};
    if (!(steps >= 1) || !(milliseconds >= 0))
      throw refused("train: use steps of 1 or more, milliseconds of 0 or more");
    return this.#handle.call("train", Math.min(Math.floor(steps), 1e9), milliseconds);
  }
  /** All losses since the trainer was made. */
  losses(): { losses: Float32Array } {
    return this.#handle.call("trainingLosses");
  }
  /** On the text kept for validation: its first 64 KiB, or all of it. */
  validate(options?: { all?: boolean }): Evaluation {
    checkOptions(options);
    return this.#handle.call("evaluate", { ...options, text: "validation" });
  }
  /**
   * A piece of validate(), for pages that must answer soon: about `bytes` bytes from `first` on, a multiple of
   * valid_seq (of seq where that is 0). bytes says how many were covered, 0 after the last piece. The means of all pieces, weighted by their
   * predictions, are those of validate().
   */
  validatePiece(first: number, bytes: number): Evaluation & { bytes: number } {
    return this.#handle.call("evaluate", { text: "validation", first, bytes });
  }
  evaluateTrainingText(): Evaluation {
    return this.#handle.call("evaluate", { text: "training" });
  }
  /** The model of this moment, quantised. */
  model(): { model: Model } {
    return { model: Model._of(this.#handle.calls, this.#handle.call("trainingModel")) };
  }
  /** model() and generate() in one. */
  sample(prompt: Text, n: number, options?: StreamOptions): Generated {
    const { model } = this.model();
    try {
      return model.generate(prompt, n, options);
    } finally {
      model.close();
    }
  }
  /** Of all float weights: 16 hexadecimal digits, as `atome train` prints. */
  digest(): { digest: string } {
    return this.#handle.call("trainingDigest");
  }
  codes(): CodeStatistics {
    return this.#handle.call("trainingCodes");
  }
  /** A .safetensors file with optimiser state, for resumeTrainer() and `atome train --resume`. */
  checkpoint(notes?: Record<string, string>): { bytes: Uint8Array } {
    checkOptions(notes);
    return this.#handle.call("trainingCheckpoint", notes);
  }
  close(): void {
    this.#handle.close();
  }
}
