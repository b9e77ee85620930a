// The state of the page for those who show it: signals to read, actions to call. Nothing else talks to the worker.

import { call } from "./engine";
import { status } from "./machine";
import type { Settings } from "./settings";
import { bytesPerSecond, complain, digest, kernels, models, notify, savedStep, settings, step, stopReason, view } from "./signals";
import type { View } from "./url";

export { chooseRecipe } from "./aside";
export { call } from "./engine";
export { openFile, useText } from "./files";
export { DEMO_BYTES, pin, promptOf, show, showText } from "./lens";
export { idle, status } from "./machine";
export { reset, setSpeed, singleStep, toggle } from "./run";
export * from "./signals";

export function change(part: Partial<Settings>) {
  settings.value = { ...settings.value, ...part };
}
export function setView(part: Partial<View>) {
  view.value = { ...view.value, ...part };
}

export async function keepRun() {
  const kept = await call("keep", {});
  if (!kept.ok) return complain(kept.error);
  models.value = { ...models.value, kept };
  notify(`kept: ${kept.name}. The Compare tab shows it beside the next run.`);
}

/** For another program, and for tests: what the page is doing. */
export const report = () => ({
  status: status.value,
  step: step.value,
  digest: digest.value,
  bytesPerSecond: bytesPerSecond.value,
  kernels: kernels.value,
  savedStep: savedStep.value,
  stopReason: stopReason.value,
});
