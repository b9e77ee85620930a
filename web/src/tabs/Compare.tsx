// Two models side by side: curves, figures, and what they write from the same prompt and seed.

import { useState } from "preact/hooks";
import type { Lens, Subject } from "../engine/protocol";
import { call, corpus, models, openFile, promptOf, run, status, step } from "../state/store";
import { DataTable } from "../ui/Figure";
import { fixed, grouped } from "../ui/format";
import { CompareCurves } from "./CompareCurves";
import { around, compareVerdict, differences, firstDifference, partingSentence, type Figures, type Known } from "./compare-data";
import { keepForComparison, kept } from "./kept";
import { subjectName } from "./subject-name";
import { useRefresh } from "./use-refresh";
import "./Compare.css";

type Side = Exclude<Subject, `snapshot:${number}`>;
interface Measured extends Figures, Known {
  parameters: number;
}

export default function Compare() {
  const [a, setA] = useState<Side>("demo");
  const [b, setB] = useState<Side>(() => (run.value && step.value > 0 ? "run" : "demo"));
  const [prompt, setPrompt] = useState(promptOf("run"));
  const [seed, setSeed] = useState(1);
  const [temperature, setTemperature] = useState(0.7);
  const left = available(a) ? a : "demo", right = available(b) ? b : "demo";
  return (
    <div class="stack compare-tab">
      <section class="panel stack">
        <div class="spread">
          <h2>Two models side by side</h2>
          <div class="row">
            <button disabled={step.value === 0 || status.value === "broken"} onClick={() => void keepForComparison().then((done) => done && setA("kept"))}>Keep this run for comparison</button>
            <label class="button file">
              Open a file…
              <input type="file" class="visually-hidden" onChange={(event) => {
                const file = event.currentTarget.files?.[0];
                if (file) void openFile(file).then(() => models.value.file && setB("file"));
                event.currentTarget.value = "";
              }} />
            </label>
          </div>
        </div>
        <div class="sides">
          <Choice name="A" value={left} change={setA} />
          <Choice name="B" value={right} change={setB} />
        </div>
        {left === right && <p class="soft">Choose another model for one side: train one and keep it, or open a file.</p>}
        <FiguresTable a={left} b={right} />
      </section>
      <CompareCurves a={left} b={right} />
      <section class="panel stack">
        <h2>What they write</h2>
        <div class="row">
          <label class="row grow"><span class="soft">begins with</span>
            <input value={prompt} maxLength={200} onInput={(event) => setPrompt(event.currentTarget.value)} /></label>
          <label class="row"><span class="soft">seed</span>
            <input type="number" min={0} max={999_999} value={seed} onInput={(event) => setSeed(clamped(event.currentTarget.value, 0, 999_999, 1))} /></label>
          <label class="row"><span class="soft">temperature</span>
            <input type="number" min={0} max={5} step={0.1} value={temperature} onInput={(event) => setTemperature(clamped(event.currentTarget.value, 0, 5, 0.7))} /></label>
        </div>
        <Texts a={left} b={right} prompt={prompt} seed={Math.round(seed)} temperature={temperature} />
      </section>
    </div>
  );
}

const clamped = (text: string, least: number, most: number, otherwise: number) => {
  const value = Number(text);
  return text.trim() !== "" && value >= least && value <= most ? value : otherwise;
};

const available = (s: Side) => (s === "run" ? run.value !== null : models.value[s] !== undefined);
/** Changes when the model behind a subject does, and not more than that while it trains. */
const version = (s: Side) => (s === "run" ? (status.value === "training" ? -1 : step.value) : models.value[s]);

function Choice({ name, value, change }: { name: string; value: Side; change: (value: Side) => void }) {
  return (
    <label class="row">
      <b>{name}</b>
      <select value={value} onChange={(event) => change(event.currentTarget.value as Side)}>
        {(["demo", "run", "kept", "file"] as Side[]).filter((s) => s === "demo" || available(s)).map((s) => <option key={s} value={s}>{subjectName(s)}</option>)}
      </select>
    </label>
  );
}

