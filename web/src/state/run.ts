// What is done to the run: it is made, trained and ended here.

import { batch, effect } from "@preact/signals";
import type { RunInfo, Speed } from "../engine/protocol";
import { Curve } from "./curve";
import { call } from "./engine";
import { showDemo } from "./lens";
import { act, go, status } from "./machine";
import { modelBehind } from "./models";
import { forget } from "./record";
import { configOf, corpusSpecOf, identity, runSpecOf, type Settings } from "./settings";
import {
  bytesPerSecond,
  complain,
  corpus,
  curves,
  digest,
  fit,
  notify,
  ownText,
  pinned,
  run,
  samples,
  settings,
  settingsChanged,
  speed,
  step,
  stopReason,
  subject,
  type OwnText,
} from "./signals";

/** Loads the corpus and makes a run at step 0, so that Play begins at once. */
export async function prepare(): Promise<boolean> {
  const s = settings.value,
    own = ownText.value;
  const changed = () => identity(s) !== identity(settings.value) || own !== ownText.value;
  void updateFit();
  const loaded = await call("corpus", corpusSpecOf(s, own));
  if (changed()) return prepare();
  if (!loaded.ok) return refused(loaded.error);
  corpus.value = loaded;
  const made = await call("create", runSpecOf(s));
  if (changed()) return prepare();
  if (!made.ok) return refused(made.error);
  batch(() => {
    adopt(made.run, made.info, s, loaded.name, own);
    digest.value = made.digest;
    if (["run", "snapshot"].includes(modelBehind(subject.value).kind)) void showDemo();
  });
  return true;
}
function refused(why: string) {
  run.value = null;
  complain(why);
  return false;
}

/** The worker has another run. */
export function adopt(number: number, info: RunInfo, s: Settings, textName: string, own: OwnText | null) {
  run.value = { number, info, settings: s, textName, own };
  step.value = info.steps_done;
  bytesPerSecond.value = 0;
  stopReason.value = null;
  curves.value = { loss: new Curve(), valid: { steps: [], values: [] } };
  samples.value = [];
  go(info.done ? "done" : info.steps_done > 0 ? "paused" : "ready");
}

export async function updateFit() {
  const made = await call("fit", { config: configOf(settings.value), windows: [settings.value.seq] });
  if (made.ok) fit.value = made;
}

const SETTLED_MS = 250;
/** From now on a run that has not begun takes the settings of now. One that has goes on as it is: Reset takes them. */
export function followSettings() {
  let known = identity(settings.value),
    knownText = ownText.value;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const follow = async () => {
    if (run.value && (step.value > 0 || status.value === "training" || !settingsChanged.value)) await updateFit();
    else await prepare();
  };
  effect(() => {
    const now = identity(settings.value);
    if (now === known && ownText.value === knownText) return;
    known = now;
    knownText = ownText.value;
    clearTimeout(timer);
    timer = setTimeout(() => void act(follow), SETTLED_MS);
  });
}

/** In the queue. */
export async function start() {
  if (status.value === "training") return;
  if (!run.value && !(await prepare())) return;
  // What was trained to its end, or begins anew, takes the settings of now.
  if (status.value === "done" && stopReason.value !== "plateau")
    return notify("this run has reached its last step: Reset starts anew, more steps make a longer one.");
  if (step.value === 0 && settingsChanged.value && !(await prepare())) return;
  const started = await call("play", { speed: speed.value });
  if (!started.ok) return complain(started.error);
  batch(() => {
    go("training");
    stopReason.value = null;
    pinned.value = null;
    subject.value = "run";
  });
}
async function stop() {
  if (status.value !== "training") return;
  const paused = await call("pause", {});
  if (!paused.ok) complain(paused.error);
}
export const toggle = () => act(() => (status.value === "training" ? stop() : start()));
export const singleStep = () =>
  act(async () => {
    if (status.value === "training") return stop();
    if (!run.value && !(await prepare())) return;
    subject.value = "run";
    const done = await call("step", {});
    if (!done.ok) return complain(done.error);
    batch(() => {
      digest.value = done.digest;
      if (status.value === "ready") go("paused");
    });
  });
export const reset = () =>
  act(async () => {
    await stop();
    pinned.value = null;
    await forget();
    step.value = 0;
    await prepare();
  });
export async function setSpeed(value: Speed) {
  speed.value = value;
  if (status.value === "training") await call("play", { speed: value });
}
