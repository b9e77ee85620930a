// Holds the declarations against what the module really exports, and against what its functions really return.
import assert from "node:assert/strict";
import path from "node:path";
import test from "node:test";

import {atomeModule, instances, open, packageDir, root, tiny} from "./helpers.mjs";
import {messages, program, ts} from "./typescript.mjs";

const file = path.join(packageDir, "index.d.ts");
const declarations = program(file);
const checker = declarations.getTypeChecker();
const source = declarations.getSourceFile(file);
const declared = checker.getExportsOfModule(checker.getSymbolAtLocation(source))
  .map((symbol) => checker.getAliasedSymbol(symbol));
const isValue = (symbol) => (symbol.flags & ts.SymbolFlags.Value) !== 0;
// Without constructors and private members.
const membersOf = (symbol) => [...symbol.members.keys()].filter((name) => !name.startsWith("__")).sort();

test("the declarations have no errors", () => assert.deepEqual(messages(declarations), []));

test("exports are those declared", () => {
  assert.deepEqual(Object.keys(atomeModule).sort(), declared.filter(isValue).map((s) => s.name).sort());
});

test("classes have the members declared, and no others", () => {
  for (const symbol of declared.filter((s) => s.flags & ts.SymbolFlags.Class)) {
    const fields = {
      Atome: () => Object.keys(instances.simd),
      AtomeError: () => Object.keys(new atomeModule.AtomeError("bad_file", "")),
    };
    const real = new Set(fields[symbol.name]?.() ?? []);
    const ends = [Object.prototype, Error.prototype];
    for (let p = atomeModule[symbol.name].prototype; !ends.includes(p); p = Object.getPrototypeOf(p))
      for (const name of Object.getOwnPropertyNames(p)) real.add(name);
    const visible = [...real].filter((name) => name !== "constructor" && !name.startsWith("_")).sort();
    assert.deepEqual(visible, membersOf(symbol), symbol.name);
  }
});

test("functions take no more parameters than declared", () => {
  for (const symbol of declared.filter((s) => s.flags & ts.SymbolFlags.Class))
    for (const [name, member] of symbol.members) {
      const declaration = member.valueDeclaration;
      if (!declaration || !ts.isMethodDeclaration(declaration)) continue;
      const real = atomeModule[symbol.name].prototype[name];
      assert.ok(real.length <= declaration.parameters.length, `${symbol.name}.${name}`);
    }
});

const bound = (atome) =>
  Object.fromEntries(["defaults", "trainOptions", "configFields"].map((name) => [name, () => atome[name]()]));

// The fields of what a method returns when it succeeds, as declared.
function declaredFields(className, method) {
  const member = declared.find((s) => s.name === className).members.get(method);
  const type = checker.getReturnTypeOfSignature(checker.getSignatureFromDeclaration(member.valueDeclaration));
  return type.getProperties();
}
const names = (symbols) => symbols.map((s) => s.name).sort();
const fieldsOf = (name) => declared.find((s) => s.name === name).members;
const keys = (object) => Object.keys(object).sort();

test("results have the fields declared, and no others", () => {
  const atome = instances.simd;
  const model = open(atome, "default_60k");
  const {stream} = model.stream();
  const {trainer} =
    atome.createTrainer("the cat sat. ".repeat(200), {config: tiny, options: {steps: 2}});
  const objects = {Atome: atome, Model: model, Stream: stream, Trainer: trainer};
  const calls = {
    Atome: {
      defaults: [], trainOptions: [], configFields: [], encodings: [], open: [model.export("atome").bytes], fit: [], corpusPresets: [],
      corpus: ["stories", {bytes: 2000}], createTrainer: ["some text here"],
      resumeTrainer: [trainer.checkpoint().bytes, "the cat sat. ".repeat(200)],
    },
    Model: {
      info: [], vocabulary: [], encode: ["a"], decode: [Uint8Array.of(1)], tensor: [0], trace: ["a"],
      traceTokens: [Uint8Array.of(1)], uncertainty: ["abc"], stream: [], generate: ["a", 2], withPathways: [["local"]], quantise: ["power3"], export: ["atome"], fit: [],
    },
    Stream: {
      feed: ["a"], feedTokens: [Uint8Array.of(1)], step: [1], outputs: [], next: [], generate: [2], candidates: [],
      sampling: [], reset: [],
    },
    Trainer: {
      info: [], train: [], losses: [], validate: [], validatePiece: [0, 100], evaluateTrainingText: [], model: [],
      sample: ["a", 2], digest: [], codes: [], checkpoint: [],
    },
  };
  for (const [className, methods] of Object.entries(calls)) {
    const all = membersOf(declared.find((s) => s.name === className));
    const without = className === "Atome" ? ["simd", "kernels", "broken"] : ["close"];
    assert.deepEqual(Object.keys(methods).sort(), all.filter((m) => !without.includes(m)), className);
    for (const [method, args] of Object.entries(methods))
      assert.deepEqual(
        keys(objects[className][method](...args) ?? {}), names(declaredFields(className, method)),
        `${className}.${method}`);
  }
  // And one level down, where lists and objects of a declared kind are.
  const required = (name) => [...fieldsOf(name).values()].filter((s) => !(s.flags & ts.SymbolFlags.Optional));
  const info = model.info();
  assert.deepEqual(keys(info.config), names([...fieldsOf("Config").values()]));
  assert.deepEqual(keys(info.tensors[0]), names([...fieldsOf("TensorInfo").values()]));
  for (const t of info.tensors)
    for (const field of names(required("TensorInfo"))) assert.ok(field in t, `${t.name}: ${field}`);
  assert.deepEqual(keys(model.fit().boards[0]), names([...fieldsOf("BoardFit").values()]));
  assert.deepEqual(keys(atome.defaults().options), names([...fieldsOf("TrainOptions").values()]));
  const measured = model.uncertainty("abc");
  assert.deepEqual(keys(measured.positions), names([...fieldsOf("UncertaintyPositions").values()]));
  assert.deepEqual(keys(measured.report), names([...fieldsOf("UncertaintyReport").values()]));
  assert.deepEqual(keys(measured.report.signals[0]), names([...fieldsOf("UncertaintySignal").values()]));
});

test("TrainOptions and Config list what the core's tables have, with its help", () => {
  const {defaults, trainOptions, configFields} = bound(instances.simd);
  for (const [name, {options}, byDefault] of [
    ["TrainOptions", trainOptions(), defaults().options], ["Config", configFields(), defaults().config],
  ]) {
    const fields = [...fieldsOf(name).values()];
    assert.deepEqual(fields.map((f) => f.name), options.map((o) => o.key));
    for (const [i, {key, kind, choices, help, by_default}] of options.entries()) {
      const type = checker.getTypeOfSymbol(fields[i]);
      const named = kind === "set" ? checker.getTypeArguments(type)[0] : type;
      if (choices.length > 0) assert.deepEqual(named.types.map((t) => t.value).sort(), [...choices].sort());
      else assert.equal(checker.typeToString(type), key === "seed" ? "Seed" : "number", key);
      const comment = ts.displayPartsToString(fields[i].getDocumentationComment(checker));
      for (const told of [help, by_default]) assert.ok(comment.includes(told.replace(/[{}]/g, "")), comment);
    }
    assert.deepEqual(Object.keys(byDefault), options.map((o) => o.key));
  }
  assert.deepEqual(keys(trainOptions().options[0]), names([...fieldsOf("TableRow").values()].filter((s) => !(s.flags & ts.SymbolFlags.TypeParameter))));
});
