// Axes: round numbers between two ends, linear or by powers of ten.

import type { Line } from "../../state/curve";

export interface Scale {
  least: number;
  most: number;
  log: boolean;
  ticks: number[];
}

/** The distance of about `count` round ticks. */
function roundStep(span: number, count: number): number {
  const rough = span / Math.max(count, 1);
  const power = 10 ** Math.floor(Math.log10(rough));
  return power * ([1, 2, 5].find((m) => m * power >= rough) ?? 10);
}

export function linearScale(least: number, most: number, count: number): Scale {
  const step = roundStep(Math.max(most - least, 1e-9), count);
  const ticks = [];
  // Counted, not summed up: tenths do not add up exactly.
  for (let i = Math.ceil(least / step - 1e-9); i * step <= most * (1 + 1e-9); i++) ticks.push(Number((i * step).toPrecision(12)));
  return { least, most, log: false, ticks };
}

/** least above 0 */
export function logScale(least: number, most: number): Scale {
  const ticks = [];
  for (let power = 10 ** Math.ceil(Math.log10(least) - 1e-9); power <= most * (1 + 1e-9); power *= 10) ticks.push(power);
  return { least, most: Math.max(most, least * 10), log: true, ticks };
}

/** 0 at the least value, 1 at the most, within them. */
export function shareOf({ least, most, log }: Scale, value: number): number {
  const share = log ? Math.log(Math.max(value, least) / least) / Math.log(most / least) : (value - least) / (most - least);
  return Math.min(Math.max(share, 0), 1);
}

/** A run much shorter than the other would be a stroke at the edge of a linear axis. */
const MUCH_LONGER = 5;
/** of the steps */
export function stepScale(lines: Line[], count: number): Scale {
  const drawn = lines.filter((line) => line.steps.length > 0);
  const ends = drawn.map((line) => line.steps.at(-1)!);
  const most = Math.max(10, ...ends);
  if (drawn.length > 1 && most >= MUCH_LONGER * Math.min(...ends))
    return logScale(Math.max(1, Math.min(...drawn.map((line) => line.steps[0]!))), most);
  return linearScale(0, most, count);
}

/** of bits per byte: about the values, in halves */
export function bitsScale(lines: Line[], count: number): Scale {
  const values = lines.flatMap((line) => line.values).filter(Number.isFinite);
  const least = values.length > 0 ? Math.min(...values) : 0,
    most = values.length > 0 ? Math.max(...values) : 8;
  const from = Math.max(0, Math.floor(2 * least - 0.2) / 2);
  return linearScale(from, Math.max(from + 1, Math.ceil(2 * most + 0.1) / 2), count);
}
