// Whose run is whose: a preset, a link and a second tab take nothing away from the run that a visitor has stored.
import { test } from "node:test";
import {
  assert, at, browser, LONG, openPage, ready, report, serveAndLaunch, site, TINY, untilNotice, untilStatus,
  untilStep,
} from "./helpers.mjs";

serveAndLaunch();

const kept = (page) => page.waitForFunction(() => window.atome().savedStep === window.atome().step && window.atome().step > 0);
async function train(page, steps) {
  const { step } = await report(page);
  await page.locator(".play").click();
  await untilStep(page, step + steps);
  await page.locator(".play").click();
  await untilStatus(page, "paused");
  await kept(page);
  return state(page);
}
const state = async (page) => {
  const { step, digest } = await report(page);
  return { step, digest };
};
const notices = (page) => page.locator(".notice span").allInnerTexts();

test("another preset puts the run aside, and it comes back whole", async () => {
  const { page, context, problems } = await openPage(browser, at(site.url, LONG));
  const before = await train(page, 30);
  const address = await page.evaluate(() => location.hash);
  const samples = await page.locator(".sample-list li").count();
  await page.locator(".play").click();
  await untilStep(page, before.step + 5);
  await page.getByLabel("Preset").selectOption("tiny");
  await untilNotice(page, /^the run of [\d,]+ steps was put aside for Tiny, 17K\./);
  await page.waitForFunction(() => window.atome().step === 0 && window.atome().status === "ready");
  const aside = Number((await notices(page)).join().match(/run of ([\d,]+) steps/)[1].replaceAll(",", ""));
  assert.ok(aside >= before.step + 5);
  assert.equal(await page.getByLabel("Width", { exact: true }).inputValue(), "20");

  // The other run goes as far as it likes.
  const other = await train(page, 10);
  await page.getByRole("button", { name: "Bring it back" }).click();
  await page.waitForFunction((step) => window.atome().step === step, aside);
  assert.equal(await page.evaluate(() => location.hash), address);
  assert.ok((await page.locator(".sample-list li").count()) >= samples, "its samples are back");
  await page.waitForTimeout(600);
  const back = await state(page);
  assert.equal(back.step, aside);

  // And so it goes for the other one.
  await page.getByRole("button", { name: "Bring it back" }).click();
  await page.waitForFunction((step) => window.atome().step === step, other.step);
  assert.deepEqual(await state(page), other);
  await page.getByRole("button", { name: "Bring it back" }).click();
  await page.waitForFunction((step) => window.atome().step === step, aside);
  assert.deepEqual(await state(page), back);
  await page.reload();
  await ready(page);
  await untilNotice(page, /your run was kept/);
  assert.deepEqual(await state(page), back);
  await train(page, 5);
  assert.deepEqual(problems, []);
  await context.close();
});

test("a run of single steps is put aside as well", async () => {
  const { page, context } = await openPage(browser, at(site.url, TINY));
  for (let i = 1; i <= 3; i++) {
    await page.keyboard.press("ArrowRight");
    await untilStep(page, i);
  }
  await page.waitForTimeout(300);
  const before = await state(page);
  await page.getByLabel("Preset").selectOption("tiny");
  await page.getByRole("button", { name: "Bring it back" }).click();
  await untilStep(page, 3);
  await page.waitForTimeout(300);
  assert.deepEqual(await state(page), before);
  await context.close();
});

test("a link leaves the visitor's own run where it is", async () => {
  const { page, context, problems } = await openPage(browser, site.url);
  await page.getByLabel("Text, KB").locator("xpath=ancestor::details").evaluate((d) => { d.open = true; });
  await page.getByLabel("Text, KB").fill("40");
  await page.waitForTimeout(500);
  const own = await train(page, 3);
  const address = page.url();

  // In another tab, then in this one.
  const second = await openPage(browser, at(site.url, LONG), { context });
  await untilNotice(second.page, new RegExp(`Yours stays kept at step ${own.step}\\b`));
  const theirs = await train(second.page, 20);
  await second.page.reload();
  await ready(second.page);
  await untilNotice(second.page, /your run was kept/);
  assert.deepEqual(await state(second.page), theirs, "the run of the link is kept as well");
  await second.page.close();
  await page.goto("about:blank");
  await page.goto(at(site.url, { ...LONG, seed: "5" }));
  await ready(page);
  await train(page, 20);
  await page.goto("about:blank");

  await page.goto(site.url);
  await ready(page);
  await untilNotice(page, /your run was kept/);
  assert.deepEqual(await state(page), own);
  assert.equal(page.url(), address);
  assert.deepEqual([...problems, ...second.problems], []);
  await context.close();
});

