// The same seed, text and steps in Chromium, in node and in `atome train --exact`; the invariants of the lens.
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import {
  assert, at, browser, fs, openPage, path, report, root, serveAndLaunch, site, temporary, TINY, untilStatus,
} from "./helpers.mjs";

serveAndLaunch();

const CASES = {
  tiny: TINY,
  "another recipe": { ...TINY, seed: "7", f: "0", off: "state", q: "power3", gains: "none", optimizer: "adamw", sched: "wsd", lr: "0.003", wd: "0.01", clip: "0.5", taps: "3", k: "2" },
  "ternary weights": { ...TINY, q: "ternary" },
  "the default model": { kb: "80", steps: "60", seed: "3" },
};

for (const [name, settings] of Object.entries(CASES))
  test(`one digest in Chromium, node and the terminal: ${name}`, async () => {
    const { page, context, problems } = await openPage(browser, at(site.url, settings));
    await page.keyboard.press("Space");
    await untilStatus(page, "done");
    const { digest, step } = await report(page);
    assert.equal(step, Number(settings.steps));
    assert.equal(await page.locator("#digest").innerText(), digest);
    assert.deepEqual(problems, []);

    // The commands that the page gives, in a shell.
    await page.getByRole("button", { name: "Export", exact: true }).click();
    const command = await page.locator("#train-command").innerText();
    const folder = fs.mkdtempSync(path.join(temporary, "run-"));
    const { execFileSync } = await import("node:child_process");
    const bin = path.join(folder, "bin");
    fs.mkdirSync(bin);
    fs.symlinkSync(process.env.ATOME_NATIVE ?? path.join(root, "build/native/native/atome"), path.join(bin, "atome"));
    const out = execFileSync("bash", ["-euc", `${command} --json`], {
      cwd: folder, env: { ...process.env, PATH: `${bin}:${process.env.PATH}` }, stdio: ["ignore", "pipe", "ignore"],
    }).toString();
    assert.equal(JSON.parse(out.slice(out.lastIndexOf("{"))).digest, digest, "atome train --exact");

    // The package in node.
    const { load } = await import(pathToFileURL(path.join(root, "build/wasm/package/index.js")));
    const { atome } = await load();
    const [corpus, train] = command.replaceAll(/\\\n/g, "").split("\n").map((line) => Object.fromEntries(
      [...line.matchAll(/--([a-z-]+) (\S+)/g)].map(([, key, value]) => [key.replaceAll("-", "_"), value])));
    const { bytes } = atome.corpus("stories", { bytes: Number(corpus.bytes), seed: Number(corpus.seed) });
    const typed = (usual) => Object.fromEntries(Object.entries(train).filter(([key]) => key in usual).map(([key, value]) =>
      [key, Array.isArray(usual[key]) ? value.split(",") : typeof usual[key] === "number" ? Number(value) : value]));
    const usual = atome.defaults();
    const { trainer } = atome.createTrainer(bytes, { config: typed(usual.config), options: typed(usual.options) });
    while (!trainer.info().done) trainer.train();
    assert.equal(trainer.digest().digest, digest, "node");
    await context.close();
  });

test("router weights sum to 1, entropies lie in [0, ln 3], the map equals its table", async () => {
  const { page, context } = await openPage(browser, at(site.url, { lens: "mix" }));
  await page.locator(".lens summary").click();
  // The table is filled when it is opened, and a locator's evaluateAll waits for nothing.
  await page.locator(".lens .figure-table tbody tr").first().waitFor();
  const rows = await page.locator(".lens .figure-table tbody tr").evaluateAll((list) =>
    list.map((tr) => [...tr.cells].map((td) => td.textContent)));
  const bytes = await page.locator(".tinted span").count();
  assert.equal(rows.length, bytes);
  const L = 3, P = 3;
  for (const row of rows) {
    for (let l = 0; l < L; l++) {
      const mix = row.slice(2 + l * P, 2 + (l + 1) * P).map(Number);
      assert.ok(Math.abs(mix.reduce((a, b) => a + b) - 1) <= 0.0015 + 1e-9, row.join());
      const entropy = Number(row[2 + L * P + l]);
      assert.ok(entropy >= 0 && entropy <= Math.log(3) + 5e-4, row.join());
      const expected = -mix.reduce((sum, p) => sum + (p > 0 ? p * Math.log(p) : 0), 0);
      assert.ok(Math.abs(entropy - expected) < 0.01, row.join());
    }
  }
  // The picture: at each cell, the height of each colour is the share in the table.
  const worst = await page.evaluate(({ rows, L, P }) => {
    const canvas = document.querySelector(".lens-map");
    const context = canvas.getContext("2d");
    const gutter = 22, width = canvas.clientWidth, scale = canvas.width / width;
    const T = rows.length, cell = (width - gutter) / T;
    const rowHeight = (canvas.clientHeight - 4) / L;
    const style = getComputedStyle(document.documentElement);
    const rgb = ["local", "state", "sparse"].map((name) => {
      const hex = style.getPropertyValue(`--${name}-fill`).trim();
      return [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));
    });
    let worst = 0;
    for (let t = 0; t < T; t += 7)
      for (let l = 0; l < L; l++) {
        const x = Math.floor((gutter + (t + 0.5) * cell) * scale);
        const from = Math.round((l * rowHeight + 2) * scale), n = Math.round((rowHeight - 2) * scale);
        const pixels = context.getImageData(x, from, 1, n).data;
        const counts = [0, 0, 0];
        for (let y = 0; y < n; y++) {
          const distances = rgb.map((c) => Math.abs(c[0] - pixels[4 * y]) + Math.abs(c[1] - pixels[4 * y + 1]) + Math.abs(c[2] - pixels[4 * y + 2]));
          counts[distances.indexOf(Math.min(...distances))]++;
        }
        for (let p = 0; p < P; p++)
          worst = Math.max(worst, Math.abs(counts[p] - Number(rows[t][2 + l * P + p]) * n));
      }
    return worst;
  }, { rows, L, P });
  // Where two colours meet one pixel may be of both; a band has two such ends.
  assert.ok(worst <= 2, `off by ${worst} pixels`);
  await context.close();
});
