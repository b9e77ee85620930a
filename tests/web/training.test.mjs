// Measures time.
// Training in the page: how soon, how fast, how smooth, and what comes out of it.
import { test } from "node:test";
import { assert, browser, figure, openPage, report, serveAndLaunch, site, untilStatus, untilStep } from "./helpers.mjs";

serveAndLaunch();

const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];

test("Play: the first loss point, the rate, the frames, the sample", { timeout: 300_000 }, async () => {
  const { page, context, problems } = await openPage(browser, site.url);
  await page.waitForTimeout(500);

  // From Play to the first point of the curve, several times.
  const firsts = [];
  for (let i = 0; i < 3; i++) {
    await page.waitForFunction(() => window.atome().status === "ready");
    await page.waitForTimeout(300);
    firsts.push(await page.evaluate(() => new Promise((resolve) => {
      const began = performance.now();
      const look = () => (window.atome().step > 0 ? resolve(performance.now() - began) : requestAnimationFrame(look));
      document.querySelector(".play").click();
      look();
    })));
    await page.getByRole("button", { name: "Reset" }).click();
    await page.waitForFunction(() => window.atome().step === 0 && window.atome().status === "ready");
  }
  figure("first loss point after Play, ms", median(firsts), "at most 300");

  await page.evaluate(() => {
    window.frames_ = [];
    window.tasks_ = [];
    let last = performance.now();
    const frame = (now) => {
      window.frames_.push(now - last);
      last = now;
      window.frame_ = requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
    window.observer_ = new PerformanceObserver((list) => window.tasks_.push(...list.getEntries().map((e) => e.duration)));
    window.observer_.observe({ type: "longtask" });
  });
  await page.keyboard.press("Space");
  await untilStatus(page, "training");
  const began = Date.now();
  const rates = [];
  while (Date.now() - began < 60_000 && (await report(page)).status === "training") {
    await page.waitForTimeout(1000);
    rates.push((await report(page)).bytesPerSecond);
  }
  const { frames, tasks } = await page.evaluate(() => ({ frames: window.frames_.slice(10), tasks: window.tasks_ }));
  frames.sort((a, b) => a - b);
  figure("training, bytes a second", median(rates), "at least 20,000");
  figure("frames: 95th percentile, ms", frames[Math.floor(frames.length * 0.95)], "under 34");
  figure("main-thread tasks over 50 ms", tasks.length, "0");
  figure("longest main-thread task over 50 ms", Math.max(0, ...tasks), "none");

  // How fast the machine is decides when it can write, not whether.
  const common = String.raw`\b(the|and|was|said|his|her|went|he|she|they|to|in|it|with|a)\b`;
  await page.waitForFunction((words) => [...document.querySelectorAll(".sample-list li")].some(
    (sample) => (sample.innerText.match(new RegExp(words, "g")) ?? []).length >= 6), common, { timeout: 180_000 });
  const text = await page.locator(".sample-list li").first().innerText();
  console.log(`sample after ${Math.round((Date.now() - began) / 1000)} s: ${JSON.stringify(text)}`);
  assert.deepEqual(problems, []);
  await context.close();
});

test("Pause acts at once, and nothing moves afterwards", async () => {
  const { page, context } = await openPage(browser, site.url);
  await page.keyboard.press("Space");
  const delays = [];
  for (let i = 0; i < 7; i++) {
    await page.waitForFunction(() => window.atome().status === "training");
    await page.waitForTimeout(350 + 170 * i);
    delays.push(await page.evaluate(() => new Promise((resolve) => {
      const began = performance.now();
      const look = () => (window.atome().status === "paused" ? resolve(performance.now() - began) : setTimeout(look, 1));
      document.querySelector(".play").click();
      look();
    })));
    const { step, digest } = await report(page);
    await page.waitForTimeout(200);
    assert.deepEqual([(await report(page)).step, (await report(page)).digest], [step, digest]);
    await page.keyboard.press("Space");
  }
  figure("from Pause to paused, ms, the longest of 7", Math.max(...delays), "at most 100");
  await context.close();
});

test("Step makes one step; Reset starts anew; the same seed gives the same weights", async () => {
  const { page, context } = await openPage(browser, site.url);
  const { digest: fresh } = await report(page);
  await page.keyboard.press("ArrowRight");
  await untilStep(page, 1);
  await page.getByRole("button", { name: "Step", exact: false }).first().click();
  await untilStep(page, 2);
  await page.waitForTimeout(200);
  const two = await report(page);
  assert.equal(two.step, 2);
  assert.notEqual(two.digest, fresh);
  await page.getByRole("button", { name: "Reset" }).click();
  await page.waitForFunction(() => window.atome().step === 0 && window.atome().status === "ready");
  assert.equal((await report(page)).digest, fresh);
  await page.locator("body").press("ArrowRight");
  await untilStep(page, 1);
  await page.locator("body").press("ArrowRight");
  await untilStep(page, 2);
  await page.waitForTimeout(200);
  assert.equal((await report(page)).digest, two.digest);
  await context.close();
});
