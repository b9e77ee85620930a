// Axes of a plot, and lines in it.

import { colour } from "./Canvas";

const LEFT = 44,
  BOTTOM = 34,
  TOP = 8;
const RIGHT = 8;

export interface Axis {
  label: string;
  least: number;
  most: number;
  ticks: number[];
  format: (value: number) => string;
}
export interface Frame {
  x: (value: number) => number;
  y: (value: number) => number;
}

/** Draws both axes; right: pixels kept free beside the plot. */
export function frame(context: CanvasRenderingContext2D, width: number, height: number, ax: Axis, ay: Axis, right = RIGHT): Frame {
  const x = (value: number) => LEFT + ((value - ax.least) / (ax.most - ax.least)) * (width - LEFT - right);
  const y = (value: number) => height - BOTTOM - ((value - ay.least) / (ay.most - ay.least)) * (height - BOTTOM - TOP);
  context.font = "11px system-ui, sans-serif";
  context.strokeStyle = colour("line");
  context.fillStyle = colour("soft");
  context.lineWidth = 1;
  context.textAlign = "right";
  context.textBaseline = "middle";
  for (const tick of ay.ticks) {
    context.beginPath();
    context.moveTo(LEFT, y(tick));
    context.lineTo(width - right, y(tick));
    context.stroke();
    context.fillText(ay.format(tick), LEFT - 5, y(tick));
  }
  context.textAlign = "center";
  context.textBaseline = "top";
  for (const tick of ax.ticks) context.fillText(ax.format(tick), x(tick), height - BOTTOM + 4);
  context.fillText(ax.label, (LEFT + width - right) / 2, height - 14);
  context.save();
  context.translate(9, (height - BOTTOM + TOP) / 2);
  context.rotate(-Math.PI / 2);
  context.textBaseline = "middle";
  context.fillText(ay.label, 0, 0);
  context.restore();
  return { x, y };
}

export function line(
  context: CanvasRenderingContext2D,
  points: { x: number; y: number }[],
  stroke: string,
  dash: number[] = [],
  width = 2.5,
) {
  context.strokeStyle = stroke;
  context.lineWidth = width;
  context.setLineDash(dash);
  context.beginPath();
  points.forEach((p, i) => (i === 0 ? context.moveTo(p.x, p.y) : context.lineTo(p.x, p.y)));
  context.stroke();
  context.setLineDash([]);
}
