// Ten minutes of training: the heaps of page, worker and WebAssembly stay as large as they were, and every frame
// of the page is still drawn. Run beside other stages of ./kit test:  node tests/web/soak.mjs [MINUTES]
import { assert, at, figure, launch, openPage, report, serve } from "./helpers.mjs";

const minutes = Number(process.argv[2] ?? 10);
const site = await serve();
const browser = await launch();
const { page, context, problems } = await openPage(browser, at(site.url, { steps: "1000000", plateau: "0", kb: "300" }));

// Bytes after a collection of garbage: of the page, and of its worker with the memory of the module.
const session = await context.newCDPSession(page);
const worker = await new Promise((resolve) => {
  session.on("Target.attachedToTarget", ({ sessionId, targetInfo }) => targetInfo.type === "worker" && resolve(sessionId));
  session.send("Target.setAutoAttach", { autoAttach: true, waitForDebuggerOnStart: false, flatten: false });
});
const answers = new Map();
session.on("Target.receivedMessageFromTarget", ({ message }) => {
  const { id, result } = JSON.parse(message);
  answers.get(id)?.(result);
});
let last = 0;
const inWorker = (method) =>
  new Promise((resolve) => {
    answers.set(++last, resolve);
    session.send("Target.sendMessageToTarget", { sessionId: worker, message: JSON.stringify({ id: last, method }) });
  });
const heap = async () => {
  await session.send("HeapProfiler.collectGarbage");
  await inWorker("HeapProfiler.collectGarbage");
  const ofPage = await session.send("Runtime.getHeapUsage"), ofWorker = await inWorker("Runtime.getHeapUsage");
  const dom = await page.evaluate(() => document.querySelectorAll("*").length);
  return {
    page: ofPage.usedSize, page_buffers: ofPage.backingStorageSize, worker: ofWorker.usedSize,
    worker_buffers: ofWorker.backingStorageSize, dom,
  };
};

await page.keyboard.press("Space");
// Until everything that is bounded is full: the curve, the samples, the snapshots.
const warm = Math.min(3, minutes / 3);
await page.waitForTimeout(warm * 60_000);
const series = [];
const began = Date.now();
do {
  series.push({ ...(await heap()), step: (await report(page)).step });
  console.log(JSON.stringify(series.at(-1)));
  await page.waitForTimeout(Math.min(30_000, (minutes * 60_000) / 10));
} while (Date.now() - began < (minutes - warm) * 60_000);

const third = Math.max(1, Math.floor(series.length / 3));
// The least of several: what is in flight at one of them does not count.
const least = (list) => Math.min(...list);
for (const what of ["page", "page_buffers", "worker", "worker_buffers", "dom"]) {
  const first = least(series.slice(0, third).map((s) => s[what])), last = least(series.slice(-third).map((s) => s[what]));
  const growth = first > 0 ? (100 * (last - first)) / first : 0;
  figure(`growth of ${what} over ${minutes} minutes, % (${first} to ${last})`, growth, "at most 5");
  assert.ok(growth <= 5, `${what} grew by ${growth.toFixed(1)} %`);
}
assert.ok(series.at(-1).step > series[0].step, "training went on");
assert.equal((await report(page)).status, "training");
assert.deepEqual(problems, []);
await browser.close();
site.end();
console.log("soak: 1 passed, 0 failed");
