// Is the router's entropy an uncertainty signal? Router entropy against the loss of the next byte, on text that the
// model has not been trained on, beside the entropy of the prediction. Shown even when poor.

import { useMemo, useState } from "preact/hooks";
import { call, corpus, models, subject } from "../state/store";
import { DataTable } from "../ui/Figure";
import { fixed, grouped, percent } from "../ui/format";
import { RiskCoverage, Scatter } from "./UncertaintyPlots";
import { signalName, verdict, type Measured } from "./uncertainty-data";
import { subjectName } from "./subject-name";
import { useRefresh } from "./use-refresh";
import "./Uncertainty.css";

/** Enough for three digits, and a second or less in the worker. */
const MAX_OWN_TEXT = 16_384;

export default function Uncertainty() {
  const [own, setOwn] = useState<Uint8Array | null>(null);
  const [round, setRound] = useState(0);
  const [answer, setAnswer] = useState<{ measured: Measured | null; error: string }>({ measured: null, error: "" });
  const which = subject.value;
  useRefresh([models.value.demo !== undefined, which, own, round, corpus.value], async () => {
    if (!models.value.demo || !corpus.value) return;
    const result = await call("uncertainty", { subject: subject.value, ...(own ? { text: own } : {}) });
    setAnswer(result.ok ? { measured: result, error: "" } : { measured: null, error: result.error });
  });
  const { measured, error } = answer;
  return (
    <div class="stack uncertainty-tab">
      <section class="panel stack">
        <div class="spread">
          <h2>Does the router know when the model errs?</h2>
          <button onClick={() => setRound(round + 1)}>Measure again</button>
        </div>
        {measured && <p class="verdict" id="verdict">{verdict(measured)}</p>}
        {error && <p class="bad">{error}</p>}
        {!measured && !error && <p class="soft">In a moment: every byte of the held-out text, what the router did with it and what it cost.</p>}
        {measured && (
          <p class="soft small">
            {grouped(measured.predictions)} bytes of {own ? "your own text" : "the end of the text on the left, which training does not see"}, read by{" "}
            {subjectName(which)}: {fixed(measured.bits_per_byte, 3)} bits per byte, {percent(measured.accuracy)} of the next bytes right.
          </p>
        )}
        <OwnText own={own} use={setOwn} />
      </section>
      {measured && <Plots measured={measured} />}
      {measured && <Signals measured={measured} />}
    </div>
  );
}

function OwnText({ own, use }: { own: Uint8Array | null; use: (text: Uint8Array | null) => void }) {
  const [text, setText] = useState("");
  const bytes = useMemo(() => new TextEncoder().encode(text).slice(0, MAX_OWN_TEXT), [text]);
  return (
    <details class="small">
      <summary>Measure another text</summary>
      <div class="stack">
        <textarea rows={4} aria-label="Text to measure on" value={text} placeholder="Some hundred bytes or more; text of another kind shows what the signals do out of their domain"
                  onInput={(event) => setText(event.currentTarget.value)} />
        <div class="row">
          <button disabled={bytes.length < 3} onClick={() => use(bytes)}>Measure it</button>
          {own && <button onClick={() => use(null)}>Back to the held-out text</button>}
          {bytes.length === MAX_OWN_TEXT && <span class="soft">The first {grouped(MAX_OWN_TEXT)} bytes count.</span>}
        </div>
      </div>
    </details>
  );
}

function Plots({ measured }: { measured: Measured }) {
  const layers = measured.entropy.length / measured.mean.length;
  const [layer, setLayer] = useState(-1);
  const N = measured.mean.length;
  const shown = layer < 0 || layer >= layers ? -1 : layer;
  const router = useMemo(
    () => (shown < 0 ? measured.mean : measured.entropy.subarray(shown * N, (shown + 1) * N)), [measured, shown]);
  return (
    <section class="panel stack">
      <div class="spread">
        <h2>Entropy against loss</h2>
        <label class="row small">
          router of
          <select value={shown} onChange={(event) => setLayer(Number(event.currentTarget.value))}>
            <option value={-1}>all layers, mean</option>
            {Array.from({ length: layers }, (_, l) => <option key={l} value={l}>layer {l + 1}</option>)}
          </select>
        </label>
      </div>
      <div class="plots">
        <Scatter title="router entropy" unit="nats, at most ln 3 = 1.10" x={router} most={Math.log(3)} colour="entropy" measured={measured} />
        <Scatter title="entropy of the prediction" unit="nats, at most ln 256 = 5.55" x={measured.predicted} most={Math.log(256)} colour="loss" measured={measured} />
        <RiskCoverage measured={measured} router={router} />
      </div>
      <p class="soft small">
        Each dot is a byte: to the right, how unsure; up, what the next byte cost. The line is the mean: a signal that is worth something
        makes it rise. The last plot is the share of wrong bytes among the surest ones: the lower the curve, the better the signal sorts.
      </p>
    </section>
  );
}

function Signals({ measured }: { measured: Measured }) {
  const table = {
    head: ["signal", "Spearman", "partial", "AUROC", "AURC"],
    rows: measured.signals.map((s) => [signalName(s), fixed(s.spearman), fixed(s.partial), fixed(s.auroc), fixed(s.aurc)]),
  };
  return (
    <section class="panel stack">
      <h2>In numbers</h2>
      <div class="signals-table">
        <DataTable table={table} caption="What each signal says about errors" />
      </div>
      <dl class="soft small">
        <dt>Spearman</dt><dd>rank correlation with the loss of the next byte, −1 to 1; a dash where a signal never changes.</dd>
        <dt>partial</dt><dd>the same with the entropy of the prediction held fixed: what the signal adds to it.</dd>
        <dt>AUROC</dt><dd>how often a wrong byte had the higher signal than a right one; 0.5 is chance.</dd>
        <dt>AURC</dt><dd>the area under the curve of risk against coverage; lower is better, {fixed(1 - measured.accuracy)} is a signal that says nothing.</dd>
        <dt>Calibration</dt><dd>expected calibration error of the largest probability: {fixed(measured.ece)}.</dd>
      </dl>
    </section>
  );
}

