// How many codes change while a run trains: one point for each look at it.

import type { CodeStatistics } from "atome-lm";

export interface FlipPoint {
  step: number;
  /** flips per step since the look before, by tensor index */
  flips: Map<number, number>;
}
export interface FlipHistory {
  run: number;
  points: FlipPoint[];
}
const KEPT = 60;

/** first: the look before was long ago, so that flips back and forth in between are lost. */
export function addFlips(history: FlipHistory, run: number, now: CodeStatistics, first: boolean): FlipHistory {
  const points = history.run === run ? history.points : [];
  const steps = now.step - now.since;
  if (first || steps <= 0) return { run, points };
  const flips = new Map(now.tensors.map((t) => [t.index, t.flips / steps]));
  return { run, points: [...points, { step: now.step, flips }].slice(-KEPT) };
}

export const allFlips = (p: FlipPoint) => [...p.flips.values()].reduce((sum, f) => sum + f, 0);
