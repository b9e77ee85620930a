// Every function of the package, in both modules.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import test from "node:test";
import {Worker} from "node:worker_threads";

import {
  atomeModule, bad, goldenFile, good, instances, kinds, open, packageDir, text, tiny,
} from "./helpers.mjs";

const sum = (values) => values.reduce((a, b) => a + b, 0);

test("load picks SIMD where it is there and takes bytes, addresses and wrong ones", async () => {
  assert.equal(atomeModule.simdSupported(), true);
  assert.equal(good(await atomeModule.load()).atome.kernels, "wasm128");
  const bytes = fs.readFileSync(path.join(packageDir, "atome.wasm"));
  const plain = good(await atomeModule.load({simd: false, wasm: bytes})).atome;
  assert.equal(plain.kernels, "scalar");
  assert.equal(plain.simd, false);
  assert.equal(plain.broken, false);
  bad(await atomeModule.load({wasm: new Uint8Array(10)}));
  bad(await atomeModule.load({wasm: "nowhere.wasm"}));
});

test("it loads in a worker", async () => {
  const url = new URL(`file://${packageDir}/index.js`);
  const worker = new Worker(
    `import { parentPort } from "node:worker_threads";
     import { load } from ${JSON.stringify(url.href)};
     const { atome } = await load();
     parentPort.postMessage(atome.kernels);`,
    {eval: true, execArgv: ["--input-type=module"]},
  );
  const name = await new Promise((resolve, reject) => worker.on("message", resolve).on("error", reject));
  assert.equal(name, "wasm128");
});