test("two tabs, two runs", async () => {
  const one = await openPage(browser, at(site.url, LONG));
  const first = await train(one.page, 20);
  const two = await openPage(browser, at(site.url, LONG), { context: one.context });
  assert.match((await notices(two.page)).join("|"), /^your run, kept at step \d+, is open in another tab: here another one begins[^|]*$/);
  assert.equal((await report(two.page)).step, 0);
  const second = await train(two.page, 200);
  assert.notDeepEqual(second, first);
  const [again] = [await train(one.page, 20)];
  for (const [{ page }, wanted] of [[one, again], [two, second]]) {
    await page.reload();
    await ready(page);
    await untilNotice(page, /your run was kept/);
    assert.deepEqual(await state(page), wanted);
  }
  // A tab that is gone leaves its run to the next.
  await one.page.close();
  const three = await openPage(browser, site.url, { context: one.context });
  await untilNotice(three.page, /your run was kept/);
  assert.deepEqual(await state(three.page), again);
  assert.deepEqual([...one.problems, ...two.problems, ...three.problems], []);
  await one.context.close();
});

test("without locks, as on a host without https, two tabs have their own runs, too", async () => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 720 } });
  await context.addInitScript(() => Object.defineProperty(Navigator.prototype, "locks", { value: undefined }));
  const one = await openPage(browser, at(site.url, LONG), { context });
  await train(one.page, 20);
  const two = await openPage(browser, at(site.url, LONG), { context });
  await untilNotice(two.page, /your run was kept/);
  const second = await train(two.page, 50);
  const first = await train(one.page, 5);
  for (const [{ page }, wanted] of [[one, first], [two, second]]) {
    await page.reload();
    await ready(page);
    await untilNotice(page, /your run was kept/);
    assert.deepEqual(await state(page), wanted);
  }
  await context.close();
});

test("old runs give way, those of open tabs do not", { timeout: 120_000 }, async () => {
  const open = await openPage(browser, at(site.url, { ...LONG, seed: "100" }));
  const { context } = open;
  await train(open.page, 3);
  for (let seed = 1; seed <= 8; seed++) {
    const { page } = await openPage(browser, at(site.url, { ...LONG, seed: String(seed) }), { context });
    await train(page, 3);
    await page.close();
  }
  const seeds = await open.page.evaluate(() => new Promise((resolve) => {
    const request = indexedDB.open("atome-playground");
    request.onsuccess = () => {
      request.result.transaction("runs").objectStore("runs").getAll().onsuccess = ({ target }) => {
        request.result.close();
        resolve(target.result.map((r) => r.settings.seed).sort((a, b) => a - b));
      };
    };
  }));
  assert.ok(seeds.length <= 7, seeds.join());
  assert.ok(seeds.includes(100) && seeds.includes(8), seeds.join());
  await context.close();
});

test("what is asked of a run at once is done one after the other", async () => {
  const { page, context, problems } = await openPage(browser, at(site.url, LONG));
  const command = () => page.evaluate(() => document.querySelector("#train-command")?.textContent);
  await page.getByRole("navigation").getByRole("button", { name: "Export", exact: true }).click();
  await page.waitForSelector("#train-command");
  // A setting, and Train before it has settled: the run that trains has it.
  await page.getByLabel("Width", { exact: true }).fill("24");
  await page.locator(".play").click();
  await untilStep(page, 3);
  assert.match(await command(), /--d-model 24 /);
  // Pause, a step, on again, and away with it, in one moment.
  await page.evaluate(() => {
    const press = (key) => document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    press(" ");
    press("ArrowRight");
    press(" ");
    [...document.querySelectorAll(".bar button")].find((b) => b.textContent.includes("Reset")).click();
    press("ArrowRight");
    press("ArrowRight");
  });
  await page.waitForFunction(() => window.atome().status === "paused" && window.atome().step === 2);
  await page.waitForTimeout(500);
  assert.deepEqual(await report(page).then(({ status, step }) => [status, step]), ["paused", 2]);
  // Settings that change faster than a run is made: the last one counts.
  await page.getByRole("button", { name: "Reset" }).first().click();
  for (const width of ["28", "32", "20"]) {
    await page.getByLabel("Width", { exact: true }).fill(width);
    await page.waitForTimeout(260);
  }
  await page.waitForFunction(() => /--d-model 20 /.test(document.querySelector("#train-command").textContent));
  assert.equal((await report(page)).status, "ready");
  assert.deepEqual(problems, []);
  await context.close();
});
