// Everything that fails throws an AtomeError, each kind with its own code.
import assert from "node:assert/strict";
import test from "node:test";

import {atomeModule, bad, goldenFile, instances, kinds, open, tiny} from "./helpers.mjs";

const {AtomeError} = atomeModule;

test("an AtomeError is an Error with a code", () => {
  const cause = new Error("why");
  const error = new AtomeError("bad_file", "no model", {cause});
  assert.ok(error instanceof Error);
  assert.deepEqual([error.name, error.code, error.message, error.cause], ["AtomeError", "bad_file", "no model", cause]);
  assert.equal(String(error), "AtomeError: no model");
});

for (const kind of kinds)
  test(`${kind}: each kind of failure has its code`, () => {
    const atome = instances[kind];
    const model = open(atome, "default_60k");
    const coded = atome.open(model.export("atome").bytes).model;
    const {trainer} = atome.createTrainer("the cat sat. ".repeat(99), {config: tiny, options: {steps: 2}});
    bad(() => atome.open(new TextEncoder().encode("<p>no model</p>")), /./, "bad_file");
    bad(() => atome.open(goldenFile("default_60k").subarray(0, 999)), /./, "bad_file");
    bad(() => coded.quantise("power3"), /codes/, "unsupported");
    bad(() => atome.createTrainer("text", {config: {d_model: 0}}), /d_model/, "bad_config");
    bad(() => atome.open(new Uint8Array(33 << 20)), /at most/, "out_of_memory");
    bad(() => model.trace(""), /empty/, "bad_argument");
    model.close();
    bad(() => model.info(), /this model is closed: open another one/, "closed");
    bad(() => atome.createTrainer("some text", {model}), /closed/, "closed");
    trainer.close();
    bad(() => trainer.train(), /this training run is closed/, "closed");
    trainer.close();
    coded.close();
  });

test("arguments of the wrong kind, everywhere", () => {
  const atome = instances.simd;
  const model = open(atome, "default_60k");
  const {stream} = model.stream();
  const {trainer} = atome.createTrainer("the cat sat. ".repeat(99), {config: tiny, options: {steps: 2}});
  const wrong = [5, "x", [], Symbol("x"), () => {}];
  for (const x of wrong) {
    bad(() => atome.open(x), /./, "bad_argument");
    bad(() => atome.open(goldenFile("default_60k"), x), /./, "bad_argument");
    bad(() => atome.createTrainer("text", x), /./, "bad_argument");
    bad(() => atome.resumeTrainer(x, "text"), /./, "bad_argument");
    bad(() => atome.corpus("stories", x), /./, "bad_argument");
    bad(() => atome.fit(x), /./, "bad_argument");
    bad(() => model.trace("a", x), /./, "bad_argument");
    bad(() => model.uncertainty("abc", x), /./, "bad_argument");
    bad(() => model.stream(x), /./, "bad_argument");
    bad(() => model.generate("a", 3, x), /./, "bad_argument");
    bad(() => model.export("atome", x), /./, "bad_argument");
    bad(() => stream.sampling(x), /./, "bad_argument");
    bad(() => trainer.train(x), /./, "bad_argument");
    bad(() => trainer.validate(x), /./, "bad_argument");
    bad(() => trainer.checkpoint(x), /./, "bad_argument");
  }
  for (const x of [null, "x", {}, NaN, -1, 1.5, Symbol("x")]) {
    bad(() => model.tensor(x), /./, "bad_argument");
    bad(() => stream.step(x), /./, "bad_argument");
    bad(() => stream.generate(x), /./, "bad_argument");
    bad(() => stream.candidates(x), /./, "bad_argument");
    bad(() => trainer.validatePiece(x, -1), /./, "bad_argument");
  }
  for (const x of [null, 5, {}, NaN, Symbol("x")]) {
    bad(() => atome.resumeTrainer(new Uint8Array(9), x), /./, "bad_argument");
    bad(() => atome.corpus(x), /./, "bad_argument");
    bad(() => model.trace(x), /./, "bad_argument");
    bad(() => model.traceTokens(x), /./, "bad_argument");
    bad(() => model.encode(x), /./, "bad_argument");
    bad(() => model.decode(x), /./, "bad_argument");
    bad(() => model.generate(x, 3), /./, "bad_argument");
    bad(() => model.withPathways(x), /./, "bad_argument");
    bad(() => model.export(x), /./, "bad_argument");
    bad(() => model.fit(x), /./, "bad_argument");
    bad(() => stream.feed(x), /./, "bad_argument");
    bad(() => stream.feedTokens(x), /./, "bad_argument");
    bad(() => trainer.sample(x, 3), /./, "bad_argument");
  }
  for (const x of [null, undefined]) {
    assert.ok(atome.createTrainer("some text here", x).trainer);
    assert.ok(atome.open(goldenFile("tiny_ternary"), x).model);
    assert.equal(trainer.train(x).done, true);
  }
  assert.equal(atome.broken, false);
});
