// For everyone: axe in every tab and both themes, the whole journey by keyboard alone, small windows, reduced
// motion, and screenshots for people to look at.
import { test } from "node:test";
import {
  assert, at, axeSource, browser, fs, openPage, path, report, serveAndLaunch, site, temporary, TINY, untilStatus,
  untilStep,
} from "./helpers.mjs";

const TABS = ["Playground", "Weights", "Vocabulary", "Uncertainty", "Compare", "Boards", "Export", "How it works"];
const shots = process.env.ATOME_SCREENSHOTS ?? path.join(temporary, "shots");

fs.mkdirSync(shots, { recursive: true });
serveAndLaunch();

const openTab = async (page, tab) => {
  await page.getByRole("navigation").getByRole("button", { name: tab, exact: true }).click();
  await page.waitForSelector(tab === "Playground" ? ".playground" : "main.other h2");
  await page.waitForTimeout(700);
};

const serious = async (page) => {
  await page.evaluate(axeSource);
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  return violations
    .filter((v) => v.impact === "serious" || v.impact === "critical")
    .map((v) => `${v.id}: ${v.nodes.slice(0, 4).map((n) => `${n.target.join(" ")} ${n.failureSummary}`).join(" | ")}`);
};

for (const theme of ["light", "dark"])
  test(`axe finds nothing serious in any tab, ${theme}`, { timeout: 120_000 }, async () => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 720 }, bypassCSP: true, colorScheme: theme });
    const { page, problems } = await openPage(browser, at(site.url, TINY), { context });
    for (const tab of TABS) {
      await openTab(page, tab);
      assert.deepEqual(await serious(page), [], `${tab}, before a run`);
    }
    await openTab(page, "Playground");
    await page.locator("body").press("Space");
    await untilStatus(page, "done");
    await page.locator(".tinted span").nth(20).click();
    for (const tab of TABS) {
      await openTab(page, tab);
      assert.deepEqual(await serious(page), [], `${tab}, after a run`);
    }
    await page.keyboard.press("?");
    await page.waitForSelector("dialog[open]");
    assert.deepEqual(await serious(page), [], "help");
    assert.deepEqual(problems, []);
    await context.close();
  });

test("the whole journey by keyboard: train, pin a byte, export", { timeout: 120_000 }, async () => {
  const { page, context, problems } = await openPage(browser, at(site.url, TINY), { acceptDownloads: true });
  const focused = () => page.evaluate(() => {
    const e = document.activeElement;
    return { text: (e.getAttribute("aria-label") ?? e.innerText ?? "").trim(), role: e.getAttribute("role"), tag: e.tagName,
      outline: getComputedStyle(e).outlineStyle };
  });
  const tabTo = async (wanted) => {
    for (let i = 0; i < 120; i++) {
      await page.keyboard.press("Tab");
      const at = await focused();
      if (wanted.test(at.text)) {
        assert.notEqual(at.outline, "none", `${at.text} shows that it has the focus`);
        return;
      }
    }
    assert.fail(`Tab never reaches ${wanted}`);
  };
  await tabTo(/Train/);
  await page.keyboard.press("Enter");
  await untilStatus(page, "done");
  assert.equal((await report(page)).step, Number(TINY.steps));
  await tabTo(/Tokens of the text/);
  for (let i = 0; i < 5; i++) await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Enter");
  await page.waitForSelector(".pinned-detail .candidates tbody tr");
  const pinned = await page.locator(".tinted .pinned").getAttribute("data-i");
  await page.keyboard.press("ArrowRight");
  assert.equal(await page.locator(".tinted .pinned").getAttribute("data-i"), String(Number(pinned) + 1));
  await tabTo(/state/);
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.querySelectorAll(".pinned-detail .candidates table").length === 2);
  await page.evaluate(() => document.activeElement.blur());
  await tabTo(/^Export$/);
  await page.keyboard.press("Enter");
  await page.waitForSelector("main.other h2");
  await page.waitForTimeout(500);
  const download = page.waitForEvent("download");
  await tabTo(/\.atome/);
  await page.keyboard.press("Enter");
  const file = await (await download).path();
  assert.equal(fs.readFileSync(file).subarray(1, 4).toString(), "ATM");
  assert.deepEqual(problems, []);
  await context.close();
});

test("reduced motion: nothing moves by itself", async () => {
  const { page, context } = await openPage(browser, site.url, { reducedMotion: "reduce" });
  const moving = await page.evaluate(() => [...document.querySelectorAll("*")].filter((e) => {
    const style = getComputedStyle(e);
    return style.animationName !== "none" || parseFloat(style.transitionDuration) > 0;
  }).length);
  assert.equal(moving, 0);
  await context.close();
});

test("embed mode hides the controls", async () => {
  const { page, context } = await openPage(browser, at(site.url, { ...TINY, embed: "1" }));
  assert.equal(await page.locator(".controls").count(), 0);
  assert.equal(await page.locator(".tabs").count(), 0);
  await page.keyboard.press("Space");
  await untilStep(page, 20);
  await context.close();
});

const SIZES = [[1280, 720], [1920, 1080], [390, 844]];
for (const [width, height] of SIZES)
  test(`nothing sticks out or is empty at ${width} x ${height}`, { timeout: 180_000 }, async () => {
    const { page, context, problems } = await openPage(browser, at(site.url, { kb: "200", d: "48", steps: "150" }), {
      viewport: { width, height },
    });
    const look = async (name) => {
      for (const theme of ["light", "dark"]) {
        await page.emulateMedia({ colorScheme: theme });
        await page.waitForTimeout(200);
        await page.screenshot({ path: path.join(shots, `${name}-${width}x${height}-${theme}.png`), fullPage: width < 500 });
        const faults = await page.evaluate(() => {
          const faults = [];
          const root = document.documentElement;
          if (root.scrollWidth > innerWidth) faults.push(`the page is ${root.scrollWidth} wide`);
          for (const panel of document.querySelectorAll(".panel")) {
            if (panel.innerText.trim() === "") faults.push(`an empty panel: ${panel.className}`);
            const box = panel.getBoundingClientRect();
            if (box.right > innerWidth + 1 || box.left < -1) faults.push(`a panel sticks out: ${panel.className} ${box.left} to ${box.right}`);
          }
          // Buttons and fields whose text is cut.
          for (const e of document.querySelectorAll("button, .button")) {
            if (e.scrollWidth > e.clientWidth + 2 && e.clientWidth > 0) faults.push(`cut: ${e.innerText}`);
            const box = e.getBoundingClientRect();
            if (box.width > 0 && (box.width < 24 || box.height < 23.5)) faults.push(`small: ${e.innerText || e.ariaLabel} ${box.width} x ${box.height}`);
          }
          return faults;
        });
        assert.deepEqual(faults, [], `${name}, ${theme}`);
      }
    };
    await look("start");
    await page.locator("body").press("Space");
    await untilStatus(page, "done");
    await page.locator(".tinted span").nth(40).click();
    await page.waitForSelector(".candidates tbody tr");
    for (const tab of TABS) {
      await openTab(page, tab);
      await look(tab.toLowerCase().replaceAll(" ", "-"));
    }
    assert.deepEqual(problems, []);
    await context.close();
  });
