// Every function of the package, in both modules.
import assert from "node:assert/strict";
import test from "node:test";

import {bad, goldenFile, instances, kinds, open, pairs, published, text, tiny} from "./helpers.mjs";

const sum = (values) => values.reduce((a, b) => a + b, 0);
const near = (got, expected, tolerance, what) =>
  assert.ok(Math.abs(got - expected) <= tolerance, `${what}: ${got}, expected ${expected}`);

for (const kind of kinds) {
  const atome = instances[kind];

  test(`${kind}: info, tensors and export`, () => {
    const model = open(atome, "default_60k");
    const info = model.info();
    assert.equal(info.format, "safetensors");
    assert.equal(info.parameters, 60800);
    assert.equal(info.has_float_weights, true);
    assert.equal(info.config.d_model, 64);
    for (const t of info.tensors) {
      const tensor = model.tensor(t.index);
      const n = t.rows * t.cols;
      assert.equal(t.coded ? tensor.codes.length : tensor.values.length, n, t.name);
      if (!t.coded) continue;
      assert.equal(sum(Object.values(t.histogram)), n);
      assert.equal(tensor.codes.filter((c) => c === 0).length, t.histogram[0]);
      assert.deepEqual(tensor.scales, t.scales);
    }
    const sizes = {};
    for (const format of ["atome", "atome01", "atome02", "safetensors", "c-header"])
      sizes[format] = model.export(format).bytes.length;
    assert.equal(sizes.atome, info.flash.trit2);
    assert.equal(model.export("atome", {trits: "trit5"}).bytes.length, info.flash.trit5);
    assert.match(text(model.export("c-header", {symbol: "my_model"}).bytes), /my_model\[/);
    bad(() => model.export("atomep4"), /atomep3/);
    bad(() => model.export("atome", {trits: "trit3"}), /trit2/);
    const power3 = model.quantise("power3").model;
    assert.equal(power3.info().config.quantizer, "power3");
    assert.ok(power3.export("atomep3").bytes.length > 0);
    bad(() => power3.export("atome01"));
    const int4 = model.quantise("int4").model;
    const told = int4.info();
    assert.equal(told.tensors[0].encoding, "int4");
    assert.deepEqual(Object.keys(told.tensors[0].histogram).map(Number).sort((a, b) => a - b),
                     Array.from({length: 15}, (_, i) => i - 7));
    assert.equal(int4.export("atome").bytes.length, told.flash.trit2);
    assert.equal(told.flash.trit5, told.flash.trit2);
    for (const format of ["atome01", "atome02", "atomep3"])
      bad(() => int4.export(format), /cannot hold codes -7\.\.7 \(quantizer int4\)/);
    bad(() => model.quantise("binary"));
    // Every format gives the same model back.
    const digest = model.trace("A cat").digest;
    for (const format of ["atome", "atome01", "safetensors"]) {
      const again = atome.open(model.export(format).bytes).model;
      assert.equal(again.trace("A cat").digest, digest, format);
      if (format !== "safetensors") bad(() => again.quantise("power3"), /codes/);
    }
    model.close();
    bad(() => model.info(), /closed/);
    model.close();
  });

  test(`${kind}: trace`, () => {
    const model = open(atome, "tiny_ternary");
    const tokens = Uint8Array.of(7, 4, 11, 11, 14);  // its vocabulary is small
    const t = model.trace(tokens, {greedy: 4});
    bad(() => model.trace("hello"), /vocabulary/);
    const {vocab_size: V, n_layers: L} = model.info().config;
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
    bad(() => model.trace(""), /empty/);
    bad(() => model.trace(tokens, {window: 70000}), /window/);
    bad(() => model.trace(tokens, {window: NaN}), /window/);
    bad(() => model.trace(5), /Uint8Array/);
  });

  test(`${kind}: uncertainty is what trace gives`, () => {
    const model = open(atome, "default_60k");
    const {n_layers: L, vocab_size: V} = model.info().config;
    // Sampled, so that some of the model's predictions are right: this one knows no text.
    const bytes = model.generate("Once", 300, {temperature: 0.3, seed: 1, window: 16}).tokens;
    const {positions: p, report} = model.uncertainty(bytes, {window: 16});
    const t = model.trace(bytes, {window: 16});
    const T = bytes.length, N = T - 1;
    assert.deepEqual([p.entropy.length, p.mean.length, p.max_probability.length], [L * N, N, N]);
    assert.deepEqual(p.nats, t.nats.slice(0, N));
    assert.deepEqual(p.predicted, t.predicted.slice(0, N));
    const layers = Array.from({length: L}, (_, l) => Array.from(p.entropy.slice(l * N, l * N + N)));
    for (let l = 0; l < L; l++) assert.deepEqual(layers[l], Array.from(t.entropy.slice(l * T, l * T + N)));
    for (let i = 0; i < N; i++) {
      near(p.mean[i], sum(layers.map((e) => e[i])) / L, 1e-6, "mean");
      const logits = t.logits.slice(i * V, i * V + V);
      const most = Math.max(...logits);
      near(p.max_probability[i], 1 / sum(logits.map((x) => Math.exp(x - most))), 1e-5, "max_probability");
      assert.equal(p.correct[i], Number(logits.indexOf(most) === bytes[i + 1]));
    }

    assert.equal(report.predictions, N);
    // A string is its bytes, and the window left out is a stream's.
    const story = "Once upon a time there was a cat.";
    const {window} = model.stream().stream.outputs();
    assert.deepEqual(model.uncertainty(story),
                     model.uncertainty(new TextEncoder().encode(story), {window}));
  });

  test(`${kind}: uncertainty without a figure is null, without a text an error`, () => {
    const model = open(atome, "default_60k");
    const forced = model.withPathways(["state"]).model;
    const {positions, report} = forced.uncertainty("The cat sat on the mat.");
    assert.ok(positions.entropy.every((e) => e === 0));
    for (const s of report.signals.filter((r) => r.name.includes("router"))) {
      assert.deepEqual([s.spearman, s.partial], [null, null]);
      near(s.aurc, 1 - report.accuracy, 1e-12, "aurc");
      if (report.accuracy > 0 && report.accuracy < 1) assert.equal(s.auroc, 0.5);
    }
    // Two predictions, the fewest: AUROC needs one of each kind.
    const two = model.uncertainty("aaa");
    const right = sum(two.positions.correct);
    for (const s of two.report.signals) assert.equal(s.auroc === null, right !== 1);
    assert.equal(JSON.stringify(two.report).includes("NaN"), false);
    for (const s of [...report.signals, ...two.report.signals])
      for (const x of [s.spearman, s.partial, s.auroc, s.aurc]) assert.ok(x === null || Number.isFinite(x));
    bad(() => model.uncertainty(""), /at least 3 bytes/);
    bad(() => model.uncertainty("ab"), /at least 3 bytes/);
    bad(() => model.uncertainty(new Uint8Array(65537)), /at most 65536/);
    bad(() => model.uncertainty("abc", {window: 65537}), /window/);
    bad(() => model.uncertainty("abc", {window: 1.5}), /window/);
    bad(() => model.uncertainty("abc", 7), /options/);
    bad(() => model.uncertainty(7), /Uint8Array/);
    bad(() => open(atome, "tiny_ternary").uncertainty("hello"), /vocabulary/);
    open(atome, "tiny_ternary").uncertainty(new Uint8Array(65536), {window: 8});
    model.close();
    bad(() => model.uncertainty("abc"), /closed/);
  });

  test(`${kind}: streams`, () => {
    const model = open(atome, "default_60k");
    const stream = model.stream({temperature: 0.8, top_p: 0.9, seed: 7, window: 32}).stream;
    model.close();  // the stream keeps what it needs
    assert.equal(stream.outputs().position, 0);
    stream.feed("Once");
    const before = stream.outputs();
    assert.equal(before.position, 4);
    assert.ok(Math.abs(sum(before.probabilities) - 1) < 1e-5);
    const {candidates} = stream.candidates(5);
    assert.equal(candidates.length, 5);
    assert.ok(candidates[0].probability >= candidates[4].probability);
    const one = stream.next();
    assert.ok(Math.abs(one.nats + Math.log(before.probabilities[one.token])) < 1e-4);
    const more = stream.generate(9);
    assert.equal(stream.outputs().position, 14);
    // The same from the beginning: in one piece, and after a reset.
    stream.reset();
    stream.feed("Once");
    assert.deepEqual([...stream.generate(10).tokens], [one.token, ...more.tokens]);
    stream.sampling({temperature: 0});
    stream.step(65);
    bad(() => stream.step(256));
    bad(() => stream.step(NaN));
    bad(() => stream.sampling({temperature: -1}), /temperature/);
    bad(() => stream.sampling({top_p: NaN}));
    bad(() => stream.generate(0));
    bad(() => stream.generate(2e6));
    stream.close();
    bad(() => stream.next(), /closed/);
  });

  test(`${kind}: pathways switched off and forced`, () => {
    const model = open(atome, "default_60k");
    const whole = model.trace("abc");
    const all = model.withPathways(["local", "state", "sparse"]).model;
    assert.equal(all.trace("abc").digest, whole.digest);
    const two = model.withPathways(["local", "sparse"]).model.trace("abc");
    // The router's softmax over what is left: the first layer sees the same input.
    for (let t = 0; t < 3; t++) {
      const [a, , c] = whole.router.slice(t * 3, t * 3 + 3);
      assert.ok(Math.abs(two.router[t * 2] - a / (a + c)) < 1e-5);
    }
    const forced = model.withPathways(["state"]).model.trace("abc");
    assert.ok(forced.router.every((r) => r === 1));
    bad(() => model.withPathways([]));
    bad(() => model.withPathways(["global"]), /global/);
    const without = open(atome, "tiny_no_state");
    bad(() => without.withPathways(["state"]));
    without.withPathways(["state", "local"]);
  });

  test(`${kind}: training, checkpoints and resume`, () => {
    const corpus = atome.corpus("stories", {bytes: 50_000, seed: 1}).bytes;
    const options = {steps: 30, batch: 4, seq: 32, seed: 3};
    const {trainer} = atome.createTrainer(corpus, {config: tiny, options});
    const info = trainer.info();
    assert.equal(info.options.warmup, 3);
    assert.equal(info.options.lr, 0.01);
    assert.equal(info.tokenizer, "pairs");
    assert.ok(info.bytes_per_token > 1.8 && info.bytes_per_token < 3);
    near(info.bytes_per_step, 128 * info.bytes_per_token, 1e-9, "bytes of a step");
    assert.equal(info.kernels, atome.kernels);
    const first = trainer.train({steps: 10});
    assert.deepEqual([first.first_step, first.steps_done, first.done], [0, 10, false]);
    assert.equal(first.losses.length, 10);
    near(first.losses[0] * info.bytes_per_token, Math.log(256), 1, "the loss of a token");
    const codes = trainer.codes();
    assert.deepEqual([codes.step, codes.since], [10, 10]);
    const checkpoint = trainer.checkpoint({view: "weights é"}).bytes;
    const rest = trainer.train();
    assert.equal(rest.done, true);
    assert.equal(trainer.train().losses.length, 0);
    assert.equal(trainer.losses().losses.length, 30);
    const later = trainer.codes();
    assert.deepEqual([later.step, later.since], [30, 10]);
    assert.ok(sum(later.tensors.map((t) => t.flips)) > 0);
    const resumed = atome.resumeTrainer(checkpoint, corpus);
    assert.deepEqual(resumed.notes, {view: "weights é"});
    while (!resumed.trainer.train({milliseconds: 0}).done)
      ;
    assert.equal(resumed.trainer.digest().digest, trainer.digest().digest);
    bad(() => atome.resumeTrainer(checkpoint, "another text"), /text/);
    bad(() => atome.resumeTrainer(goldenFile("tiny_ternary"), corpus));

    const valid = trainer.validate();
    assert.ok(valid.nats > 0 && valid.predictions > 0);
    assert.equal(trainer.validate({all: true}).predictions, valid.predictions);
    let from = 0, nats = 0, predictions = 0;
    for (;;) {
      const piece = trainer.validatePiece(from, 300);
      if (piece.bytes === 0) break;
      from += piece.bytes;
      nats += piece.nats * piece.predictions;
      predictions += piece.predictions;
    }
    assert.equal(predictions, valid.predictions);
    assert.ok(Math.abs(nats / predictions - valid.nats) < 1e-9);
    bad(() => trainer.validatePiece(1, 300), /multiple of the chunk/);
    trainer.evaluateTrainingText();
    assert.equal(trainer.sample("Once", 20, {temperature: 0}).text.length, 20);
    const {model} = trainer.model();
    assert.equal(model.info().format, "memory");
    assert.equal(model.info().window, 32);
    // From a model's weights.
    const again = atome.createTrainer(corpus, {model, options}).trainer;
    assert.equal(again.digest().digest, trainer.digest().digest);
    const coded = atome.open(model.export("atome").bytes).model;
    bad(() => atome.createTrainer(corpus, {model: coded, options}), /float/);
    trainer.close();
    bad(() => trainer.train(), /closed/);
  });

  test(`${kind}: a vocabulary of pairs`, () => {
    const model = pairs(atome);
    assert.equal(model.info().tokenizer, "pairs");
    const {tokens, merges} = model.vocabulary();
    assert.equal(tokens.length, 256);
    assert.equal(tokens[0].length, 0);
    const used = tokens.filter((t) => t.length > 0).length, bytes = tokens.filter((t) => t.length === 1).length;
    assert.equal(used, bytes + merges.length);
    assert.ok(merges.length > 100);
    for (const [i, [left, right]] of merges.entries())
      assert.equal(text(tokens[1 + bytes + i]), text(tokens[left]) + text(tokens[right]));
    assert.ok(tokens.some((t) => text(t).includes("the")));
    for (const sample of ["", "a", "Once upon a time, the cat", "w\u00f6rd \u{1F600}\0\xff", "\n\n"]) {
      const encoded = model.encode(sample).tokens;
      assert.equal(new TextDecoder().decode(model.decode(encoded).text), sample);
    }
    const every = Uint8Array.from({length: 256}, (_, i) => i);
    const {tokens: escaped} = model.encode(every);
    const {text: decoded, pieces} = model.decode(escaped);
    assert.deepEqual(decoded, every);
    assert.deepEqual(pieces.map((piece) => piece.length).reduce((a, b) => a + b), 256);
    assert.ok(escaped.length > 256, "some bytes have no token of their own");
    // The same after a look through each of the files that hold a vocabulary.
    for (const format of ["atome", "safetensors"])
      assert.deepEqual(atome.open(model.export(format).bytes).model.vocabulary(), model.vocabulary());
    bad(() => model.export("atome01"), /pairs/);
  });

  test(`${kind}: a vocabulary of bytes`, () => {
    const model = open(atome, "default_60k");
    assert.equal(model.info().tokenizer, "bytes");
    const {tokens, merges} = model.vocabulary();
    assert.deepEqual(tokens.map((t) => [...t]), Array.from({length: 256}, (_, i) => [i]));
    assert.deepEqual(merges, []);
    assert.deepEqual([...model.encode("Once").tokens], [...Buffer.from("Once")]);
    assert.deepEqual([...model.decode(Uint8Array.of(0, 0, 65)).text], [0, 0, 65]);
    const written = model.generate("Once", 30);
    assert.deepEqual(written.text, written.tokens);
    bad(() => open(atome, "tiny_ternary").encode("word"), /vocabulary/);
    bad(() => open(atome, "tiny_ternary").decode(Uint8Array.of(200)), /tokens/);
  });

  for (const name of ["default_60k", "pairs"])
    test(`${kind}: a text that stops where the router is unsure, ${name}`, () => {
      const model = name === "pairs" ? pairs(atome) : open(atome, name);
      const options = {temperature: 0};
      const whole = model.generate("Once", 60, options);
      assert.equal(whole.unsure, false);
      assert.equal(text(model.generate("Once", 60, {...options, stop_when_unsure: 1}).text), text(whole.text));
      let within = 0, last = 0;
      for (let limit = 0; limit < 1; limit += 0.02) {
        const {stream} = model.stream({...options, stop_when_unsure: limit});
        stream.feed("Once");
        const some = stream.generate(60);
        assert.equal(text(some.text), text(whole.text).slice(0, text(some.text).length));
        assert.ok(some.text.length >= last);
        last = some.text.length;
        assert.equal(some.unsure, last < 60);
        if (!some.unsure) break;
        within += last > 0;
        assert.ok(stream.outputs().uncertainty > limit);
        assert.ok(Math.abs(sum(stream.outputs().probabilities) - 1) < 1e-5, "predicted when asked for");
        assert.equal(stream.generate(5).text.length, 0);
        const {entropy, uncertainty} = stream.outputs();
        assert.ok(Math.abs(entropy.at(-1) / Math.log(3) - uncertainty) < 1e-6);
        assert.ok(stream.next().token >= 0);
        stream.close();
      }
      assert.ok(within > 0);
      for (const wrong of [-0.1, 1.1, NaN, "much"]) bad(() => model.stream({stop_when_unsure: wrong}), /stop_when_unsure/);
    });

  test(`${kind}: a stream of pairs`, () => {
    const model = pairs(atome), options = {temperature: 0.9, seed: 5};
    const {stream} = model.stream(options);
    const prompt = "Once upon a t";
    const {tokens: all} = model.encode(prompt);
    // The last token is held back: the first new one begins with its text.
    assert.deepEqual(stream.feed(prompt).tokens, all.subarray(0, -1));
    const held = text(model.decode(all.subarray(-1)).text);
    const one = stream.next();
    assert.ok(text(model.decode(Uint8Array.of(one.token)).text).startsWith(held));
    const more = stream.generate(200);
    const whole = model.generate(prompt, one.text.length + 200, options);
    assert.equal(text(whole.text), text(one.text) + text(more.text));
    assert.ok(more.tokens.length < 200);
    const T = more.tokens.length;
    assert.deepEqual([more.nats.length, more.entropy.length, more.router.length], [T, 2 * T, 2 * T * 3]);
    const {candidates} = stream.candidates(20);
    for (const {token, text} of candidates) assert.deepEqual(text, model.vocabulary().tokens[token]);
    stream.step(0);
    assert.ok(stream.outputs().escaped);
    assert.ok(stream.candidates(256).candidates.every(({token, text}) => text.length === 1 && text[0] === token));
    // Token by token is text by text.
    stream.reset();
    stream.feedTokens(all);
    assert.equal(stream.outputs().position, all.length);
    assert.deepEqual(stream.outputs().logits, model.trace(prompt, {window: 32}).logits.slice(-256));
    bad(() => stream.feedTokens([1, 2]), /tokens/);
    bad(() => model.traceTokens("a"), /tokens/);
  });

  test(`${kind}: uncertainty of pairs is per byte of text`, () => {
    const model = pairs(atome);
    const sample = atome.corpus("stories", {bytes: 2000, seed: 9}).bytes;
    const {positions, report} = model.uncertainty(sample);
    assert.equal(sum(positions.bytes), sample.length - 1);
    assert.equal(positions.tokens.length, report.predictions);
    assert.ok(report.predictions < sample.length / 1.3);
    assert.ok(Math.abs(sum(positions.nats) / Math.LN2 / (sample.length - 1) - report.bits_per_byte) < 1e-5);
  });

  test(`${kind}: corpus and fit`, () => {
    const {presets} = atome.corpusPresets();
    assert.ok(presets.length >= 2);
    for (const p of presets) {
      const bytes = atome.corpus(p.name, {bytes: 5000, seed: 2}).bytes;
      assert.ok(bytes.length > 3000 && bytes.length <= 5000);
    }
    bad(() => atome.corpus("novels"), /novels/);
    bad(() => atome.corpus("stories", {bytes: 1e9}));
    const planned = atome.fit({...published, d_model: 64, n_layers: 4}, [32, 64]);
    assert.deepEqual(planned.ram.map((r) => r.window), [32, 64]);
    const model = open(atome, "default_60k");
    const real = model.fit([32]);
    assert.equal(real.flash.trit5, model.export("atome", {trits: "trit5"}).bytes.length);
    assert.equal(real.ram[0].bytes, planned.ram[0].bytes);
    assert.ok(real.boards.some((b) => b.fits) && real.boards.some((b) => !b.fits));
    bad(() => atome.fit({d_model: 0}), /d_model/);
    bad(() => atome.fit({}, [0]));
    assert.equal(atome.defaults().options.steps, 3000);
    atome.createTrainer("ab".repeat(500), atome.defaults());
  });

  test(`${kind}: results outlive a growth of the memory`, () => {
    const model = open(atome, "default_60k");
    const kept = model.trace("Once upon");
    const copy = kept.logits.slice();
    const large = model.trace("x".repeat(60000), {window: 64});
    assert.equal(large.logits.length, 60000 * 256);
    assert.deepEqual(kept.logits, copy);
    assert.equal(model.trace("Once upon").digest, kept.digest);
  });
}

test("plain and SIMD give the same bits", () => {
  for (const name of ["tiny_power3_pr", "tiny_none", "tiny_ffn_ternary", "tiny_ffn_int4", "odd_ternary", "default_60k"]) {
    const digests = kinds.map(
      (kind) => open(instances[kind], name).trace(Uint8Array.of(1, 2, 3), {greedy: 50}).digest);
    assert.equal(digests[0], digests[1], name);
    const measured =
      kinds.map((kind) => open(instances[kind], name).uncertainty(new Uint8Array(50).fill(1)));
    assert.deepEqual(measured[0], measured[1], name);
  }
});

for (const kind of kinds)
  test(`${kind}: every training option changes the run that is made`, () => {
    const atome = instances[kind];
    const {options} = atome.trainOptions();
    const defaults = atome.defaults().options;
    for (const {key, kind: of, choices, least, teacher} of options) {
      if (teacher) continue;
      const other = of === "choice" ? choices.find((c) => c !== defaults[key]) : of === "whole" ? least + 3 : 0.5;
      const {trainer} = atome.createTrainer("the cat sat. ".repeat(200), {config: tiny, options: {[key]: other}});
      assert.equal(trainer.info().options[key], other, key);
      trainer.close();
    }
  });
