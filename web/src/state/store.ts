// What can be done to the state of the page (signals.ts), and what the worker does to it. The other rooms
// read signals and call actions; nothing else talks to the worker.

import { batch, effect } from "@preact/signals";
import type { RunInfo, SampleFrame, SavedFrame, Speed, WorkerEvent } from "../engine/protocol";
import { followAddress, takeAddress, withoutText } from "./address";
import { Curve } from "./curve";
import { call, restartWorker, startWorker } from "./engine";
import { reopenFile } from "./files";
import { modelBehind } from "./models";
import { retrace, show, showDemo } from "./lens";
import {
  bytesPerSecond,
  complain,
  corpus,
  curves,
  digest,
  fit,
  idle,
  kernels,
  learningRate,
  lens,
  models,
  notify,
  ownText,
  pinned,
  presets,
  run,
  samples,
  savedStep,
  settings,
  settingsChanged,
  speed,
  status,
  step,
  stopReason,
  subject,
  view,
  type OwnText,
} from "./signals";
import { configOf, corpusSpecOf, DEFAULTS, identity, RECIPES, runSpecOf, type Settings } from "./settings";
import { claim, freshKey, keyOfTab, settle, storedRuns, type StoredRun } from "./slots";
import { forgetRun, saveRun, type SavedRun } from "./storage";
import { readUrl, VIEW_DEFAULTS, writeUrl, type View } from "./url";

export { call } from "./engine";
export { openFile, useText } from "./files";
export { DEMO_BYTES, pin, promptOf, show, showText } from "./lens";
export * from "./signals";

// ---- the engine ----------------------------------------------------------------------------------------

let demoBytes: Uint8Array;
/** The newest state of the run, for a worker that dies and for storage. */
let lastSaved: SavedRun | null = null;
let storageWorks = true;
/** Where the run is stored, once it is. */
let slot: Promise<string> | null = null;
/** The address of this visit has brought its own settings, and they were those of no stored run. */
let fromLink = false;
/** Workers that died, each within a minute of the one before. */
let deaths = 0;
let lastDeath = -Infinity;
const CALM_MS = 60_000;
/** It was training when it died. */
let interrupted = false;

export async function boot(makeWorker: () => Worker, demo: Promise<Uint8Array>) {
  try {
    startWorker(makeWorker, onEvent, (why) => void onDeath(why));
  } catch (error) {
    return broken(`the engine cannot be started: ${(error as Error)?.message ?? error}`);
  }
  demoBytes = await demo.catch(() => new Uint8Array());
  const failed = await startEngine();
  if (failed) return broken(failed);
  const fromUrl = takeAddress();
  await showDemo();
  const restored = await restore(fromUrl.explicit, fromUrl.settings, fromUrl.text !== null);
  if (!restored) withoutText();
  followAddress();
  effect(() => void call("prompt", { prompt: settings.value.prompt }));
  let known = identity(settings.value);
  let timer: ReturnType<typeof setTimeout> | undefined;
  effect(() => {
    const now = identity(settings.value);
    void ownText.value;
    if (now === known && ownText.value === lastOwn) return;
    known = now;
    clearTimeout(timer);
    timer = setTimeout(() => void settingsSettled(), 250);
  });
  document.addEventListener("visibilitychange", () => void call("visible", { visible: !document.hidden }));
  if (!restored) await prepare();
  else void updateFit();
  if (status.value === "loading") status.value = "ready";
}

function broken(why: string) {
  status.value = "broken";
  complain(`${why}. Reload the page, or open it in a newer browser.`);
}

/** Returns what has failed. */
async function startEngine(): Promise<string | null> {
  const started = await call("start", { demo: demoBytes });
  if (!started.ok) return started.error;
  presets.value = started.presets;
  kernels.value = started.kernels;
  models.value = started.demo ? { demo: started.demo } : {};
  if (!started.demo) complain(`${started.problem}. Training and opening files work without it.`);
  return null;
}

async function onDeath(why: string) {
  if (!kernels.value) return; // It never started: boot() says so.
  const now = performance.now();
  deaths = now - lastDeath < CALM_MS ? deaths + 1 : 1;
  lastDeath = now;
  if (deaths > 3) {
    status.value = "broken";
    const stored = savedStep.value;
    return complain(
      `the engine has stopped again (${why}): reload the page${stored === null ? "" : `; the run is kept up to step ${stored}`}`,
    );
  }
  interrupted ||= status.value === "training";
  const held = lastSaved;
  complain(`the engine has stopped (${why}) and was started again${held ? ` from step ${held.step}` : ""}`);
  restartWorker();
  batch(() => {
    run.value = null;
    subject.value = "demo";
    status.value = "loading";
  });
  const failed = await startEngine();
  if (lastDeath !== now) return; // It died again: that call of onDeath() goes on.
  if (failed) return broken(failed);
  await reopenFile();
  if (!held || !(await resumeFrom(held))) {
    if (lastDeath !== now) return;
    await showDemo();
    await prepare();
  }
  if (lastDeath !== now) return;
  if (status.value === "loading") status.value = "ready";
  if (interrupted && run.value) await play();
  interrupted = false;
}

