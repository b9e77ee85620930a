// Measures time.
// The first second: what is fetched, how much it weighs, what is to be seen.
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { assert, browser, figure, fs, host, openPage, path, root, serveAndLaunch, site } from "./helpers.mjs";

serveAndLaunch();

const zipped = async (url) => gzipSync(Buffer.from(await (await fetch(url)).arrayBuffer()), { level: 9 }).length;

test("cold load: text and lens, no error, few bytes, no third party", async () => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 720 } });
  const requests = [];
  context.on("request", (request) => requests.push(request.url()));
  const began = performance.now();
  const { page, problems } = await openPage(browser, site.url, { context });
  figure("text and lens on the screen, ms", performance.now() - began, "one second");
  await page.waitForTimeout(1000);
  assert.deepEqual(problems, []);
  for (const selector of [".tinted span", ".lens-map", ".chart canvas", ".sample-list li", "#fit-line"])
    assert.ok(await page.locator(selector).first().isVisible(), selector);
  assert.ok((await page.locator(".tinted").innerText()).length > 150);
  // What the eye sees is what was written: some bytes are tinted, not all alike.
  const tints = await page.locator(".tinted span").evaluateAll((list) => new Set(list.map((s) => s.style.background)).size);
  assert.ok(tints > 5, `${tints} tints`);
  // Nothing but the scrolling of panels: the page itself fits the window.
  assert.ok(await page.evaluate(() => document.documentElement.scrollHeight <= innerHeight && document.documentElement.scrollWidth <= innerWidth));
  for (const url of requests) assert.ok(url.startsWith(site.url) || url.startsWith("blob:") || url.startsWith("data:"), url);

  // What each file weighs from a server that compresses; atome serve, on the same computer, does not.
  const sizes = new Map();
  for (const url of new Set(requests.filter((url) => url.startsWith("http")))) sizes.set(new URL(url).pathname, await zipped(url));
  const total = [...sizes.values()].reduce((a, b) => a + b, 0);
  const critical = [...sizes].filter(([file]) => /(\/|\.html)$|\/index-[^/]*\.(js|css)$/.test(file));
  const kilobytes = (list) => list.reduce((sum, [, size]) => sum + size, 0) / 1000;
  figure("critical HTML, CSS and JS, KB gzipped", kilobytes(critical), "at most 60");
  figure("everything fetched at a cold load, KB gzipped", total / 1000, "at most 350");
  assert.ok(critical.length >= 3, "HTML, CSS and JS are counted");
  assert.ok(kilobytes(critical) <= 60, JSON.stringify(critical));
  assert.ok(total <= 350_000, JSON.stringify([...sizes]));
  await context.close();
});

test("one file holds the whole page", async () => {
  const file = path.join(root, "build/web-single/index.html");
  const context = await browser.newContext();
  const requests = [];
  context.on("request", (request) => requests.push(request.url()));
  const { page, problems } = await openPage(browser, `file://${file}`, { context });
  await page.keyboard.press("Space");
  await page.waitForFunction(() => window.atome().step > 20);
  assert.deepEqual(problems, []);
  for (const url of requests) assert.ok(/^(file|blob|data):/.test(url), url.slice(0, 100));
  assert.deepEqual(fs.readdirSync(path.dirname(file)).filter((name) => /\.(js|css|wasm|atome)$/.test(name)), []);
  figure("the page as one file, KB", fs.statSync(file).size / 1000, "one file");
  await context.close();
});

test("works below a folder of a static host", async () => {
  // The same site, one folder down, behind another server.
  const other = await host(path.join(root, "build/web"), { below: "/deep/er/" });
  const { page, context, problems } = await openPage(browser, other.url);
  await page.keyboard.press("Space");
  await page.waitForFunction(() => window.atome().step > 5);
  assert.deepEqual(problems, []);
  await context.close();
  await other.end();
});
