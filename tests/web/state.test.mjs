// What the page remembers: the address, the stored run; and what it survives: a reload in mid-run, a hidden tab,
// memory that grows.
import { test } from "node:test";
import {
  assert, at, browser, figure, openPage, report, serveAndLaunch, site, TINY, untilNotice, untilStatus, untilStep,
} from "./helpers.mjs";

serveAndLaunch();

const hash = (page) => page.evaluate(() => location.hash.slice(1));
const same = (a, b) => assert.deepEqual([...new URLSearchParams(a)].sort(), [...new URLSearchParams(b)].sort());

test("the address goes round: what it says is what the page shows, and back", async () => {
  const settings = {
    corpus: "thermostat", kb: "120", cs: "9", d: "24", l: "3", h: "12", f: "32", k: "2", taps: "3", q: "power3", off: "state",
    steps: "700", b: "8", t: "40", lr: "0.004", sched: "wsd", wd: "0.05", clip: "0.5", seed: "77", plateau: "0",
    prompt: "Q: Why é?", lens: "mix", theme: "dark", tab: "boards",
  };
  const { page, context, problems } = await openPage(browser, `${site.url}#${new URLSearchParams({ ...settings, tab: "play" })}`);
  same(await hash(page), new URLSearchParams(Object.entries(settings).filter(([key]) => key !== "tab")).toString());
  const field = (name) => page.getByLabel(name, { exact: true }).inputValue();
  assert.equal(await field("Width"), "24");
  assert.equal(await field("Layers"), "3");
  assert.equal(await field("Samples begin with"), "Q: Why é?");
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), "dark");
  // A change shows in the address, and going there gives the same run.
  const { digest: narrower } = await report(page);
  await page.getByLabel("Width", { exact: true }).fill("28");
  await page.getByRole("button", { name: "Boards", exact: true }).click();
  await page.waitForFunction(() => /d=28/.test(location.hash) && /tab=boards/.test(location.hash));
  await page.waitForFunction((before) => ![before, ""].includes(window.atome().digest), narrower);
  const { digest } = await report(page);
  const other = await openPage(browser, `${site.url}#${await hash(page)}`);
  await other.page.waitForSelector("main.other").catch(() => {});
  same(await hash(other.page), await hash(page));
  await other.page.waitForFunction((wanted) => window.atome().digest === wanted, digest);
  assert.deepEqual([...problems, ...other.problems], []);
  await context.close();
  await other.context.close();
});

test("Back and Forward go from tab to tab, and settings stay", async () => {
  const { page, context, problems } = await openPage(browser, at(site.url, { ...TINY, lens: "mix" }));
  const tab = async (name) => {
    await page.getByRole("navigation").getByRole("button", { name, exact: true }).click();
    await page.waitForSelector(name === "Playground" ? "main.playground" : "main.other h2");
  };
  const shown = (name) => page.waitForFunction((wanted) => document.querySelector(".tabs [aria-current]")?.textContent === wanted, name);
  await tab("Weights");
  await tab("Boards");
  await page.getByLabel("Width", { exact: true }).fill("20");
  await tab("Export");
  await tab("Export");
  await page.goBack();
  await shown("Boards");
  await page.goBack();
  await shown("Weights");
  assert.equal(await page.getByLabel("Width", { exact: true }).inputValue(), "20");
  assert.match(await hash(page), /d=20/);
  await page.goBack();
  await shown("Playground");
  await page.goForward();
  await shown("Weights");
  // An address that is typed is an entry with settings of its own; Back from there changes the view alone.
  await page.evaluate(() => { location.hash = "d=24&l=3&tab=uncertainty"; });
  await shown("Uncertainty");
  assert.equal(await page.getByLabel("Width", { exact: true }).inputValue(), "24");
  await page.goBack();
  await shown("Weights");
  assert.equal(await page.getByLabel("Width", { exact: true }).inputValue(), "24");
  assert.match(await hash(page), /d=24/);
  assert.deepEqual(problems, []);
  await context.close();
});

test("a short text of one's own travels in the address", async () => {
  const { page, context } = await openPage(browser, at(site.url, TINY));
  const text = "ab cd ef gh. Größe, 日本, 🦜! ".repeat(12);
  await page.getByLabel("Train on").selectOption("paste");
  await page.getByLabel("Your text").fill(text);
  await page.getByRole("button", { name: "Use it" }).click();
  await page.waitForFunction(() => /text=/.test(location.hash));
  await page.waitForTimeout(700);
  const address = await hash(page), { digest } = await report(page);
  const other = await openPage(browser, `${site.url}#${address}`);
  await other.page.waitForFunction((wanted) => window.atome().digest === wanted, digest);
  await other.page.keyboard.press("Space");
  await untilStatus(other.page, "done");
  await page.keyboard.press("Space");
  await untilStatus(page, "done");
  assert.equal((await report(other.page)).digest, (await report(page)).digest);
  await context.close();
  await other.context.close();
});

