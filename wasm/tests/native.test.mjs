// The package against the native program, bit for bit. ATOME_NATIVE is the path of `atome`; without it these
// tests are skipped.
import assert from "node:assert/strict";
import {execFileSync} from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import test from "node:test";

import {bad, instances, kinds, native, open, root, text, tiny} from "./helpers.mjs";

const options = {
  skip: native ? false : "ATOME_NATIVE is not set"
};
const dir = fs.mkdtempSync(path.join(os.tmpdir(), "atome-wasm-"));
process.on("exit", () => fs.rmSync(dir, {recursive: true, force: true}));
const run = (...args) => execFileSync(native, args, {maxBuffer: 1 << 28});
const json = (...args) => JSON.parse(run(...args, "--json"));
const golden = (name) => path.join(root, `tests/golden/${name}.safetensors`);

const cases = [
  "tiny_ternary",
  "tiny_power3",
  "tiny_power3_pr",
  "tiny_none",
  "tiny_no_local",
  "tiny_no_sparse",
  "tiny_ffn_ternary",
  "tiny_ffn_int4",
  "odd_ternary",
  "default_60k",
];

for (const kind of kinds) {
  const atome = instances[kind];

  test(`${kind}: trace digests`, options, () => {
    for (const name of cases)
      for (const window of [undefined, 8]) {
        const extra = window ? ["--window", String(window)] : [];
        const expected = json("trace", golden(name), "--tokens", "1,2,3,10,20", "--greedy", "60", ...extra);
        const real = open(atome, name).trace(Uint8Array.of(1, 2, 3, 10, 20), {greedy: 60, window});
        assert.equal(real.digest, expected.digest, name);
        assert.deepEqual([...real.greedy], expected.greedy);
      }
  });

  const legacy = (file) => {
    const bytes = new Uint8Array(fs.readFileSync(file));
    const expected = json("trace", file, "--text", "Once upon a time", "--greedy", "40");
    const {model} = atome.open(bytes);
    assert.equal(model.trace("Once upon a time", {greedy: 40}).digest, expected.digest);
    assert.equal(atome.open(bytes, {config: {top_k: 2}}).model.info().config.top_k, 2);
  };
  test(`${kind}: a legacy file`, options, () => {
    const file = path.join(dir, "legacy.atome01");
    run("export", golden("default_60k"), "--format", "atome01", "--out", file);
    legacy(file);
  });
  const reference = path.join(root, "../shared/reference/atome_944k.bin");
  const published = fs.existsSync(reference) ? false : "needs ../shared/reference/atome_944k.bin";
  test(`${kind}: the published legacy file`, {skip: options.skip || published}, () => legacy(reference));

  test(`${kind}: generate writes the same 256 bytes`, options, () => {
    const model = open(atome, "default_60k");
    for (const [sampling, args] of [
           [{temperature: 0}, ["--temperature", "0"]],
           [
             {temperature: 0.8, top_p: 0.9, seed: 7},
             ["--temperature", "0.8", "--top-p", "0.9", "--seed", "7"]
           ],
           [
             {temperature: 1.3, top_k: 20, seed: 2n ** 63n},
             ["--temperature", "1.3", "--top-k", "20", "--seed", String(2n ** 63n)]
           ],
           [{window: 16, seed: 1}, ["--window", "16", "--seed", "1"]],
    ]) {
      const expected = json("generate", golden("default_60k"), "--prompt", "Once upon", "-n", "256", ...args);
      assert.deepEqual([...model.generate("Once upon", 256, sampling).tokens], expected.tokens);
    }
    const empty = json("generate", golden("default_60k"), "--prompt", "", "-n", "20", "--temperature", "0");
    assert.deepEqual([...model.generate("", 20, {temperature: 0}).tokens], empty.tokens);
  });

  test(`${kind}: exported files are the same bytes`, options, () => {
    const model = open(atome, "default_60k");
    for (const [format, args, extra] of [
           ["atome", ["--out", path.join(dir, "m.atome")], {}],
           ["atome", ["--out", path.join(dir, "m.atome"), "--trits", "trit5"], {trits: "trit5"}],
           ["atome01", ["--out", path.join(dir, "m.atome01")], {}],
           ["atome02", ["--out", path.join(dir, "m.atome02")], {}],
           ["safetensors", ["--out", path.join(dir, "m.safetensors")], {}],
           ["c-header", ["--c-header", path.join(dir, "m.h"), "--symbol", "story"], {symbol: "story"}],
    ]) {
      run("export", golden("default_60k"), ...args);
      assert.ok(
        Buffer.from(model.export(format, extra).bytes).equals(fs.readFileSync(args[1])), format);
    }
    const expected = json("fit", golden("default_60k"), "--window", "16,32,256");
    const {flash, ram, boards} = model.fit([16, 32, 256]);
    assert.deepEqual(flash, expected.flash);
    // WebAssembly has the pointers of a chip; those of a 64-bit machine take some bytes more.
    for (const [i, {window, bytes}] of ram.entries()) {
      assert.equal(window, expected.ram[i].window);
      assert.ok(bytes <= expected.ram[i].bytes && bytes > expected.ram[i].bytes - 64);
    }
    for (const [i, board] of boards.entries()) {
      assert.ok(Math.abs(board.window - expected.boards[i].window) <= 1);
      assert.deepEqual({...board, window: 0}, {...expected.boards[i], window: 0});
    }
  });

  test(`${kind}: the program for a chip is the same bytes`, options, () => {
    const header = path.join(dir, "model.h"), main = path.join(dir, "main.c");
    const nasty = 'K\u00f6nig "x" \\ ??/ ??= %s */ //\n\t\r\u00011\u{1F600}';
    for (const [name, args, extra] of [
           ["default_60k", [], {}],
           ["default_60k", ["--prompt", nasty, "--symbol", "my-story"], {prompt: nasty, symbol: "my-story"}],
           [
             "default_60k",
             [
               "--prompt", "Once", "-n", "77", "--temperature", "0.7", "--top-p", "0.95", "--sampling-top-k",
               "20", "--seed", String(2n ** 64n - 1n), "--window", "32"
             ],
             {
               prompt: new TextEncoder().encode("Once"),
               n: 77,
               temperature: 0.7,
               top_p: 0.95,
               top_k: 20,
               seed: 2n ** 64n - 1n,
               window: 32
             }
           ],
           ["tiny_ternary", ["--temperature", "0", "--window", "65536"], {temperature: 0, window: 65536}],
           ["odd_ternary", ["--temperature", "0.01", "--top-p", "1e-4"], {temperature: 0.01, top_p: 1e-4}],
           ["tiny_no_sparse", [], {}],
    ]) {
      run("export", golden(name), "--c-header", header, "--main-c", main, ...args);
      const model = open(atome, name);
      const {symbol} = extra;
      assert.equal(text(model.export("c-header", {symbol}).bytes), text(fs.readFileSync(header)), name);
      assert.equal(text(model.export("main-c", extra).bytes), text(fs.readFileSync(main)), name);
    }
    const model = open(atome, "default_60k");
    const {bytes} = model.export("main-c", {prompt: Uint8Array.of(0, 49, 255), header: "story.h"});
    assert.ok(text(bytes).includes('"\\0001\\377"') && text(bytes).includes('#include "story.h"'));
    bad(() => model.export("main-c", {symbol: "atome_model"}), /symbol/);
    bad(() => model.export("main-c", {header: 'a"b'}), /header/);
    bad(() => model.export("main-c", {prompt: 5}), /prompt/);
    bad(() => model.export("main-c", {n: 0}), /n is 0/);
    bad(() => model.export("main-c", {window: 0}), /window/);
    bad(() => model.export("main-c", {temperature: -1}), /temperature/);
    bad(() => open(atome, "tiny_ternary").export("main-c", {prompt: "a"}), /vocabulary/);
  });

  test(`${kind}: a corpus is the same text`, options, () => {
    for (const preset of ["stories", "thermostat"]) {
      const file = path.join(dir, `${preset}.txt`);
      run("corpus", preset, "--bytes", "20000", "--seed", "5", "--out", file);
      const {bytes} = atome.corpus(preset, {bytes: 20000, seed: 5});
      assert.ok(Buffer.from(bytes).equals(fs.readFileSync(file)), preset);
    }
  });

  test(`${kind}: training gives the same weights as atome train --exact`, options, () => {
    const file = path.join(dir, "text.txt");
    const text = atome.corpus("stories", {bytes: 60000, seed: 1}).bytes;
    fs.writeFileSync(file, text);
    const out = path.join(dir, "trained.safetensors");
    const train = (...args) => json("train", "--exact", "--data", file, "--out", out, ...args);
    const runs = [
      [
        {config: tiny, options: {steps: 50, seed: 7}},
        ["--d-model", "16", "--n-layers", "2", "--d-head", "8", "--steps", "50", "--seed", "7"]
      ],
      [
        {
          config: {...tiny, d_ff: 20, quantizer: "power3", disable_pathways: ["state"]},
          options:
            {steps: 20, seed: 1, lr: 0.003, schedule: "wsd", clip: 0.5, batch: 5, seq: 33, weight_decay: 0.01}
        },
        [
          "--d-model",   "16",     "--n-layers",         "2",     "--d-head", "8",   "--d-ff",  "20",
          "--quantizer", "power3", "--disable-pathways", "state", "--steps",  "20",  "--seed",  "1",
          "--lr",        "0.003",  "--schedule",         "wsd",   "--clip",   "0.5", "--batch", "5",
          "--seq",       "33",     "--weight-decay",     "0.01"
        ],
      ],
      [
        {config: {...tiny, d_ff: 21, quantizer: "int4"}, options: {steps: 20, seed: 1}},
        [
          "--d-model", "16", "--n-layers", "2", "--d-head", "8", "--d-ff", "21", "--quantizer", "int4",
          "--steps", "20", "--seed", "1"
        ],
      ],
      [{options: {steps: 20, seed: 7}}, ["--steps", "20", "--seed", "7"]],
    ];
    for (const [start, args] of runs) {
      const expected = train(...args);
      const {trainer} = atome.createTrainer(text, start);
      trainer.train();
      assert.equal(trainer.digest().digest, expected.digest, args.join(" "));
    }
    // What the native program saved goes on here, and the other way round.
    const half = path.join(dir, "half.safetensors");
    const {trainer} = atome.createTrainer(text, runs[0][0]);
    trainer.train({steps: 25});
    fs.writeFileSync(half, trainer.checkpoint().bytes);
    const resumed = json("train", "--exact", "--data", file, "--out", half, "--resume");
    trainer.train();
    assert.equal(trainer.digest().digest, resumed.digest);
    const again = atome.resumeTrainer(new Uint8Array(fs.readFileSync(out)), text).trainer;
    assert.equal(again.info().steps_done, 20);
  });
}
