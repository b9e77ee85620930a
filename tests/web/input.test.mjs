// Bad input: texts, model files, addresses, and a worker, a storage or a network that fail. Each time a plain
// line says so, the page goes on, and nothing is lost.
import { test } from "node:test";
import {
  assert, at, browser, fs, LONG, openPage, path, ready, report, root, run, serveAndLaunch, site, temporary, TINY,
  untilNotice, untilStatus, untilStep,
} from "./helpers.mjs";

serveAndLaunch();

const notices = (page) => page.locator(".notice span").allInnerTexts();
/** The messages there are now, each of which has to be one plain line, then none. */
async function read(page) {
  const texts = await notices(page);
  for (const text of texts) assert.match(text, /^(?!.*(undefined|\[object|Error:|null|NaN bytes)).{10,260}$/u);
  await page.evaluate(() => document.querySelectorAll(".notice button").forEach((b) => b.click()));
  return texts;
}
/** Drops a file on the page; bytes: a Buffer, or the text of a function that makes them in the page. */
async function drop(page, name, bytes) {
  await page.evaluate(([name, base64, make]) => {
    const content = make ? (0, eval)(`(${make})`)() : Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([content], name));
    for (const type of ["dragover", "drop"])
      document.body.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }));
  }, typeof bytes === "function" ? [name, "", bytes.toString()] : [name, Buffer.from(bytes).toString("base64"), ""]);
}
/** Drops it and returns what the page says. */
async function refused(page, name, bytes) {
  await drop(page, name, bytes);
  await page.waitForSelector(".notice.error");
  const [said, ...more] = await read(page);
  assert.deepEqual(more, [], "one line");
  assert.ok(said.includes(name), `names the file: ${said}`);
  return said;
}
async function paste(page, text) {
  await page.getByLabel("Train on").selectOption("paste");
  await page.getByRole("textbox", { name: "Your text" }).fill(text);
  await page.getByRole("button", { name: "Use it" }).click();
}
/** A small run of some steps, paused. */
async function paused(settings = LONG) {
  const opened = await openPage(browser, at(site.url, settings));
  await trainSome(opened.page);
  return opened;
}
async function trainSome(page, steps = 5) {
  const { step } = await report(page);
  await page.locator(".play").click();
  await untilStep(page, step + steps, 20_000);
  await page.locator(".play").click();
  await page.waitForFunction(() => ["paused", "done"].includes(window.atome().status));
}
/** A generator of random bytes that always gives the same ones. */
function random(seed) {
  let x = seed;
  return () => {
    x = Math.imul(x ^ (x >>> 15), 0x2c1b3c6d) + 0x9e3779b9 | 0;
    const y = Math.imul(x ^ (x >>> 12), 0x297a2d39);
    return (y ^ (y >>> 15)) >>> 0;
  };
}
function randomBytes(n, seed = 1) {
  const next = random(seed);
  return Buffer.from(Array.from({ length: n }, () => next() & 255));
}
const same = async (page, before) => {
  const { step, digest } = await report(page);
  assert.deepEqual([step, digest], [before.step, before.digest], "the run is what it was");
};

// ---- texts ---------------------------------------------------------------------------------------------

test("texts that cannot be learnt are refused, and the run stays", async () => {
  const { page, context, problems } = await paused();
  const before = await report(page);

  await paste(page, "");
  assert.match((await read(page)).join("|"), /^your text: has 0 bytes: training needs at least 2[^|]*$/);
  await page.getByRole("textbox", { name: "Your text" }).fill("x");
  await page.getByRole("button", { name: "Use it" }).click();
  assert.match((await read(page)).join("|"), /^your text: has 1 byte: training needs at least 2[^|]*$/);
  await page.getByRole("button", { name: "Cancel" }).click();

  assert.match(await refused(page, "empty.txt", Buffer.alloc(0)), /has 0 bytes/);
  assert.match(await refused(page, "one.txt", Buffer.from("x")), /has 1 byte/);
  assert.match(await refused(page, "large.txt", () => new Uint8Array(20_000_001).fill(97)), /has 20,000,001 bytes: use at most 20,000,000/);
  assert.match(await refused(page, "huge.txt", () => new Uint8Array(300_000_000)), /has 300,000,000 bytes: .* at most 20 MB/);

  await same(page, before);
  await trainSome(page);
  assert.deepEqual(problems, []);
  await context.close();
});

