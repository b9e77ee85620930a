// Leave with a file: the model in every format that can hold it, a program for a chip, and the commands that
// make the same weights and the same text in a terminal.

import { useState } from "preact/hooks";
import type { ExportFormat, Subject } from "../engine/protocol";
import { trainCommand } from "../state/settings";
import { call, digest, models, run, settings, status, step, subject } from "../state/store";
import { grouped } from "../ui/format";
import { Command } from "./Command";
import { fileStem, FIRMWARE_FILES, generateCommand, MODEL_FILES, type Offer, type Writing } from "./export-data";
import { subjectName } from "./subject-name";
import { useRefresh } from "./use-refresh";
import "./Export.css";

type Packing = "trit2" | "trit5";
type Files = Partial<Record<ExportFormat, { bytes: Uint8Array } | { error: string }>>;

const HEADER = "model.h";
const SYMBOL = "model_blob";

export default function Export() {
  const [chosen, setChosen] = useState<Subject | null>(null);
  const [packing, setPacking] = useState<Packing>("trit5");
  const [writing, setWriting] = useState<Writing>({
    prompt: settings.value.prompt, n: 200, temperature: 0.8, top_p: 0.9, seed: 7, window: 32,
  });
  const which = chosen && known(chosen) ? chosen : subject.value;
  const files = useFiles(which, packing, writing);
  const stem = which === "file" ? fileStem(models.value.file?.name ?? "") : "model";
  return (
    <div class="stack export-tab">
      <section class="panel stack">
        <h2>Take the model with you</h2>
        <div class="row">
          <label class="row">
            <span class="soft">Model</span>
            <select value={which} onChange={(event) => setChosen(event.currentTarget.value as Subject)}>
              {subjects(which).map((s) => <option key={s} value={s}>{subjectName(s)}</option>)}
            </select>
          </label>
          <div class="segmented" role="group" aria-label="Packing of ternary codes">
            <button aria-pressed={packing === "trit5"} onClick={() => setPacking("trit5")}>trit5, smallest</button>
            <button aria-pressed={packing === "trit2"} onClick={() => setPacking("trit2")}>trit2, fastest</button>
          </div>
        </div>
        <ul class="offers">
          {MODEL_FILES.map((offer) => <OfferRow key={offer.format} offer={offer} name={stem + offer.ending} files={files} />)}
        </ul>
      </section>

      <section class="panel stack">
        <h2>For a microcontroller</h2>
        <WritingFields writing={writing} change={(part) => setWriting({ ...writing, ...part })} />
        <ul class="offers">
          <OfferRow offer={FIRMWARE_FILES[0]!} name={HEADER} files={files} />
          <OfferRow offer={FIRMWARE_FILES[1]!} name="main.c" files={files} />
        </ul>
        <Preview file={files["main-c"]} />
        <p>
          Put both into a firmware project beside the kit's <code>mcu/</code> and <code>core/</code> folders: <code>mcu/README.md</code>{" "}
          lists the files to compile. Give <code>uart_write()</code>, which sends one byte to your serial port. What comes out of it is
          byte for byte what this writes in a terminal:
        </p>
        <Command id="generate-command" label="the command that writes the same bytes" text={generateCommand(`${stem}.atome`, writing)} />
      </section>

      <section class="panel stack">
        <h2>The same weights in a terminal</h2>
        <Command id="train-command" label="the commands that train the same weights"
                 text={trainCommand(run.value?.settings ?? settings.value, run.value?.textName ?? "text.txt")} />
        <SameWeights />
      </section>
    </div>
  );
}

const known = (s: Subject) => s === "run" ? run.value !== null : s.startsWith("snapshot:") || s in models.value;
function subjects(current: Subject): Subject[] {
  const list: Subject[] = ["demo", "file", "kept", "run"];
  return [...new Set([...list.filter((s) => known(s)), current])];
}

