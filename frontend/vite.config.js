// Scripts and style sheets under fixed names: Django's manifest storage adds the hashes. Desk and gate share nothing.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import purgeCSS from "@fullhuman/postcss-purgecss";
import { defineConfig } from "vite";

const here = import.meta.dirname;
const source = process.env.DAUCHAN_SOURCE ?? resolve(here, "../src/dauchan");
const built = process.env.DAUCHAN_BUILT ?? resolve(source, "web/static/built");

// The same pattern stands in hatch_build.py, which decides by it and by the classes named whether to build at all.
const ICON_USE = /(?:%\s*icon\s+|\bicon=|_icon=)["']([a-z0-9-]+)["']/g;

function iconsUsed() {
  const files = readdirSync(source, { recursive: true, encoding: "utf8" });
  const texts = files.filter((name) => /\.(html|py)$/.test(name)).map((name) => readFileSync(join(source, name), "utf8"));
  return [...new Set(texts.flatMap((text) => [...text.matchAll(ICON_USE)].map((use) => use[1])))].sort();
}

// Of the style sheet's rules those stay whose words stand in a page, a form or a script: a phone on a slow network waits
// for it. Classes whose names are put together in a template or by Leaflet are named here.
const onlyWhatIsUsed = purgeCSS({
  content: [
    `${source}/**/*.{html,py}`,
    resolve(here, "src/**/*.ts"),
    resolve(here, "node_modules/htmx.org/dist/htmx.js"),
  ],
  skippedContentGlobs: [`${source}/**/static/**`],
  safelist: { greedy: [/^alert-/, /^leaflet-/] },
});

function symbol(name) {
  const file = resolve(here, `node_modules/@tabler/icons/icons/outline/${name}.svg`);
  if (!existsSync(file)) throw new Error(`There is no icon "${name}" in @tabler/icons: choose another name.`);
  const body = readFileSync(file, "utf8").replace(/<!--[^]*?-->/g, "").replace(/^[^]*?<svg[^>]*>|<\/svg>\s*$/g, "");
  return `<symbol id="${name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" ` +
    `stroke-linecap="round" stroke-linejoin="round">${body.replace(/\s*\n\s*/g, "")}</symbol>`;
}

function iconSprite() {
  return {
    name: "icon-sprite",
    generateBundle() {
      const symbols = iconsUsed().map(symbol).join("\n");
      const text = `<svg xmlns="http://www.w3.org/2000/svg">\n${symbols}\n</svg>\n`;
      this.emitFile({ type: "asset", fileName: "icons.svg", source: text });
    },
  };
}

/** The decoder's WebAssembly, as it comes. */
function decoderBinary() {
  return {
    name: "decoder-binary",
    generateBundle() {
      const source = readFileSync(resolve(here, "node_modules/zxing-wasm/dist/reader/zxing_reader.wasm"));
      this.emitFile({ type: "asset", fileName: "zxing_reader.wasm", source });
    },
  };
}

const ENTRIES = {
  dauchan: "src/main.ts",
  map: "src/map.ts",
  gate: "src/gate/main.ts",
  decoder: "src/gate/decoder.ts",
  sw: "src/gate/sw.ts",
};

// Built by itself (--mode card): a file shared with the gate app would be missing there without network.
const CARD = { card: "src/card.ts" };

export default defineConfig(({ mode }) => ({
  base: "./",
  plugins: mode === "card" ? [] : [iconSprite(), decoderBinary()],
  publicDir: mode === "card" ? false : "public",
  css: { postcss: { plugins: [onlyWhatIsUsed] } },
  build: {
    outDir: built,
    emptyOutDir: mode !== "card",
    target: "es2022",
    assetsInlineLimit: 0,
    cssCodeSplit: true,
    modulePreload: false,
    reportCompressedSize: false,
    rolldownOptions: {
      preserveEntrySignatures: "exports-only",
      external: ["crypto"], // Node's own, which a package asks for where a browser has none
      checks: { eval: false }, // htmx carries an eval that its setting allowEval=false and our CSP keep shut
      input: Object.fromEntries(Object.entries(mode === "card" ? CARD : ENTRIES).map(([name, file]) => [name, resolve(here, file)])),
      output: {
        entryFileNames: "[name].js",
        assetFileNames: "[name][extname]",
      },
    },
  },
}));
