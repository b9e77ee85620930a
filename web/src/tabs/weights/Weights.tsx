// The weights of a model as they are in its file: codes as pixels, their bytes, and how they change in training.

import { signal, useSignal } from "@preact/signals";
import type { CodeStatistics, ModelInfo, TensorInfo, Vocabulary } from "atome-lm";
import { useRef, useState } from "preact/hooks";
import type { Subject, TensorData } from "../../engine/protocol";
import { Select } from "../../parts/Choice";
import { grouped, kb, percent } from "../../parts/format";
import { useRefresh } from "../../parts/use-refresh";
import { modelBehind, modelThere, noModel, subjectName } from "../../state/models";
import { call, run, samples, subject } from "../../state/store";
import { bitsPerCode, histogramOf, levelsOf, scaleOf, short, tensorTitle } from "./weights-data";
import { addFlips, type FlipHistory } from "./weights-flips";
import { WeightsCode } from "./WeightsCode";
import { WeightsFlips } from "./WeightsFlips";
import { WeightsList } from "./WeightsList";
import { WeightsMap, type Cell } from "./WeightsMap";
import "./Weights.css";

interface Shown {
  subject: Subject;
  info: ModelInfo;
  vocabulary: Vocabulary;
  tensor: TensorInfo;
  data: TensorData;
  /** of the run only */
  live: CodeStatistics | null;
}

/** Outlives the tab, so that a look elsewhere loses nothing. */
const flipHistory = signal<FlipHistory>({ run: -1, points: [] });

export default function Weights() {
  const [name, choose] = useState("embed.weight");
  const { shown, error } = useWeights(name);
  return (
    <div class="stack weights-tab">
      <section class="panel stack">
        <h2>Weights of {subjectName(shown?.subject ?? subject.value)}</h2>
        {error && <p class="bad">{error}</p>}
        {shown ? (
          <Tensor shown={shown} choose={choose} />
        ) : noModel.value ? (
          <p>{noModel.value}</p>
        ) : (
          !error && <p class="soft">In a moment: every weight of the pretrained model as a pixel.</p>
        )}
      </section>
      {shown && (
        <section class="panel stack">
          <h2>Coded tensors</h2>
          <WeightsList
            info={shown.info}
            live={shown.live}
            flips={flipsOf(shown)?.points.at(-1) ?? null}
            chosen={shown.tensor}
            data={shown.data}
            choose={choose}
          />
        </section>
      )}
      {shown?.info.tensors.some((t) => t.coded) && (
        <section class="panel stack">
          <h2>Flips</h2>
          {flipsOf(shown) ? (
            <WeightsFlips history={flipsOf(shown)!} tensors={shown.info.tensors} chosen={shown.tensor} />
          ) : (
            <p class="soft">Press Train: while a run learns, this shows once a second how many of its codes change per step.</p>
          )}
        </section>
      )}
    </div>
  );
}

function flipsOf(shown: Shown): FlipHistory | null {
  const history = flipHistory.value;
  return shown.subject === "run" && history.run === run.value?.number && history.points.length > 0 ? history : null;
}

/** The worker renews the subject "run" with every sample, about once a second: that is when to look again. */
function useWeights(name: string): { shown: Shown | null; error: string } {
  const [answer, setAnswer] = useState<{ shown: Shown | null; error: string }>({ shown: null, error: "" });
  const known = useRef<{ of: unknown[]; info: ModelInfo; vocabulary: Vocabulary } | null>(null);
  const looked = useRef<{ run: number; samples: unknown; live: CodeStatistics | null }>({ run: -1, samples: null, live: null });
  const which = subject.value;
  const isRun = which === "run";
  const of = [which, modelBehind(which).held];

  useRefresh([modelThere.value, ...of, name, isRun ? samples.value : null], async () => {
    if (!modelThere.value) return;
    const fail = (error: string) => setAnswer((before) => ({ ...before, error }));
    if (!known.current || known.current.of.some((x, i) => x !== of[i])) {
      const asked = await call("info", { subject: which });
      if (!asked.ok) return fail(asked.error);
      const words = await call("vocabulary", { subject: which });
      if (!words.ok) return fail(words.error);
      known.current = { of, info: asked.info, vocabulary: words };
    }
    const { info, vocabulary } = known.current;
    const active = info.tensors.filter((t) => t.active);
    const tensor = active.find((t) => t.name === name) ?? active[0]!;
    const data = await call("tensor", { subject: which, index: tensor.index });
    if (!data.ok) return fail(data.error);
    // Between the two answers another run may have begun; then a newer question is on its way.
    if (Math.max(data.codes.length, data.values.length) !== tensor.rows * tensor.cols) return;
    let live: CodeStatistics | null = null;
    const number = run.value?.number;
    if (isRun && number !== undefined) {
      live = looked.current.live;
      // Not when only another tensor was chosen: looks at uneven times are hard to compare.
      if (looked.current.run !== number || looked.current.samples !== samples.value) {
        const seen = samples.value;
        const codes = await call("codes", {});
        if (!codes.ok) return fail(codes.error);
        live = codes;
        flipHistory.value = addFlips(flipHistory.value, number, codes, looked.current.run !== number);
        looked.current = { run: number, samples: seen, live };
      }
    }
    setAnswer({ shown: { subject: which, info, vocabulary, tensor, data, live }, error: "" });
  });
  return answer;
}

