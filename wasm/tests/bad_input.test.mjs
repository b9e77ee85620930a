// Whatever a page hands in: a plain result, no crash, and the instance goes on.
import assert from "node:assert/strict";
import test from "node:test";

import {atomeModule, bad, goldenFile, instances, kinds, open, published, tiny} from "./helpers.mjs";

// Small and repeatable: what a fuzzer needs.
function random(seed) {
  return (n) => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return Math.floor((seed / 2 ** 32) * n);
  };
}

for (const kind of kinds) {
  const atome = instances[kind];
  const alive = () => {
    assert.equal(atome.broken, false);
    assert.match(open(atome, "tiny_ternary").trace(Uint8Array.of(1, 2)).digest, /^[0-9a-f]{16}$/);
  };

  test(`${kind}: foreign and oversized files`, () => {
    bad(() => atome.open(new Uint8Array(0)));
    bad(() => atome.open(Uint8Array.of(1)));
    bad(() => atome.open(new TextEncoder().encode("<!doctype html><p>no model</p>")));
    bad(() => atome.open(new Uint8Array(33 << 20)), /at most/);
    bad(() => atome.open("text"));
    bad(() => atome.open(null));
    bad(() => atome.open(goldenFile("tiny_ternary"), {config: {d_model: "wide"}}), /d_model/);
    alive();
  });

  test(`${kind}: truncated and damaged files of every format`, () => {
    const model = open(atome, "tiny_ternary");
    const next = random(1);
    for (const format of ["atome", "atome01", "atome02", "safetensors"]) {
      const bytes = model.export(format).bytes;
      const {config} = model.info();
      for (let i = 0; i < 40; i++) {
        bad(() => atome.open(bytes.subarray(0, next(bytes.length)), {config}));
        const damaged = bytes.slice();
        for (let k = next(4); k >= 0; k--) damaged[next(bytes.length)] = next(256);
        let opened;
        try {
          opened = atome.open(damaged, {config});
        } catch (error) {
          bad(() => { throw error; });
          continue;
        }
        // A float or a code has changed: it is still a model, perhaps one whose numbers grow too large.
        try {
          opened.model.trace(Uint8Array.of(1), {greedy: 3});
        } catch (error) {
          assert.equal(error.code, "not_finite");
        }
        opened.model.close();
      }
    }
    alive();
  });

  test(`${kind}: a header that promises a huge model`, () => {
    const metadata = {
      vocab_size: "256",
      d_model: "4096",
      n_layers: "64",
      d_head: "16",
      top_k: "4",
      kernel_size: "5",
      d_ff: "16384",
      quantizer: "ternary",
      disable_pathways: "local,sparse",
    };
    const json = new TextEncoder().encode(JSON.stringify({__metadata__: metadata}));
    const file = new Uint8Array(8 + json.length);
    new DataView(file.buffer).setBigUint64(0, BigInt(json.length), true);
    file.set(json, 8);
    bad(() => atome.open(file));
    alive();
  });

  test(`${kind}: a window that asks for more than 32 bits can count`, () => {
    const config = {...published, d_model: 256, n_layers: 16, d_head: 16};
    const [small, large] = atome.fit({...config, d_model: 1024}, [64, 65536]).ram;
    assert.ok(large.bytes > 2 ** 32 && small.bytes < 2 ** 24, `${small.bytes} ${large.bytes}`);
    const {trainer} = atome.createTrainer("abc ".repeat(9), {config, options: {batch: 1, seq: 8}});
    const {model} = trainer.model();
    trainer.close();
    bad(() => model.stream({window: 65536}), /MiB/);
    model.stream({window: 64}).stream.close();
    model.close();
    alive();
  });

  test(`${kind}: corpora of any kind`, () => {
    const options = {steps: 3, batch: 2, seq: 16};
    const create = (text, more = {}) =>
      atome.createTrainer(text, {config: tiny, options: {...options, ...more}});
    bad(() => create(""), /2/);
    bad(() => create("a"), /2/);
    bad(() => create(undefined));
    bad(() => create({}));
    const binary = Uint8Array.from({length: 4000}, (_, i) => (i * 37) & 255);
    const large = new Uint8Array(20 << 20).fill(0xff);
    for (const text of ["ab", "\u{1F600}".repeat(100), binary, large]) {
      const {trainer} = create(text);
      assert.equal(trainer.train().done, true);
      trainer.close();
    }
    bad(() => atome.createTrainer(binary, {config: {...tiny, vocab_size: 100}, options}), /vocabulary/);
    alive();
  });

  test(`${kind}: options that are no numbers, out of range or of the wrong kind`, () => {
    const text = "the cat sat on the mat. ".repeat(50);
    const options = {
      steps: [NaN, -1, 0, 1.5, 1e12, "many", {}, []],
      batch: [0, 5000, Infinity],
      seq: [1, 9000],
      lr: [NaN, 0, -1, 11, "fast", 1e300],
      schedule: ["linear", 5],
      sampling: ["random"],
      warmup: [-1, NaN],
      beta1: [1, NaN],
      beta2: [1],
      eps: [0],
      clip: [-1],
      weight_decay: [NaN, 11],
      valid_share: [1, NaN],
      seed: [-1, 1.5, "abc", "18446744073709551616", 1e300],
    };
    for (const [name, values] of Object.entries(options))
      for (const value of values) bad(() => atome.createTrainer(text, {config: tiny, options: {[name]: value}}));
    const config = {
      d_model: [0, 4097, NaN, "x"],
      n_layers: [0, 65],
      d_head: [0],
      vocab_size: [0, 257],
      quantizer: ["binary"],
      disable_pathways: [["local", "state", "sparse"], ["global"], "local"],
    };
    for (const [name, values] of Object.entries(config))
      for (const value of values) bad(() => atome.createTrainer(text, {config: {[name]: value}}), /./);
    bad(() => atome.createTrainer(text, {config: {...published, d_model: 4096, n_layers: 8, d_head: 64}}), /MiB/);
    bad(() => atome.createTrainer(text, {config: []}));
    for (const field of ["dmodel", "window", "", "toString"])
      bad(() => atome.createTrainer(text, {config: {[field]: 1}}), /no field of a configuration/);
    bad(() => atome.createTrainer(text, {options: 5}));
    for (const option of ["optimiser", "learning_rate", "", "toString"])
      bad(() => atome.createTrainer(text, {config: tiny, options: {[option]: 1}}), /no training option/);
    bad(() => atome.createTrainer(text, {config: tiny, options: {teacher_alpha: 0.5}}), /teacher/, "unsupported");
    atome.createTrainer(text, {config: tiny, options: {seed: 2n ** 64n - 1n}});
    atome.createTrainer(text, {config: tiny, options: {seed: "18446744073709551615"}});
    const {trainer} = atome.createTrainer(text, {config: tiny});
    bad(() => trainer.train({steps: NaN}));
    bad(() => trainer.train({milliseconds: NaN}));
    bad(() => trainer.checkpoint({note: 5}));
    bad(() => trainer.checkpoint("note"));
    alive();
  });

  test(`${kind}: a learning rate that blows up ends in a message`, () => {
    const {trainer} = atome.createTrainer(
      "ab cd ".repeat(100),
      {config: tiny, options: {lr: 10, clip: 0, warmup: 0, steps: 300, batch: 2, seq: 8}});
    try {
      trainer.train();
    } catch (error) {
      bad(() => { throw error; }, /learning rate/, "not_finite");
    }
    alive();
  });
}

test("memory that runs out ends the instance with a message, and another one can be loaded", async () => {
  const {atome} = await atomeModule.load();
  const model = open(atome, "default_60k");
  const kept = [];
  bad(() => {
    while (kept.length < 40) kept.push(model.stream({window: 65536}));
  }, /memory/, "stopped");
  assert.equal(atome.broken, true);
  bad(() => model.info(), /load it again/, "stopped");
  model.close();
  open((await atomeModule.load()).atome, "default_60k").trace("a");
});
