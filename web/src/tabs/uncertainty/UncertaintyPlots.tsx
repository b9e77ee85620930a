// Scatter of a signal against loss, and risk against coverage.

import { useMemo } from "preact/hooks";
import { Canvas, colour } from "../../parts/Canvas";
import { Figure } from "../../parts/Figure";
import { fixed, percent } from "../../parts/format";
import { frame, line } from "../../parts/plot-frame";
import { bins, riskCoverage, unitIn, type Measured } from "./uncertainty-data";

/** Bits; what costs more is drawn at the top. */
const MOST_LOSS = 10;
const DOTS = 3000;

export function Scatter({
  title,
  unit,
  x,
  most,
  colour: name,
  measured,
}: {
  title: string;
  unit: string;
  x: Float32Array;
  most: number;
  colour: "entropy" | "loss";
  measured: Measured;
}) {
  const bits = useMemo(() => Array.from(measured.nats, (nats) => nats / Math.LN2), [measured]);
  const means = useMemo(() => bins(x, bits, most), [x, bits, most]);
  return (
    <Figure
      caption={`Loss by ${title}`}
      table={() => ({
        head: [`${title}, nats`, "mean loss, bits", `${unitIn(measured)}s`],
        rows: means.map((b) => [fixed(b.x), fixed(b.y), b.count]),
      })}>
      <h3>
        {title} <span class="soft small">{unit}</span>
      </h3>
      <Canvas
        height={240}
        input={[x, bits]}
        label={`Scatter of loss against ${title}`}
        draw={(context, width, height) => {
          const f = frame(
            context,
            width,
            height,
            { label: `${title}, nats`, least: 0, most, ticks: most < 2 ? [0, 0.25, 0.5, 0.75, 1] : [0, 1, 2, 3, 4, 5], format: String },
            { label: "loss, bits", least: 0, most: MOST_LOSS, ticks: [0, 2, 4, 6, 8, 10], format: String },
          );
          const step = Math.max(1, Math.ceil(x.length / DOTS));
          context.fillStyle = colour(name, 0.22);
          for (let i = 0; i < x.length; i += step) context.fillRect(f.x(x[i]!) - 1.2, f.y(Math.min(bits[i]!, MOST_LOSS)) - 1.2, 2.4, 2.4);
          line(
            context,
            means.map((b) => ({ x: f.x(b.x), y: f.y(Math.min(b.y, MOST_LOSS)) })),
            colour("text"),
          );
        }}
      />
    </Figure>
  );
}

export function RiskCoverage({ measured, router }: { measured: Measured; router: Float32Array }) {
  const curves = useMemo(
    () => [
      { name: "router entropy", stroke: "entropy", dash: [] as number[], points: riskCoverage(router, measured.correct) },
      { name: "predictive entropy", stroke: "loss", dash: [6, 3], points: riskCoverage(measured.predicted, measured.correct) },
    ],
    [measured, router],
  );
  const worst = Math.max(0.05, 1 - measured.accuracy, ...curves.flatMap((c) => c.points.map((p) => p.risk)));
  const mostY = Math.ceil(worst * 10) / 10;
  return (
    <Figure
      caption="Risk by coverage"
      table={() => ({
        head: [`${unitIn(measured)}s taken, surest first`, ...curves.map((c) => `wrong, by ${c.name}`)],
        rows: curves[0]!.points
          .filter((_, i) => i % 5 === 4)
          .map((p, i) => [percent(p.coverage), ...curves.map((c) => percent(c.points.filter((_, j) => j % 5 === 4)[i]!.risk))]),
      })}>
      <h3>
        wrong {unitIn(measured)}s among the surest <span class="soft small">— router, – – prediction</span>
      </h3>
      <Canvas
        height={240}
        input={[curves]}
        label="Risk against coverage"
        draw={(context, width, height) => {
          const format = (value: number) => `${Math.round(100 * value)} %`;
          const f = frame(
            context,
            width,
            height,
            { label: `share of ${unitIn(measured)}s, surest first`, least: 0, most: 1, ticks: [0, 0.25, 0.5, 0.75, 1], format },
            { label: "share wrong", least: 0, most: mostY, ticks: [0, mostY / 2, mostY], format },
          );
          for (const c of curves)
            line(
              context,
              c.points.map((p) => ({ x: f.x(p.coverage), y: f.y(p.risk) })),
              colour(c.stroke, 1),
              c.dash,
            );
        }}
      />
    </Figure>
  );
}
