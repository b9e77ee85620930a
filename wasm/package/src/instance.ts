import { checkList, checkOptions, checkText, isBytes, refused, toBytes, type Text } from "./arguments.js";
import { Calls, type Made, type Native } from "./calls.js";
import type { ConfigField, EncodingRow, Seed, TrainOption } from "./config.js";
import { WINDOWS, type Fit } from "./deploy.js";
import { Model } from "./model.js";
import type { Config, TrainOptions } from "./options.js";
import { Trainer } from "./trainer.js";

export class Atome {
  readonly #calls: Calls;
  readonly simd: boolean;
  /** "scalar" or "wasm128" */
  readonly kernels: string;

  private constructor(native: Native, simd: boolean) {
    this.#calls = new Calls(native);
    this.simd = simd;
    this.kernels = this.#calls.run("kernels");
  }
  /** @internal */
  static _of(native: Native, simd: boolean): Atome {
    return new Atome(native, simd);
  }
  /** True after the instance has run out of memory: every call fails from then on; load() another one. */
  get broken(): boolean {
    return this.#calls.broken;
  }
  defaults(): { config: Config; options: TrainOptions } {
    return this.#calls.run("defaults");
  }
  /** All training options, in the order of `atome train --help`. */
  trainOptions(): { options: TrainOption[] } {
    return this.#calls.run("trainOptions");
  }
  /** All encodings of codes in files. */
  encodings(): { encodings: EncodingRow[] } {
    return this.#calls.run("encodings");
  }
  /** All fields of a model's configuration. */
  configFields(): { options: ConfigField[] } {
    return this.#calls.run("configFields");
  }
  /**
   * A model of any format: .atome, .safetensors, .pt, ATOME01, ATOME02, ATOMEP3. config: the dimensions of
   * the legacy formats, which carry none; left out: deduced. At most 32 MiB.
   */
  open(bytes: Uint8Array | ArrayBuffer, options?: { config?: Partial<Config> }): { model: Model } {
    if (bytes instanceof ArrayBuffer) bytes = new Uint8Array(bytes);
    if (!isBytes(bytes)) throw refused("bytes: use a Uint8Array or an ArrayBuffer");
    checkOptions(options, options?.config);
    return { model: Model._of(this.#calls, this.#calls.run("open", bytes, options)) };
  }
  /**
   * A training run over a text, from fresh weights (config), or from the float weights of `model`. The
   * weights after each step are those of `atome train --exact` with the same seed, text and options.
   */
  createTrainer(
    text: Text,
    start?: { config?: Partial<Config>; options?: Partial<TrainOptions>; model?: Model },
  ): { trainer: Trainer; notes: Record<string, string> } {
    checkOptions(start, start?.config, start?.options);
    const { config, options, model } = start ?? {};
    if (model !== undefined && !(model instanceof Model)) throw refused("model: use a Model");
    return this.#trainer("createTraining", config, options, toBytes(text, "text"), model ? model._number : 0);
  }
  /** Continues from the bytes of checkpoint(), or from a file of `atome train`, over the same text. */
  resumeTrainer(
    checkpoint: Uint8Array,
    text: Text,
  ): { trainer: Trainer; notes: Record<string, string> } {
    if (!isBytes(checkpoint)) throw refused("checkpoint: use a Uint8Array");
    return this.#trainer("resumeTraining", checkpoint, toBytes(text, "text"));
  }
  corpusPresets(): { presets: { name: string; title: string; about: string; prompt: string }[] } {
    return this.#calls.run("corpusPresets");
  }
  /** The text of a preset, as `atome corpus NAME` writes it; bytes: up to 32 MiB, else 1,000,000. */
  corpus(preset: string, options?: { bytes?: number; seed?: Seed }): { bytes: Uint8Array } {
    checkText(preset, "preset");
    checkOptions(options);
    return this.#calls.run("corpusText", preset, options);
  }
  /** What a model of this configuration asks of a chip, before there is one. */
  fit(config?: Partial<Config>, windows: number[] = WINDOWS): Fit {
    checkOptions(config);
    checkList(windows, "windows");
    return this.#calls.run("fit", 0, config, windows);
  }
  #trainer(name: string, ...args: unknown[]): { trainer: Trainer; notes: Record<string, string> } {
    const made = this.#calls.run<Made & { notes?: Record<string, string> }>(name, ...args);
    return { trainer: Trainer._of(this.#calls, made), notes: made.notes ?? {} };
  }
}
