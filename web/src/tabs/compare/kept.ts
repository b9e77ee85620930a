// "Keep this run for comparison": the model goes to the worker's memory, its curves and settings stay here.

import { computed, signal } from "@preact/signals";
import type { ModelSummary } from "../../engine/protocol";
import type { Curves, Line } from "../../state/curve";
import type { Settings } from "../../state/settings";
import { curves, keepRun, models, run, step } from "../../state/store";

interface KeptRun {
  model: ModelSummary;
  settings: Settings;
  textName: string;
  curves: Curves;
  step: number;
}

const held = signal<KeptRun | null>(null);

/** null: nothing is kept, or the worker that held the model has died. */
export const kept = computed(() => (held.value?.model === models.value.kept ? held.value : null));

const copy = (line: Line): Line => ({ steps: [...line.steps], values: [...line.values] });

/** Whether it was kept; if not, a message has said why. */
export async function keepForComparison(): Promise<boolean> {
  const of = run.value;
  if (!of) return false;
  // Taken before the wait: a Reset meanwhile puts new curves in their place, and these grow in place until then.
  const { loss, valid } = curves.value;
  const before = models.value.kept,
    at = step.value;
  await keepRun();
  const model = models.value.kept;
  if (!model || model === before) return false;
  held.value = {
    model,
    settings: of.settings,
    textName: of.textName,
    curves: { train: copy(loss), valid: copy(valid) },
    step: run.value === of ? step.value : at,
  };
  return true;
}
