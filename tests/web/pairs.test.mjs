// Models of pairs in the page: training, tokens shown as their text, and the vocabulary.
import { test } from "node:test";
import { assert, at, browser, openPage, path, report, run, serveAndLaunch, site, temporary, TINY, untilStatus } from "./helpers.mjs";

serveAndLaunch();

const SETTINGS = { ...TINY, kb: "80", seed: "5" };
const tab = (page, name) => page.getByRole("navigation").getByRole("button", { name, exact: true }).click();
async function train(page) {
  await page.locator("body").press("Space");
  await untilStatus(page, "done");
}
/** As the page names the bytes of a token. */
const named = (text) => text.replaceAll(" ", "␣").replaceAll("\n", "⏎");

test("a run of the page's own stories is of pairs, and the same in the terminal; bytes where they are chosen", { timeout: 120_000 }, async () => {
  const digests = new Map();
  for (const tokenizer of ["auto", "pairs", "bytes"]) {
    const { page, context, problems } = await openPage(browser, at(site.url, { ...SETTINGS, tok: tokenizer }));
    await train(page);
    digests.set(tokenizer, (await report(page)).digest);
    await tab(page, "Export");
    const command = await page.locator("#train-command").innerText();
    assert.equal(/--tokenizer (\w+)/.exec(command)?.[1] ?? "auto", tokenizer);
    assert.equal(new URL(page.url()).hash.includes("tok="), tokenizer !== "auto");
    assert.deepEqual(problems, []);
    await context.close();
  }
  assert.equal(digests.get("auto"), digests.get("pairs"));
  assert.notEqual(digests.get("pairs"), digests.get("bytes"));

  const text = path.join(temporary, "stories.txt"), model = path.join(temporary, "pairs.safetensors");
  await run(["corpus", "stories", "--bytes", "80000", "--seed", "2", "--out", text]);
  const { kb, seed, d, l, h, f, steps, b, t } = SETTINGS;
  assert.equal(kb, "80");
  const out = await run(["train", "--exact", "--data", text, "--out", model, "--d-model", d, "--n-layers", l, "--d-head", h,
    "--d-ff", f, "--steps", steps, "--batch", b, "--seq", t, "--seed", seed, "--json"]);
  assert.equal(JSON.parse(out).digest, digests.get("pairs"));
});

test("the lens shows tokens as their text", { timeout: 60_000 }, async () => {
  const { page, context, problems } = await openPage(browser, at(site.url, SETTINGS));
  await train(page);
  const tokens = page.locator(".tinted.of-pairs span");
  await page.waitForFunction(() => document.querySelectorAll(".tinted.of-pairs span").length > 20);
  const texts = await tokens.evaluateAll((list) => list.map((span) => span.textContent));
  assert.ok(texts.join("").startsWith("One day"));
  assert.ok(texts.some((text) => text.length > 2), texts.join("|"));
  // One cell of the table for each, by the same names.
  await page.locator(".lens summary").click();
  await page.locator(".lens .figure-table tbody tr").first().waitFor();
  const names = await page.locator(".lens .figure-table tbody tr").evaluateAll((list) => list.map((tr) => tr.cells[1].textContent));
  assert.deepEqual(names, texts.map((text) => named(text.replaceAll("⏎\n", "\n"))));
  // A pinned one: what comes next are texts too, and the one that came is marked where it is among them.
  const long = texts.findIndex((text, i) => i > 5 && text.length > 2);
  await tokens.nth(long).click();
  await page.locator(".candidates tbody th").first().waitFor();
  assert.equal(await page.locator(".detail h3 .byte").innerText(), names[long]);
  const next = await page.locator(".candidates tbody th").allInnerTexts();
  assert.equal(next.length, 6);
  assert.ok(next.some((name) => name.length > 1), next.join("|"));
  // Bytes without a token of their own are two tokens each, and make whole characters all the same; one that is cut
  // where the lens ends is not shown.
  for (const [text, shown] of [["Ein Käse 😀!", "Ein Käse 😀!"], ["日".repeat(200), "日".repeat(Math.floor(1024 / 6))]]) {
    await page.getByLabel("A text of your own for the lens").fill(text);
    await page.getByRole("button", { name: "Look" }).click();
    await page.waitForFunction((shown) => document.querySelector(".tinted").textContent === shown, shown);
  }
  assert.deepEqual(problems, []);
  await context.close();
});

