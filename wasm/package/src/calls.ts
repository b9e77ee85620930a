// Calls into the module, and what stands there for an object of ours.
import { refused } from "./arguments.js";
import { AtomeError, type AtomeErrorCode } from "./errors.js";

/** The functions of ../../bindings_*.cc. Each gives an object: its results, or {error, code}. */
export type Native = Readonly<Record<string, (...args: unknown[]) => unknown>>;

/** What makes an object in the module gives its number. */
export interface Made {
  handle: number;
}

/**
 * A trap (memory is full, or a fault of ours) leaves the instance in an unknown state: from then on every call says so.
 */
export class Calls {
  readonly #native: Native;
  #trap: unknown = null;

  constructor(native: Native) {
    this.#native = native;
  }
  get broken(): boolean {
    return this.#trap !== null;
  }
  run<Result>(name: string, ...args: unknown[]): Result {
    if (this.broken) throw this.#stopped();
    let result;
    try {
      result = this.#native[name]!(...args) as Result & { error?: string; code: AtomeErrorCode };
    } catch (error) {
      // Embind complains about arguments before anything runs.
      if (error instanceof TypeError || (error as Error)?.name === "BindingError")
        throw refused((error as Error).message);
      this.#trap = error;
      throw this.#stopped();
    }
    if (result?.error !== undefined) throw new AtomeError(result.code, result.error);
    return result;
  }
  #stopped() {
    const message = "the engine has stopped, most likely for want of memory: load it again";
    return new AtomeError("stopped", message, { cause: this.#trap });
  }
}

// Frees what a page forgets to close.
const release =
  typeof FinalizationRegistry === "undefined" ? null : new FinalizationRegistry<() => void>((free) => free());

/** A model, stream or training run in the module. */
export class Handle {
  readonly calls: Calls;
  readonly #what: string;
  readonly #free: () => void;
  #number: number;

  constructor(calls: Calls, { handle }: Made, what: string, close: string) {
    this.calls = calls;
    this.#what = what;
    // Does not refer to this object, which would never be collected. An instance that has stopped holds nothing any more.
    this.#free = () => {
      if (!calls.broken) calls.run(close, handle);
    };
    this.#number = handle;
    release?.register(this, this.#free, this);
  }
  get number(): number {
    if (this.#number > 0) return this.#number;
    throw new AtomeError("closed", `this ${this.#what} is closed: open another one`);
  }
  call<Result>(name: string, ...args: unknown[]): Result {
    return this.calls.run(name, this.number, ...args);
  }
  close(): void {
    release?.unregister(this);
    if (this.#number > 0) this.#free();
    this.#number = -1;
  }
}
