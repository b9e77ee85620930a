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

/** The result without ok; a failure fails the test. */
export function good(result) {
  assert.equal(result.ok, true, result.error);
  return result;
}
/** The message of a failure. */
export function bad(result, pattern = /./) {
  assert.equal(result.ok, false, "should have failed");
  assert.equal(typeof result.error, "string");
  assert.match(result.error, pattern);
  assert.ok(!result.error.includes("\n"), result.error);
  return result.error;
}

export const instances = {};
for (const simd of [false, true])
  instances[simd ? "simd" : "plain"] = good(await atomeModule.load({simd})).atome;
export const kinds = Object.keys(instances);

export const open = (atome, name) => good(atome.open(goldenFile(name))).model;
export const text = (bytes) => Buffer.from(bytes).toString("latin1");
export const tiny = {
  d_model: 16,
  n_layers: 2,
  d_head: 8
};
