// Is the router's entropy an uncertainty signal? Router entropy against the loss of the next token, on text that the
// model has not been trained on, beside the entropy of the prediction. Shown even when poor.

import { useMemo, useState } from "preact/hooks";
import { fixed, grouped, percent } from "../../parts/format";
import { useAnswer } from "../../parts/use-refresh";
import { modelBehind, modelThere, noModel, subjectName } from "../../state/models";
import { call, corpus, idle, run, subject } from "../../state/store";
import { DEMO_TEXT, hasRead } from "./text-read";
import { unitIn, verdict, type Measured } from "./uncertainty-data";
import { RiskCoverage, Scatter } from "./UncertaintyPlots";
import { UncertaintySignals } from "./UncertaintySignals";
import "./Uncertainty.css";

/** Enough for three digits, and a second or less in the worker. */
const MAX_OWN_TEXT = 16_384;

export default function Uncertainty() {
  const [own, setOwn] = useState<Uint8Array | null>(null);
  const [round, setRound] = useState(0);
  const which = subject.value;
  const { held } = modelBehind(which);
  const possible = !idle.value && modelThere.value && corpus.value !== null;
  const { answer: measured, error } = useAnswer<Measured>([possible, which, held, own, round, corpus.value], () =>
    possible ? call("uncertainty", { subject: which, ...(own ? { text: own } : {}) }) : null,
  );
  return (
    <div class="stack uncertainty-tab">
      <section class="panel stack">
        <div class="spread">
          <h2>Does the router know when the model errs?</h2>
          <button onClick={() => setRound(round + 1)}>Measure again</button>
        </div>
        {measured && (
          <p class="verdict" id="verdict">
            {verdict(measured)}
          </p>
        )}
        {error && <p class="bad">{error}</p>}
        {!measured && !error && (
          <p class="soft">
            {noModel.value || "In a moment: every token of the held-out text, what the router did with it and what it cost."}
          </p>
        )}
        {measured && (
          <p class="soft small">
            {grouped(measured.predictions)} {unitIn(measured)}s of{" "}
            {own ? "your own text" : "the end of the chosen text, which runs of this page do not train on"}, read by {subjectName(which)}:{" "}
            {fixed(measured.bits_per_byte, 3)} bits per byte of text, {percent(measured.accuracy)} of the next {unitIn(measured)}s right.
            {!own &&
              which === "demo" &&
              run.value &&
              hasRead(DEMO_TEXT, run.value.settings) &&
              " The pretrained model was trained on a longer piece of this text, this part included."}
          </p>
        )}
        <OwnText own={own} use={setOwn} />
      </section>
      {measured && <Plots measured={measured} />}
      {measured && <UncertaintySignals measured={measured} />}
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
        <textarea
          rows={4}
          aria-label="Text to measure on"
          value={text}
          placeholder="Some hundred bytes or more; text of another kind shows what the signals do out of their domain"
          onInput={(event) => setText(event.currentTarget.value)}
        />
        <div class="row">
          <button disabled={bytes.length < 3} onClick={() => use(bytes)}>
            Measure it
          </button>
          {own && <button onClick={() => use(null)}>Back to the held-out text</button>}
          {bytes.length === MAX_OWN_TEXT && <span class="soft">The first {grouped(MAX_OWN_TEXT)} bytes count.</span>}
        </div>
      </div>
    </details>
  );
}

function Plots({ measured }: { measured: Measured }) {
  const layers = measured.entropy.length / measured.mean.length;
  const [layer, setLayer] = useState(layers - 1);
  const N = measured.mean.length;
  const shown = layer < 0 || layer >= layers ? -1 : layer;
  const router = useMemo(() => (shown < 0 ? measured.mean : measured.entropy.subarray(shown * N, (shown + 1) * N)), [measured, shown]);
  return (
    <section class="panel stack">
      <div class="spread">
        <h2>Entropy against loss</h2>
        <label class="row small">
          router of
          <select value={shown} onChange={(event) => setLayer(Number(event.currentTarget.value))}>
            <option value={-1}>all layers, mean</option>
            {Array.from({ length: layers }, (_, l) => (
              <option key={l} value={l}>
                layer {l + 1}
              </option>
            ))}
          </select>
        </label>
      </div>
      <div class="plots">
        <Scatter
          title="router entropy"
          unit="nats, at most ln 3 = 1.10"
          x={router}
          most={Math.log(3)}
          colour="entropy"
          measured={measured}
        />
        <Scatter
          title="entropy of the prediction"
          unit="nats, at most ln 256 = 5.55"
          x={measured.predicted}
          most={Math.log(256)}
          colour="loss"
          measured={measured}
        />
        <RiskCoverage measured={measured} router={router} />
      </div>
      <p class="soft small">
        Each dot is a {unitIn(measured)}: to the right, how unsure; up, what the next one cost. The line is the mean: a signal that is worth
        something makes it rise. The last plot is the share of wrong {unitIn(measured)}s among the surest ones: the lower the curve, the
        better the signal sorts.
      </p>
    </section>
  );
}
