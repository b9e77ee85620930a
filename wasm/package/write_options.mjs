// Writes what the core's tables say may be chosen as TypeScript:   node write_options.mjs MODULE.js OPTIONS.d.ts
// MODULE is one of the two that are built, so that the declarations are those of the code they go with.
import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

const [glue, out] = process.argv.slice(2);
const module = await WebAssembly.compile(fs.readFileSync(glue.replace(/js$/, "wasm")));
const { default: create } = await import(pathToFileURL(path.resolve(glue)));
const native = await create({
  instantiateWasm: (imports, receive) => void WebAssembly.instantiate(module, imports).then(receive) ?? {},
});

const oneOf = (choices) => choices.map((choice) => `"${choice}"`).join(" | ");
const typeOf = ({ kind, choices, most }) =>
  kind === "choice" ? oneOf(choices)
  : kind === "set" ? `(${oneOf(choices)})[]`
  : most > Number.MAX_SAFE_INTEGER ? "Seed"
  : "number";
const about = ({ letter, kind, least, most, help, by_default }) =>
  [letter, help, kind === "whole" && most < 2 ** 53 ? `${least}..${most}` : "", by_default && `left out: ${by_default}`]
    .filter(Boolean).join("; ").replace(/[{}]/g, "");
const interfaceOf = (name, comment, rows) =>
  `\n/** ${comment} */\nexport interface ${name} {\n` +
  rows.map((row) => `  /** ${about(row)} */\n  ${row.key}: ${typeOf(row)};\n`).join("") + "}\n";

fs.mkdirSync(path.dirname(out), { recursive: true });
fs.writeFileSync(out, [
  'import type { Seed } from "./config.js";\n',
  interfaceOf(
    "TrainOptions",
    "What is left out has the default of `atome train`, see defaults(); a key that is not here is refused.",
    native.trainOptions().options),
  interfaceOf(
    "Config",
    "The model's configuration. What is left out has the default of defaults(); a key that is not here is refused.",
    native.configFields().options),
  `\n/** How a tensor lies in a file: numbers, as vectors are, or codes in one of these encodings. */\nexport type Encoding = Config["vectors"] | ${
    oneOf(native.encodings().encodings.map((row) => row.name))};\n`,
  '\nexport type Quantizer = Config["quantizer"];\nexport type Tokenizer = Exclude<TrainOptions["tokenizer"], "auto">;\nexport type Pathway = Config["disable_pathways"][number];\n',
].join(""));