for (const kind of kinds) {
  const atome = instances[kind];

  test(`${kind}: info, tensors and export`, () => {
    const model = open(atome, "default_60k");
    const info = good(model.info());
    assert.equal(info.format, "safetensors");
    assert.equal(info.parameters, 60800);
    assert.equal(info.has_float_weights, true);
    assert.equal(info.config.d_model, 64);
    for (const t of info.tensors) {
      const tensor = good(model.tensor(t.index));
      const n = t.rows * t.cols;
      assert.equal(t.coded ? tensor.codes.length : tensor.values.length, n, t.name);
      if (!t.coded) continue;
      assert.equal(sum(Object.values(t.histogram)), n);
      assert.equal(tensor.codes.filter((c) => c === 0).length, t.histogram[0]);
      assert.deepEqual(tensor.scales, t.scales);
    }
    const sizes = {};
    for (const format of ["atome", "atome01", "atome02", "safetensors", "c-header"])
      sizes[format] = good(model.export(format)).bytes.length;
    assert.equal(sizes.atome, info.flash.trit2);
    assert.equal(good(model.export("atome", {trits: "trit5"})).bytes.length, info.flash.trit5);
    assert.match(text(good(model.export("c-header", {symbol: "my_model"})).bytes), /my_model\[/);
    bad(model.export("atomep4"), /atomep3/);
    bad(model.export("atome", {trits: "trit3"}), /trit2/);
    const power3 = good(model.quantise("power3")).model;
    assert.equal(good(power3.info()).config.quantizer, "power3");
    assert.ok(good(power3.export("atomep3")).bytes.length > 0);
    bad(power3.export("atome01"));
    bad(model.quantise("binary"));
    // Every format gives the same model back.
    const digest = good(model.trace("A cat")).digest;
    for (const format of ["atome", "atome01", "safetensors"]) {
      const again = good(atome.open(good(model.export(format)).bytes)).model;
      assert.equal(good(again.trace("A cat")).digest, digest, format);
      if (format !== "safetensors") bad(again.quantise("power3"), /codes/);
    }
    model.close();
    bad(model.info(), /closed/);
    model.close();
  });

  test(`${kind}: trace`, () => {
    const model = open(atome, "tiny_ternary");
    const tokens = Uint8Array.of(7, 4, 11, 11, 14);  // its vocabulary is small
    const t = good(model.trace(tokens, {greedy: 4}));
    bad(model.trace("hello"), /vocabulary/);
    const {vocab_size: V, n_layers: L} = good(model.info()).config;
    assert.equal(t.logits.length, 5 * V);
    assert.equal(t.router.length, L * 5 * 3);
    assert.equal(t.entropy.length, L * 5);
    assert.equal(t.greedy.length, 4);
    assert.equal(t.window, 9);
    for (let i = 0; i < t.router.length; i += 3)
      assert.ok(Math.abs(sum(t.router.slice(i, i + 3)) - 1) < 1e-5);
    for (const e of t.entropy) assert.ok(e >= 0 && e <= Math.log(3) + 1e-6);
    // Losses and predicted entropies, computed here in double precision.
    for (let i = 0; i < 5; i++) {
      const logits = Array.from(t.logits.slice(i * V, i * V + V));
      const total = Math.log(sum(logits.map((x) => Math.exp(x))));
      const entropy = sum(logits.map((x) => Math.exp(x - total) * (total - x)));
      assert.ok(Math.abs(t.predicted[i] - entropy) < 1e-3);
      const loss = i < 4 ? total - logits[tokens[i + 1]] : 0;
      assert.ok(Math.abs(t.nats[i] - loss) < 1e-3, `${t.nats[i]} ${loss}`);
    }
    bad(model.trace(""), /empty/);
    bad(model.trace("x", {window: 70000}), /window/);
    bad(model.trace("x", {window: NaN}), /window/);
    bad(model.trace(5), /Uint8Array/);
  });

  test(`${kind}: streams`, () => {
    const model = open(atome, "default_60k");
    const stream = good(model.stream({temperature: 0.8, top_p: 0.9, seed: 7, window: 32})).stream;
    model.close();  // the stream keeps what it needs
    assert.equal(good(stream.outputs()).position, 0);
    good(stream.feed("Once"));
    const before = good(stream.outputs());
    assert.equal(before.position, 4);
    assert.ok(Math.abs(sum(before.probabilities) - 1) < 1e-5);
    const {candidates} = good(stream.candidates(5));
    assert.equal(candidates.length, 5);
    assert.ok(candidates[0].probability >= candidates[4].probability);
    const one = good(stream.next());
    assert.ok(Math.abs(one.nats + Math.log(before.probabilities[one.token])) < 1e-4);
    const more = good(stream.generate(9));
    assert.equal(good(stream.outputs()).position, 14);
    // The same from the beginning: in one piece, and after a reset.
    good(stream.reset());
    good(stream.feed("Once"));
    assert.deepEqual([...good(stream.generate(10)).tokens], [one.token, ...more.tokens]);
    good(stream.sampling({temperature: 0}));
    good(stream.step(65));
    bad(stream.step(256));
    bad(stream.step(NaN));
    bad(stream.sampling({temperature: -1}), /temperature/);
    bad(stream.sampling({top_p: NaN}));
    bad(stream.generate(0));
    bad(stream.generate(2e6));
    stream.close();
    bad(stream.next(), /closed/);
  });

  test(`${kind}: pathways switched off and forced`, () => {
    const model = open(atome, "default_60k");
    const whole = good(model.trace("abc"));
    const all = good(model.withPathways(["local", "state", "sparse"])).model;
    assert.equal(good(all.trace("abc")).digest, whole.digest);
    const two = good(good(model.withPathways(["local", "sparse"])).model.trace("abc"));
    // The router's softmax over what is left: the first layer sees the same input.
    for (let t = 0; t < 3; t++) {
      const [a, , c] = whole.router.slice(t * 3, t * 3 + 3);
      assert.ok(Math.abs(two.router[t * 2] - a / (a + c)) < 1e-5);
    }
    const forced = good(good(model.withPathways(["state"])).model.trace("abc"));
    assert.ok(forced.router.every((r) => r === 1));
    bad(model.withPathways([]));
    bad(model.withPathways(["global"]), /global/);
    const without = open(atome, "tiny_no_state");
    bad(without.withPathways(["state"]));
    good(without.withPathways(["state", "local"]));
  });

  test(`${kind}: training, checkpoints and resume`, () => {
    const corpus = good(atome.corpus("stories", {bytes: 50_000, seed: 1})).bytes;
    const options = {steps: 30, batch: 4, seq: 32, seed: 3};
    const {trainer} = good(atome.createTrainer(corpus, {config: tiny, options}));
    const info = good(trainer.info());
    assert.equal(info.options.warmup, 3);
    assert.equal(info.options.lr, 0.01);
    assert.equal(info.bytes_per_step, 128);
    assert.equal(info.kernels, atome.kernels);
    const first = good(trainer.train({steps: 10}));
    assert.deepEqual([first.first_step, first.steps_done, first.done], [0, 10, false]);
    assert.equal(first.losses.length, 10);
    assert.ok(Math.abs(first.losses[0] - Math.log(256)) < 1);
    const codes = good(trainer.codes());
    assert.deepEqual([codes.step, codes.since], [10, 10]);
    const checkpoint = good(trainer.checkpoint({view: "weights é"})).bytes;
    const rest = good(trainer.train());
    assert.equal(rest.done, true);
    assert.equal(good(trainer.train()).losses.length, 0);
    assert.equal(good(trainer.losses()).losses.length, 30);
    const later = good(trainer.codes());
    assert.deepEqual([later.step, later.since], [30, 10]);
    assert.ok(sum(later.tensors.map((t) => t.flips)) > 0);
    const resumed = good(atome.resumeTrainer(checkpoint, corpus));
    assert.deepEqual(resumed.notes, {view: "weights é"});
    while (!good(resumed.trainer.train({milliseconds: 0})).done)
      ;
    assert.equal(good(resumed.trainer.digest()).digest, good(trainer.digest()).digest);
    bad(atome.resumeTrainer(checkpoint, "another text"), /text/);
    bad(atome.resumeTrainer(goldenFile("tiny_ternary"), corpus));

    const valid = good(trainer.validate());
    assert.ok(valid.nats > 0 && valid.predictions > 0);
    assert.equal(good(trainer.validate({all: true})).predictions, valid.predictions);
    let first = 0, nats = 0, predictions = 0;
    for (;;) {
      const piece = good(trainer.validatePiece(first, 300));
      if (piece.bytes === 0) break;
      first += piece.bytes;
      nats += piece.nats * piece.predictions;
      predictions += piece.predictions;
    }
    assert.equal(predictions, valid.predictions);
    assert.ok(Math.abs(nats / predictions - valid.nats) < 1e-9);
    bad(trainer.validatePiece(1, 300), /multiple of seq/);
    good(trainer.evaluateTrainingText());
    assert.equal(good(trainer.sample("Once", 20, {temperature: 0})).tokens.length, 20);
    const {model} = good(trainer.model());
    assert.equal(good(model.info()).format, "memory");
    assert.equal(good(model.info()).window, 32);
    // From a model's weights.
    const again = good(atome.createTrainer(corpus, {model, options})).trainer;
    assert.equal(good(again.digest()).digest, good(trainer.digest()).digest);
    const coded = good(atome.open(good(model.export("atome")).bytes)).model;
    bad(atome.createTrainer(corpus, {model: coded, options}), /float/);
    trainer.close();
    bad(trainer.train(), /closed/);
  });

  test(`${kind}: corpus and fit`, () => {
    const {presets} = good(atome.corpusPresets());
    assert.ok(presets.length >= 2);
    for (const p of presets) {
      const bytes = good(atome.corpus(p.name, {bytes: 5000, seed: 2})).bytes;
      assert.ok(bytes.length > 3000 && bytes.length <= 5000);
    }
    bad(atome.corpus("novels"), /novels/);
    bad(atome.corpus("stories", {bytes: 1e9}));
    const planned = good(atome.fit({d_model: 64}, [32, 64]));
    assert.deepEqual(planned.ram.map((r) => r.window), [32, 64]);
    const model = open(atome, "default_60k");
    const real = good(model.fit([32]));
    assert.equal(real.flash.trit5, good(model.export("atome", {trits: "trit5"})).bytes.length);
    assert.equal(real.ram[0].bytes, planned.ram[0].bytes);
    assert.ok(real.boards.some((b) => b.fits) && real.boards.some((b) => !b.fits));
    bad(atome.fit({d_model: 0}), /d_model/);
    bad(atome.fit({}, [0]));
    assert.equal(good(atome.defaults()).options.steps, 3000);
    good(atome.createTrainer("ab".repeat(500), good(atome.defaults())));
  });

  test(`${kind}: results outlive a growth of the memory`, () => {
    const model = open(atome, "default_60k");
    const kept = good(model.trace("Once upon"));
    const copy = kept.logits.slice();
    const large = good(model.trace("x".repeat(60000), {window: 64}));
    assert.equal(large.logits.length, 60000 * 256);
    assert.deepEqual(kept.logits, copy);
    assert.equal(good(model.trace("Once upon")).digest, kept.digest);
  });
}

test("plain and SIMD give the same bits", () => {
  for (const name of ["tiny_power3_pr", "tiny_none", "tiny_ffn_ternary", "odd_ternary", "default_60k"]) {
    const digests = kinds.map(
      (kind) => good(open(instances[kind], name).trace(Uint8Array.of(1, 2, 3), {greedy: 50})).digest);
    assert.equal(digests[0], digests[1], name);
  }
});
