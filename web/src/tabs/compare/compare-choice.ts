// Which two models are compared, and what they are asked to write; kept while other tabs are open.

import { computed, signal } from "@preact/signals";
import type { Subject } from "../../engine/protocol";
import { available } from "../../state/models";
import { settings, step } from "../../state/store";
import { pickTwo, type Sides } from "./compare-pick";

const chosen = signal<Partial<Sides>>({});

const started = computed(() => step.value > 0);
/** null: there are no two models. */
export const sides = computed(() => pickTwo(chosen.value, available.value, started.value));

/** What the other side has is exchanged. */
export function choose(side: keyof Sides, subject: Subject) {
  const now = sides.value;
  if (!now) return;
  const other = side === "a" ? "b" : "a";
  chosen.value = { [side]: subject, [other]: now[other] === subject ? now[side] : now[other] };
}
/** From now on the page chooses again. */
export const chooseFreely = () => void (chosen.value = {});

const typedPrompt = signal<string | null>(null);
export const asked = {
  /** that of the settings until the visitor writes another one */
  prompt: computed(() => typedPrompt.value ?? settings.value.prompt),
  seed: signal(1),
  temperature: signal(0.6),
};
export const askPrompt = (text: string) => void (typedPrompt.value = text);
