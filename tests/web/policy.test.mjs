// The Content-Security-Policy is the page's own, so that it holds on every host: scripts of others do not run, nothing is
// sent anywhere, and the page works all the same.
import { after, before, test } from "node:test";
import { assert, fs, host, launch, openPage, path, root, serve, temporary } from "./helpers.mjs";

let browser, site;
before(async () => {
  site = await host(path.join(root, "build/web"));
  browser = await launch();
});
after(async () => {
  await browser.close();
  for (const one of [site, ...hosts]) await one.end();
});

const hosts = [];
const single = path.join(root, "build/web-single/index.html");
const PAGES = {
  "the site on a host without headers": () => site.url,
  "the single file": () => `file://${single}`,
  "the single file on a host": async () => {
    const folder = fs.mkdtempSync(path.join(temporary, "single-"));
    fs.copyFileSync(single, path.join(folder, "index.html"));
    hosts.push(await host(folder));
    return hosts.at(-1).url;
  },
  "the single file behind atome serve": async () => {
    hosts.push(await serve("--dir", path.dirname(single)));
    return hosts.at(-1).url;
  },
};

for (const [name, address] of Object.entries(PAGES))
  test(`${name} lets nothing in and nothing out, and trains`, async () => {
    const { page, context, problems } = await openPage(browser, await address());
    await page.keyboard.press("Space");
    await page.waitForFunction(() => window.atome().step > 20);
    for (const tab of ["Weights", "Export", "Playground"]) await page.getByRole("button", { name: tab, exact: true }).click();
    assert.deepEqual(problems, []);

    const refused = await page.evaluate(async () => {
      const refused = [];
      document.addEventListener("securitypolicyviolation", (event) => refused.push(event.effectiveDirective));
      const script = document.createElement("script");
      script.textContent = "window.hit = 1";
      document.body.append(script);
      const other = document.createElement("script");
      other.src = "data:text/javascript,window.hit=1";
      document.body.append(other);
      const image = new Image();
      image.src = "https://example.invalid/x.png";
      await fetch("https://example.invalid/").catch(() => {});
      setTimeout("window.hit = 1");
      await new Promise((resolve) => setTimeout(resolve, 300));
      return refused;
    });
    assert.equal(await page.evaluate(() => window.hit), undefined, "a script of somebody else has run");
    for (const directive of ["script-src", "script-src-elem", "img-src", "connect-src"])
      assert.ok(refused.includes(directive), `${directive} lets everything through: ${refused}`);
    await context.close();
  });
