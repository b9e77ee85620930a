// What can be done to the lens: which model it shows, on which text, and the token in focus.

import { batch } from "@preact/signals";
import type { Subject } from "../engine/protocol";
import { call } from "./engine";
import { modelBehind } from "./models";
import { DEFAULTS } from "./settings";
import { complain, hovered, lens, models, pinned, samples, settings, subject } from "./signals";

export const DEMO_BYTES = 220;
const encode = (text: string) => new TextEncoder().encode(text);

export const promptOf = (s: Subject) => (s === "demo" ? DEFAULTS.prompt : settings.value.prompt);

export async function showDemo() {
  if (models.value.demo) await show("demo");
}

/** Shows a model in the lens: a text that it writes now, or the one of a snapshot. */
export async function show(which: Subject, seed = 1) {
  batch(() => {
    subject.value = which;
    pinned.value = hovered.value = null;
  });
  const known = samples.value.find((s) => s.step === modelBehind(which).step)?.lens;
  if (known) {
    lens.value = known;
    return;
  }
  const made = await call("sample", {
    subject: which,
    prompt: encode(promptOf(which)),
    n: DEMO_BYTES,
    sampling: { temperature: 0.6, top_p: 0.9, seed },
  });
  if (subject.value !== which) return;
  if (made.ok) lens.value = made.lens;
  else complain(made.error);
}
/** Shows what the model of the lens thinks of a given text. */
export async function showText(text: string) {
  if (text === "") return;
  const traced = await call("lensOf", { subject: subject.value, text: encode(text) });
  if (!traced.ok) return complain(traced.error);
  batch(() => {
    pinned.value = hovered.value = null;
    lens.value = traced.lens;
  });
}
/** The same text under the model of now: a pinned token stays where it is while the model learns. */
let retracing = false;
export async function retrace() {
  const l = lens.value;
  if (!l || retracing) return;
  retracing = true;
  const traced = await call("lens", { subject: subject.value, tokens: l.tokens, given: l.given });
  retracing = false;
  if (traced.ok && traced.lens.subject === subject.value) lens.value = traced.lens;
}
export function pin(position: number | null) {
  pinned.value = pinned.value === position ? null : position;
}
