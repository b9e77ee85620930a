// Section 6: a code and the float behind it, and the loss of the run.

import { Canvas, colour } from "../../parts/Canvas";
import { Figure, type Table } from "../../parts/Figure";
import { fixed, grouped, milestone } from "../../parts/format";
import { useFollow } from "../../parts/use-follow";
import { curves, idle, run, status, step, toggle } from "../../state/store";

export function TrainButton() {
  if (status.value === "done") return null;
  const what = status.value === "training" ? "❚❚ Pause the training" : step.value > 0 ? "▶ Train on" : "▶ Train a model now";
  return (
    <button class="primary" disabled={idle.value} onClick={() => void toggle()}>
      {what}
    </button>
  );
}

const STEP_HEIGHT = 150;

/** What rounding does to a float weight, and the slope that training pretends it has. */
export function StraightThroughFigure() {
  const draw = (context: CanvasRenderingContext2D, width: number) => {
    const middle = width / 2,
      unit = Math.min((width - 60) / 5, 64),
      floor = STEP_HEIGHT / 2,
      up = 44;
    const x = (w: number) => middle + w * unit;
    const y = (code: number) => floor - code * up;
    context.font = "12px system-ui, sans-serif";
    context.fillStyle = colour("soft");
    context.strokeStyle = colour("line");
    context.lineWidth = 1;
    context.textAlign = "center";
    context.textBaseline = "alphabetic";
    for (const edge of [-0.5, 0.5]) {
      context.beginPath();
      context.moveTo(x(edge), 8);
      context.lineTo(x(edge), STEP_HEIGHT - 20);
      context.stroke();
      context.fillText(edge < 0 ? "−½ α" : "½ α", x(edge), STEP_HEIGHT - 6);
    }
    // Where the dashed line is not.
    context.textAlign = "right";
    context.fillText("code −1", x(-1) - 8, y(-1) - 8);
    context.fillText("0", x(0) - 6, y(0) - 8);
    context.textAlign = "left";
    context.fillText("code +1", x(1) + 8, y(1) + 18);
    context.lineWidth = 2;
    context.strokeStyle = colour("accent");
    context.setLineDash([5, 5]);
    line(context, [
      [x(-1.5), y(-1.5)],
      [x(1.5), y(1.5)],
    ]);
    context.setLineDash([]);
    context.strokeStyle = colour("text");
    context.lineWidth = 3;
    for (const [from, to, code] of [
      [-2.2, -0.5, -1],
      [-0.5, 0.5, 0],
      [0.5, 2.2, 1],
    ] as const)
      line(context, [
        [x(from), y(code)],
        [x(to), y(code)],
      ]);
  };
  return (
    <Figure
      caption="Rounding"
      table={() => ({
        head: ["float weight", "code"],
        rows: [
          ["below −½ α", "−1"],
          ["from −½ α to ½ α", "0"],
          ["above ½ α", "+1"],
        ],
      })}>
      <Canvas
        height={STEP_HEIGHT}
        input={[]}
        draw={draw}
        label="The code as a staircase over the float weight, and the straight line that the gradient sees"
      />
      <p class="how-caption">
        The staircase is the code that the model computes with; the dashed line is the slope that training pretends. α is the mean size of
        the matrix's floats.
      </p>
    </Figure>
  );
}

function line(context: CanvasRenderingContext2D, points: [number, number][]) {
  context.beginPath();
  for (const [x, y] of points) context.lineTo(x, y);
  context.stroke();
}

const HEIGHT = 110,
  LEFT = 24,
  BOTTOM = 18,
  MOST_BITS = 8;
const FOLLOW_MS = 300;

export function LossFigure() {
  useFollow(() => curves.value, FOLLOW_MS);
  const { loss } = curves.peek();
  const last = loss.values.at(-1);
  if (last === undefined)
    return (
      <div class="how-start">
        <p class="how-caption">There is no run yet. Train, and its loss is drawn here from the first step on.</p>
        <TrainButton />
      </div>
    );
  const from = loss.steps[0]!,
    to = loss.steps.at(-1)!;
  const draw = (context: CanvasRenderingContext2D, width: number) => {
    const x = (step: number) => LEFT + ((step - from) / Math.max(to - from, 1)) * (width - LEFT - 8);
    const y = (bits: number) => 8 + (1 - Math.min(bits, MOST_BITS) / MOST_BITS) * (HEIGHT - BOTTOM - 8);
    context.font = "12px system-ui, sans-serif";
    context.fillStyle = colour("soft");
    context.strokeStyle = colour("line");
    context.lineWidth = 1;
    context.textAlign = "right";
    context.textBaseline = "middle";
    for (const bits of [0, 4, 8]) {
      line(context, [
        [LEFT, y(bits)],
        [width, y(bits)],
      ]);
      context.fillText(String(bits), LEFT - 6, y(bits));
    }
    context.textBaseline = "alphabetic";
    context.textAlign = "left";
    context.fillText(`step ${grouped(from)}`, LEFT, HEIGHT - 2);
    context.textAlign = "right";
    context.fillText(grouped(to), width - 2, HEIGHT - 2);
    context.strokeStyle = colour("accent");
    context.lineWidth = 2;
    line(
      context,
      loss.steps.map((step, i) => [x(step), y(loss.values[i]!)]),
    );
  };
  const table = (): Table => {
    const every = Math.max(1, Math.ceil(loss.steps.length / 60));
    return {
      head: ["step", "bits per byte of text"],
      rows: loss.steps.map((step, i) => [grouped(step), fixed(loss.values[i])]).filter((_, i) => i % every === 0),
    };
  };
  return (
    <Figure caption="Loss of the run" table={table}>
      <div class="how-start">
        <p class="how-caption">
          Step {grouped(to)}: <b>{fixed(last, 2)}</b> bits per byte of text; the model {milestone(last, run.value!.info.tokenizer)}.
        </p>
        <TrainButton />
      </div>
      <Canvas
        height={HEIGHT}
        input={[loss, to, last]}
        draw={draw}
        label={`Loss in bits per byte up to step ${to}, now ${fixed(last, 2)}`}
      />
    </Figure>
  );
}
