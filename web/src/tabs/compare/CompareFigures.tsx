// Size, loss on the same held-out text, and the settings that differ.

import type { ModelInfo } from "atome-lm";
import { useState } from "preact/hooks";
import type { Subject } from "../../engine/protocol";
import { fixed, grouped, kb, percent } from "../../parts/format";
import { useRefresh } from "../../parts/use-refresh";
import { DEMO_STEPS } from "../../state/demo-curves";
import { modelBehind, runModelStep, subjectName } from "../../state/models";
import { call, corpus, run, status } from "../../state/store";
import type { Sides } from "./compare-pick";
import { ratioLine, settingsThatDiffer, type Recipe } from "./compare-settings";
import { pairedDifference, perByte, verdict } from "./compare-verdict";
import { Badge } from "./CompareSide";
import { kept } from "./kept";

interface Measured {
  subject: Subject;
  info: ModelInfo;
  /** of each byte of the held-out text */
  nats: Float32Array;
  accuracy: number;
  /** null: nobody knows */
  steps: number | null;
  trained: Recipe["trained"];
}
type Answer = { a: Measured; b: Measured; textName: string } | { error: string } | null;

export function CompareFigures({ a, b }: Sides) {
  const [round, setRound] = useState(0);
  const [answer, setAnswer] = useState<Answer>(null);
  // A measurement takes the worker up to a second, so not again and again while it trains.
  const training = status.value === "training";
  const ofRun = a === "run" || b === "run";
  useRefresh([a, b, modelBehind(a).held, modelBehind(b).held, corpus.value, ofRun && training, round], async () => {
    if (!corpus.value) return;
    const textName = corpus.value.name;
    const one = await measure(a);
    if ("error" in one) return setAnswer(one);
    const two = await measure(b);
    setAnswer("error" in two ? two : { a: one, b: two, textName });
  });
  const measured = answer && "a" in answer ? answer : null;
  return (
    <section class="panel stack">
      <div class="spread">
        <h2>In numbers</h2>
        <button onClick={() => setRound(round + 1)}>Measure again</button>
      </div>
      {answer === null && <p class="soft">In a moment: sizes, bits per byte on the same text, and the settings that differ.</p>}
      {answer && "error" in answer && <p class="bad">{answer.error}</p>}
      {measured && <Verdict {...measured} />}
      {measured && <Figures {...measured} />}
      {ofRun && training && measured && <p class="soft small">Training goes on: “Measure again” takes the run as it is by then.</p>}
    </section>
  );
}

async function measure(subject: Subject): Promise<Measured | { error: string }> {
  const steps = stepsOf(subject),
    trained = trainedWith(subject);
  const told = await call("info", { subject });
  if (!told.ok) return told;
  const read = await call("uncertainty", { subject });
  if (!read.ok) return read;
  return { subject, info: told.info, nats: perByte(read), accuracy: read.accuracy, steps, trained };
}
const stepsOf = (subject: Subject) =>
  subject === "demo" ? DEMO_STEPS : subject === "kept" ? (kept.value?.step ?? null) : subject === "run" ? runModelStep() : null;
const trainedWith = (subject: Subject): Recipe["trained"] => (subject === "kept" ? kept.value : subject === "run" ? run.value : null);

function Verdict({ a, b, textName }: { a: Measured; b: Measured; textName: string }) {
  const d = pairedDifference(a.nats, b.nats);
  return (
    <>
      <p class="compare-verdict" id="compare-verdict">
        {verdict(d)}
      </p>
      <p class="soft small">
        Both read the same {grouped(a.nats.length)} bytes: the end of “{textName}”, which the training of this page never sees.
        {!d.same && ` B finds ${percent(d.wins)} of the bytes likelier than A does.`}
      </p>
    </>
  );
}

function Figures({ a, b }: { a: Measured; b: Measured }) {
  const d = pairedDifference(a.nats, b.nats);
  const flash = [a, b].map((m) => Math.min(m.info.flash.trit2, m.info.flash.trit5)) as [number, number];
  const differing = settingsThatDiffer({ config: a.info.config, trained: a.trained }, { config: b.info.config, trained: b.trained });
  const unknown = [a, b].filter((m) => !m.trained).map((m) => subjectName(m.subject));
  return (
    <>
      <div class="compare-scroll" tabIndex={0} role="region" aria-label="Figures of both models">
        <table>
          <caption class="visually-hidden">Figures of both models</caption>
          <thead>
            <tr>
              <td />
              <Head side="a" of={a} />
              <Head side="b" of={b} />
              <th scope="col">difference</th>
            </tr>
          </thead>
          <tbody>
            <Line name="Bits per byte" a={fixed(d.a)} b={fixed(d.b)} note={d.same ? "the same" : `B ${signed(d.mean)}; lower is better`} />
            <Line
              name={a.info.tokenizer === "bytes" && b.info.tokenizer === "bytes" ? "Next byte right" : "Next token right"}
              a={percent(a.accuracy)}
              b={percent(b.accuracy)}
              note={points(b.accuracy - a.accuracy)}
            />
            <Line
              name="Parameters"
              a={grouped(a.info.parameters)}
              b={grouped(b.info.parameters)}
              note={ratioLine(a.info.parameters, b.info.parameters, "count")}
            />
            <Line name="Flash" a={kb(flash[0])} b={kb(flash[1])} note={ratioLine(flash[0], flash[1], "size")} />
            <Line
              name="Steps trained"
              a={stepsText(a)}
              b={stepsText(b)}
              note={a.steps !== null && b.steps !== null ? ratioLine(a.steps, b.steps, "count") : ""}
            />
            {differing.map((row) => (
              <Line key={row.name} name={row.name} a={row.a} b={row.b} note="setting" />
            ))}
          </tbody>
        </table>
      </div>
      <p class="soft small">
        {differing.length === 0 ? "No setting differs" : "Settings that are not listed are the same"}
        {unknown.length > 0 &&
          `, as far as is known: how ${unknown.join(" and ")} ${unknown.length > 1 ? "were" : "was"} trained is not recorded in the model`}
        .
      </p>
    </>
  );
}

function Head({ side, of }: { side: "a" | "b"; of: Measured }) {
  return (
    <th scope="col">
      <Badge side={side} /> {subjectName(of.subject)}
    </th>
  );
}
function Line({ name, a, b, note }: { name: string; a: string; b: string; note: string }) {
  return (
    <tr>
      <th scope="row">{name}</th>
      <td>{a}</td>
      <td>{b}</td>
      <td class="soft">{note}</td>
    </tr>
  );
}
const signed = (x: number) => `${x < 0 ? "−" : "+"}${Math.abs(x).toFixed(3)}`;
const points = (x: number) => (x === 0 ? "the same" : `B ${x < 0 ? "−" : "+"}${(100 * Math.abs(x)).toFixed(1)} points`);
const stepsText = (m: Measured) => (m.steps === null ? "–" : grouped(m.steps));
