// The models that can be compared.

import type { Subject } from "../engine/protocol";
import { models, run, status, step } from "../state/store";

export type Side = Exclude<Subject, `snapshot:${number}`>;
export const SIDES: Side[] = ["demo", "run", "kept", "file"];

export const available = (s: Side) => (s === "run" ? run.value !== null : models.value[s] !== undefined);

/** Changes when the model behind a subject does, and not more than that while it trains. */
export const version = (s: Side) =>
  s === "run" ? `${run.value?.number} ${status.value === "training" ? "training" : step.value}` : models.value[s];
