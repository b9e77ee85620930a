// What load() takes and picks, and what it says of what cannot be loaded.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import test from "node:test";
import vm from "node:vm";
import {Worker} from "node:worker_threads";

import {atomeModule, instances, open, packageDir, rejected} from "./helpers.mjs";

const {load} = atomeModule;
const bytesOf = (name) => fs.readFileSync(path.join(packageDir, name));
const compiled = (name) => WebAssembly.compile(bytesOf(name));

/** The kernels of what load() gives in a worker. */
function kernelsInWorker(options) {
  const url = new URL(`file://${packageDir}/index.js`);
  const worker = new Worker(
    `import { parentPort, workerData } from "node:worker_threads";
     import { load } from ${JSON.stringify(url.href)};
     parentPort.postMessage((await load(workerData)).atome.kernels);`,
    {eval: true, execArgv: ["--input-type=module"], workerData: options},
  );
  return new Promise((resolve, reject) => worker.on("message", resolve).on("error", reject));
}

test("SIMD where it is there, in a page and in a worker", async () => {
  assert.equal(atomeModule.simdSupported(), true);
  assert.equal((await load()).atome.kernels, "wasm128");
  assert.equal((await load(null)).atome.kernels, "wasm128");
  assert.equal(await kernelsInWorker(), "wasm128");
});

test("bytes, or a module from this realm, another one or another thread", async () => {
  const simd = await compiled("atome-simd.wasm");
  const {digest} = open(instances.simd, "default_60k").trace("Once");
  const foreign = vm.runInNewContext("(bytes) => new WebAssembly.Module(bytes)")(bytesOf("atome-simd.wasm"));
  for (const wasm of [simd, simd, foreign])
    assert.equal(open((await load({wasm})).atome, "default_60k").trace("Once").digest, digest);
  for (const wasm of [await compiled("atome.wasm"), bytesOf("atome.wasm")]) {
    const plain = (await load({simd: false, wasm})).atome;
    assert.deepEqual([plain.kernels, plain.simd, plain.broken], ["scalar", false, false]);
    assert.equal(open(plain, "default_60k").trace("Once").digest, digest);
  }
  assert.equal(await kernelsInWorker({wasm: simd}), "wasm128");
});

test("what cannot be loaded says so", async () => {
  const other = await WebAssembly.compile(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0));
  for (const wasm of [other, new Uint8Array(10), "nowhere.wasm", new URL("file:///nowhere.wasm"), 5, {}])
    await rejected(load({wasm}), /^WebAssembly cannot be loaded: /, "load_failed");
  await rejected(load({wasm: new Uint8Array(10)}).catch((error) => {
    assert.ok(error.cause instanceof WebAssembly.CompileError);
    throw error;
  }));
  for (const options of [5, "x", []]) await rejected(load(options), /options/, "bad_argument");
});
