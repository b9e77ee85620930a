// What the browser tests share: the built page behind `atome serve`, Debian's Chromium, and pages that note what
// goes wrong. Run by web/run-tests.sh.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import fs from "node:fs";
import { createServer } from "node:http";
import os from "node:os";
import path from "node:path";
import { after, before } from "node:test";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

export const root = path.resolve(fileURLToPath(import.meta.url), "../../..");
export const native = process.env.ATOME_NATIVE ?? path.join(root, "build/native/native/atome");
const require = createRequire(path.join(root, "web/package.json"));
const { chromium } = require("playwright-core");
export const axeSource = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

export const temporary = fs.mkdtempSync(path.join(os.tmpdir(), "atome-web-"));
process.on("exit", () => fs.rmSync(temporary, { recursive: true, force: true }));

/** The page's server, as ./kit play starts it. end(): when it resolves, nobody answers any more. */
export async function serve(...args) {
  const child = spawn(native, ["serve", "--port", "0", "--json", ...args], { stdio: ["ignore", "pipe", "inherit"] });
  process.on("exit", () => child.kill());
  const ended = new Promise((resolve) => child.on("exit", resolve));
  const first = await new Promise((resolve, reject) => {
    let text = "";
    child.stdout.on("data", (data) => {
      text += data;
      if (text.includes("}")) resolve(JSON.parse(text));
    });
    child.on("exit", (code) => reject(new Error(`atome serve ended with ${code}`)));
  });
  const end = () => {
    child.kill();
    return ended;
  };
  return { url: first.url, end };
}

/** A host of plain files, which knows nothing of the page: no headers but the type. `folder` can be changed; with `down` nobody answers. */
export async function host(folder, { below = "/", name = "127.0.0.1" } = {}) {
  const types = { html: "text/html", js: "text/javascript", css: "text/css", wasm: "application/wasm", json: "application/json", svg: "image/svg+xml" };
  const host = { folder, down: false };
  const server = createServer((request, response) => {
    if (host.down) return request.socket.destroy();
    const asked = decodeURIComponent(new URL(request.url, "http://x").pathname);
    const file = path.join(host.folder, asked.slice(below.length) || "index.html");
    if (!asked.startsWith(below) || !fs.existsSync(file)) return response.writeHead(404).end();
    response.writeHead(200, { "content-type": types[file.split(".").at(-1)] ?? "application/octet-stream" }).end(fs.readFileSync(file));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  // A test that has failed may leave it.
  server.unref();
  host.url = `http://${name}:${server.address().port}${below}`;
  host.end = () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  return host;
}

export const launch = (...args) =>
  chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync", "--enable-precise-memory-info", "--js-flags=--expose-gc",
      ...args,
    ],
  });

/** Of a test file that has called serveAndLaunch(): there for its tests. */
export let site, browser;
/** The page behind `atome serve` and a browser, from the first test of a file to its last. */
export function serveAndLaunch() {
  before(async () => {
    site = await serve();
    browser = await launch();
  });
  after(async () => {
    await browser.close();
    await site.end();
  });
}

/** A page in a context of its own, with an empty storage. problems: console errors and exceptions. */
export async function openPage(browser, url, { context: given, ...options } = {}) {
  const context = given ?? (await browser.newContext({ viewport: { width: 1280, height: 720 }, ...options }));
  const page = await context.newPage();
  const problems = [];
  page.on("console", (message) => {
    if (message.type() === "error") problems.push(message.text());
  });
  page.on("pageerror", (error) => problems.push(String(error)));
  await page.goto(url);
  await ready(page);
  return { page, context, problems };
}

export const report = (page) => page.evaluate(() => window.atome());
/** Until the pretrained model has written and a run is prepared. */
export async function ready(page) {
  await page.waitForFunction(() => window.atome && !["loading"].includes(window.atome().status));
  await page.waitForFunction(() => !document.querySelector(".playground") || document.querySelector(".tinted span"));
}
/** Until the run has done so many steps. */
export const untilStep = (page, step, timeout = 120_000) =>
  page.waitForFunction((wanted) => window.atome().step >= wanted, step, { timeout, polling: 50 });
export const untilStatus = (page, status, timeout = 120_000) =>
  page.waitForFunction((wanted) => window.atome().status === wanted, status, { timeout, polling: 50 });
export const untilNotice = (page, pattern) =>
  page.waitForFunction((source) => new RegExp(source).test(document.querySelector(".notices").textContent), pattern.source);

/** Until an asynchronous function of the page says true, which waitForFunction would not wait for. */
export async function untilTrue(page, f, argument, timeout = 30_000) {
  for (const end = Date.now() + timeout; Date.now() < end; await page.waitForTimeout(100))
    if (await page.evaluate(f, argument)) return;
  assert.fail(`not within ${timeout} ms: ${f}`);
}

/** Settings in the address. */
export const at = (url, settings) => `${url}#${new URLSearchParams(settings)}`;
/** A model that trains in a moment. */
export const TINY = { d: "16", l: "2", h: "8", f: "20", kb: "60", steps: "200", b: "8", t: "32" };
/** A run that does not end by itself. */
export const LONG = { ...TINY, steps: "1000000", plateau: "0" };

/** A measured figure: printed, and never a failure by itself. */
export function figure(name, value, wanted) {
  console.log(`figure ${name}: ${typeof value === "number" ? Math.round(value * 100) / 100 : value} (wanted ${wanted})`);
}

export function run(args) {
  return new Promise((resolve, reject) => {
    const child = spawn(native, args, { stdio: ["ignore", "pipe", "pipe"] });
    const out = [], err = [];
    child.stdout.on("data", (d) => out.push(d));
    child.stderr.on("data", (d) => err.push(d));
    child.on("exit", (code) =>
      code === 0 ? resolve(Buffer.concat(out)) : reject(new Error(`atome ${args.join(" ")}: ${Buffer.concat(err)}`)));
  });
}

export { assert, fs, path };
