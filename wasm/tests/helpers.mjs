// What the tests share: the built package, both of its modules, models of tests/golden.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import {fileURLToPath, pathToFileURL} from "node:url";

export const root = path.resolve(fileURLToPath(import.meta.url), "../../..");
export const packageDir = process.env.ATOME_PACKAGE ?? path.join(root, "build/wasm/package");
/** The native program, where there is one to compare with. */
export const native = process.env.ATOME_NATIVE;
export const atomeModule = await import(pathToFileURL(path.join(packageDir, "index.js")));

export const goldenFile = (name) =>
  new Uint8Array(fs.readFileSync(path.join(root, `tests/golden/${name}.safetensors`)));

function plain(error, pattern, code) {
  assert.ok(error instanceof atomeModule.AtomeError, String(error));
  assert.match(error.message, pattern);
  assert.ok(!error.message.includes("\n"), error.message);
  assert.equal(typeof error.code, "string", error.message);
  if (code) assert.equal(error.code, code, error.message);
  return error.message;
}
/** The message of a call that has to fail: one line of an AtomeError. */
export function bad(call, pattern = /./, code = undefined) {
  let result;
  try {
    result = call();
  } catch (error) {
    return plain(error, pattern, code);
  }
  assert.fail(`should have failed: ${result}`);
}
/** The same of a promise. */
export const rejected = (promise, pattern = /./, code = undefined) =>
  promise.then(() => assert.fail("should have failed"), (error) => plain(error, pattern, code));

export const instances = {};
for (const simd of [false, true])
  instances[simd ? "simd" : "plain"] = (await atomeModule.load({simd})).atome;
export const kinds = Object.keys(instances);

export const open = (atome, name) => atome.open(goldenFile(name)).model;
export const text = (bytes) => Buffer.from(bytes).toString("latin1");
/** Of the published block, which every format can hold. */
export const published = {d_ff: 0, top_k: 4, quantizer: "ternary", gains: "none", state: "fixed", vectors: "f32"};
export const tiny = {...published, d_model: 16, n_layers: 2, d_head: 8};
/** A model of pairs that has read stories for a moment. */
export function pairs(atome) {
  const corpus = atome.corpus("stories", {bytes: 30000, seed: 1}).bytes;
  const {trainer} = atome.createTrainer(corpus, {config: tiny, options: {steps: 60, seed: 1, batch: 4, seq: 32, router_calibration: 0}});
  trainer.train();
  return trainer.model().model;
}