function onEvent(event: WorkerEvent) {
  if (event.run !== run.value?.number) return;
  batch(() => {
    switch (event.type) {
      case "frame": {
        const { loss, valid } = curves.value;
        event.losses.forEach((value, i) => loss.add(event.first_step + i + 1, value / Math.LN2));
        curves.value = { loss, valid };
        step.value = event.steps_done;
        bytesPerSecond.value = event.bytes_per_second;
        learningRate.value = event.learning_rate;
        break;
      }
      case "valid": {
        const { loss, valid } = curves.value;
        valid.steps.push(event.step);
        valid.values.push(event.bits_per_byte);
        curves.value = { loss, valid: valid.steps.length < MAX_VALID ? valid : everySecond(valid) };
        break;
      }
      case "sample":
        onSample(event);
        break;
      case "stopped":
        digest.value = event.digest;
        stopReason.value = event.reason;
        status.value = event.reason === "done" || event.reason === "plateau" ? "done" : "paused";
        if (event.reason === "error") complain(event.error ?? "training has failed");
        if (event.reason === "plateau") notify(`stopped at step ${event.step}: validation has not improved for a while. Play goes on.`);
        break;
      case "saved":
        onSaved(event);
        break;
    }
  });
}

/** Points of validation that a curve keeps. */
const MAX_VALID = 120;
const everySecond = ({ steps, values }: { steps: number[]; values: number[] }) => ({
  steps: steps.filter((_, i) => i % 2 === 1),
  values: values.filter((_, i) => i % 2 === 1),
});

const MAX_SAMPLES = 60;
function onSample(event: SampleFrame) {
  const { tokens, given } = event.lens;
  const kept = new Set(event.snapshots);
  let list = samples.value
    .filter((s) => s.step !== event.step)
    .map((s) => (s.snapshot === kept.has(s.step) ? s : { ...s, snapshot: kept.has(s.step) }));
  list.push({ step: event.step, tokens, given, lens: event.lens, snapshot: kept.has(event.step) });
  // Of the old ones, those whose model is gone give way first.
  while (list.length > MAX_SAMPLES) {
    const old = list.findIndex((s) => !s.snapshot);
    list = list.filter((_, i) => i !== Math.max(old, 0));
  }
  samples.value = list;
  if (subject.value !== "run") return;
  if (pinned.value === null) lens.value = event.lens;
  else void retrace();
}

function onSaved(event: SavedFrame) {
  digest.value = event.digest;
  const r = run.value!;
  const own = r.settings.corpus === "text" ? r.own : null;
  lastSaved = {
    settings: r.settings,
    text: own ? { name: own.name, bytes: own.text } : null,
    step: event.step,
    digest: event.digest,
    checkpoint: event.checkpoint,
    loss: curves.value.loss.save(),
    valid: { steps: [...curves.value.valid.steps], values: [...curves.value.valid.values] },
    samples: samples.value.slice(-20).map((s) => ({ step: s.step, text: s.tokens, given: s.given })),
    saved_at: Date.now(),
    from_link: fromLink,
  };
  void store(lastSaved);
}

async function store(saved: SavedRun) {
  const fresh = slot === null;
  const where = (slot ??= freshKey());
  try {
    const key = await where;
    await saveRun(key, saved);
    if (fresh) await settle(key);
    // Another run may have begun meanwhile.
    if (slot === where) savedStep.value = saved.step;
    storageWorks = true;
  } catch (error) {
    if (fresh && slot === where) slot = null;
    // Said once; there may be room again later.
    if (storageWorks)
      complain(
        `this browser stores nothing for the page (${(error as Error)?.message || error}): training goes on, a reload starts anew. Export keeps the model.`,
      );
    storageWorks = false;
    savedStep.value = null;
  }
}

// ---- runs ----------------------------------------------------------------------------------------------

let lastOwn: OwnText | null = null;

/** What prepare() is at work for. */
let preparing: Settings | null = null;