test("the rows of the embedding are named by their tokens", { timeout: 60_000 }, async () => {
  const { page, context, problems } = await openPage(browser, at(site.url, SETTINGS));
  await train(page);
  await tab(page, "Weights");
  const meaning = page.locator(".weights-code [role=status]");
  await page.waitForFunction(() => /row 0 \(token esc\)/.test(document.querySelector(".weights-code [role=status]")?.textContent ?? ""));
  // Its rows run across: to the last one, which is the last merge.
  await page.getByRole("application").press("End");
  assert.match(await meaning.innerText(), /row 255 \(token \S\S+\)/);
  assert.deepEqual(problems, []);
  await context.close();
});

test("the vocabulary: what is learned, in three orders, how it was merged, and how a text is read", { timeout: 60_000 }, async () => {
  const { page, context, problems } = await openPage(browser, at(site.url, { ...SETTINGS, tab: "vocabulary" }));
  // The pretrained model's, as on the other tabs, before a step is taken.
  await page.locator(".vocabulary-word").first().waitFor();
  assert.match(await page.locator("#vocabulary-line").innerText(), /^The vocabulary of the pretrained model.*: \d+ bytes and \d{3} strings .* [12]\.\d\d bytes each/s);
  const words = async () => (await page.locator(".vocabulary-words").first().locator("button").allInnerTexts()).map((text) => text.split(/\s/));
  const figures = async () => (await words()).map((parts) => Number(parts.at(-1).replace(/[,.]/g, "")));
  const descending = (list) => assert.deepEqual(list, [...list].sort((a, b) => b - a));
  const longest = await words();
  assert.equal(await page.locator(".vocabulary-chosen .byte").innerText(), longest[0][0]);
  for (const [name, length] of longest) assert.equal([...name].length, Number(length), name);
  descending(await figures());
  await page.getByRole("button", { name: "most frequent" }).click();
  descending(await figures());
  await page.getByRole("button", { name: "learned first" }).click();
  assert.deepEqual(await figures(), longest.map((_, i) => i + 1));

  // A word is what its two parts join to, down to bytes.
  const word = longest[0][0];
  await page.locator(".vocabulary-word", { hasText: word }).first().click();
  const chosen = page.locator(".vocabulary-chosen");
  assert.match(await chosen.innerText(), /learned in merge \d+: \d+ bytes/);
  const merges = await chosen.locator(".vocabulary-merges li").evaluateAll((list) => list.map((li) =>
    [li.querySelector("b").textContent, ...[...li.querySelectorAll("button")].map((b) => b.textContent)]));
  assert.equal(merges[0][0], word);
  const known = new Set(merges.map(([whole]) => whole));
  for (const [whole, left, right] of merges) {
    assert.equal(whole, left + right);
    for (const part of [left, right]) assert.ok(known.has(part) || [...part].length === 1, part);
  }

  // The reader cuts the text into words of the vocabulary.
  await page.getByLabel("Text to cut into tokens").fill("One day the dog said");
  await page.waitForFunction(() => document.querySelector(".vocabulary-read")?.textContent === "One day the dog said");
  const cut = await page.locator(".vocabulary-read span").allTextContents();
  const all = new Set(longest.map(([name]) => name));
  for (const piece of cut) assert.ok(piece.length === 1 || all.has(named(piece)), piece);
  assert.equal(await page.locator("#reader-line").innerText().then((line) => /, (\d+) tokens/.exec(line)[1]), String(cut.length));

  await page.locator(".vocabulary-tab summary").click();
  await page.locator(".vocabulary-tab .figure-table tbody tr").first().waitFor();
  assert.ok((await page.locator(".vocabulary-tab .figure-table tbody tr").count()) > longest.length);
  assert.deepEqual(problems, []);
  await context.close();
});

test("a model of bytes has no words, and the tab says so", async () => {
  const { page, context, problems } = await openPage(browser, at(site.url, { ...SETTINGS, tok: "bytes" }));
  await train(page);
  await tab(page, "Vocabulary");
  await page.waitForFunction(() => /tokens of this run.* are the 256 bytes/.test(document.querySelector("main.other").textContent));
  assert.deepEqual(problems, []);
  await context.close();
});

test("the vocabulary fits a phone", async () => {
  const { page, context } = await openPage(browser, at(site.url, { ...SETTINGS, tab: "vocabulary" }), { viewport: { width: 390, height: 844 } });
  await page.locator(".vocabulary-word").first().waitFor();
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
  await context.close();
});
