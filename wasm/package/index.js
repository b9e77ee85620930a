// Atome in JavaScript: see index.d.ts for what everything does, README.md for a first example.
//
// What fails throws an AtomeError, and nothing else is thrown. Arrays that come out are copies: they stay good while
// the memory grows.

// A module with one SIMD128 instruction: engines without SIMD refuse it.
const SIMD_PROBE = new Uint8Array([
  0, 97, 115, 109, 1,  0, 0, 0, 1,  5, 1,   96, 0,   1,  123, 3,
  2, 1,  0,   10,  10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11,
]);

export function simdSupported() {
  return WebAssembly.validate(SIMD_PROBE);
}

export class AtomeError extends Error {
  constructor(code, message, options) {
    super(message, options);
    this.code = code;
  }
}
AtomeError.prototype.name = "AtomeError";

const refused = (message) => new AtomeError("bad_argument", message);

// By its tag, not its class: it may come from another realm.
const isModule = (x) => Object.prototype.toString.call(x) === "[object WebAssembly.Module]";

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

export async function load(options) {
  try {
    checkOptions(options);
    const simd = options?.simd ?? simdSupported();
    if (simd && !simdSupported())
      throw new AtomeError("unsupported", "simd: this engine has no WebAssembly SIMD: leave it out");
    const loader = simd ? LOADERS.simd : LOADERS.plain;
    const source = options?.wasm ?? loader.wasm();
    const [glue, module] = await Promise.all(
      [loader.glue(), isModule(source) ? source : bytesOf(source).then((bytes) => WebAssembly.compile(bytes))]);
    return {atome: new Atome(await instance(glue, module), simd)};
  } catch (error) {
    if (error instanceof AtomeError) throw error;
    throw new AtomeError("load_failed", `WebAssembly cannot be loaded: ${error?.message ?? error}`, {cause: error});
  }
}

