// "Keep this run for comparison": the model goes to the worker's memory, its curves and settings stay here.

import { computed, signal } from "@preact/signals";
import type { ModelSummary } from "../engine/protocol";
import type { Settings } from "../state/settings";
import { curves, keepRun, models, run } from "../state/store";
import type { LossPoints } from "./compare-data";

interface KeptRun {
  model: ModelSummary;
  settings: Settings;
  textName: string;
  points: LossPoints;
}

const held = signal<KeptRun | null>(null);

/** null: nothing is kept, or the worker that held the model has died. */
export const kept = computed(() => (held.value?.model === models.value.kept ? held.value : null));

/** Whether it was kept; if not, a message has said why. */
export async function keepForComparison(): Promise<boolean> {
  const of = run.value;
  if (!of) return false;
  // Taken before the wait: a Reset meanwhile puts new curves in their place, and these grow in place until then.
  const { loss, valid } = curves.value;
  const before = models.value.kept;
  await keepRun();
  const model = models.value.kept;
  if (!model || model === before) return false;
  held.value = {
    model, settings: of.settings, textName: of.textName,
    points: {
      train: { steps: [...loss.steps], values: [...loss.values] },
      valid: { steps: [...valid.steps], values: [...valid.values] },
    },
  };
  return true;
}