function Tensor({ shown, choose }: { shown: Shown; choose: (name: string) => void }) {
  const { info, vocabulary, tensor, data } = shown;
  const cursor = useSignal<Cell>({ row: 0, col: 0 });
  // A smaller tensor may not have the cursor's place.
  if (cursor.peek().row >= tensor.rows || cursor.peek().col >= tensor.cols) cursor.value = { row: 0, col: 0 };
  return (
    <>
      <p class="small">
        {grouped(info.parameters)} weights: {kb(info.flash.trit2)} of flash
        {info.flash.trit5 !== info.flash.trit2 && <> as trit2, {kb(info.flash.trit5)} as trit5</>}; as floats they would be{" "}
        {kb(4 * info.parameters)}.
      </p>
      <Picker info={info} tensor={tensor} choose={choose} />
      <WeightsMap tensor={tensor} data={data} cursor={cursor} />
      <div class="weights-below">
        <WeightsCode info={info} vocabulary={vocabulary} tensor={tensor} data={data} cursor={cursor} />
        <Histogram tensor={tensor} data={data} />
      </div>
    </>
  );
}

function Picker({ info, tensor, choose }: { info: ModelInfo; tensor: TensorInfo; choose: (name: string) => void }) {
  const active = info.tensors.filter((t) => t.active);
  const at = active.findIndex((t) => t.index === tensor.index);
  return (
    <div class="row">
      <button onClick={() => choose(active[at - 1]!.name)} disabled={at <= 0} aria-label="Previous tensor">
        ◀
      </button>
      <label class="row weights-picker">
        <span class="visually-hidden">Tensor</span>
        <Select value={tensor.name} choices={active.map((t) => [t.name, `${tensorTitle(t)}${t.coded ? "" : " (floats)"}`])} set={choose} />
      </label>
      <button onClick={() => choose(active[at + 1]!.name)} disabled={at >= active.length - 1} aria-label="Next tensor">
        ▶
      </button>
      <span class="small soft">
        <code>{tensor.name}</code>, {grouped(tensor.rows)} rows × {grouped(tensor.cols)} columns
      </span>
    </div>
  );
}

function Histogram({ tensor, data }: { tensor: TensorInfo; data: TensorData }) {
  const bins = histogramOf(data, levelsOf(tensor));
  const n = bins.reduce((sum, b) => sum + b.count, 0);
  const most = Math.max(...bins.map((b) => b.count));
  const coded = data.codes.length > 0;
  const zeros = bins.find((b) => b.code === 0)?.count ?? 0;
  const tone = (code: number | null) => (code === null ? "code-any" : code > 0 ? "code-plus" : code < 0 ? "code-minus" : "code-zero");
  return (
    <div class="weights-histogram">
      <h3>How often</h3>
      <table class="small">
        <caption class="visually-hidden">How often each {coded ? "code" : "range of values"} occurs</caption>
        <thead class="visually-hidden">
          <tr>
            <th scope="col">{coded ? "code" : "values"}</th>
            <th scope="col">share</th>
            <th scope="col">count</th>
          </tr>
        </thead>
        <tbody>
          {bins.map((b) => (
            <tr key={b.label}>
              <th scope="row" class="mono">
                {b.label}
              </th>
              <td class="weights-bar">
                <span class={tone(b.code)} style={{ width: `${(100 * b.count) / most}%` }} />
              </td>
              <td class="number">
                {grouped(b.count)} <span class="soft">{percent(b.count / n)}</span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {coded && (
        <p class="small">
          {percent(zeros / n)} zeros. A code carries {bitsPerCode(bins).toFixed(2)} bits.{" "}
          {data.scales.length > 1 ? `A scale for each row: ${range(data.scales)}.` : `Scale ${short(scaleOf(data, 0))}.`}
        </p>
      )}
    </div>
  );
}

const range = (x: Float32Array) => `${short(x.reduce((a, b) => Math.min(a, b)))} to ${short(x.reduce((a, b) => Math.max(a, b)))}`;
