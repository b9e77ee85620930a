// What each signal says about errors, in numbers with bars.

import type { UncertaintySignal } from "atome-lm";
import { fixed } from "../../parts/format";
import { barFromMiddle, barFromZero, signalName, unitIn, type Bar, type Measured } from "./uncertainty-data";

interface Column {
  name: string;
  value: (s: UncertaintySignal) => number | null;
  bar: (value: number | null) => Bar | null;
  /** the bar begins in the middle, which says nothing */
  middle: boolean;
}

export function UncertaintySignals({ measured }: { measured: Measured }) {
  const worst = Math.max(1 - measured.accuracy, ...measured.signals.map((s) => s.aurc));
  const columns: Column[] = [
    { name: "Spearman", value: (s) => s.spearman, bar: (v) => barFromMiddle(v, -1, 1), middle: true },
    { name: "partial", value: (s) => s.partial, bar: (v) => barFromMiddle(v, -1, 1), middle: true },
    { name: "AUROC", value: (s) => s.auroc, bar: (v) => barFromMiddle(v, 0, 1), middle: true },
    { name: "AURC", value: (s) => s.aurc, bar: (v) => barFromZero(v ?? 0, worst), middle: false },
  ];
  return (
    <section class="panel stack">
      <h2>In numbers</h2>
      <div class="signals-scroll" tabIndex={0} role="region" aria-label="What each signal says about errors">
        <table>
          <caption class="visually-hidden">What each signal says about errors</caption>
          <thead>
            <tr>
              <th scope="col">signal</th>
              {columns.map((c) => (
                <th key={c.name} scope="col" class="number">
                  {c.name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {measured.signals.map((s) => (
              <tr key={signalName(s)}>
                <th scope="row">{signalName(s)}</th>
                {columns.map((c) => (
                  <td key={c.name} class="number">
                    {fixed(c.value(s))}
                    <SignalBar bar={c.bar(c.value(s))} middle={c.middle} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <dl class="soft small">
        <dt>Spearman</dt>
        <dd>rank correlation with the loss of the next {unitIn(measured)}, −1 to 1; a dash where a signal never changes.</dd>
        <dt>partial</dt>
        <dd>the same with the entropy of the prediction held fixed: what the signal adds to it.</dd>
        <dt>AUROC</dt>
        <dd>how often a wrong {unitIn(measured)} had the higher signal than a right one; 0.5 is chance.</dd>
        <dt>AURC</dt>
        <dd>
          the area under the curve of risk against coverage; lower is better, {fixed(1 - measured.accuracy)} is a signal that says nothing.
        </dd>
        <dt>Calibration</dt>
        <dd>expected calibration error of the largest probability: {fixed(measured.ece)}.</dd>
      </dl>
    </section>
  );
}

function SignalBar({ bar, middle }: { bar: Bar | null; middle: boolean }) {
  if (!bar) return null;
  return (
    <span class={`signal-bar ${middle ? "middle" : ""}`} aria-hidden="true">
      <span style={{ left: `${100 * bar.from}%`, width: `${100 * (bar.to - bar.from)}%` }} />
    </span>
  );
}
