// The loss curves of two runs in one picture.

import { useEffect, useState } from "preact/hooks";
import type { Subject } from "../engine/protocol";
import { curves, status, step } from "../state/store";
import { Canvas, colour } from "../ui/Canvas";
import { Figure } from "../ui/Figure";
import { fixed, grouped } from "../ui/format";
import { valueAt, type LossPoints } from "./compare-data";
import { kept } from "./kept";
import { frame, line } from "./plot-frame";
import { lossRange, niceTicks } from "./plot-scale";

interface Side {
  name: "A" | "B";
  curves: LossPoints;
}
const STYLE = {
  A: { stroke: "entropy", dash: [] as number[], sign: "——" },
  B: { stroke: "loss", dash: [6, 4], sign: "– – –" },
};
const TABLE_ROWS = 40;

export function CompareCurves({ a, b }: { a: Subject; b: Subject }) {
  const live = status.value === "training" && (a === "run" || b === "run");
  useSeconds(live);
  // While it trains, curves change thirty times a second: then only the clock redraws them.
  const now = live ? curves.peek() : curves.value;
  const begun = live || step.value > 0;
  const curvesOf = (s: Subject): LossPoints | null =>
    s === "kept" ? kept.value?.points ?? null : s === "run" && begun ? { train: now.loss, valid: now.valid } : null;
  const sides = ([["A", curvesOf(a)], ["B", curvesOf(b)]] as const)
    .flatMap(([name, found]): Side[] => (found && found.train.steps.length > 0 ? [{ name, curves: found }] : []));
  return (
    <section class="panel stack">
      <div class="spread">
        <h2>Loss curves</h2>
        <span class="small row">
          {sides.map((s) => <span key={s.name} style={{ color: `rgb(var(--${STYLE[s.name].stroke}))` }}>{STYLE[s.name].sign} {s.name}</span>)}
          {sides.length > 0 && <span class="soft">thin: training, thick: validation</span>}
        </span>
      </div>
      {sides.length === 0 ? (
        <p class="soft">Curves belong to runs of this page: press Train, keep the run, and train another one with other settings.</p>
      ) : (
        <Figure caption="Loss curves, bits per byte" table={() => tableOf(sides)}>
          <Canvas height={260} input={[sides]} label={`Loss of ${sides.map((s) => s.name).join(" and ")} in bits per byte over steps`}
                  draw={(context, width, height) => draw(context, width, height, sides)} />
        </Figure>
      )}
    </section>
  );
}

/** Renders once a second. */
function useSeconds(on: boolean) {
  const [, setCount] = useState(0);
  useEffect(() => {
    if (!on) return;
    const timer = setInterval(() => setCount((n) => n + 1), 1000);
    return () => clearInterval(timer);
  }, [on]);
}

const lastStep = (sides: Side[]) => Math.max(...sides.flatMap((s) => [s.curves.train.steps.at(-1)!, s.curves.valid.steps.at(-1) ?? 0]));

function draw(context: CanvasRenderingContext2D, width: number, height: number, sides: Side[]) {
  const last = lastStep(sides);
  const { low, high, ticks } = lossRange(sides.flatMap((s) => [...s.curves.train.values, ...s.curves.valid.values]));
  const f = frame(context, width, height,
    { label: "step", least: 0, most: last, ticks: niceTicks(last, 4), format: grouped },
    { label: "bits per byte", least: low, most: high, ticks, format: String }, 22);
  for (const { name, curves: { train, valid } } of sides) {
    const { stroke, dash } = STYLE[name];
    const points = (of: typeof train) => of.steps.map((at, i) => ({ x: f.x(at), y: f.y(of.values[i]!) }));
    line(context, points(train), colour(stroke, 0.6), dash, 1.2);
    line(context, points(valid), colour(stroke), dash, 3);
    const end = points(valid.steps.length > 0 ? valid : train).at(-1)!;
    context.fillStyle = colour(stroke);
    context.font = "bold 13px system-ui, sans-serif";
    context.textAlign = "left";
    context.textBaseline = "middle";
    // The names of two curves that end together stand one above the other.
    context.fillText(name, end.x + 5, end.y + (sides.length > 1 ? (name === "A" ? -7 : 7) : 0));
  }
}

function tableOf(sides: Side[]) {
  const last = lastStep(sides), rows = Math.min(TABLE_ROWS, last);
  return {
    head: ["step", ...sides.flatMap((s) => [`${s.name}, training`, `${s.name}, validation`])],
    rows: Array.from({ length: rows }, (_, i) => {
      const at = Math.round(((i + 1) * last) / rows);
      return [grouped(at), ...sides.flatMap((s) => [fixed(valueAt(s.curves.train, at)), fixed(valueAt(s.curves.valid, at))])];
    }),
  };
}
