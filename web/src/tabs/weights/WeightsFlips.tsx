// Flips per step over the last looks at the run: of all codes, and of the chosen tensor.

import type { TensorInfo } from "atome-lm";
import { Canvas, colour } from "../../parts/Canvas";
import { Figure, type Table } from "../../parts/Figure";
import { fixed, grouped } from "../../parts/format";
import { tensorTitle } from "./weights-data";
import { allFlips, type FlipHistory } from "./weights-flips";

const HEIGHT = 130,
  LEFT = 54,
  BOTTOM = 18,
  TOP = 8;

export function WeightsFlips({ history, tensors, chosen }: { history: FlipHistory; tensors: TensorInfo[]; chosen: TensorInfo }) {
  const { points } = history;
  const coded = tensors.filter((t) => t.active && t.coded);
  const codes = coded.reduce((sum, t) => sum + t.rows * t.cols, 0);
  // As shares, in codes of a thousand: tensors of any size compare.
  const lines = [{ name: "all codes", values: points.map((p) => (1000 * allFlips(p)) / codes), dash: [] as number[] }];
  if (chosen.coded)
    lines.push({
      name: tensorTitle(chosen),
      values: points.map((p) => (1000 * (p.flips.get(chosen.index) ?? 0)) / (chosen.rows * chosen.cols)),
      dash: [5, 4],
    });
  const most = Math.max(...lines.flatMap((l) => l.values)) || 1;
  const draw = (context: CanvasRenderingContext2D, width: number) => {
    const from = points[0]!.step,
      span = Math.max(points.at(-1)!.step - from, 1);
    const x = (step: number) => LEFT + ((step - from) / span) * (width - LEFT - 6);
    const y = (value: number) => HEIGHT - BOTTOM - (value / most) * (HEIGHT - BOTTOM - TOP);
    context.font = "11px system-ui, sans-serif";
    context.fillStyle = colour("soft");
    context.strokeStyle = colour("line");
    context.lineWidth = 1;
    context.setLineDash([]);
    for (const value of [0, most]) {
      context.beginPath();
      context.moveTo(LEFT, y(value));
      context.lineTo(width, y(value));
      context.stroke();
      context.textAlign = "right";
      context.textBaseline = "middle";
      context.fillText(fixed(value, value ? 2 : 0), LEFT - 6, y(value));
    }
    context.textBaseline = "alphabetic";
    context.textAlign = "left";
    context.fillText(`step ${grouped(from)}`, LEFT, HEIGHT - 3);
    context.textAlign = "right";
    context.fillText(grouped(points.at(-1)!.step), width - 2, HEIGHT - 3);
    context.lineWidth = 2;
    lines.forEach(({ values, dash }, i) => {
      context.strokeStyle = colour(i === 0 ? "accent" : "text");
      context.setLineDash(dash);
      context.beginPath();
      values.forEach((value, j) => context.lineTo(x(points[j]!.step), y(value)));
      context.stroke();
    });
  };
  const table = (): Table => ({
    head: ["step", "all", ...coded.map(tensorTitle)],
    rows: points.map((p) => [p.step, fixed(allFlips(p), 2), ...coded.map((t) => fixed(p.flips.get(t.index), 3))]),
  });
  const last = points.at(-1)!;
  return (
    <>
      <p>
        <b>{fixed(allFlips(last), 1)}</b> of {grouped(codes)} codes flip per step at step {grouped(last.step)}.{" "}
        <span class="small soft">
          A code flips when its float weight crosses the edge between −1, 0 and +1; flips that come back between two looks are not seen.
        </span>
      </p>
      <p class="small soft row">
        Flips per step, in a thousand codes:
        {lines.map((l, i) => (
          <span key={l.name}>
            <span class={`weights-line ${i ? "dashed" : ""}`} aria-hidden="true" /> {l.name}
          </span>
        ))}
      </p>
      <Figure caption="Flips per step" table={table}>
        <Canvas height={HEIGHT} input={[history, chosen.index]} draw={draw} label={`Flips per step, now ${fixed(allFlips(last), 1)}`} />
      </Figure>
    </>
  );
}