/** Loads the corpus and makes a run at step 0, so that Play begins at once. */
async function prepare(): Promise<boolean> {
  const s = (preparing = settings.value);
  try {
    return await makeRun(s);
  } finally {
    if (preparing === s) preparing = null;
  }
}
async function makeRun(s: Settings): Promise<boolean> {
  const own = (lastOwn = ownText.value);
  void updateFit();
  const loaded = await call("corpus", corpusSpecOf(s, own));
  if (!loaded.ok) {
    complain(loaded.error);
    return false;
  }
  if (s !== settings.value) return true; // changed meanwhile: another call is on its way
  corpus.value = loaded;
  const made = await call("create", runSpecOf(s));
  if (s !== settings.value) return true;
  if (!made.ok) {
    run.value = null;
    complain(made.error);
    return false;
  }
  batch(() => {
    adopt(made.run, made.info, s, loaded.name, own);
    digest.value = made.digest;
    if (["run", "snapshot"].includes(modelBehind(subject.value).kind)) void showDemo();
  });
  return true;
}

function adopt(number: number, info: RunInfo, s: Settings, textName: string, own: OwnText | null) {
  run.value = { number, info, settings: s, textName, own };
  step.value = info.steps_done;
  bytesPerSecond.value = 0;
  stopReason.value = null;
  curves.value = { loss: new Curve(), valid: { steps: [], values: [] } };
  samples.value = [];
  status.value = info.done ? "done" : info.steps_done > 0 ? "paused" : "ready";
}

/** A run comes back with its settings: they ask for no new one. */
let bringing = false;

async function settingsSettled() {
  if (bringing || (preparing === settings.value && lastOwn === ownText.value)) return;
  // A run that has begun goes on as it is; Reset takes the new settings. One that has them already may begin any moment.
  if (run.value && (step.value > 0 || status.value === "training" || !settingsChanged.value)) return void updateFit();
  await prepare();
}

