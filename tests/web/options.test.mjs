// Every training option and every field of the configuration that the package lists is a control, a key of the address
// and a word of the printed command. The lists are the package's: nothing here names a new row.
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import {
  assert, at, browser, fs, native, openPage, path, report, root, serveAndLaunch, site, temporary, untilNotice, untilStatus,
} from "./helpers.mjs";

serveAndLaunch();

const { load } = await import(pathToFileURL(path.join(root, "build/wasm/package/index.js")));
const { atome } = await load();
const defaults = atome.defaults();
const options = atome.trainOptions().options;
const rows = [...atome.configFields().options, ...options];

/** What a page cannot have. */
const NOT_IN_A_PAGE = [...rows.filter((row) => row.teacher).map((row) => row.key), "vocab_size"];
const keys = rows.map((row) => row.key).filter((key) => !NOT_IN_A_PAGE.includes(key));

/** Small enough to train in a moment. */
const SMALL = {
  d_model: 20, n_layers: 3, d_head: 8, top_k: 3, kernel_size: 4, d_ff: 24, quantizer: "ternary", disable_pathways: "state",
  steps: 30, batch: 5, seq: 24, lr: 0.004, warmup: 7, tokenizer: "pairs", valid_seq: 20,
};
/** A value in range that is not the default. */
function other(key) {
  if (key in SMALL) return SMALL[key];
  const { kind, choices, least, most } = rows.find((o) => o.key === key);
  const usual = { ...defaults.config, ...defaults.options }[key];
  if (kind === "choice") return choices.find((choice) => choice !== usual);
  if (kind === "whole") return usual < most ? usual + 1 : usual - 1;
  return [usual * 0.9, 0.05, (least + most) / 2].map((x) => Number(x.toPrecision(3))).find((x) => x !== usual && x >= least && x <= most);
}
const all = Object.fromEntries(keys.map((key) => [key, other(key)]));

test("all options at once: in the controls, the address and the command, and the command gives the same weights", async () => {
  const { page, context, problems } = await openPage(browser, at(site.url, { ...all, corpus_kb: 40 }));
  assert.deepEqual(await page.locator(".notice").allInnerTexts(), []);
  const hash = new URLSearchParams(await page.evaluate(() => location.hash.slice(1)));
  const again = [...hash.values()];
  for (const key of keys) {
    const control = page.locator(`[data-option=${key}]`);
    assert.equal(await control.count(), 1, `${key} has a control`);
    assert.match(await control.getAttribute("title"), new RegExp(`^${key}: .`), "with its help");
    const shown = key === "disable_pathways" ? control.getByLabel(all[key]) : control.locator("input, select");
    if (key === "disable_pathways") assert.equal(await shown.isChecked(), false);
    else assert.equal(await shown.inputValue(), String(all[key]), key);
    assert.ok(again.includes(String(all[key])), `${key} stays in the address`);
  }
  assert.equal(hash.size, keys.length + 1, "one key each, and that of the text");

  await page.getByRole("button", { name: "Export", exact: true }).click();
  const command = await page.locator("#train-command").innerText();
  for (const key of keys)
    assert.ok(command.split(/[\s\\]+/).join(" ").includes(` --${key.replaceAll("_", "-")} ${all[key]}`), `${key} in ${command}`);
  for (const key of NOT_IN_A_PAGE) assert.ok(!command.includes(`--${key.replaceAll("_", "-")} `), `${key} in ${command}`);
  await page.keyboard.press("Space");
  await untilStatus(page, "done");
  const { digest } = await report(page);
  const folder = fs.mkdtempSync(path.join(temporary, "options-"));
  fs.symlinkSync(native, path.join(folder, "atome"));
  const out = execFileSync("bash", ["-euc", `${command} --json`], {
    cwd: folder, env: { ...process.env, PATH: `${folder}:${process.env.PATH}` }, stdio: ["ignore", "pipe", "ignore"],
  }).toString();
  assert.equal(JSON.parse(out.slice(out.lastIndexOf("{"))).digest, digest, command);
  assert.deepEqual(problems, []);
  await context.close();
});

test("what is the default of the atome program is in no address and no command", async () => {
  const usual = { ...defaults.config, ...defaults.options };
  const said = Object.fromEntries(keys.filter((key) => key !== "warmup" && key !== "disable_pathways").map((key) => [key, usual[key]]));
  const { page, context } = await openPage(browser, at(site.url, { ...said, corpus_kb: 40, tab: "export" }));
  assert.deepEqual(await page.locator(".notice").allInnerTexts(), []);
  const command = await page.locator("#train-command").innerText();
  assert.equal(command.split("\n").at(-1), "atome train --exact --data stories.txt --out model.safetensors");
  await context.close();
});

test("a control of every kind: what is typed is in the address and the next run", async () => {
  const { page, context, problems } = await openPage(browser, site.url);
  await page.locator(".controls details").evaluateAll((all) => all.forEach((d) => { d.open = true; }));
  const field = (key) => page.locator(`[data-option=${key}]`).locator("input, select").first();
  const inAddress = (key, value) => page.waitForFunction(([key, value]) => new URLSearchParams(location.hash.slice(1)).get(key) === value, [key, value]);
  await field("optimizer").selectOption("adamw");
  await inAddress("optimizer", "adamw");
  await field("beta2").fill("0.95");
  await inAddress("beta2", "0.95");
  await field("plateau").uncheck();
  await inAddress("plateau", "0");
  await field("disable_pathways").uncheck();
  await inAddress("off", "local");
  // Left out, it is the core's business.
  await field("warmup").fill("5");
  await inAddress("warmup", "5");
  await field("warmup").fill("");
  await inAddress("warmup", null);
  await field("beta2").fill("1");
  await page.keyboard.press("Tab");
  await untilNotice(page, /Beta2: use a number from 0 to 0\.9999999; 0\.95 stays/);
  assert.equal(await field("beta2").inputValue(), "0.95");
  assert.deepEqual(problems, []);
  await context.close();
});

const REFUSED = {
  "an unknown key": ["learning_rate=0.1", /^“learning_rate” in the address: the page has no such setting$/],
  "many unknown keys": ["a1=&a2=&a3=&a4=&a5=", /^“a1”, “a2”, “a3” and 2 more in the address: the page has no such setting$/],
  "an option beyond its range": ["beta1=1", /^beta1=1 in the address: use a number from 0 to 0\.9999999; the default was taken$/],
  "a choice that is none": ["optimizer=sgd", /^optimizer=sgd in the address: use one of adamw, muon; the default was taken$/],
  "an option that needs a teacher": ["teacher_alpha=0.5", /^teacher_alpha=0\.5 in the address: there is no teacher in a page/],
  "a vocabulary": ["vocab_size=64", /^vocab_size=64 in the address: the models of the page have 256 tokens/],
};
for (const [name, [hash, wanted]] of Object.entries(REFUSED))
  test(`${name} in the address: one plain line`, async () => {
    const { page, context, problems } = await openPage(browser, `${site.url}#${hash}`);
    const said = await page.locator(".notice span").allInnerTexts();
    assert.equal(said.length, 1, said.join("|"));
    assert.match(said[0], wanted);
    assert.equal(await page.evaluate(() => location.hash), "");
    assert.deepEqual(problems, []);
    await context.close();
  });
