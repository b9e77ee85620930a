// Two builds: the site (default), and one .html file that holds everything (--mode single).
// Both read the npm package that the `wasm` preset has put together.
import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin } from "vite";
import { viteSingleFile } from "vite-plugin-singlefile";

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

/** Lists what the service worker keeps for the second visit, under a name that changes with it. */
function precache(): Plugin {
  return {
    name: "precache",
    generateBundle(_, bundle) {
      // The module without SIMD is only for old browsers, which fetch it when they need it.
      const files = Object.keys(bundle).filter((file) => !/^assets\/atome-[^s]/.test(file)).sort();
      const version = createHash("sha256").update(files.join()).digest("hex").slice(0, 12);
      this.emitFile({
        type: "asset",
        fileName: "precache.json",
        source: JSON.stringify({ version, files: ["./", ...files] }),
      });
    },
  };
}

/** What a single file cannot have beside it. */
function withoutLinks(): Plugin {
  return {
    name: "without-links",
    transformIndexHtml: (html) => html.replace(/\s*<link rel="(icon|manifest)"[^>]*>/g, ""),
  };
}

export default defineConfig(({ mode }) => {
  const single = mode === "single";
  return {
    root: path("."),
    // Works from any folder of any static host.
    base: "./",
    define: { __SINGLE_FILE__: JSON.stringify(single) },
    resolve: {
      alias: [
        { find: "atome-lm", replacement: path("../build/wasm/package/index.js") },
        ...(single ? [{ find: "./engine/make-worker", replacement: path("src/engine/make-worker-single.ts") }] : []),
      ],
    },
    assetsInclude: ["**/*.atome"],
    worker: {
      // A page opened as a file may not start a module worker from its own bytes.
      format: single ? "iife" : "es",
      rollupOptions: { output: single ? { inlineDynamicImports: true } : {} },
    },
    plugins: single ? [viteSingleFile(), withoutLinks()] : [precache()],
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
