// The examples of the package's README: they compile in strict TypeScript, run in node, and end when something fails.
import assert from "node:assert/strict";
import {execFileSync, spawn} from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import test from "node:test";

import {packageDir, root} from "./helpers.mjs";
import {messages, program} from "./typescript.mjs";

// As a user has it: installed from the file that npm makes of the package.
const dir = fs.mkdtempSync(path.join(os.tmpdir(), "atome-readme-"));
process.on("exit", () => fs.rmSync(dir, {recursive: true, force: true}));
fs.writeFileSync(path.join(dir, "package.json"), '{"type": "module"}');
const npm = (...args) => execFileSync("npm", [...args, "--offline", "--silent"], {cwd: dir, encoding: "utf8"});
npm("install", "--no-audit", "--no-fund", npm("pack", packageDir).trim());

const readme = fs.readFileSync(path.join(root, "wasm/package/README.md"), "utf8");
const examples = [...readme.matchAll(/```js\n([\s\S]*?)```/g)].map(([, code]) => code);

/** What node prints; a program that does not end fails. */
function run(code) {
  const file = path.join(dir, "run.mjs");
  fs.writeFileSync(file, code);
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [file], {cwd: dir, timeout: 300_000, killSignal: "SIGKILL"});
    let out = "", err = "";
    child.stdout.on("data", (data) => (out += data));
    child.stderr.on("data", (data) => (err += data));
    child.on("exit", (exit, signal) => resolve({out, err, exit, signal}));
  });
}

test("the README has examples, and the first is short", () => {
  assert.ok(examples.length >= 2);
  assert.ok(examples[0].trim().split("\n").length <= 12);
});

for (const [i, code] of examples.entries()) {
  test(`example ${i + 1} has the types that are declared`, () => {
    const file = path.join(dir, `example${i}.ts`);
    fs.writeFileSync(file, code);
    assert.deepEqual(messages(program(file)), []);
  });

  test(`example ${i + 1} runs`, async () => {
    const {out, err, exit} = await run(code);
    assert.equal(exit, 0, err);
    assert.ok(out.trim().length > 10, out);
  });
}

test("the training loop ends when training fails", async () => {
  const [loop] = examples[0].match(/^while .*$/m);
  const {err, exit, signal} = await run(examples[0].replace(loop, `trainer.close();\n${loop}`));
  assert.equal(signal, null, "it runs for ever");
  assert.notEqual(exit, 0);
  assert.match(err, /AtomeError: this training run is closed/);
});