const TEXTS = {
  "two bytes": Buffer.from("ab"),
  "three bytes": Buffer.from("abc"),
  "fewer bytes than a sequence": Buffer.from("hello world\n"),
  "random bytes": randomBytes(50_000),
  "invalid UTF-8": Buffer.from([...Array(3000)].flatMap((_, i) => [0xff, 0xc0, 0x80, 0xed, 0xa0, 0x80, 0xf4, 0x90, 97 + (i % 26), 32])),
  "a text with NULs": Buffer.from("one\0two\0three and\0".repeat(500)),
  "nothing but NULs": Buffer.alloc(5000),
  "HTML": Buffer.from('<img src=x onerror="window.hit=1"><script>window.hit=1</script>\n'.repeat(100)),
};
for (const [name, bytes] of Object.entries(TEXTS))
  test(`a text to learn: ${name}`, async () => {
    const { page, context, problems } = await openPage(browser, at(site.url, LONG));
    await drop(page, "given.txt", bytes);
    await page.waitForFunction((n) => document.querySelector(".controls summary")?.textContent.startsWith(`${n} bytes`), bytes.length.toLocaleString("en"));
    await trainSome(page, 20);
    await page.waitForSelector(".sample-list li");
    await read(page);
    assert.equal(await page.evaluate(() => window.hit), undefined);
    assert.equal(await page.locator("#app img, #app script").count(), 0);
    // A reload has the same text and run.
    await page.waitForFunction(() => window.atome().savedStep === window.atome().step);
    const before = await report(page);
    await page.reload();
    await ready(page);
    await page.waitForFunction(() => window.atome().step > 0);
    await same(page, before);
    await trainSome(page);
    assert.deepEqual(problems, []);
    await context.close();
  });

test("20 MB of text: taken, trained and kept, and the page stays quick", { timeout: 120_000 }, async () => {
  const { page, context, problems } = await openPage(browser, at(site.url, LONG));
  // Made beforehand, so that only the page's own work is measured.
  await page.evaluate(() => {
    window.twenty = new Uint8Array(20_000_000);
    for (let i = 0; i < window.twenty.length; i++) window.twenty[i] = 97 + ((i * 2654435761) >>> 27) % 26;
  });
  await page.evaluate(() => {
    window.longest = 0;
    let last = performance.now();
    setInterval(() => {
      const now = performance.now();
      window.longest = Math.max(window.longest, now - last);
      last = now;
    }, 5);
  });
  await drop(page, "twenty.txt", () => window.twenty);
  await page.waitForFunction(() => document.querySelector(".controls summary")?.textContent.startsWith("20,000,000 bytes"));
  await trainSome(page, 20);
  await page.waitForFunction(() => window.atome().savedStep === window.atome().step);
  const longest = await page.evaluate(() => window.longest);
  console.log(`figure longest pause of the main thread with 20 MB of text, ms: ${Math.round(longest)}`);
  assert.ok(longest < 1000, `${longest} ms`);
  const before = await report(page);
  await read(page);
  await page.reload();
  await ready(page);
  await page.waitForFunction(() => window.atome().step > 0);
  await same(page, before);
  assert.deepEqual(problems, []);
  await context.close();
});

test("a text that is chosen while a run goes on is for the next one", async () => {
  const { page, context, problems } = await openPage(browser, at(site.url, LONG));
  await paste(page, "the first text ".repeat(300));
  await page.waitForFunction(() => document.querySelector(".controls summary")?.textContent.startsWith("4,500 bytes"));
  await trainSome(page, 20);
  await page.waitForFunction(() => window.atome().savedStep === window.atome().step);
  await paste(page, "another one; ".repeat(300));
  await page.getByRole("button", { name: "Reset and use them" }).waitFor();
  await trainSome(page, 20);
  await page.waitForFunction(() => window.atome().savedStep === window.atome().step);
  // What is stored goes with the first text.
  const before = await report(page);
  await page.goto(`${site.url}?again`);
  await ready(page);
  await page.waitForFunction(() => window.atome().step > 0);
  await same(page, before);
  await trainSome(page);
  await read(page);
  assert.deepEqual(problems, []);
  await context.close();
});

// ---- model files ---------------------------------------------------------------------------------------

const golden = (name) => path.join(root, "tests/golden", name);
/** Written by PyTorch, which is not here to write another one. */
const torch = path.join(root, "../shared/golden/odd_ternary.pt");
const model = fs.readFileSync(path.join(root, "checkpoints/stories/model.atome"));

