// Atome in JavaScript: see index.d.ts for what everything does, README.md for a first example.
//
// Everything that can fail returns {ok: true, ...} or {ok: false, error}; nothing throws but misuse of the
// language. Arrays that come out are copies: they stay good while the memory grows.

// A module with one SIMD128 instruction: engines without SIMD refuse it.
const SIMD_PROBE = new Uint8Array([
  0, 97, 115, 109, 1,  0, 0, 0, 1,  5, 1,   96, 0,   1,  123, 3,
  2, 1,  0,   10,  10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11,
]);

export function simdSupported() {
  return WebAssembly.validate(SIMD_PROBE);
}

const failed = (error) => ({ok: false, error});

async function bytesOf(source) {
  if (source instanceof ArrayBuffer || ArrayBuffer.isView(source)) return source;
  const url = source instanceof URL ? source : new URL(source, import.meta.url);
  if (url.protocol === "file:") {
    // Only node opens packages from files; bundlers for pages must not follow this import.
    const fs = "node:fs/promises";
    return (await import(/* @vite-ignore */ /* webpackIgnore: true */ fs)).readFile(url);
  }
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status} ${response.statusText}`);
  return response.arrayBuffer();
}

// Written out, so that bundlers find both files.
const LOADERS = {
  simd: {
    glue: () => import("./atome-simd.js"),
    wasm: () => new URL("./atome-simd.wasm", import.meta.url),
  },
  plain: {
    glue: () => import("./atome.js"),
    wasm: () => new URL("./atome.wasm", import.meta.url),
  },
};

export async function load(options = {}) {
  try {
    const simd = options.simd ?? simdSupported();
    if (simd && !simdSupported()) return failed("simd: this engine has no WebAssembly SIMD: leave it out");
    const loader = simd ? LOADERS.simd : LOADERS.plain;
    const [glue, wasmBinary] = await Promise.all([loader.glue(), bytesOf(options.wasm ?? loader.wasm())]);
    const print = (text) => console.warn(text);
    const native = await glue.default({wasmBinary, print, printErr: () => {}});
    return {ok: true, atome: new Atome(native, simd)};
  } catch (error) {
    return failed(`WebAssembly cannot be loaded: ${error?.message ?? error}`);
  }
}

// Calls into the module. A trap (memory is full, or a fault of ours) leaves the instance in an unknown
// state: from then on every call says so.
class Calls {
  #native;
  #broken = null;

  constructor(native) {
    this.#native = native;
  }
  get broken() {
    return this.#broken !== null;
  }
  run(name, ...args) {
    if (this.#broken) return failed(this.#broken);
    try {
      return this.#native[name](...args);
    } catch (error) {
      // Embind complains about arguments before anything runs.
      if (error?.name === "BindingError" || error instanceof TypeError) return failed(String(error.message));
      this.#broken = "the engine has stopped, most likely for want of memory: load it again";
      console.error(error);
      return failed(this.#broken);
    }
  }
}

const isBytes = (x) => x instanceof Uint8Array;
function toBytes(x) {
  if (isBytes(x)) return x;
  if (typeof x === "string") return new TextEncoder().encode(x);
  return x instanceof ArrayBuffer ? new Uint8Array(x) : null;
}
const isOptions = (x) => x === undefined || x === null || (typeof x === "object" && !Array.isArray(x));
const BAD_OPTIONS = failed("options: use an object");
const badBytes = (what) => failed(`${what}: use a Uint8Array, an ArrayBuffer or a string`);

// Frees what a page forgets to close.
const release =
  typeof FinalizationRegistry === "undefined" ? null : new FinalizationRegistry((free) => free());

class Handle {
  #calls;
  #handle;
  #close;

  constructor(calls, handle, close) {
    this.#calls = calls;
    this.#handle = handle;
    this.#close = close;
    release?.register(this, () => calls.run(close, handle), this);
  }
  close() {
    release?.unregister(this);
    if (this.#handle > 0) this.#calls.run(this.#close, this.#handle);
    this.#handle = -1;
  }
  _call(name, ...args) {
    return this.#calls.run(name, this.#handle, ...args);
  }
  _model(result) {
    return result.ok ? {ok: true, model: new Model(this.#calls, result.handle)} : result;
  }
  _stream(result) {
    return result.ok ? {ok: true, stream: new Stream(this.#calls, result.handle)} : result;
  }
  get _handle() {
    return this.#handle;
  }
}

export class Model extends Handle {
  constructor(calls, handle) {
    super(calls, handle, "closeModel");
  }
  info() {
    return this._call("info");
  }
  tensor(index) {
    return Number.isInteger(index) && index >= 0 ? this._call("tensor", index) :
                                                   failed("index: use a whole number");
  }
  trace(text, options) {
    const bytes = toBytes(text);
    if (!bytes) return badBytes("text");
    return isOptions(options) ? this._call("trace", bytes, options) : BAD_OPTIONS;
  }
  uncertainty(text, options) {
    const bytes = toBytes(text);
    if (!bytes) return badBytes("text");
    return isOptions(options) ? this._call("uncertainty", bytes, options) : BAD_OPTIONS;
  }
  stream(options) {
    return isOptions(options) ? this._stream(this._call("openStream", options)) : BAD_OPTIONS;
  }
  generate(prompt, n, options) {
    const bytes = toBytes(prompt);
    if (!bytes) return badBytes("prompt");
    const opened = this.stream(options);
    if (!opened.ok) return opened;
    const fed = opened.stream.feed(bytes);
    const result = fed.ok ? opened.stream.generate(n) : fed;
    opened.stream.close();
    return result;
  }
  withPathways(keep) {
    return Array.isArray(keep) ? this._model(this._call("withPathways", {keep})) : failed("keep: use a list");
  }
  quantise(quantizer) {
    return this._model(this._call("quantised", {quantizer}));
  }
  export(format, options) {
    if (typeof format !== "string") return failed("format: use a text");
    if (!isOptions(options)) return BAD_OPTIONS;
    const prompt = toBytes(options?.prompt ?? "");
    return prompt ? this._call("exportBytes", {...options, format, prompt}) : badBytes("prompt");
  }
  fit(windows = [16, 32, 64, 128, 256]) {
    return Array.isArray(windows) ? this._call("fit", null, windows) : failed("windows: use a list");
  }
}

export class Stream extends Handle {
  constructor(calls, handle) {
    super(calls, handle, "closeStream");
  }
  step(token) {
    if (!Number.isInteger(token) || token < 0 || token > 255)
      return failed("token: use a whole number, 0..255");
    return this._call("streamFeed", Uint8Array.of(token));
  }
  feed(text) {
    const bytes = toBytes(text);
    return bytes ? this._call("streamFeed", bytes) : badBytes("text");
  }
  outputs() {
    return this._call("streamOutputs");
  }
  next() {
    const result = this._call("streamGenerate", 1);
    return result.ok ? {ok: true, token: result.tokens[0], nats: result.nats[0]} : result;
  }
  generate(n) {
    if (!Number.isInteger(n) || n < 1) return failed("n: use a whole number, 1 or more");
    return this._call("streamGenerate", n);
  }
  candidates(n = 10) {
    const outputs = this.outputs();
    if (!outputs.ok) return outputs;
    const candidates = Array.from(outputs.probabilities, (probability, token) => ({token, probability}));
    candidates.sort((a, b) => b.probability - a.probability || a.token - b.token);
    return {ok: true, candidates: candidates.slice(0, n)};
  }
  sampling(options) {
    return isOptions(options) ? this._call("streamSampling", options) : BAD_OPTIONS;
  }
  reset() {
    return this._call("streamReset");
  }
}

export class Trainer extends Handle {
  constructor(calls, handle) {
    super(calls, handle, "closeTraining");
  }
  info() {
    return this._call("trainingInfo");
  }
  train({steps = 1e9, milliseconds = Infinity} = {}) {
    if (!(steps >= 1) || !(milliseconds >= 0))
      return failed("train: use steps of 1 or more, milliseconds of 0 or more");
    return this._call("train", Math.min(Math.floor(steps), 1e9), milliseconds);
  }
  losses() {
    return this._call("trainingLosses");
  }
  validate(options) {
    return isOptions(options) ? this._call("evaluate", {...options, text: "validation"}) : BAD_OPTIONS;
  }
  validatePiece(first, bytes) {
    return this._call("evaluate", {text: "validation", first, bytes});
  }
  evaluateTrainingText() {
    return this._call("evaluate", {text: "training"});
  }
  model() {
    return this._model(this._call("trainingModel"));
  }
  sample(prompt, n, options) {
    const taken = this.model();
    if (!taken.ok) return taken;
    const result = taken.model.generate(prompt, n, options);
    taken.model.close();
    return result;
  }
  digest() {
    return this._call("trainingDigest");
  }
  codes() {
    return this._call("trainingCodes");
  }
  checkpoint(notes) {
    return isOptions(notes) ? this._call("trainingCheckpoint", notes) :
                              failed("notes: use an object of strings");
  }
}

export class Atome {
  #calls;

  constructor(native, simd) {
    this.#calls = new Calls(native);
    this.simd = simd;
    this.kernels = native.kernels();
  }
  get broken() {
    return this.#calls.broken;
  }
  defaults() {
    return this.#calls.run("defaults");
  }
  open(bytes, options) {
    if (bytes instanceof ArrayBuffer) bytes = new Uint8Array(bytes);
    if (!isBytes(bytes)) return failed("bytes: use a Uint8Array or an ArrayBuffer");
    if (!isOptions(options) || !isOptions(options?.config)) return BAD_OPTIONS;
    const result = this.#calls.run("open", bytes, options);
    return result.ok ? {ok: true, model: new Model(this.#calls, result.handle)} : result;
  }
  createTrainer(text, {config, options, model} = {}) {
    const bytes = toBytes(text);
    if (!bytes) return badBytes("text");
    if (!isOptions(config) || !isOptions(options)) return BAD_OPTIONS;
    if (model !== undefined && !(model instanceof Model)) return failed("model: use a Model");
    return this.#trainer(
      this.#calls.run("createTraining", config, options, bytes, model ? model._handle : 0));
  }
  resumeTrainer(checkpoint, text) {
    const bytes = toBytes(text);
    if (!bytes) return badBytes("text");
    if (!isBytes(checkpoint)) return failed("checkpoint: use a Uint8Array");
    return this.#trainer(this.#calls.run("resumeTraining", checkpoint, bytes));
  }
  corpusPresets() {
    return this.#calls.run("corpusPresets");
  }
  corpus(preset, options) {
    if (typeof preset !== "string") return failed("preset: use a text");
    return isOptions(options) ? this.#calls.run("corpusText", preset, options) : BAD_OPTIONS;
  }
  fit(config, windows = [16, 32, 64, 128, 256]) {
    if (!isOptions(config)) return BAD_OPTIONS;
    if (!Array.isArray(windows)) return failed("windows: use a list");
    return this.#calls.run("fit", 0, config, windows);
  }
  #trainer(result) {
    if (!result.ok) return result;
    return {ok: true, trainer: new Trainer(this.#calls, result.handle), notes: result.notes ?? {}};
  }
}
