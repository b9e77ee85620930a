// Fetching, compiling and starting one of the two modules.
import { checkOptions } from "./arguments.js";
import { Atome } from "./instance.js";
import type { Native } from "./calls.js";
import { AtomeError } from "./errors.js";

export interface LoadOptions {
  /** Which of the two modules; left out: SIMD where the engine has it. Both give the same bits. */
  simd?: boolean;
  /**
   * The module, its bytes or its address; left out: the file beside index.js. atome-simd.wasm where SIMD is chosen,
   * atome.wasm where it is not.
   */
  wasm?: WebAssembly.Module | ArrayBuffer | ArrayBufferView | URL | string;
}

// A module with one SIMD128 instruction: engines without SIMD refuse it.
const SIMD_PROBE = new Uint8Array([
  0, 97, 115, 109, 1,  0, 0, 0, 1,  5, 1,   96, 0,   1,  123, 3,
  2, 1,  0,   10,  10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11,
]);

/** Whether this engine runs WebAssembly SIMD. */
export function simdSupported(): boolean {
  return WebAssembly.validate(SIMD_PROBE);
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

// By its tag, not its class: it may come from another realm.
const isModule = (x: unknown): x is WebAssembly.Module =>
  Object.prototype.toString.call(x) === "[object WebAssembly.Module]";

async function bytesOf(source: ArrayBuffer | ArrayBufferView | URL | string): Promise<BufferSource> {
  if (source instanceof ArrayBuffer || ArrayBuffer.isView(source)) return source as BufferSource;
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

/** The glue: what starts a module. @internal */
export type CreateModule = (options: {
  instantiateWasm(imports: WebAssembly.Imports, receive: (instance: WebAssembly.Instance) => void): object;
  print(text: string): void;
  printErr(text: string): void;
}) => Promise<Native>;

// The glue would wait for ever for a module that does not fit it.
function start(create: CreateModule, module: WebAssembly.Module): Promise<Native> {
  return new Promise((resolve, reject) => {
    create({
      instantiateWasm(imports, receive) {
        WebAssembly.instantiate(module, imports).then(receive).catch(reject);
        return {};
      },
      print: (text) => console.warn(text),
      printErr: () => {},
    }).then(resolve, reject);
  });
}

/** Loads the module: once a page, worker or process. Every load is an instance with its own memory. */
export async function load(options?: LoadOptions): Promise<{ atome: Atome }> {
  try {
    checkOptions(options);
    const simd = options?.simd ?? simdSupported();
    if (simd && !simdSupported())
      throw new AtomeError("unsupported", "simd: this engine has no WebAssembly SIMD: leave it out");
    const loader = simd ? LOADERS.simd : LOADERS.plain;
    const source = options?.wasm ?? loader.wasm();
    const [glue, module] = await Promise.all([
      loader.glue(),
      isModule(source) ? source : bytesOf(source).then((bytes) => WebAssembly.compile(bytes)),
    ]);
    return { atome: Atome._of(await start(glue.default, module), simd) };
  } catch (error) {
    if (error instanceof AtomeError) throw error;
    const message = `WebAssembly cannot be loaded: ${(error as Error)?.message ?? error}`;
    throw new AtomeError("load_failed", message, { cause: error });
  }
}