test("broken, foreign and oversized model files are refused, and the run stays", { timeout: 120_000 }, async () => {
  const { page, context, problems } = await paused();
  const before = await report(page);
  const lens = await page.locator(".tinted").innerText();
  await read(page);

  for (const n of [0, 1, 5, 8, 16, 40, 100, 1000, model.length >> 1, model.length - 1])
    await refused(page, "cut.atome", model.subarray(0, n));
  await refused(page, "more.atome", Buffer.concat([model, Buffer.from("x")]));

  for (let i = 0; i < 40; i++) {
    const bad = Buffer.from(model);
    bad[Math.floor((i / 40) ** 2 * model.length)] ^= 1 << (i % 8);
    await refused(page, `flip${i}.atome`, bad);
  }
  for (const magic of ["ATOME02\0", "ATOME01\0", "ATOMEP3\0", model.subarray(0, 8), model.subarray(0, 64)])
    for (let i = 0; i < 4; i++)
      await refused(page, `fuzzed${i}.atome`, Buffer.concat([Buffer.from(magic), randomBytes(1 << (4 * i), i + 1)]));
  for (let i = 0; i < 4; i++) {
    const header = Buffer.from(['{"a":', '{"a":{"dtype":"F32","shape":[4294967295,4294967295],"data_offsets":[0,4]}}', "{}", "[1,2]"][i]);
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(i === 3 ? 2 ** 52 : header.length));
    await refused(page, `fuzzed${i}.safetensors`, Buffer.concat([length, header, randomBytes(4)]));
  }
  const foreign = {
    "picture.atome": Buffer.concat([Buffer.from("\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "latin1"), randomBytes(500)]),
    "archive.zip": Buffer.concat([Buffer.from("PK\x03\x04\x14\0\0\0\b\0", "latin1"), randomBytes(500)]),
    "archive.pt": Buffer.concat([Buffer.from("PK\x05\x06", "latin1"), Buffer.alloc(18)]),
    "data.safetensors": Buffer.from('{"not": "tensors"}'),
    "program.atome": fs.readFileSync(process.execPath).subarray(0, 100_000),
    "other.safetensors": (() => {
      const header = Buffer.from('{"wte.weight":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}}');
      const length = Buffer.alloc(8);
      length.writeBigUInt64LE(BigInt(header.length));
      return Buffer.concat([length, header, Buffer.alloc(16)]);
    })(),
  };
  for (const [name, bytes] of Object.entries(foreign)) await refused(page, name, bytes);
  assert.match(await refused(page, "x.atome", () => new Uint8Array(41_000_000)), /41,000,000 bytes: .* 32 MB of model/);
  await refused(page, "zeros.atome", () => new Uint8Array(39_000_000));

  assert.match(await refused(page, "tiny_ternary.safetensors", fs.readFileSync(golden("tiny_ternary.safetensors"))), /vocabulary of 32\b.*256/);

  await same(page, before);
  assert.equal(await page.locator(".tinted").innerText(), lens, "the lens shows what it did");
  await trainSome(page);
  assert.deepEqual(problems, []);
  await context.close();
});

test("a file of PyTorch is read", { skip: fs.existsSync(torch) ? false : "needs ../shared/golden/odd_ternary.pt" }, async () => {
  const { page, context, problems } = await paused();
  await read(page);
  assert.match(await refused(page, "odd_ternary.pt", fs.readFileSync(torch)), /vocabulary of 50\b.*256/);
  assert.deepEqual(problems, []);
  await context.close();
});

test("a model is told by its content, whatever its name", async () => {
  const { page, context, problems } = await openPage(browser, at(site.url, TINY));
  const folder = fs.mkdtempSync(path.join(temporary, "told-"));
  const floats = golden("default_60k.safetensors");
  await run(["export", floats, "--format", "atome01", "--out", path.join(folder, "m.atome01")]);
  const files = {
    safetensors: floats, atome: path.join(root, "checkpoints/stories/model.atome"), atome01: path.join(folder, "m.atome01"),
  };
  for (const [format, file] of Object.entries(files))
    for (const name of ["weights.bin", "stories.txt", "download"]) {
      await read(page);
      await drop(page, name, fs.readFileSync(file));
      await page.waitForSelector(".notice");
      assert.match((await read(page)).join("|"), new RegExp(`^${name}: ${format}, [\\d,]+ parameters$`));
    }
  // A text that begins like one is a text.
  const notes = Buffer.from('\n\n\n\n\n\n\n\n{"a": "text about JSON and what not"}\n'.repeat(30));
  await drop(page, "notes.txt", notes);
  await page.waitForFunction((n) => document.querySelector(".controls summary")?.textContent.startsWith(`${n} bytes`), notes.length.toLocaleString("en"));
  assert.deepEqual(problems, []);
  await context.close();
});

test("an old file that does not say its sizes opens with those on the left", async () => {
  const { page, context, problems } = await openPage(browser, at(site.url, { ...TINY, d: "20", l: "3", h: "10", f: "0" }));
  const folder = fs.mkdtempSync(path.join(temporary, "old-"));
  await run(["train", "--out", path.join(folder, "m.safetensors"), "--data", path.join(root, "README.md"), "--steps", "2", "--batch", "1", "--seq", "16",
    "--d-model", "20", "--n-layers", "3", "--d-head", "10", "--d-ff", "0",
    "--quantizer", "ternary", "--gains", "none", "--state", "fixed"]);
  await run(["export", path.join(folder, "m.safetensors"), "--format", "atome01", "--out", path.join(folder, "m.atome01")]);
  const bytes = fs.readFileSync(path.join(folder, "m.atome01"));
  await read(page);
  await drop(page, "m.atome01", bytes);
  await page.waitForSelector(".notice");
  assert.match((await read(page)).join("|"), /^m\.atome01: .*, [\d,]+ parameters$/);
  await page.getByLabel("Width").fill("24");
  assert.match(await refused(page, "m.atome01", bytes), /set the file's Width, Layers and Head on the left/);
  assert.deepEqual(problems, []);
  await context.close();
});

test("good model files open and are shown", async () => {
  const { page, context, problems } = await paused();
  const before = await report(page);
  await read(page);
  const legacy = ["atome01", "atome02"].map((format) => path.join(temporary, `default_60k.${format}`));
  for (const file of legacy) await run(["export", golden("default_60k.safetensors"), "--format", path.extname(file).slice(1), "--out", file]);
  const files = [
    path.join(root, "checkpoints/stories/model.atome"), path.join(root, "checkpoints/stories/model.safetensors"),
    golden("default_60k.safetensors"), ...legacy,
  ];
  for (const file of files) {
    await page.locator("input[type=file]").setInputFiles(file);
    const [said] = await page.waitForSelector(".notice").then(() => read(page));
    assert.match(said, /^\S+: .*, [\d,]+ parameters$/);
    await page.waitForFunction((name) => document.querySelector("[aria-label='Model in the lens']").selectedOptions[0].text === name, path.basename(file));
    await page.waitForFunction(() => document.querySelectorAll(".tinted span").length > 80);
  }
  await same(page, before);
  // A file that is refused leaves the one before.
  await refused(page, "cut.atome", model.subarray(0, 1000));
  assert.equal(await page.getByLabel("Model in the lens").inputValue(), "file");
  assert.deepEqual(problems, []);
  await context.close();
});

// ---- addresses -----------------------------------------------------------------------------------------

const HTML = `"><img src=x onerror=window.hit=1><script>window.hit=1</script>`;
const NUMBERS = ["kb", "cs", "d", "l", "h", "f", "k", "taps", "steps", "b", "t", "lr", "wd", "clip", "seed"];
const hostile = {
  "HTML in the text": `corpus=text&text=${Buffer.from(HTML.repeat(9)).toString("base64url")}&prompt=${encodeURIComponent(HTML)}`,
  "HTML in every value": ["corpus", "prompt", "q", "sched", "tab", "lens", "theme", "embed", "off", "plateau", "text"].map((k) => `${k}=${encodeURIComponent(HTML)}`).join("&"),
  "100 KB": `prompt=${"x".repeat(100_000)}`,
  "100 KB of keys": Array.from({ length: 20_000 }, (_, i) => `k${i}=`).join("&"),
  "100 KB of text": `corpus=text&text=${"QUFB".repeat(25_000)}`,
  "bad base64": "corpus=text&text=%%%*",
  "an empty text": "corpus=text&text=",
  "a text of one byte": "corpus=text&text=QQ",
  "a text elsewhere": "corpus=text",
  "an unknown tab": "tab=constructor",
  "a key of every object": "__proto__=1&constructor=2&corpus=__proto__",
  "keys twice": "d=16&d=NaN&corpus=stories&corpus=x",
  "NULs": "prompt=%00%00&d=%00&corpus=%00",
  "lone surrogates": "prompt=%ED%A0%80&corpus=%ED%A0%80&text=%ED%A0%80",
  "broken escapes": "%&%E0%A4%A&prompt=%F&=&&==&d",
  "all pathways off": "off=local,state,sparse",
};
for (const value of ["NaN", "1e9", "-1", "Infinity", "", "0x10", "1e-400", "9".repeat(400)]) hostile[`numbers that are ${value.slice(0, 9) || "empty"}`] = NUMBERS.map((k) => `${k}=${value}`).join("&");
const SILENT = new Set(["100 KB of keys", "keys twice", "broken escapes"]);

for (const [name, hash] of Object.entries(hostile))
  test(`a hostile address: ${name}`, async () => {
    const { page, context, problems } = await openPage(browser, `${site.url}#${hash}`);
    await untilStatus(page, "ready");
    const said = await read(page);
    if (!SILENT.has(name) && name !== "HTML in the text") assert.ok(said.length > 0, "says what it did not take");
    assert.ok((await page.evaluate(() => location.hash.length)) < 4000, "the address is what the page shows");
    await trainSome(page, 3);
    // The same while the page is open.
    await page.evaluate(() => { location.hash = ""; });
    await page.evaluate((hash) => { location.hash = hash; }, hash);
    await page.waitForTimeout(400);
    await read(page);
    await page.getByRole("button", { name: "Playground", exact: true }).click();
    await trainSome(page, 3);
    await page.getByRole("button", { name: "Reset", exact: false }).first().click();
    await page.waitForFunction(() => window.atome().step === 0 && window.atome().status === "ready");
    await trainSome(page, 3);
    assert.equal(await page.evaluate(() => window.hit), undefined);
    assert.equal(await page.locator("#app img, #app script").count(), 0);
    assert.deepEqual(problems, []);
    await context.close();
  });

test("an address whose steps would take too long: the page says which batch it can do", async () => {
  const { page, context, problems } = await openPage(browser, at(site.url, { ...LONG, d: "256", l: "8", h: "64", f: "1024", b: "64", t: "256" }));
  await untilNotice(page, /takes too long/);
  const [said, ...more] = await read(page);
  assert.deepEqual(more, []);
  const most = said.match(/^a step of 64 sequences takes too long in a page with [\d,]+ weights: use a batch of at most (\d+)$/)[1];
  await page.keyboard.press("Space");
  await untilNotice(page, /takes too long/);
  await read(page);
  await page.evaluate((most) => { location.hash = location.hash.replace("b=64", `b=${most}`); }, most);
  await untilStatus(page, "ready");
  await page.waitForTimeout(500);
  await page.locator(".play").click();
  await untilStep(page, 2, 30_000);
  assert.deepEqual(await read(page), []);
  assert.deepEqual(problems, []);
  await context.close();
});

// ---- what fails around the page --------------------------------------------------------------------------

/** The record of the run in the page's storage. */
const stored = (page) => page.evaluate(() => new Promise((resolve, reject) => {
  const open = indexedDB.open("atome-playground", 1);
  open.onerror = () => reject(open.error);
  open.onsuccess = () => {
    open.result.transaction("runs").objectStore("runs").get("last").onsuccess = ({ target }) => {
      open.result.close();
      const { step, loss, valid } = target.result;
      resolve({ step, loss, valid });
    };
  };
}));
/** Of a run that is done. */
async function curves(page) {
  await page.waitForFunction(() => window.atome().savedStep === window.atome().step);
  const { loss, valid } = await stored(page);
  assert.ok(loss.steps.length > 100, `${loss.steps.length} points`);
  for (const { steps } of [loss, valid])
    assert.ok(steps.every((step, i) => i === 0 || step > steps[i - 1]), `steps ascend: ${steps}`);
  return { loss, valid };
}
const kill = (page) => page.workers()[0].evaluate(() => { setTimeout(() => { throw new Error("out of order"); }); });

test("a worker that dies: another one goes on from the last saved step", async () => {
  const settings = { ...TINY, steps: "3000", plateau: "0" };
  const { page, context, problems } = await openPage(browser, at(site.url, settings));
  await drop(page, "opened.atome", model);
  await page.waitForSelector(".notice");
  await read(page);
  await page.locator(".play").click();
  await page.waitForFunction(() => window.atome().savedStep > 100, null, { polling: 20 });
  await kill(page);
  await untilNotice(page, /stopped/);
  const [said, ...more] = await read(page);
  assert.match(said, /^the engine has stopped \(out of order\) and was started again from step \d+$/);
  assert.deepEqual(more, []);
  const from = Number(said.match(/\d+$/)[0]);
  assert.ok(from > 100);
  await untilStatus(page, "training");
  await page.waitForFunction((step) => window.atome().step > step, from);
  assert.equal(await page.getByLabel("Model in the lens").locator("option", { hasText: "opened.atome" }).count(), 1, "the opened file is still there");
  await untilStatus(page, "done");
  const died = await report(page);
  const curve = await curves(page);
  assert.equal(died.step, 3000);
  assert.deepEqual(problems.filter((text) => !/out of order/.test(text)), []);

  // As if nothing had happened: the weights and the curve of a run in peace.
  await page.getByRole("button", { name: "Reset" }).first().click();
  await page.waitForFunction(() => window.atome().step === 0 && window.atome().status === "ready");
  await page.locator(".play").click();
  await untilStatus(page, "done");
  assert.equal((await report(page)).digest, died.digest);
  const peace = await curves(page);
  assert.deepEqual(curve.loss, peace.loss);
  // Validation comes every few seconds, at other steps each time; the last step has it always.
  assert.equal(curve.valid.values.at(-1), peace.valid.values.at(-1));
  await context.close();
});

test("a worker that dies before anything was saved starts anew and trains", async () => {
  const { page, context } = await openPage(browser, at(site.url, LONG));
  await page.locator(".play").click();
  await untilStep(page, 1);
  await kill(page);
  await untilNotice(page, /stopped/);
  await untilStatus(page, "training");
  await untilStep(page, 200);
  assert.match((await read(page)).join("|"), /^the engine has stopped \(out of order\) and was started again[^|]*$/);
  await context.close();
});

test("a worker that ends without a word is missed", { timeout: 60_000 }, async () => {
  const { page, context, problems } = await paused();
  await page.waitForFunction(() => window.atome().savedStep === window.atome().step);
  const before = await report(page);
  await page.workers()[0].evaluate(() => self.close());
  await untilNotice(page, /stopped/);
  assert.match((await read(page)).join("|"), /^the engine has stopped \(it no longer answers\) and was started again from step \d+$/);
  await untilStatus(page, "paused");
  await same(page, before);
  await trainSome(page);
  assert.deepEqual(problems, []);
  await context.close();
});

test("a worker that dies again and again: the page says to reload, and the run is kept", { timeout: 60_000 }, async () => {
  const { page, context, problems } = await openPage(browser, at(site.url, LONG));
  await page.locator(".play").click();
  await page.waitForFunction(() => window.atome().savedStep > 0);
  for (let i = 0; i < 4; i++) {
    await untilStatus(page, "training");
    await kill(page);
    await untilNotice(page, i < 3 ? /started again/ : /reload/);
    if (i < 3) await read(page);
  }
  await untilStatus(page, "broken");
  const { savedStep } = await report(page);
  assert.deepEqual(await read(page), [`the engine has stopped again (out of order): reload the page; the run is kept up to step ${savedStep}`]);
  // Nothing more is said, and nothing throws.
  await page.keyboard.press("Space");
  await page.keyboard.press("ArrowRight");
  await drop(page, "x.atome", model);
  await page.waitForSelector(".notice");
  await read(page);
  await page.waitForTimeout(200);
  assert.deepEqual(await notices(page), []);
  await page.reload();
  await ready(page);
  await page.waitForFunction((step) => window.atome().step === step, savedStep);
  await trainSome(page);
  assert.deepEqual(problems.filter((text) => !/out of order/.test(text)), []);
  await context.close();
});

test("an engine without memory is started again", async () => {
  const { page, context } = await paused();
  await page.waitForFunction(() => window.atome().savedStep === window.atome().step);
  const before = await report(page);
  await read(page);
  await page.workers()[0].evaluate(() => { WebAssembly.Memory.prototype.grow = () => { throw new RangeError("no memory"); }; });
  await drop(page, "large.safetensors", () => {
    // One tensor of 32 MB: to be read it has to be copied.
    const header = new TextEncoder().encode('{"wte.weight":{"dtype":"F32","shape":[8000000],"data_offsets":[0,32000000]}}');
    const bytes = new Uint8Array(8 + header.length + 32_000_000);
    bytes[0] = header.length;
    bytes.set(header, 8);
    return bytes;
  });
  await page.waitForSelector(".notice");
  await page.waitForTimeout(1000);
  const said = (await read(page)).join("|");
  assert.match(said, /^large\.safetensors: the engine has stopped, [^|]*memory\|the engine has stopped \([^|]*memory\) and was started again from step \d+$/);
  await page.waitForFunction(() => ["paused", "training"].includes(window.atome().status));
  await same(page, before);
  await trainSome(page);
  await context.close();
});

const STORAGE = {
  "is refused": () => { IDBFactory.prototype.open = () => { throw new DOMException("The operation is insecure.", "SecurityError"); }; },
  "is missing": () => { Object.defineProperty(window, "indexedDB", { value: undefined }); },
  "does not answer": () => { IDBFactory.prototype.open = () => ({}); },
  "is full": () => { IDBObjectStore.prototype.put = () => { throw new DOMException("", "QuotaExceededError"); }; },
  "is full at the end": () => {
    const put = IDBObjectStore.prototype.put;
    IDBObjectStore.prototype.put = function (...args) {
      const request = put.apply(this, args);
      this.transaction.abort();
      return request;
    };
  },
};
for (const [name, script] of Object.entries(STORAGE))
  test(`a storage that ${name}`, async () => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 720 } });
    await context.addInitScript(script);
    const { page, problems } = await openPage(browser, at(site.url, LONG), { context });
    await untilStatus(page, "ready");
    await page.locator(".play").click();
    await untilNotice(page, /stores nothing/);
    const { step } = await report(page);
    await untilStep(page, step + 100);
    await page.waitForTimeout(2500);
    await page.locator(".play").click();
    await untilStatus(page, "paused");
    const said = await read(page);
    assert.equal(said.length, 1, said.join("|"));
    assert.match(said[0], /^this browser stores nothing for the page \(.+\): (training goes on, )?a reload starts anew/);
    assert.equal((await report(page)).savedStep, null);
    await page.getByRole("button", { name: "Reset" }).first().click();
    await page.waitForFunction(() => window.atome().step === 0 && window.atome().status === "ready");
    assert.deepEqual(problems, []);
    await context.close();
  });

