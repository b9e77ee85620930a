// Prints what the package weighs and how fast it trains. A page wants 20,000 bytes a second.
import fs from "node:fs";
import path from "node:path";
import {gzipSync} from "node:zlib";

import {instances, kinds, open, packageDir} from "./helpers.mjs";

const row = (...cells) =>
  console.log(cells.map((c, i) => (i ? String(c).padStart(12) : String(c).padEnd(20))).join(""));
row("file", "bytes", "gzip -9");
for (const file of fs.readdirSync(packageDir).filter((name) => /\.(js|wasm)$/.test(name))) {
  const bytes = fs.readFileSync(path.join(packageDir, file));
  row(file, bytes.length, gzipSync(bytes, {level: 9}).length);
}

// How often work() would fit into a second of processor time, which tells more than the clock on a machine
// that does other things as well.
function perSecond(work) {
  const before = process.cpuUsage();
  work();
  const {user, system} = process.cpuUsage(before);
  return 1e6 / (user + system);
}

console.log();
row("60K model", "train B/s", "generate B/s");
for (const kind of kinds) {
  const atome = instances[kind];
  const text = atome.corpus("stories", {bytes: 200_000, seed: 1}).bytes;
  const {trainer} = atome.createTrainer(text, {options: {steps: 100_000}});
  const {bytes_per_step} = trainer.info();
  trainer.train({steps: 2});
  let losses;
  const trained = perSecond(() => ({losses} = trainer.train({milliseconds: 3000})));
  const model = open(atome, "default_60k");
  const generated = perSecond(() => model.generate("Once", 20_000));
  row(kind, Math.round(losses.length * bytes_per_step * trained), Math.round(20_000 * generated));
}
