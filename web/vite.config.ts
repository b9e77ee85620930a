// Two builds: the site (default), and one .html file that holds everything (--mode single).
// Both read the npm package that the `wasm` preset has put together.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { defineConfig, type Plugin, type UserConfig } from "vite";
import { viteSingleFile } from "vite-plugin-singlefile";
import type { Tables } from "./src/engine/tables";

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

/** sw.js with the files of this build and their digest in it: another build is another script, which browsers notice. */
function offline(): Plugin {
  return {
    name: "offline",
    enforce: "post",
    generateBundle(_, bundle) {
      const files = new Map<string, Buffer>();
      for (const [name, file] of Object.entries(bundle)) files.set(name, Buffer.from(file.type === "chunk" ? file.code : file.source));
      for (const name of readdirSync(path("public"))) files.set(name, readFileSync(path(`public/${name}`)));
      const names = [...files.keys()].sort();
      const digest = createHash("sha256");
      for (const name of names) digest.update(`${name} ${files.get(name)!.length}\n`).update(files.get(name)!);
      // The module without SIMD is only for old browsers, which fetch it when they need it.
      const kept = names.filter((name) => name !== "index.html" && !/^assets\/atome-(?!simd-)/.test(name));
      const source = readFileSync(path("sw.js"), "utf8")
        .replace("__VERSION__", digest.digest("hex").slice(0, 16))
        .replace("__FILES__", JSON.stringify(["./", ...kept]));
      this.emitFile({ type: "asset", fileName: "sw.js", source });
    },
  };
}

/** What a single file cannot have beside it, and the policy of the site, which would not let it in. */
function withoutLinks(): Plugin {
  return {
    name: "without-links",
    transformIndexHtml: (html) =>
      html.replace(/\s*<link rel="(icon|manifest)"[^>]*>/g, "").replace(/\s*<meta http-equiv="Content-Security-Policy"[^>]*>/, ""),
  };
}

/** The policy of a single file: nothing from anywhere, and of scripts only the one inside. */
function ownPolicy(): Plugin {
  const policyOf = (html: string) => {
    const hashes = [...html.matchAll(/<script\b[^>]*>([\s\S]*?)<\/script>/g)].map(
      ([, script]) => `'sha256-${createHash("sha256").update(script!).digest("base64")}'`,
    );
    return (
      `default-src 'none'; script-src ${hashes.join(" ")} 'wasm-unsafe-eval'; worker-src blob: data:; ` +
      "style-src 'unsafe-inline'; img-src data: blob:; connect-src blob: data:; base-uri 'none'; form-action 'none'"
    );
  };
  return {
    name: "own-policy",
    enforce: "post",
    generateBundle: {
      // Once the script is inside.
      order: "post",
      handler(_, bundle) {
        const page = bundle["index.html"];
        if (page?.type !== "asset") throw new Error("there is no index.html to give a policy to");
        const html = String(page.source);
        const first = '<meta charset="utf-8">';
        if (!html.includes(first)) throw new Error("index.html has no place for a policy");
        const tag = `${first}\n    <meta http-equiv="Content-Security-Policy" content="${policyOf(html)}">`;
        page.source = html.replace(first, () => tag);
      },
    },
  };
}

/** What the page's options are made from: see src/engine/tables.ts. */
async function tables(): Promise<Tables> {
  const { load } = (await import(pathToFileURL(path("../build/wasm/package/index.js")).href)) as typeof import("atome-lm");
  const { atome } = await load();
  return {
    options: atome.trainOptions().options,
    fields: atome.configFields().options,
    encodings: atome.encodings().encodings,
    defaults: atome.defaults(),
  };
}

export default defineConfig(async ({ mode }): Promise<UserConfig> => {
  const single = mode === "single";
  return {
    root: path("."),
    // Works from any folder of any static host.
    base: "./",
    define: { __SINGLE_FILE__: JSON.stringify(single), __TABLES__: JSON.stringify(await tables()) },
    resolve: {
      alias: [
        { find: "atome-lm", replacement: path("../build/wasm/package/index.js") },
        ...(single ? [{ find: "../engine/make-worker", replacement: path("src/engine/make-worker-single.ts") }] : []),
      ],
    },
    assetsInclude: ["**/*.atome"],
    worker: {
      // A page opened as a file may not start a module worker from its own bytes.
      format: single ? "iife" : "es",
      rollupOptions: { output: single ? { inlineDynamicImports: true } : {} },
    },
    plugins: single ? [viteSingleFile(), withoutLinks(), ownPolicy()] : [offline()],
    server: { fs: { allow: [path("..")] } },
    build: {
      outDir: path(single ? "../build/web-single" : "../build/web"),
      emptyOutDir: true,
      target: "es2022",
      assetsInlineLimit: single ? 1e8 : 0,
      copyPublicDir: !single,
      chunkSizeWarningLimit: single ? 4000 : 500,
      modulePreload: { polyfill: false },
      reportCompressedSize: false,
      rollupOptions: single ? { output: { inlineDynamicImports: true } } : {},
    },
  };
});
