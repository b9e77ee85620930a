// The chart of two loss curves on a canvas.

import { colour } from "../../parts/Canvas";
import { grouped } from "../../parts/format";
import type { Line } from "../../state/curve";
import { bitsScale, shareOf, stepScale, type Scale } from "./compare-scales";

const LEFT = 46,
  RIGHT = 24,
  TOP = 10,
  BOTTOM = 38;
/** CSS pixels that a label of the steps takes */
const TICK_WIDTH = 80;
const DASH = [7, 4];

export function drawCurves(context: CanvasRenderingContext2D, width: number, height: number, lines: { a: Line; b: Line }) {
  const both = [lines.a, lines.b];
  const steps = stepScale(both, Math.max(2, Math.floor((width - LEFT - RIGHT) / TICK_WIDTH)));
  const bits = bitsScale(both, 5);
  const x = (step: number) => LEFT + shareOf(steps, step) * (width - LEFT - RIGHT);
  const y = (value: number) => height - BOTTOM - shareOf(bits, value) * (height - BOTTOM - TOP);
  drawAxes(context, width, height, steps, bits, x, y);
  const ends = [drawLine(context, lines.a, x, y, colour("accent"), []), drawLine(context, lines.b, x, y, colour("loss", 1), DASH)];
  drawNames(context, ends, height);
}

function drawAxes(
  context: CanvasRenderingContext2D,
  width: number,
  height: number,
  steps: Scale,
  bits: Scale,
  x: (step: number) => number,
  y: (value: number) => number,
) {
  context.font = "11px system-ui, sans-serif";
  context.strokeStyle = colour("line");
  context.fillStyle = colour("soft");
  context.lineWidth = 1;
  const stroke = (fromX: number, fromY: number, toX: number, toY: number) => {
    context.beginPath();
    context.moveTo(fromX, fromY);
    context.lineTo(toX, toY);
    context.stroke();
  };
  context.textAlign = "right";
  context.textBaseline = "middle";
  for (const tick of bits.ticks) {
    stroke(LEFT, y(tick), width - RIGHT, y(tick));
    context.fillText(String(tick), LEFT - 6, y(tick));
  }
  context.textAlign = "center";
  context.textBaseline = "top";
  for (const tick of steps.ticks) {
    stroke(x(tick), TOP, x(tick), height - BOTTOM);
    context.fillText(grouped(tick), x(tick), height - BOTTOM + 5);
  }
  context.fillText(steps.log ? "step (each line is ten times the one before)" : "step", (LEFT + width - RIGHT) / 2, height - 15);
  context.save();
  context.translate(9, (height - BOTTOM + TOP) / 2);
  context.rotate(-Math.PI / 2);
  context.textBaseline = "middle";
  context.fillText("bits per byte", 0, 0);
  context.restore();
}

/** Returns where it ends. */
function drawLine(
  context: CanvasRenderingContext2D,
  line: Line,
  x: (step: number) => number,
  y: (value: number) => number,
  stroke: string,
  dash: number[],
) {
  const { steps, values } = line;
  if (steps.length === 0) return null;
  context.strokeStyle = context.fillStyle = stroke;
  context.lineWidth = 2;
  context.lineJoin = "round";
  context.setLineDash(dash);
  context.beginPath();
  steps.forEach((step, i) => (i === 0 ? context.moveTo(x(step), y(values[i]!)) : context.lineTo(x(step), y(values[i]!))));
  context.stroke();
  context.setLineDash([]);
  const end = { x: x(steps.at(-1)!), y: y(values.at(-1)!) };
  context.beginPath();
  context.arc(end.x, end.y, 3, 0, 2 * Math.PI);
  context.fill();
  return { ...end, stroke };
}

const NAME_HEIGHT = 14;
/** A and B at the ends of their lines, one above the other where those meet. */
function drawNames(context: CanvasRenderingContext2D, ends: ({ x: number; y: number; stroke: string } | null)[], height: number) {
  context.font = "bold 13px system-ui, sans-serif";
  context.textAlign = "left";
  context.textBaseline = "middle";
  const [a, b] = ends;
  const near = a && b && Math.abs(a.x - b.x) < NAME_HEIGHT && Math.abs(a.y - b.y) < NAME_HEIGHT;
  const apart = near ? (NAME_HEIGHT - Math.abs(a.y - b.y)) / 2 : 0;
  const aIsHigher = near && a.y <= b.y;
  ends.forEach((end, i) => {
    if (!end) return;
    const shift = (i === 0) === aIsHigher ? -apart : apart;
    context.fillStyle = end.stroke;
    context.fillText("AB"[i]!, end.x + 7, Math.min(Math.max(end.y + shift, TOP + 4), height - BOTTOM - 6));
  });
}