/** All files of the choice, one after the other; the run is asked again only when it rests. */
function useFiles(which: Subject, packing: Packing, writing: Writing): Files {
  const [files, setFiles] = useState<Files>({});
  const moving = which === "run" && status.value === "training" ? "training" : step.value;
  const held = which === "run" ? moving : which in models.value ? models.value[which as "demo" | "file" | "kept"] : 0;
  useRefresh([which, packing, JSON.stringify(writing), held], async () => {
    if (!models.value.demo) return;
    const made: Files = {};
    for (const { format } of [...MODEL_FILES, ...FIRMWARE_FILES]) {
      const { prompt, ...numbers } = writing;
      const options = format === "main-c"
        ? { ...numbers, prompt, header: HEADER, symbol: SYMBOL }
        : { trits: packing, symbol: SYMBOL };
      const result = await call("exportModel", { subject: which, format, options });
      made[format] = result.ok ? { bytes: result.bytes } : { error: result.error };
    }
    setFiles(made);
  });
  return files;
}

function OfferRow({ offer, name, files }: { offer: Offer; name: string; files: Files }) {
  const file = files[offer.format];
  const bytes = file && "bytes" in file ? file.bytes : null;
  return (
    <li>
      <button disabled={!bytes} onClick={() => bytes && download(name, bytes)}>Download {offer.title}</button>
      <span class="mono size">{bytes ? `${grouped(bytes.length)} bytes` : ""}</span>
      <span class={file && "error" in file ? "bad small" : "soft small"}>{file && "error" in file ? file.error : offer.about}</span>
    </li>
  );
}

function download(name: string, bytes: Uint8Array) {
  const url = URL.createObjectURL(new Blob([bytes as BlobPart], { type: "application/octet-stream" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // The browser has taken it by then.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

function WritingFields({ writing, change }: { writing: Writing; change: (part: Partial<Writing>) => void }) {
  const number = (key: Exclude<keyof Writing, "prompt">, name: string, least: number, most: number, whole: boolean) => (
    <NumberInput key={key} name={name} value={writing[key]} least={least} most={most} whole={whole} change={(value) => change({ [key]: value })} />
  );
  return (
    <div class="writing">
      <label class="field prompt">
        <span>The text begins with</span>
        <input value={writing.prompt} maxLength={200} onInput={(event) => change({ prompt: event.currentTarget.value })} />
      </label>
      {number("n", "Bytes", 1, 100_000, true)}
      {number("temperature", "Temperature", 0, 10, false)}
      {number("top_p", "Top-p", 0.01, 1, false)}
      {number("seed", "Seed", 0, 999_999_999, true)}
      {number("window", "Window", 1, 256, true)}
    </div>
  );
}

function NumberInput({ name, value, least, most, whole, change }: {
  name: string; value: number; least: number; most: number; whole: boolean; change: (value: number) => void;
}) {
  const [text, setText] = useState<string | null>(null);
  const valid = (t: string) => t.trim() !== "" && Number(t) >= least && Number(t) <= most && (!whole || Number.isInteger(Number(t)));
  const wrong = text !== null && !valid(text);
  return (
    <label class="field">
      <span>{name}</span>
      <input inputMode="decimal" value={text ?? String(value)} aria-invalid={wrong ? "true" : undefined}
             onInput={(event) => {
               setText(event.currentTarget.value);
               if (valid(event.currentTarget.value)) change(Number(event.currentTarget.value));
             }}
             onBlur={() => setText(null)} />
      {wrong && <span class="bad">use {whole ? "a whole number" : "a number"} from {least} to {grouped(most)}</span>}
    </label>
  );
}

function Preview({ file }: { file: Files["main-c"] }) {
  if (!file || !("bytes" in file)) return null;
  return (
    <details class="small">
      <summary>main.c</summary>
      <pre class="preview" tabIndex={0} aria-label="main.c">{new TextDecoder().decode(file.bytes)}</pre>
    </details>
  );
}

function SameWeights() {
  const r = run.value;
  if (!r || !digest.value) return <p class="soft">Press Train: the digest of the weights appears here.</p>;
  const at = status.value === "training" ? "" : <> at step {grouped(step.value)}: <code>{digest.value}</code></>;
  return (
    <p>
      Digest of this run's weights{at}.{" "}
      {step.value >= r.info.options.steps
        ? "The terminal prints the same one, from any number of threads, because training is exact to the last bit."
        : `At its last step, ${grouped(r.info.options.steps)}, the terminal prints the same one as this page.`}
      {r.settings.corpus === "text" && " Save your text as the file that --data names; the same bytes give the same weights."}
    </p>
  );
}
