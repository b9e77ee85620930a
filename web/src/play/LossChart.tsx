// Bits per byte over steps: training, validation, and the line of a model that knows nothing. Before there is a
// run, the curve of the pretrained model.

import { useEffect, useRef } from "preact/hooks";
import type uPlot from "uplot";
import { colour, themeVersion } from "../parts/Canvas";
import { Figure, type Table } from "../parts/Figure";
import { fixed, grouped, milestone } from "../parts/format";
import { useFollow } from "../parts/use-follow";
import { merged } from "../state/curve";
import { DEMO } from "../state/demo-curves";
import { tokenizerOf } from "../state/models";
import { curves, learningRate, run, step, validBits } from "../state/store";

/** Both curves over the union of their steps. */
function points() {
  const { loss, valid } = curves.value;
  return step.value === 0 ? merged(DEMO.train, DEMO.valid) : merged(loss, valid);
}

const table = (): Table => {
  const rows = points();
  const every = Math.max(1, Math.ceil(rows.length / 100));
  return {
    head: ["step", "training, bits per byte", "validation, bits per byte"],
    rows: rows.filter((_, i) => i % every === 0).map((p) => [p.step, fixed(p.a), fixed(p.b)]),
  };
};

const FOLLOW_MS = 100;

export function LossChart() {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);

  const paint = () => {
    const rows = points();
    plot.current?.setData([rows.map((p) => p.step), rows.map((p) => p.a), rows.map((p) => p.b)]);
  };

  useEffect(() => {
    const size = () => ({ width: Math.max(box.current!.clientWidth, 100), height: Math.max(box.current!.clientHeight, 100) });
    const axis = (label: string): uPlot.Axis => ({
      stroke: () => colour("soft"),
      grid: { stroke: () => colour("line"), width: 1 },
      ticks: { stroke: () => colour("line"), width: 1 },
      font: "12px system-ui, sans-serif",
      label,
      labelFont: "12px system-ui, sans-serif",
      labelSize: 18,
      labelGap: 0,
    });
    const observer = new ResizeObserver(() => plot.current?.setSize(size()));
    let gone = false;
    // Not with the page: the lens comes first.
    void import("./uplot").then(({ UPlot }) => {
      if (gone) return;
      plot.current = new UPlot(
        {
          ...size(),
          legend: { show: false },
          cursor: { drag: { x: false, y: false }, points: { size: 6 } },
          scales: {
            x: { time: false },
            y: { range: (_, least, most) => [Math.max(0, Math.floor((least ?? 0) * 2) / 2 - 0.5), top(most)] },
          },
          axes: [
            { ...axis("step"), size: 30, values: (_, splits) => splits.map((s) => grouped(s)) },
            { ...axis("bits per byte"), size: 40 },
          ],
          series: [
            {},
            { label: "training", stroke: () => colour("state"), width: 1.5, spanGaps: true, points: { show: false } },
            {
              label: "validation",
              stroke: () => colour("local"),
              width: 2,
              spanGaps: true,
              points: { show: true, size: 5, fill: () => colour("local") },
            },
          ],
          hooks: { draw: [nothingLine] },
        },
        [[], [], []],
        box.current!,
      );
      observer.observe(box.current!);
      paint();
    });
    return () => {
      gone = true;
      observer.disconnect();
      plot.current?.destroy();
    };
  }, []);

  // Drawing it is the page's largest task.
  const changes = useFollow(() => [curves.value, step.value, themeVersion.value], FOLLOW_MS);
  useEffect(paint, [changes]);

  const idle = step.value === 0;
  const tokenizer = tokenizerOf(idle ? "demo" : "run") ?? "bytes";
  const bits = idle ? (DEMO.valid.values.at(-1) ?? null) : (validBits.value ?? curves.value.loss.values.at(-1) ?? null);
  return (
    <section class="panel chart" aria-label="Loss">
      <div class="spread">
        <h2>{idle ? "How the pretrained model learned" : "Loss"}</h2>
        <span class="small keys">
          <span class="key training">training</span> <span class="key validation">validation</span>
        </span>
      </div>
      <p class="milestone">
        <b>{fixed(bits, 2)}</b> bits per byte of text: <span id="milestone">{milestone(bits, tokenizer)}</span>
        {!idle && run.value && learningRate.value > 0 && <span class="soft small"> · rate {learningRate.value.toPrecision(2)}</span>}
      </p>
      <Figure caption="Loss" table={table}>
        <div class="plot" ref={box} role="img" aria-label={`Loss in bits per byte over steps, now ${fixed(bits, 2)}`} />
      </Figure>
    </section>
  );
}

/** ln 256 nats a token: each as likely as any other. In bits per byte of text. */
const nothing = () => 8 / (step.value === 0 ? 1 : (run.value?.info.bytes_per_token ?? 1));

/** Of the chart: early steps may cost somewhat more than knowing nothing. */
const top = (most: number | null) => 1.05 * Math.max(nothing(), Math.min(most ?? 0, 1.2 * nothing()));

function nothingLine(u: uPlot) {
  const y = Math.round(u.valToPos(nothing(), "y", true));
  const { left, width } = u.bbox;
  const context = u.ctx;
  context.save();
  context.strokeStyle = context.fillStyle = colour("soft");
  context.setLineDash([4, 4]);
  context.beginPath();
  context.moveTo(left, y);
  context.lineTo(left + width, y);
  context.stroke();
  context.font = `${11 * devicePixelRatio}px system-ui, sans-serif`;
  context.textAlign = "right";
  const bits = nothing();
  context.fillText(
    bits === 8 ? "8 bits = ln 256 nats: knows nothing" : `8 bits a token = ${fixed(bits, 1)} a byte: knows nothing`,
    left + width - 4,
    y + 13 * devicePixelRatio,
  );
  context.restore();
}