test("a database that is deleted in mid-run is made anew", async () => {
  const { page, context, problems } = await openPage(browser, at(site.url, LONG));
  await page.locator(".play").click();
  await page.waitForFunction(() => window.atome().savedStep > 0);
  await page.evaluate(() => new Promise((resolve, reject) => {
    const request = indexedDB.deleteDatabase("atome-playground");
    request.onsuccess = resolve;
    request.onerror = request.onblocked = () => reject(new Error("not deleted"));
  }));
  const { savedStep } = await report(page);
  await page.waitForFunction((step) => window.atome().savedStep > step, savedStep);
  await page.locator(".play").click();
  await page.waitForFunction(() => window.atome().status === "paused" && window.atome().savedStep === window.atome().step);
  const before = await report(page);
  await page.reload();
  await ready(page);
  await page.waitForFunction(() => window.atome().step > 0);
  await same(page, before);
  await read(page);
  assert.deepEqual(problems, []);
  await context.close();
});

const DAMAGE = {
  "a garbage checkpoint": (r) => ({ ...r, checkpoint: crypto.getRandomValues(new Uint8Array(5000)) }),
  "a cut checkpoint": (r) => ({ ...r, checkpoint: r.checkpoint.slice(0, r.checkpoint.length >> 1) }),
  // The first third are weights, the rest is the optimizer's.
  "a flipped bit among the weights": (r) => {
    r.checkpoint[r.checkpoint.length >> 2] ^= 4;
    return r;
  },
  "an empty checkpoint": (r) => ({ ...r, checkpoint: new Uint8Array() }),
  "no curves": ({ loss, valid, ...r }) => r,
  "other types": (r) => ({ ...r, step: "many", samples: 7, text: "x" }),
  "settings that are none": (r) => ({ ...r, settings: { d_model: "<b>", disable_pathways: null, steps: 1e12 } }),
  "another text": (r) => ({ ...r, settings: { ...r.settings, corpus_seed: 3 } }),
  "a text that is missing": (r) => ({ ...r, settings: { ...r.settings, corpus: "text" } }),
  "no record": () => 42,
};
for (const [name, damage] of Object.entries(DAMAGE))
  test(`a stored run with ${name}`, async () => {
    const { page, context, problems } = await paused();
    await page.waitForFunction(() => window.atome().savedStep === window.atome().step);
    await page.goto("about:blank");
    const side = await context.newPage();
    await side.goto(`${site.url}icon.svg`);
    await side.evaluate((source) => new Promise((resolve, reject) => {
      // Here, not below: the policy of the page lets only the test's own call evaluate a text.
      const damage = (0, eval)(`(${source})`);
      const open = indexedDB.open("atome-playground", 1);
      open.onsuccess = () => {
        const store = open.result.transaction("runs", "readwrite").objectStore("runs");
        store.get("last").onsuccess = ({ target }) => {
          store.put(damage(target.result), "last").onsuccess = () => resolve(open.result.close());
        };
      };
      open.onerror = reject;
    }), damage.toString());
    await side.close();
    await page.goto(site.url);
    await ready(page);
    await page.waitForFunction(() => window.atome().status !== "loading");
    const said = await read(page);
    assert.equal(said.length, 1, said.join("|"));
    assert.match(said[0], /^the stored run cannot be continued: .*A new one begins\.$/);
    assert.equal((await report(page)).step, 0);
    await trainSome(page);
    // Said once: the next visit finds a good one.
    await page.waitForFunction(() => window.atome().savedStep === window.atome().step);
    await page.reload();
    await ready(page);
    await untilNotice(page, /^your run was kept/);
    assert.equal((await read(page)).length, 1);
    assert.deepEqual(problems, []);
    await context.close();
  });