test("a reload while paused: same step, same digest, and the run ends as if nothing had been", async () => {
  const address = at(site.url, { ...TINY, steps: "300" });
  const undisturbed = await openPage(browser, address);
  await undisturbed.page.keyboard.press("Space");
  await untilStatus(undisturbed.page, "done");
  const { digest: wanted } = await report(undisturbed.page);
  await undisturbed.context.close();

  const { page, context } = await openPage(browser, at(site.url, { ...TINY, steps: "300" }));
  await page.getByLabel("Speed").selectOption("half");
  await page.keyboard.press("Space");
  await untilStep(page, 40);
  await page.keyboard.press("Space");
  await untilStatus(page, "paused");
  const before = await report(page);
  await page.waitForFunction((step) => window.atome().savedStep === step, before.step);
  await page.reload();
  await untilNotice(page, /your run was kept/);
  const { step, digest } = await report(page);
  assert.deepEqual([step, digest], [before.step, before.digest]);
  assert.ok((await page.locator(".sample-list li").count()) > 0, "its samples are back");
  assert.equal(await page.getByLabel("Model in the lens").inputValue(), "run");
  await page.keyboard.press("Space");
  await untilStatus(page, "done");
  assert.equal((await report(page)).digest, wanted);
  await context.close();
});

test("a reload in the middle of training loses at most what came after the last save", async () => {
  const { page, context } = await openPage(browser, at(site.url, { kb: "80", steps: "2000" }));
  await page.keyboard.press("Space");
  await page.waitForFunction(() => window.atome().savedStep > 0);
  const before = await report(page);
  await page.reload();
  await untilNotice(page, /your run was kept/);
  const { step } = await report(page);
  assert.ok(step >= before.savedStep && step > 0, `step ${step} after ${before.savedStep}`);
  await page.keyboard.press("Space");
  await untilStep(page, step + 20);
  // Reset forgets it for good.
  await page.getByRole("button", { name: "Reset" }).click();
  await page.waitForFunction(() => window.atome().step === 0);
  await page.reload();
  await page.waitForFunction(() => window.atome?.().status === "ready");
  assert.equal((await report(page)).step, 0);
  await context.close();
});

test("a hidden tab goes on training and catches up when it is shown", async () => {
  const { page, context, problems } = await openPage(browser, at(site.url, { kb: "80", steps: "100000", plateau: "0" }));
  await page.keyboard.press("Space");
  await untilStep(page, 10);
  await page.evaluate(() => {
    Object.defineProperty(document, "hidden", { configurable: true, get: () => window.hidden_ });
    window.hidden_ = true;
    document.dispatchEvent(new Event("visibilitychange"));
  });
  await page.waitForTimeout(1500);
  const began = (await report(page)).step;
  await untilStep(page, began + 20);
  const hidden = (await report(page)).step;
  await page.evaluate(() => {
    window.hidden_ = false;
    document.dispatchEvent(new Event("visibilitychange"));
  });
  await untilStep(page, hidden + 20);
  // The curve has every step: its last point is the step of now.
  await page.keyboard.press("Space");
  await untilStatus(page, "paused");
  await page.locator(".chart summary").click();
  const last = await page.locator(".chart .figure-table tr").last().locator("td").first().innerText();
  assert.ok(Number(last) >= (await report(page)).step * 0.97, `${last} of ${(await report(page)).step}`);
  assert.deepEqual(problems, []);
  await context.close();
});

test("memory that grows in mid-run changes nothing", async () => {
  const run = async (disturb) => {
    const { page, context, problems } = await openPage(browser, at(site.url, { ...TINY, steps: "400", d: "32" }));
    await page.keyboard.press("Space");
    if (disturb) {
      await untilStep(page, 20);
      // Opening a large model while training makes the module's memory grow.
      const size = 24_000_000;
      await page.evaluate(async (n) => {
        const header = JSON.stringify({ x: { dtype: "U8", shape: [n], data_offsets: [0, n] } });
        const bytes = new Uint8Array(8 + header.length + n);
        new DataView(bytes.buffer).setUint32(0, header.length, true);
        bytes.set(new TextEncoder().encode(header), 8);
        const data = new DataTransfer();
        data.items.add(new File([bytes], "large.safetensors"));
        const input = document.querySelector("input[type=file]");
        input.files = data.files;
        input.dispatchEvent(new Event("change", { bubbles: true }));
      }, size);
      await untilNotice(page, /large\.safetensors/);
    }
    await untilStatus(page, "done");
    const { digest } = await report(page);
    assert.deepEqual(problems, []);
    await context.close();
    return digest;
  };
  assert.equal(await run(true), await run(false));
});

test("a run that no longer improves stops by itself, and Play goes on", { timeout: 180_000 }, async () => {
  // A text of one letter has nothing to teach after the first steps.
  const { page, context } = await openPage(browser, at(site.url, { ...TINY, steps: "1000000", sched: "constant", optimizer: "adamw" }));
  await page.getByLabel("Train on").selectOption("paste");
  await page.getByLabel("Your text").fill("a".repeat(4000));
  await page.getByRole("button", { name: "Use it" }).click();
  await page.waitForTimeout(700);
  await page.keyboard.press("Escape");
  await page.locator(".play").click();
  await page.waitForFunction(() => window.atome().stopReason === "plateau", null, { timeout: 120_000 });
  const { step } = await report(page);
  await page.locator(".play").click();
  await untilStep(page, step + 20);
  // As patient as at first: several validations later it still goes on.
  for (let i = 0; i < 9; i++) {
    await page.waitForTimeout(1000);
    assert.equal((await report(page)).status, "training", `after ${i + 1} seconds`);
  }
  figure("steps until the plateau of a text of one letter", step, "a minute or less");
  await context.close();
});
