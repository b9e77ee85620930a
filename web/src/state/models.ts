// Which model stands behind a name: decided here, and nowhere else.

import { computed } from "@preact/signals";
import type { Tokenizer } from "atome-lm";
import type { ModelSummary, Subject } from "../engine/protocol";
import { grouped } from "../parts/format";
import { status } from "./machine";
import { models, run, samples, step, subject } from "./signals";

export interface Named {
  kind: "demo" | "file" | "kept" | "run" | "snapshot";
  /** in plain words */
  name: string;
  /** of a snapshot, else null */
  step: number | null;
  /** undefined: there is no such model; it changes when another one takes the name */
  held: ModelSummary | number | undefined;
}

export function modelBehind(subject: Subject): Named {
  if (subject === "run") return { kind: "run", name: "this run, as it is now", step: null, held: run.value?.number };
  if (subject.startsWith("snapshot:")) {
    const step = Number(subject.slice("snapshot:".length));
    return { kind: "snapshot", name: `this run, at step ${grouped(step)}`, step, held: run.value?.number };
  }
  const kind = subject as "demo" | "file" | "kept",
    held = models.value[kind];
  return { kind, name: held?.name ?? "the pretrained model", step: null, held };
}
/** What its tokens are; null: there is no such model. */
export function tokenizerOf(subject: Subject): Tokenizer | null {
  const { kind } = modelBehind(subject);
  return (kind === "run" || kind === "snapshot" ? run.value?.info.tokenizer : models.value[kind]?.info.tokenizer) ?? null;
}
export const subjectName = (subject: Subject) => modelBehind(subject).name;

/** What is in memory, but for snapshots. */
export const available = computed(() => (["demo", "run", "kept", "file"] as const).filter((s) => modelBehind(s).held !== undefined));
/** The same, and the snapshot that is shown. */
export const offered = (current: Subject): Subject[] =>
  modelBehind(current).kind === "snapshot" ? [...available.value, current] : available.value;

/** The step of what the worker has as "run": that of its newest sample, or where a reload has put it. */
export function runModelStep(): number {
  const newest = samples.value.at(-1);
  return newest?.lens ? newest.step : step.value;
}

/** The worker holds the model of the lens. */
export const modelThere = computed(() => modelBehind(subject.value).held !== undefined);

/** Why there is no model and none comes by itself; "" while one is there or on its way. */
export const noModel = computed(() => {
  if (modelThere.value || status.value === "loading") return "";
  return status.value === "broken"
    ? "There is no engine, so there is no model to show."
    : "The pretrained model could not be loaded. Press Train, or open a model file: it is shown here.";
});
