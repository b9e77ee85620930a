// The copy of the page that the browser keeps: it works without a network, follows the builds, leaves other sites of the
// origin alone, and is not made on this computer's own addresses.
import { execFileSync } from "node:child_process";
import { after, before, test } from "node:test";
import { assert, fs, host, launch, openPage, path, ready, root, serve, temporary, untilTrue } from "./helpers.mjs";

const NAME = "atome.test";
const built = path.join(root, "build/web");
let browser, site;
before(async () => {
  // A host of its own name and with a port that the browser, which starts afterwards, takes for a safe one.
  site = await host(built, { below: "/a/", name: NAME });
  browser = await launch(
    `--host-resolver-rules=MAP ${NAME} 127.0.0.1`, `--unsafely-treat-insecure-origin-as-secure=${new URL(site.url).origin}`);
});
after(async () => {
  await browser.close();
  await site.end();
});

/** Until the copy is whole. */
async function kept(page) {
  await page.evaluate(() => navigator.serviceWorker.ready);
  await untilTrue(page, async () => {
    const { active, installing, waiting } = await navigator.serviceWorker.ready;
    return active?.state === "activated" && !installing && !waiting;
  });
}
const names = (page) => page.evaluate(() => caches.keys());

test("the second visit works without a network", async () => {
  const { page, context } = await openPage(browser, site.url);
  await kept(page);
  await page.reload();
  site.down = true;
  await page.reload();
  await ready(page);
  await page.waitForFunction(() => window.atome().status === "ready");
  await page.keyboard.press("Space");
  await page.waitForFunction(() => window.atome().step > 20);
  for (const tab of ["Weights", "How it works"]) {
    await page.getByRole("button", { name: tab, exact: true }).click();
    await page.waitForSelector("main.other h2");
  }
  site.down = false;
  await context.close();
});

test("other sites of the origin keep their caches", async () => {
  const { page, context } = await openPage(browser, site.url);
  const others = ["atome-of-another-site", "atome-0123456789ab", `atome-playground ${new URL("/", site.url)} 1`, "x"];
  const own = [`atome-playground ${site.url} 0000000000000000`, "atome-ba9876543210"];
  await page.evaluate(async ([others, own]) => {
    for (const name of others) await (await caches.open(name)).put("/b/", new Response("another site"));
    // Of builds before this one; the second as the first versions named it.
    for (const name of own) await (await caches.open(name)).put("./", new Response("an older build"));
  }, [others, own]);
  await kept(page);
  await untilTrue(page, async () => (await caches.keys()).length === 5);
  const now = await names(page);
  for (const name of others) assert.ok(now.includes(name), `${name} is gone`);
  for (const name of own) assert.ok(!now.includes(name), `${name} is still there`);
  // What they keep is not taken for this page's.
  const answer = await page.evaluate(async () => (await fetch("/b/")).status);
  assert.equal(answer, 404);
  await context.close();
});

test("another build is another copy", { timeout: 180_000 }, async () => {
  const another = anotherBuild();
  const script = (folder) => fs.readFileSync(path.join(folder, "sw.js"), "utf8");
  assert.notEqual(script(another), script(built), "sw.js is the same in both builds");

  const { page, context } = await openPage(browser, site.url);
  await kept(page);
  const before = await names(page);
  assert.equal(before.length, 1);
  site.folder = another;
  await page.reload();
  await page.evaluate(async () => (await navigator.serviceWorker.ready).update());
  await untilTrue(page, async ([name]) => {
    const now = await caches.keys();
    return now.length === 1 && now[0] !== name;
  }, before);
  site.down = true;
  await page.goto(site.url);
  await ready(page);
  assert.equal(await page.title(), "Another build");
  await context.close();
  Object.assign(site, { folder: built, down: false });
});
/** The page once more, with one word changed that no name of a file tells of. */
function anotherBuild() {
  const project = fs.mkdtempSync(path.join(temporary, "project-")), web = path.join(project, "web");
  fs.cpSync(path.join(root, "web"), web, { recursive: true, filter: (file) => !file.includes("node_modules") });
  fs.symlinkSync(path.join(root, "web/node_modules"), path.join(web, "node_modules"));
  fs.symlinkSync(path.join(root, "checkpoints"), path.join(project, "checkpoints"));
  fs.mkdirSync(path.join(project, "build/wasm"), { recursive: true });
  fs.cpSync(path.join(root, "build/wasm/package"), path.join(project, "build/wasm/package"), { recursive: true });
  const page = path.join(web, "index.html");
  fs.writeFileSync(page, fs.readFileSync(page, "utf8").replace(/<title>.*<\/title>/, "<title>Another build</title>"));
  execFileSync(process.execPath, [path.join(root, "web/node_modules/vite/bin/vite.js"), "build", "--logLevel", "warn"], { cwd: web });
  return path.join(project, "build/web");
}

test("on this computer itself there is no copy, and an old one goes", async () => {
  const local = await serve();
  const { page, context } = await openPage(browser, local.url);
  const state = () => page.evaluate(async () => [(await navigator.serviceWorker.getRegistrations()).length, await caches.keys()]);
  // Longer than a page waits that makes one.
  await page.waitForTimeout(5500);
  assert.deepEqual(await state(), [0, []]);
  // As earlier versions left it.
  await page.evaluate(async () => {
    await navigator.serviceWorker.register("./sw.js");
    await navigator.serviceWorker.ready;
    await (await caches.open("atome-0123456789ab")).put("./", new Response("an older build"));
    await (await caches.open("another")).put("./", new Response("another site"));
  });
  assert.equal((await state())[0], 1);
  await page.reload();
  await ready(page);
  await untilTrue(page, async () => (await navigator.serviceWorker.getRegistrations()).length === 0 && (await caches.keys()).length === 1);
  assert.deepEqual(await state(), [0, ["another"]]);
  await local.end();
  await assert.rejects(page.reload(), /ERR_CONNECTION_REFUSED/, "nothing answers in the server's place");
  await context.close();
});
