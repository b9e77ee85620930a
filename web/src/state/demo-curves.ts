// How the pretrained model learned: its log, in bits per byte.

import demoLog from "../../../checkpoints/stories/log.jsonl?raw";
import type { Curves } from "./curve";

const entries = demoLog
  .trim()
  .split("\n")
  .map((text) => JSON.parse(text) as { step: number; loss: number; valid_bpb?: number });
const valid = entries.filter((e) => e.valid_bpb !== undefined);

export const DEMO: Curves = {
  train: { steps: entries.map((e) => e.step), values: entries.map((e) => e.loss / Math.LN2) },
  valid: { steps: valid.map((e) => e.step), values: valid.map((e) => e.valid_bpb!) },
};
export const DEMO_STEPS = entries.at(-1)!.step;
