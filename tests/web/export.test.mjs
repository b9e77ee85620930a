// What leaves the page: a file that runs in the terminal and writes the same bytes, a header and a program that run
// on a Cortex-M3 in QEMU, and a size that equals the Boards figure.
import { execFile } from "node:child_process";
import { test } from "node:test";
import { promisify } from "node:util";
import {
  assert, at, browser, fs, native, openPage, path, root, serveAndLaunch, site, temporary, TINY, untilStatus,
} from "./helpers.mjs";

const exec = promisify(execFile);
serveAndLaunch();

const tab = async (page, name) => {
  await page.getByRole("navigation").getByRole("button", { name, exact: true }).click();
  await page.waitForSelector("main.other h2");
};
async function save(page, name, folder, as) {
  const waiting = page.waitForEvent("download");
  await page.getByRole("button", { name }).first().click();
  const file = path.join(folder, as);
  await (await waiting).saveAs(file);
  return file;
}

for (const [name, settings] of Object.entries({ "4 bits": TINY, ternary: { ...TINY, q: "ternary" } }))
  test(`a trained model leaves the page whole: ${name}`, { timeout: 180_000 }, async () => {
    const { page, context, problems } = await openPage(browser, at(site.url, settings), { acceptDownloads: true });
    await page.keyboard.press("Space");
    await untilStatus(page, "done");
    await tab(page, "Export");
    await page.waitForFunction(() => /[0-9] bytes/.test(document.querySelector("main.other").textContent));
    const folder = fs.mkdtempSync(path.join(temporary, "export-"));
    const model = await save(page, /\.atome$/, folder, "model.atome");
    const header = await save(page, /model\.h$/, folder, "model.h");
    const program = await save(page, /main\.c$/, folder, "main.c");
    const floats = await save(page, /\.safetensors$/, folder, "model.safetensors");
    const command = await page.locator("#generate-command").innerText();

    // The size on the page is the size of the file, here and on the Boards tab.
    await tab(page, "Boards");
    await page.waitForFunction((bytes) => document.querySelector("main.other").textContent.includes(bytes),
      fs.statSync(model).size.toLocaleString("en") + " bytes");

    // The bytes that the Weights tab shows are those of the file.
    await tab(page, "Weights");
    const shown = page.locator(".weights-packed").first(), map = page.getByRole("application");
    for (const key of ["ArrowRight", "ArrowDown", "ArrowDown", "ArrowRight", "ArrowDown"]) {
      await map.press(key);
      const [, offset, byte] = /byte ([\d,]+) of the file is (0x[0-9A-F]{2})/.exec(await shown.innerText());
      assert.equal(Number(byte), fs.readFileSync(model)[Number(offset.replaceAll(",", ""))], `byte ${offset}`);
    }

    // The terminal: the command that the page shows, in a shell.
    const bin = path.join(folder, "bin");
    fs.mkdirSync(bin);
    fs.symlinkSync(native, path.join(bin, "atome"));
    const named = /atome generate (\S+)/.exec(command)[1];
    fs.copyFileSync(model, path.join(folder, named));
    const { stdout } = await exec("bash", ["-euc", `${command} --json`], {
      cwd: folder, env: { ...process.env, PATH: `${bin}:${process.env.PATH}` },
    });
    const { tokens } = JSON.parse(stdout);

    // What the page itself writes with the same sampling.
    const word = (flag) => new RegExp(`${flag} (\\S+)`).exec(command)[1];
    const { load } = await import(path.join(root, "build/wasm/package/index.js"));
    const { atome } = await load();
    const opened = atome.open(new Uint8Array(fs.readFileSync(model)));
    const prompt = /--prompt '([^']*)'|--prompt "([^"]*)"/.exec(command);
    const written = opened.model.generate(prompt[1] ?? prompt[2], Number(word("-n")), {
      temperature: Number(word("--temperature")), top_p: Number(word("--top-p")), seed: Number(word("--seed")), window: Number(word("--window")),
    });
    assert.deepEqual([...written.text], tokens, "WebAssembly and terminal");

    // The float file holds the same model.
    const trace = async (file) => JSON.parse((await exec(native, ["trace", file, "--text", "One day", "--json"])).stdout).digest;
    assert.equal(await trace(floats), await trace(model));

    // The chip.
    const { stdout: fromChip } = await exec(path.join(root, "mcu/run-export.sh"), [header, program], { encoding: "buffer", maxBuffer: 1 << 24 });
    assert.deepEqual([...fromChip], tokens, "Cortex-M3");
    assert.deepEqual(problems, []);
    await context.close();
  });

