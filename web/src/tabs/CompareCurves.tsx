// The loss curves of two runs in one picture.

import type { Subject } from "../engine/protocol";
import { curves, step } from "../state/store";
import { Canvas, colour } from "../ui/Canvas";
import { Figure } from "../ui/Figure";
import { fixed, grouped } from "../ui/format";
import type { LossPoints } from "./compare-data";
import { kept } from "./kept";

const LEFT = 38, BOTTOM = 34, TOP = 10, RIGHT = 10;

function curvesOf(s: Subject): LossPoints | null {
  if (s === "kept") return kept.value?.points ?? null;
  if (s !== "run" || step.value === 0) return null;
  const { loss, valid } = curves.value;
  return { train: loss, valid };
}

export function CompareCurves({ a, b }: { a: Subject; b: Subject }) {
  const sides = [{ name: "A", curves: curvesOf(a), stroke: "state" }, { name: "B", curves: curvesOf(b), stroke: "local" }]
    .filter((s) => s.curves !== null) as { name: string; curves: LossPoints; stroke: string }[];
  return (
    <section class="panel stack">
      <div class="spread">
        <h2>Loss</h2>
        <span class="small">{sides.map((s) => <span key={s.name} class={s.stroke}> {s.name === "A" ? "——" : "– – –"} {s.name}</span>)}</span>
      </div>
      {sides.length === 0 ? (
        <p class="soft">Curves belong to runs in this page: press Train, then keep the run and train another one with other settings.</p>
      ) : (
        <Figure caption="Training loss, bits per byte" table={() => ({
          head: ["run", "step", "training, bits per byte"],
          rows: sides.flatMap((s) => s.curves.train.steps
            .map((at, i) => [s.name, at, fixed(s.curves.train.values[i])] as (string | number)[])
            .filter((_, i) => i % Math.ceil(s.curves.train.steps.length / 40) === 0)),
        })}>
          <Canvas height={240} input={[curves.value, kept.value, a, b]} label="Loss curves of both runs" draw={(context, width, height) => {
            const last = Math.max(...sides.map((s) => s.curves.train.steps.at(-1) ?? 1), 1);
            const x = (at: number) => LEFT + (at / last) * (width - LEFT - RIGHT);
            const y = (bits: number) => TOP + ((8.2 - Math.min(bits, 8.2)) / 8.2) * (height - TOP - BOTTOM);
            context.font = "11px system-ui, sans-serif";
            context.fillStyle = colour("soft");
            context.strokeStyle = colour("line");
            context.textBaseline = "middle";
            for (const bits of [0, 2, 4, 6, 8]) {
              context.beginPath();
              context.moveTo(LEFT, y(bits));
              context.lineTo(width - RIGHT, y(bits));
              context.stroke();
              context.fillText(String(bits), 20, y(bits));
            }
            context.textAlign = "center";
            for (const share of [0, 0.5, 1]) context.fillText(grouped(share * last), Math.min(x(share * last), width - 24), height - 24);
            context.fillText("step", (LEFT + width) / 2, height - 8);
            for (const s of sides) {
              context.strokeStyle = colour(s.stroke);
              context.lineWidth = 2;
              context.setLineDash(s.name === "A" ? [] : [6, 4]);
              context.beginPath();
              s.curves.train.steps.forEach((at, i) => context.lineTo(x(at), y(s.curves.train.values[i]!)));
              context.stroke();
            }
            context.setLineDash([]);
          }} />
        </Figure>
      )}
    </section>
  );
}