/** What is known of the recipe of a model: nothing where it came from a file. */
function recipeOf(s: Side): Pick<Known, "recipe" | "textName"> {
  if (s === "run" && run.value) return { recipe: run.value.settings, textName: run.value.textName };
  if (s === "kept" && kept.value) return { recipe: kept.value.settings, textName: kept.value.textName };
  return { recipe: null, textName: "" };
}

async function measure(s: Side): Promise<Measured | string> {
  const info = await call("info", { subject: s });
  if (!info.ok) return info.error;
  const measured = await call("uncertainty", { subject: s });
  if (!measured.ok) return measured.error;
  const { config, parameters, flash } = info.info;
  return {
    config, parameters, flash: Math.min(flash.trit2, flash.trit5), nats: measured.nats, bits_per_byte: measured.bits_per_byte,
    ...recipeOf(s),
  };
}

function FiguresTable({ a, b }: { a: Side; b: Side }) {
  const [both, setBoth] = useState<[Measured, Measured] | null>(null);
  const [error, setError] = useState("");
  useRefresh([a, b, version(a), version(b), corpus.value], async () => {
    if (!models.value.demo || !corpus.value) return;
    const first = await measure(a), second = await measure(b);
    if (typeof first === "string") return setError(first);
    if (typeof second === "string") return setError(second);
    setError("");
    setBoth([first, second]);
  });
  if (error) return <p class="bad">{error}</p>;
  if (!both) return <p class="soft">In a moment: both models on the same held-out text.</p>;
  const [x, y] = both;
  const rows = [
    ["bits per byte on the held-out text", fixed(x.bits_per_byte), fixed(y.bits_per_byte)],
    ["weights", grouped(x.parameters), grouped(y.parameters)],
    ["flash, bytes", grouped(x.flash), grouped(y.flash)],
    ...differences(x, y),
  ];
  return (
    <>
      {a !== b && <p id="compare-verdict">{compareVerdict(x, y)}</p>}
      <DataTable caption="Figures of both models" table={{ head: ["", "A", "B"], rows }} />
    </>
  );
}

function Texts({ a, b, prompt, seed, temperature }: { a: Side; b: Side; prompt: string; seed: number; temperature: number }) {
  const [written, setWritten] = useState<{ a: Lens; b: Lens } | null>(null);
  const [error, setError] = useState("");
  useRefresh([a, b, version(a), version(b), prompt, seed, temperature], async () => {
    if (!models.value.demo) return;
    const one = (subject: Side) => call("sample", {
      subject, prompt: new TextEncoder().encode(prompt), n: 300, sampling: { temperature, top_p: 0.9, seed },
    });
    const first = await one(a), second = await one(b);
    if (first.ok && second.ok) {
      setWritten({ a: first.lens, b: second.lens });
      setError("");
    } else {
      setError(!first.ok ? first.error : !second.ok ? second.error : "");
    }
  });
  if (error) return <p class="bad">{error}</p>;
  if (!written) return <p class="soft">In a moment: the same prompt and seed, continued by both.</p>;
  const at = firstDifference(written.a.tokens, written.b.tokens);
  return (
    <>
      <p id="parting">{partingSentence(written.a.tokens, written.b.tokens, written.a.given)}</p>
      <div class="sides">
        {([["A", written.a], ["B", written.b]] as const).map(([name, l]) => {
          const { prompt: given, before, here, after } = around(l.tokens, l.given, at);
          return (
            <div key={name} class="written">
              <h3>{name}</h3>
              <p class="mono">
                <b>{given}</b>{before}{here && <mark>{here}</mark>}<span class="soft">{after}</span>
              </p>
            </div>
          );
        })}
      </div>
    </>
  );
}