for (const [name, script] of Object.entries({
  "refused": () => { Clipboard.prototype.writeText = () => Promise.reject(new DOMException("Write permission denied.", "NotAllowedError")); },
  "missing": () => { Object.defineProperty(navigator, "clipboard", { value: undefined }); },
}))
  test(`a clipboard that is ${name}: Share falls back to the address bar`, async () => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 720 } });
    await context.addInitScript(script);
    const { page, problems } = await openPage(browser, at(site.url, TINY), { context });
    await page.getByRole("button", { name: "Share" }).click();
    await untilNotice(page, /address bar/);
    await read(page);
    assert.deepEqual(problems, []);
    await context.close();
  });

/** A page whose network is changed by `change` before it loads. */
async function around(change) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 720 }, serviceWorkers: "block" });
  const page = await context.newPage();
  const problems = [];
  page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
  page.on("pageerror", (error) => problems.push(String(error)));
  await change(page);
  await page.goto(site.url);
  await page.waitForFunction(() => window.atome && window.atome().status !== "loading");
  return { page, context, problems };
}
const ENGINES = {
  "a browser without WebAssembly": (page) => page.route(/\/worker-[^/]*\.js/, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: `delete self.WebAssembly;\n${await response.text()}` });
  }),
  "a network that loses the engine": (page) => page.route(/\.wasm$/, (route) => route.abort()),
  "a host without the engine": (page) => page.route(/\.wasm$/, (route) => route.fulfill({ status: 404, body: "no" })),
  "an engine that is none": (page) => page.route(/\.wasm$/, (route) => route.fulfill({ contentType: "application/wasm", body: "<html>" })),
  "a host without the engine's script": (page) => page.route(/atome-simd[^/]*\.js$/, (route) => route.abort()),
  "a host without the worker": (page) => page.route(/\/worker-[^/]*\.js/, (route) => route.fulfill({ status: 404, body: "no" })),
  "a browser without workers": (page) => page.addInitScript(() => { window.Worker = class { constructor() { throw new Error("Worker is not allowed here"); } }; }),
};
for (const [name, change] of Object.entries(ENGINES))
  test(`${name}: one plain line, no blank page`, async () => {
    const { page, context, problems } = await around(change);
    assert.equal((await report(page)).status, "broken");
    await page.waitForTimeout(300);
    const said = await read(page);
    assert.equal(said.length, 1, said.join("|"));
    assert.match(said[0], /\. Reload the page, or open it in a newer browser\.$/);
    for (const selector of [".play", ".controls", ".lens h2"]) assert.ok(await page.locator(selector).isVisible(), selector);
    await page.keyboard.press("Space");
    await page.keyboard.press("ArrowRight");
    await page.waitForTimeout(200);
    assert.deepEqual(problems.filter((text) => !/Failed to load resource|Failed to fetch/.test(text)), []);
    await context.close();
  });