const NAMES = {
  "a command": "a$(touch pwned).txt",
  "the other way to write it": "a`touch pwned`.txt",
  "quotes": `it's "what" it'";touch pwned;'.txt`,
  "history and variables": "!! !x $HOME \\ $'a' *.txt",
  "an option": "--steps",
  "a hidden file": ".profile",
  "controls of the terminal": "a\u0003\rtouch pwned\r\u001b[201~\ntouch pwned\n.txt",
  "an address of another folder": "..\\..\\x.txt",
  "letters": "Größe 日本 🦜.txt",
};
test("the command for a text of any name trains on that text and runs nothing else", { timeout: 180_000 }, async () => {
  const { page, context, problems } = await openPage(browser, at(site.url, { ...TINY, steps: "3" }));
  await page.locator("body").press("Space");
  await untilStatus(page, "done");
  for (const [what, name] of Object.entries(NAMES)) {
    const text = `a text of its own for ${what}. `.repeat(40);
    await tab(page, "Export");
    await page.evaluate(([name, text]) => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File([text], name));
      for (const type of ["dragover", "drop"])
        document.body.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }));
    }, [name, text]);
    await page.waitForFunction(() => document.querySelector(".changed button"));
    await page.locator(".changed button").click();
    await page.waitForFunction(() => window.atome().status === "ready" && /--data (?!stories)/.test(document.querySelector("#train-command")?.textContent));
    await page.waitForTimeout(300);
    await page.locator("body").press("Space");
    await untilStatus(page, "done");
    const { digest } = await page.evaluate(() => window.atome());
    const command = await page.locator("#train-command").textContent();
    assert.ok(!/[\p{Cc}](?<!\n)/u.test(command), JSON.stringify(command));

    // Saved as the page says, in a folder of its own.
    const folder = fs.mkdtempSync(path.join(temporary, "named-")), work = path.join(folder, "work");
    fs.mkdirSync(work);
    fs.symlinkSync(native, path.join(folder, "atome"));
    const saved = await page.locator(".export-tab p", { hasText: "Save the text" }).locator("code").textContent();
    fs.writeFileSync(path.join(work, saved), text);
    for (const shell of [["bash", "-uc"], ["sh", "-uc"]]) {
      const { stdout } = await exec(shell[0], [shell[1], `${command} --json`], {
        cwd: work, env: { ...process.env, PATH: `${folder}:${process.env.PATH}` },
      });
      assert.equal(JSON.parse(stdout.slice(stdout.lastIndexOf("{"))).digest, digest, what);
      assert.deepEqual(fs.readdirSync(work).filter((file) => file !== saved && !file.startsWith("model.")), [], what);
    }
  }
  assert.deepEqual(problems, []);
  await context.close();
});

test("the command for a prompt of any kind writes what the page writes and runs nothing else", async () => {
  const prompt = "a$(touch pwned) 'x' \"y\" `touch pwned` \\n !! \u0003\u001b[201~";
  const { page, context, problems } = await openPage(browser, at(site.url, { ...TINY, steps: "3", prompt }));
  await page.locator("body").press("Space");
  await untilStatus(page, "done");
  await tab(page, "Export");
  await page.waitForSelector("#generate-command");
  const command = await page.locator("#generate-command").textContent();
  assert.ok(!/[\p{Cc}](?<!\n)/u.test(command), JSON.stringify(command));
  const folder = fs.mkdtempSync(path.join(temporary, "prompt-"));
  const shown = path.join(folder, "atome");
  // What the program would be given.
  fs.writeFileSync(shown, `#!/bin/sh\nwhile [ "$1" != --prompt ]; do shift; done\nprintf %s "$2"\n`, { mode: 0o755 });
  for (const shell of ["bash", "sh"]) {
    const { stdout } = await exec(shell, ["-euc", command], { cwd: folder, env: { ...process.env, PATH: `${folder}:${process.env.PATH}` } });
    assert.equal(stdout, prompt, shell);
    assert.deepEqual(fs.readdirSync(folder), ["atome"]);
  }
  assert.deepEqual(problems, []);
  await context.close();
});