// The glue would wait for ever for a module that does not fit it.
function instance(glue, module) {
  return new Promise((resolve, reject) => {
    const instantiateWasm = (imports, receive) => {
      WebAssembly.instantiate(module, imports).then(receive).catch(reject);
      return {};
    };
    glue.default({instantiateWasm, print: (text) => console.warn(text), printErr: () => {}}).then(resolve, reject);
  });
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
    if (this.#broken) throw this.#stopped();
    let result;
    try {
      result = this.#native[name](...args);
    } catch (error) {
      // Embind complains about arguments before anything runs.
      if (error?.name === "BindingError" || error instanceof TypeError) throw refused(String(error.message));
      this.#broken = error;
      throw this.#stopped();
    }
    if (result?.error !== undefined) throw new AtomeError(result.code, result.error);
    return result;
  }
  #stopped() {
    return new AtomeError(
      "stopped", "the engine has stopped, most likely for want of memory: load it again", {cause: this.#broken});
  }
}

const isBytes = (x) => x instanceof Uint8Array;
// what: the name of the argument.
function toBytes(x, what) {
  if (isBytes(x)) return x;
  if (typeof x === "string") return new TextEncoder().encode(x);
  if (x instanceof ArrayBuffer) return new Uint8Array(x);
  throw refused(`${what}: use a Uint8Array, an ArrayBuffer or a string`);
}
const isOptions = (x) => x === undefined || x === null || (typeof x === "object" && !Array.isArray(x));
function checkOptions(...all) {
  if (!all.every(isOptions)) throw refused("options: use an object");
}

// Of fit().
const WINDOWS = [16, 32, 64, 128, 256];

// Frees what a page forgets to close.
const release =
  typeof FinalizationRegistry === "undefined" ? null : new FinalizationRegistry((free) => free());

class Handle {
  #calls;
  #handle;
  #what;
  #close;

  constructor(calls, handle, what, close) {
    this.#calls = calls;
    this.#handle = handle;
    this.#what = what;
    this.#close = close;
    release?.register(this, () => free(calls, close, handle), this);
  }
  close() {
    release?.unregister(this);
    if (this.#handle > 0) free(this.#calls, this.#close, this.#handle);
    this.#handle = -1;
  }
  _call(name, ...args) {
    return this.#calls.run(name, this._handle, ...args);
  }
  _model(result) {
    return {model: new Model(this.#calls, result.handle)};
  }
  _stream(result) {
    return {stream: new Stream(this.#calls, result.handle)};
  }
  get _handle() {
    if (this.#handle > 0) return this.#handle;
    throw new AtomeError("closed", `this ${this.#what} is closed: open another one`);
  }
}
// An instance that has stopped holds nothing any more.
function free(calls, close, handle) {
  if (!calls.broken) calls.run(close, handle);
}

export class Model extends Handle {
  constructor(calls, handle) {
    super(calls, handle, "model", "closeModel");
  }
  info() {
    return this._call("info");
  }
  tensor(index) {
    if (!Number.isInteger(index) || index < 0) throw refused("index: use a whole number");
    return this._call("tensor", index);
  }
  trace(text, options) {
    checkOptions(options);
    return this._call("trace", toBytes(text, "text"), options);
  }
  uncertainty(text, options) {
    checkOptions(options);
    return this._call("uncertainty", toBytes(text, "text"), options);
  }
  stream(options) {
    checkOptions(options);
    return this._stream(this._call("openStream", options));
  }
  generate(prompt, n, options) {
    const bytes = toBytes(prompt, "prompt");
    const {stream} = this.stream(options);
    try {
      stream.feed(bytes);
      return stream.generate(n);
    } finally {
      stream.close();
    }
  }
  withPathways(keep) {
    if (!Array.isArray(keep)) throw refused("keep: use a list");
    return this._model(this._call("withPathways", {keep}));
  }
  quantise(quantizer) {
    return this._model(this._call("quantised", {quantizer}));
  }
  export(format, options) {
    if (typeof format !== "string") throw refused("format: use a text");
    checkOptions(options);
    return this._call("exportBytes", {...options, format, prompt: toBytes(options?.prompt ?? "", "prompt")});
  }
  fit(windows = WINDOWS) {
    if (!Array.isArray(windows)) throw refused("windows: use a list");
    return this._call("fit", null, windows);
  }
}

export class Stream extends Handle {
  constructor(calls, handle) {
    super(calls, handle, "stream", "closeStream");
  }
  step(token) {
    if (!Number.isInteger(token) || token < 0 || token > 255) throw refused("token: use a whole number, 0..255");
    this._call("streamFeed", Uint8Array.of(token));
  }
  feed(text) {
    this._call("streamFeed", toBytes(text, "text"));
  }
  outputs() {
    return this._call("streamOutputs");
  }
  next() {
    const {tokens, nats} = this._call("streamGenerate", 1);
    return {token: tokens[0], nats: nats[0]};
  }
  generate(n) {
    if (!Number.isInteger(n) || n < 1) throw refused("n: use a whole number, 1 or more");
    return this._call("streamGenerate", n);
  }
  candidates(n = 10) {
    if (!Number.isInteger(n) || n < 1) throw refused("n: use a whole number, 1 or more");
    const candidates = Array.from(this.outputs().probabilities, (probability, token) => ({token, probability}));
    candidates.sort((a, b) => b.probability - a.probability || a.token - b.token);
    return {candidates: candidates.slice(0, n)};
  }
  sampling(options) {
    checkOptions(options);
    this._call("streamSampling", options);
  }
  reset() {
    this._call("streamReset");
  }
}

export class Trainer extends Handle {
  constructor(calls, handle) {
    super(calls, handle, "training run", "closeTraining");
  }
  info() {
    return this._call("trainingInfo");
  }
  train(limits) {
    checkOptions(limits);
    const {steps = 1e9, milliseconds = Infinity} = limits ?? {};
    if (!(steps >= 1) || !(milliseconds >= 0))
      throw refused("train: use steps of 1 or more, milliseconds of 0 or more");
    return this._call("train", Math.min(Math.floor(steps), 1e9), milliseconds);
  }
  losses() {
    return this._call("trainingLosses");
  }
  validate(options) {
    checkOptions(options);
    return this._call("evaluate", {...options, text: "validation"});
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
    const {model} = this.model();
    try {
      return model.generate(prompt, n, options);
    } finally {
      model.close();
    }
  }
  digest() {
    return this._call("trainingDigest");
  }
  codes() {
    return this._call("trainingCodes");
  }
  checkpoint(notes) {
    if (!isOptions(notes)) throw refused("notes: use an object of strings");
    return this._call("trainingCheckpoint", notes);
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
  trainOptions() {
    return this.#calls.run("trainOptions");
  }
  open(bytes, options) {
    if (bytes instanceof ArrayBuffer) bytes = new Uint8Array(bytes);
    if (!isBytes(bytes)) throw refused("bytes: use a Uint8Array or an ArrayBuffer");
    checkOptions(options, options?.config);
    return {model: new Model(this.#calls, this.#calls.run("open", bytes, options).handle)};
  }
  createTrainer(text, start) {
    checkOptions(start, start?.config, start?.options);
    const {config, options, model} = start ?? {};
    if (model !== undefined && !(model instanceof Model)) throw refused("model: use a Model");
    const bytes = toBytes(text, "text");
    return this.#trainer(this.#calls.run("createTraining", config, options, bytes, model ? model._handle : 0));
  }
  resumeTrainer(checkpoint, text) {
    if (!isBytes(checkpoint)) throw refused("checkpoint: use a Uint8Array");
    return this.#trainer(this.#calls.run("resumeTraining", checkpoint, toBytes(text, "text")));
  }
  corpusPresets() {
    return this.#calls.run("corpusPresets");
  }
  corpus(preset, options) {
    if (typeof preset !== "string") throw refused("preset: use a text");
    checkOptions(options);
    return this.#calls.run("corpusText", preset, options);
  }
  fit(config, windows = WINDOWS) {
    checkOptions(config);
    if (!Array.isArray(windows)) throw refused("windows: use a list");
    return this.#calls.run("fit", 0, config, windows);
  }
  #trainer({handle, notes = {}}) {
    return {trainer: new Trainer(this.#calls, handle), notes};
  }
}
