// The loss curves of the models, in bits per byte.

import demoLog from "../../../../checkpoints/stories/log.jsonl?raw";
import type { Subject } from "../../engine/protocol";
import { curves } from "../../state/store";
import { kept } from "./kept";

/** steps ascend; as many values as steps */
export interface Line {
  steps: number[];
  values: number[];
}
export interface Curves {
  train: Line;
  valid: Line;
}
export type Which = keyof Curves;

const DEMO: Curves = (() => {
  const train: Line = { steps: [], values: [] }, valid: Line = { steps: [], values: [] };
  for (const text of demoLog.trim().split("\n")) {
    const { step, loss, valid_bpb } = JSON.parse(text) as { step: number; loss: number; valid_bpb?: number };
    train.steps.push(step);
    train.values.push(loss / Math.LN2);
    if (valid_bpb === undefined) continue;
    valid.steps.push(step);
    valid.values.push(valid_bpb);
  }
  return { train, valid };
})();
export const DEMO_STEPS = DEMO.train.steps.at(-1) ?? 0;

/** null: none is known. Does not follow the run: see useFollow(). */
export function curvesOf(subject: Subject): Curves | null {
  if (subject === "demo") return DEMO;
  if (subject === "kept") return kept.value?.curves ?? null;
  if (subject !== "run") return null;
  const { loss, valid } = curves.peek();
  return { train: loss, valid };
}
