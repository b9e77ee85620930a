// The package against the native program, bit for bit. ATOME_NATIVE is the path of `atome`; without it these
// tests are skipped.
import assert from "node:assert/strict";
import {execFileSync} from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import test from "node:test";

import {bad, instances, kinds, native, open, pairs, root, text, tiny} from "./helpers.mjs";

const options = {skip: native ? false : "ATOME_NATIVE is not set"};
const dir = fs.mkdtempSync(path.join(os.tmpdir(), "atome-wasm-"));
process.on("exit", () => fs.rmSync(dir, {recursive: true, force: true}));
const run = (...args) => execFileSync(native, args, {maxBuffer: 1 << 28});
const json = (...args) => JSON.parse(run(...args, "--json"));
/** {d_model: 16} as --d-model 16. */
const flags = (options) =>
  Object.entries(options).flatMap(([key, value]) => [`--${key.replaceAll("_", "-")}`, String(value)]);
const golden = (name) => path.join(root, `tests/golden/${name}.safetensors`);

const cases = [
  "tiny_ternary", "tiny_power3", "tiny_power3_pr", "tiny_none", "tiny_no_local", "tiny_no_sparse", "tiny_ffn_ternary",
  "tiny_ffn_int4", "tiny_gains_ffn_ternary", "tiny_gains_int4", "tiny_gains_power3_pr", "odd_ternary", "default_60k",
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
    for (const sampling of [
      {temperature: 0},
      {temperature: 0.8, top_p: 0.9, seed: 7},
      {temperature: 1.3, top_k: 20, seed: 2n ** 63n},
      {window: 16, seed: 1},
    ]) {
      const args = ["--prompt", "Once upon", "-n", "256", ...flags(sampling)];
      const expected = json("generate", golden("default_60k"), ...args);
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
    for (const [name, extra] of [
      ["default_60k", {}],
      ["default_60k", {prompt: nasty, symbol: "my-story"}],
      [
        "default_60k",
        {prompt: "Once", n: 77, temperature: 0.7, top_p: 0.95, top_k: 20, seed: 2n ** 64n - 1n, window: 32},
      ],
      ["tiny_ternary", {temperature: 0, window: 65536}],
      ["odd_ternary", {temperature: 0.01, top_p: 1e-4}],
      ["tiny_no_sparse", {}],
    ]) {
      // Of an export, --top-k is the model's and -n is short.
      const args = flags(extra).map((arg) => ({"--top-k": "--sampling-top-k", "--n": "-n"})[arg] ?? arg);
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

  test(`${kind}: the fixed engine says, writes and exports what atome has`, options, () => {
    const file = path.join(dir, "fixed.atome"), header = path.join(dir, "fixed.h"), main = path.join(dir, "fixed.c");
    for (const name of ["tiny_ternary", "tiny_gains_int4"]) {
      const engine = ["--engine", "fixed"], model = open(atome, name);
      run("export", golden(name), "--out", file, "--c-header", header, "--main-c", main, ...engine);
      for (const [format, made] of [["atome", file], ["c-header", header], ["main-c", main]])
        assert.ok(Buffer.from(model.export(format, {engine: "fixed", header: "fixed.h"}).bytes).equals(fs.readFileSync(made)), format);
      const expected = json("trace", file, "--tokens", "1,2,3,10,20", "--greedy", "60", ...engine);
      const tokens = Uint8Array.of(1, 2, 3, 10, 20);
      // From a file with a plan, and from one without.
      for (const of of [model, atome.open(new Uint8Array(fs.readFileSync(file))).model]) {
        const real = of.traceTokens(tokens, {greedy: 60, engine: "fixed"});
        assert.deepEqual([real.digest, ...real.greedy], [expected.digest, ...expected.greedy]);
        assert.notEqual(real.digest, of.traceTokens(tokens, {greedy: 60}).digest);
      }
      for (const sampling of [{temperature: 0}, {temperature: 0.8, top_p: 0.9, seed: 7}, {temperature: 1.3, top_k: 5, window: 8}]) {
        const {tokens: written} = json("generate", file, "--prompt", "", "-n", "256", ...engine, ...flags(sampling));
        assert.deepEqual([...model.generate("", 256, {...sampling, engine: "fixed"}).tokens], written);
      }
    }
    bad(() => open(atome, "tiny_power3").stream({engine: "fixed"}), /fixed/, "bad_config");
    bad(() => open(atome, "tiny_ternary").stream({engine: "double"}), /engine/);
    bad(() => open(atome, "tiny_ternary").export("atome01", {engine: "fixed"}), /engine/);
  });

  test(`${kind}: uncertainty is what atome calibrate says`, options, () => {
    const file = path.join(dir, "sampled.txt");
    const model = open(atome, "default_60k");
    // Sampled, so that some of the model's predictions are right: this one knows no text.
    const bytes = model.generate("Once", 300, {temperature: 0.3, seed: 1, window: 16}).tokens;
    fs.writeFileSync(file, bytes);
    const [expected] = json("calibrate", golden("default_60k"), "--data", file, "--window", "16").models;
    const {report} = model.uncertainty(bytes, {window: 16});
    assert.ok(report.accuracy > 0 && report.accuracy < 1);
    const {accuracy, ece, bits_per_byte} = report;
    assert.deepEqual([accuracy, ece], [expected.accuracy, expected.ece]);
    assert.ok(Math.abs(bits_per_byte * Math.LN2 - expected.nats) < 1e-9);
    assert.deepEqual(report.signals.map(({name, ...figures}) => ({signal: name, ...figures})), expected.signals);
  });

  test(`${kind}: pairs: what follows a prompt that ends within a token is that of atome generate`, options, () => {
    const model = pairs(atome), file = path.join(dir, "pairs.safetensors");
    fs.writeFileSync(file, model.export("safetensors").bytes);
    for (const prompt of ["Once upon a t", "One da", "The", " ", "\n", "", "w\u00f6rd \u{1F600}", "\u00ff~"])
      for (const sampling of [{temperature: 0}, {temperature: 0.8, seed: 3}, {temperature: 1.5, top_k: 9, seed: 1}])
        for (const n of [1, 90]) {
          const expected = json("generate", file, "--prompt", prompt, "-n", String(n), ...flags(sampling));
          const {text} = model.generate(prompt, n, sampling);
          assert.deepEqual([...text], expected.tokens, `${JSON.stringify(prompt)} ${JSON.stringify(sampling)}`);
        }
    const prompt = "Once upon a time";
    const expected = json("trace", file, "--text", prompt, "--greedy", "30");
    const real = model.trace(prompt, {greedy: 30});
    assert.deepEqual([real.digest, ...real.greedy], [expected.digest, ...expected.greedy]);
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
    const runs = [
      {config: tiny, options: {steps: 50, seed: 7}},
      {
        config: {...tiny, d_ff: 20, quantizer: "power3", disable_pathways: ["state"]},
        options:
          {steps: 20, seed: 1, lr: 0.003, schedule: "wsd", clip: 0.5, batch: 5, seq: 33, weight_decay: 0.01},
      },
      {config: {...tiny, d_ff: 21, quantizer: "int4"}, options: {steps: 20, seed: 1}},
      {config: {}, options: {steps: 20, seed: 7}},
      {config: tiny, options: {steps: 20, seed: 7, tokenizer: "bytes", valid_seq: 50}},
    ];
    for (const start of runs) {
      const args = flags({...start.config, ...start.options});
      const expected = json("train", "--exact", "--data", file, "--out", out, ...args);
      const {trainer} = atome.createTrainer(text, start);
      trainer.train();
      assert.equal(trainer.digest().digest, expected.digest, args.join(" "));
      assert.equal(trainer.info().tokenizer, start.options.tokenizer ?? "pairs");
      const valid = trainer.validate({all: true}).bits_per_byte;
      assert.ok(Math.abs(valid - expected.valid_bpb) < 1e-4, `${valid} bits per byte, ${expected.valid_bpb} natively`);
    }
    // What the native program saved goes on here, and the other way round.
    const half = path.join(dir, "half.safetensors");
    const {trainer} = atome.createTrainer(text, runs[0]);
    trainer.train({steps: 25});
    fs.writeFileSync(half, trainer.checkpoint().bytes);
    const resumed = json("train", "--exact", "--data", file, "--out", half, "--resume");
    trainer.train();
    assert.equal(trainer.digest().digest, resumed.digest);
    const again = atome.resumeTrainer(new Uint8Array(fs.readFileSync(out)), text).trainer;
    assert.equal(again.info().steps_done, 20);
  });
}