async function restore(explicit: boolean, wanted: Settings, textInUrl: boolean): Promise<boolean> {
  let runs: StoredRun[];
  try {
    runs = await storedRuns();
  } catch (error) {
    storageWorks = false;
    notify(`this browser stores nothing for the page (${(error as Error)?.message || error}): a reload starts anew.`);
    return false;
  }
  const same = ({ saved }: StoredRun) =>
    saved !== null &&
    identity(saved.settings) === identity(wanted) &&
    !(textInUrl && saved.text && !equal(ownText.value!.text, saved.text.bytes));
  // Without settings in the address: the visitor's own, and no older one in its place.
  const candidates = explicit ? runs.filter(same) : runs.slice(0, 1);
  fromLink = explicit && candidates[0]?.saved?.from_link !== false;
  for (const { key, saved } of candidates) {
    const claimed = await claim(key);
    if (claimed === "taken") continue;
    slot = Promise.resolve(key);
    if (!saved || !sound(saved.settings)) return unusable("its record is damaged");
    fromLink = saved.from_link;
    if (!explicit) settings.value = saved.settings;
    if (!(await resumeFrom(saved))) return false;
    // Where nobody can say whether another tab goes on with this record, this one continues a copy.
    if (claimed === "free" && key !== keyOfTab()) slot = null;
    else void settle(key).catch(() => {});
    savedStep.value = saved.step;
    notify(`your run was kept: step ${saved.step}. Play goes on, Reset starts anew.`);
    return true;
  }
  const own = runs.find(({ saved }) => saved && !saved.from_link)?.saved;
  if (candidates[0]?.saved)
    notify(`your run, kept at step ${candidates[0].saved.step}, is open in another tab: here another one begins, and is kept beside it.`);
  else if (own)
    notify(`this address begins another run. Yours stays kept at step ${own.step}: the address without what follows # goes on with it.`);
  return false;
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
/** Settings that an address could carry, too. */
const sound = (s: Settings) => {
  try {
    return (
      readUrl(
        writeUrl({ ...DEFAULTS, ...s }, VIEW_DEFAULTS, null),
        presets.value.map((p) => p.name),
      ).problems.length === 0
    );
  } catch {
    return false;
  }
};
async function unusable(why: string): Promise<false> {
  complain(`the stored run cannot be continued: ${why}. A new one begins.`);
  if (slot) await slot.then(forgetRun).catch(() => {});
  return false;
}

async function resumeFrom(saved: SavedRun): Promise<boolean> {
  // A text that was chosen since then stays, for the next run.
  const chosen = ownText.value;
  const own = saved.text && (chosen && equal(chosen.text, saved.text.bytes) ? chosen : { name: saved.text.name, text: saved.text.bytes });
  if (own && !chosen) ownText.value = own;
  const life = lastDeath;
  lastOwn = ownText.value;
  const loaded = await call("corpus", corpusSpecOf(saved.settings, own));
  if (!loaded.ok) return false;
  const made = await call("resume", { ...runSpecOf(saved.settings), prompt: settings.value.prompt, checkpoint: saved.checkpoint });
  if (lastDeath !== life) return false; // That says nothing about the record.
  if (!made.ok) return unusable(made.error);
  if (made.digest !== saved.digest) return unusable(`its weights are ${made.digest}, not ${saved.digest}`);
  batch(() => {
    corpus.value = loaded;
    adopt(made.run, made.info, saved.settings, loaded.name, own);
    digest.value = made.digest;
    curves.value = { loss: Curve.from(saved.loss), valid: { steps: [...saved.valid.steps], values: [...saved.valid.values] } };
    samples.value = saved.samples.map((s) => ({ step: s.step, tokens: s.text, given: s.given, lens: null, snapshot: false }));
  });
  lastSaved = saved;
  await show("run");
  return true;
}

// ---- actions: training ---------------------------------------------------------------------------------

export async function play() {
  if (status.value === "training" || idle.value) return;
  if (!run.value && !(await prepare())) return;
  // What was trained to its end, or begins anew, takes the settings of now.
  if (status.value === "done" && stopReason.value !== "plateau") {
    notify("this run has reached its last step: Reset starts anew, more steps make a longer one.");
    return;
  }
  if (step.value === 0 && settingsChanged.value && !(await prepare())) return;
  const started = await call("play", { speed: speed.value });
  if (!started.ok) return complain(started.error);
  batch(() => {
    status.value = "training";
    stopReason.value = null;
    pinned.value = null;
    subject.value = "run";
  });
}
export async function pause() {
  if (status.value !== "training") return;
  const paused = await call("pause", {});
  if (!paused.ok) complain(paused.error);
}
export const toggle = () => (status.value === "training" ? pause() : play());
export async function singleStep() {
  if (status.value === "training") return pause();
  if (idle.value) return;
  if (!run.value && !(await prepare())) return;
  subject.value = "run";
  const done = await call("step", {});
  if (!done.ok) return complain(done.error);
  batch(() => {
    digest.value = done.digest;
    if (status.value === "ready") status.value = "paused";
  });
}
export async function reset() {
  if (idle.value) return;
  await pause();
  pinned.value = null;
  lastSaved = null;
  if (slot) await slot.then(forgetRun).catch(() => {});
  savedStep.value = null;
  step.value = 0;
  await prepare();
}
export async function setSpeed(value: Speed) {
  speed.value = value;
  if (status.value === "training") await call("play", { speed: value });
}
export function change(part: Partial<Settings>) {
  settings.value = { ...settings.value, ...part };
}
export async function chooseRecipe(id: string) {
  const recipe = RECIPES.find((r) => r.id === id);
  if (!recipe) return;
  const next = { ...DEFAULTS, seed: settings.value.seed, ...recipe.settings };
  const begun = step.value > 0;
  if (begun && !(await putAside(`for ${recipe.title}`))) return;
  settings.value = next;
  if (begun) await prepare();
}
export function setView(part: Partial<View>) {
  view.value = { ...view.value, ...part };
}

/** A run that another one has taken the place of. It stays stored, and the visitor can have it back. */
interface Aside {
  saved: SavedRun;
  slot: Promise<string> | null;
  own: OwnText | null;
}
/** The page is as before a run's first step; false: there is no place to keep this one, so it stays. why: "for ..." */
async function putAside(why: string): Promise<boolean> {
  const paused = await call("pause", {});
  if (!paused.ok || lastSaved?.step !== paused.step) {
    complain(`this run cannot be put aside${paused.ok ? "" : ` (${paused.error})`}, so it stays: Reset ends it`);
    return false;
  }
  const aside: Aside = { saved: lastSaved, slot, own: ownText.value };
  batch(() => {
    lastSaved = null;
    slot = null;
    savedStep.value = null;
    pinned.value = null;
    step.value = 0;
  });
  notify(`the run of ${aside.saved.step.toLocaleString("en")} steps was put aside ${why}.`, false, {
    name: "Bring it back",
    act: () => void bringBack(aside),
  });
  return true;
}
async function bringBack(aside: Aside) {
  if (idle.value) return;
  if (step.value > 0 && !(await putAside("for the one before"))) return;
  batch(() => {
    status.value = "loading";
    settings.value = aside.saved.settings;
    ownText.value = aside.own;
  });
  slot = aside.slot;
  bringing = true;
  const back = await resumeFrom(aside.saved);
  bringing = false;
  if (back && slot) {
    savedStep.value = aside.saved.step;
    void slot.then(settle).catch(() => {});
  }
  if (!back) await prepare();
  if (status.value === "loading") status.value = "ready";
}

// ---- actions: the rest ---------------------------------------------------------------------------------

export async function keepRun() {
  const kept = await call("keep", {});
  if (!kept.ok) return complain(kept.error);
  models.value = { ...models.value, kept };
  notify(`kept: ${kept.name}. The Compare tab shows it beside the next run.`);
}

async function updateFit() {
  const made = await call("fit", { config: configOf(settings.value), windows: [settings.value.seq] });
  if (made.ok) fit.value = made;
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