test("a host without the pretrained model: training works all the same", async () => {
  const { page, context, problems } = await around((page) => page.route(/\.atome$/, (route) => route.fulfill({ status: 404, body: "no" })));
  const said = await read(page);
  assert.equal(said.length, 1, said.join("|"));
  const tab = (name) => page.getByRole("navigation").getByRole("button", { name, exact: true }).click();
  // The tabs that show a model say that there is none, and wait for nothing.
  for (const name of ["Weights", "Boards", "Uncertainty"]) {
    await tab(name);
    await page.waitForFunction(() => /could not be loaded/.test(document.querySelector("main.other").textContent));
    assert.ok(!(await page.locator("main.other").innerText()).includes("In a moment"), name);
  }
  await tab("Boards");
  await page.getByRole("button", { name: "the settings" }).click();
  await page.waitForSelector(".boards-needs");
  await tab("Playground");
  await trainSome(page);
  await drop(page, "mine.atome", model);
  await page.waitForFunction(() => document.querySelectorAll(".tinted span").length > 80);
  await tab("Weights");
  await page.waitForSelector(".weights-map canvas, .weights-tab canvas");
  await tab("Boards");
  await page.getByRole("button", { name: "this model" }).click();
  await page.waitForSelector(".boards-needs");
  assert.deepEqual(problems.filter((text) => !/Failed to load resource/.test(text)), []);
  await context.close();
});

test("a tab whose script is lost: a plain line, and the page stays", async () => {
  const { page, context } = await around((page) => page.route(/\/Weights-[^/]*\.js$/, (route) => route.abort()));
  await page.getByRole("button", { name: "Weights", exact: true }).click();
  await page.waitForTimeout(500);
  assert.ok(await page.locator(".play").isVisible());
  assert.match(await page.locator("main.other").innerText(), /cannot be loaded/);
  await page.getByRole("button", { name: "Playground", exact: true }).click();
  await page.waitForSelector(".tinted span");
  await trainSome(page);
  await context.close();
});
