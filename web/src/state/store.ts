// What can be done to the state of the page (signals.ts), and what the worker does to it. The parts under ui/ and
// tabs/ read signals and call actions; nothing else talks to the worker.

import { batch, effect } from "@preact/signals";
import type { Config, TrainOptions } from "atome-lm";
import { Engine } from "../engine/client";
import type {
  RunInfo, SampleFrame, SavedFrame, Speed, Subject, WorkerEvent,
} from "../engine/protocol";
import { Curve } from "./curve";
import {
  bytesPerSecond, complain, corpus, curves, digest, fit, hovered, identity, idle, kernels, learningRate,
  lens, models, notify, ownText, pinned, presets, run, samples, savedStep, settings, settingsChanged, speed,
  status, step, stopReason, subject, view, type OwnText,
} from "./signals";
import { configOf, corpusSpecOf, DEFAULTS, RECIPES, runSpecOf, type Settings } from "./settings";
import { asRun, forgetRun, loadRun, saveRun, type SavedRun } from "./storage";
import { readUrl, VIEW_DEFAULTS, writeUrl, type View } from "./url";

export * from "./signals";

// ---- the engine ----------------------------------------------------------------------------------------

let engine: Engine;
let demoBytes: Uint8Array;
let defaults: { config: Config; options: TrainOptions };
/** The newest state of the run, for a worker that dies and for storage. */
let lastSaved: SavedRun | null = null;
let storageWorks = true;
/** Workers that died, each within a minute of the one before. */
let deaths = 0;
let lastDeath = -Infinity;
const CALM_MS = 60_000;
/** It was training when it died. */
let interrupted = false;

export const call: Engine["call"] = (name, argument) => engine.call(name, argument);

export async function boot(makeWorker: () => Worker, demo: Promise<Uint8Array>) {
  try {
    engine = new Engine(makeWorker, onEvent, onDeath);
  } catch (error) {
    return broken(`the engine cannot be started: ${(error as Error)?.message ?? error}`);
  }
  demoBytes = await demo.catch(() => new Uint8Array());
  const failed = await startEngine();
  if (failed) return broken(failed);
  const fromUrl = takeUrl();
  await showDemo();
  const restored = await restore(fromUrl.explicit, fromUrl.settings, fromUrl.text !== null);
  if (!restored) withoutText();
  effect(() => {
    const hash = writeUrl(settings.value, view.value, ownText.value?.text ?? null);
    if (hash !== location.hash) history.replaceState(null, "", `${location.pathname}${location.search}${hash}`);
  });
  effect(() => void call("prompt", { prompt: settings.value.prompt }));
  let known = identity(settings.value);
  let timer: ReturnType<typeof setTimeout> | undefined;
  effect(() => {
    const now = identity(settings.value);
    void ownText.value;
    if (now === known && ownText.value === lastOwn) return;
    known = now;
    clearTimeout(timer);
    timer = setTimeout(settingsSettled, 250);
  });
  document.addEventListener("visibilitychange", () => void call("visible", { visible: !document.hidden }));
  addEventListener("hashchange", onHashChange);
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
  defaults = started.defaults;
  presets.value = started.presets;
  kernels.value = started.kernels;
  models.value = started.demo ? { demo: started.demo } : {};
  if (!started.demo) complain(`${started.problem}. Training and opening files work without it.`);
  return null;
}

async function onDeath(why: string) {
  if (!defaults) return;  // It never started: boot() says so.
  const now = performance.now();
  deaths = now - lastDeath < CALM_MS ? deaths + 1 : 1;
  lastDeath = now;
  if (deaths > 3) {
    status.value = "broken";
    const stored = savedStep.value;
    return complain(`the engine has stopped again (${why}): reload the page${stored === null ? "" : `; the run is kept up to step ${stored}`}`);
  }
  interrupted ||= status.value === "training";
  const held = lastSaved;
  complain(`the engine has stopped (${why}) and was started again${held ? ` from step ${held.step}` : ""}`);
  engine.restart();
  batch(() => {
    run.value = null;
    subject.value = "demo";
    status.value = "loading";
  });
  const failed = await startEngine();
  if (lastDeath !== now) return;  // It died again: that call of onDeath() goes on.
  if (failed) return broken(failed);
  if (file) await openModel(file.bytes, file.name);
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
        if (event.reason === "plateau")
          notify(`stopped at step ${event.step}: validation has not improved for a while. Play goes on.`);
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
  steps: steps.filter((_, i) => i % 2 === 1), values: values.filter((_, i) => i % 2 === 1),
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
    settings: r.settings, text: own ? { name: own.name, bytes: own.text } : null, step: event.step,
    digest: event.digest, checkpoint: event.checkpoint, loss: curves.value.loss.save(),
    valid: { steps: [...curves.value.valid.steps], values: [...curves.value.valid.values] },
    samples: samples.value.slice(-20).map((s) => ({ step: s.step, text: s.tokens, given: s.given })),
  };
  void store(lastSaved);
}

async function store(saved: SavedRun) {
  try {
    await saveRun(saved);
    savedStep.value = saved.step;
    storageWorks = true;
  } catch (error) {
    // Said once; there may be room again later.
    if (storageWorks)
      complain(`this browser stores nothing for the page (${(error as Error)?.message || error}): training goes on, a reload starts anew. Export keeps the model.`);
    storageWorks = false;
    savedStep.value = null;
  }
}

// ---- runs ----------------------------------------------------------------------------------------------

let lastOwn: OwnText | null = null;

/** Loads the corpus and makes a run at step 0, so that Play begins at once. */
async function prepare(): Promise<boolean> {
  const s = settings.value;
  const own = lastOwn = ownText.value;
  void updateFit();
  const loaded = await call("corpus", corpusSpecOf(s, own));
  if (!loaded.ok) {
    complain(loaded.error);
    return false;
  }
  if (s !== settings.value) return true;  // changed meanwhile: another call is on its way
  corpus.value = loaded;
  const made = await call("create", runSpecOf(s, defaults.options));
  if (s !== settings.value) return true;
  if (!made.ok) {
    run.value = null;
    complain(made.error);
    return false;
  }
  batch(() => {
    adopt(made.run, made.info, s, loaded.name, own);
    digest.value = made.digest;
    if (subject.value === "run" || subject.value.startsWith("snapshot")) void showDemo();
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

async function settingsSettled() {
  // A run that has begun goes on as it is; Reset takes the new settings.
  if (run.value && (step.value > 0 || status.value === "training")) return void updateFit();
  await prepare();
}

async function restore(explicit: boolean, wanted: Settings, textInUrl: boolean): Promise<boolean> {
  let record: unknown;
  try {
    record = await loadRun();
  } catch (error) {
    storageWorks = false;
    notify(`this browser stores nothing for the page (${(error as Error)?.message || error}): a reload starts anew.`);
    return false;
  }
  if (record === undefined) return false;
  const saved = asRun(record);
  if (!saved || !sound(saved.settings)) return unusable("its record is damaged");
  if (explicit && identity(saved.settings) !== identity(wanted)) return false;
  if (textInUrl && saved.text && !equal(ownText.value!.text, saved.text.bytes)) return false;
  if (!explicit) settings.value = saved.settings;
  if (!(await resumeFrom(saved))) return false;
  savedStep.value = saved.step;
  notify(`your run was kept: step ${saved.step}. Play goes on, Reset starts anew.`);
  return true;
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
    return readUrl(writeUrl({ ...DEFAULTS, ...s }, VIEW_DEFAULTS, null), presets.value.map((p) => p.name)).problems.length === 0;
  } catch {
    return false;
  }
};
async function unusable(why: string): Promise<false> {
  complain(`the stored run cannot be continued: ${why}. A new one begins.`);
  await forgetRun().catch(() => {});
  return false;
}

async function resumeFrom(saved: SavedRun): Promise<boolean> {
  // A text that was chosen since then stays, for the next run.
  const chosen = ownText.value;
  const own = saved.text &&
    (chosen && equal(chosen.text, saved.text.bytes) ? chosen : { name: saved.text.name, text: saved.text.bytes });
  if (own && !chosen) ownText.value = own;
  const life = lastDeath;
  lastOwn = ownText.value;
  const loaded = await call("corpus", corpusSpecOf(saved.settings, own));
  if (!loaded.ok) return false;
  const made = await call("resume", {
    ...runSpecOf(saved.settings, defaults.options), prompt: settings.value.prompt, checkpoint: saved.checkpoint,
  });
  if (lastDeath !== life) return false;  // That says nothing about the record.
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
  await forgetRun().catch(() => {});
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
  settings.value = { ...DEFAULTS, seed: settings.value.seed, ...recipe.settings };
  if (step.value > 0) await reset();
}
export function setView(part: Partial<View>) {
  view.value = { ...view.value, ...part };
}

/** 20 MB: the engine would take more, a tab should not. */
const MAX_TEXT = 20_000_000;
export function useText(name: string, text: Uint8Array): boolean {
  if (text.length < 2) {
    complain(`${name}: has ${text.length} byte${text.length === 1 ? "" : "s"}: training needs at least 2, and some thousands to learn words`);
    return false;
  }
  if (text.length > MAX_TEXT) {
    complain(`${name}: has ${text.length.toLocaleString("en")} bytes: use at most ${MAX_TEXT.toLocaleString("en")}`);
    return false;
  }
  const s = settings.value;
  if (text.length < s.seq * 4) notify(`${name}: ${text.length} bytes is very little: the model will learn it by heart`);
  if (text.includes(0)) notify(`${name}: holds zero bytes, so it is probably not text. A byte model learns it all the same.`);
  batch(() => {
    ownText.value = { name, text };
    settings.value = { ...s, corpus: "text", prompt: firstWords(text) };
  });
  return true;
}
/** The beginning of a text, as a prompt for its samples. */
function firstWords(text: Uint8Array): string {
  const head = new TextDecoder().decode(text.subarray(0, 200)).trimStart();
  return /^[\p{L}\p{N}][^\n]{2,11}?(?=\s)/u.exec(head)?.[0] ?? "";
}

/** A dropped or chosen file: a model by its content, else a text to train on. */
export async function openFile(given: File) {
  if (given.size > 40_000_000)
    return complain(`${given.name}: has ${given.size.toLocaleString("en")} bytes: the page opens files of at most 20 MB of text or 32 MB of model`);
  let bytes: Uint8Array;
  try {
    bytes = new Uint8Array(await given.arrayBuffer());
  } catch {
    return complain(`${given.name}: cannot be read`);
  }
  const looksLikeModel = /\.(atome|atome0[12]|atomep3|safetensors|pt)$/i.test(given.name) || isModel(bytes);
  if (!looksLikeModel) return void useText(given.name, bytes);
  const opened = await openModel(bytes, given.name);
  if (!opened.ok) return complain(opened.error);
  file = { bytes, name: given.name };
  notify(`${given.name}: ${opened.info.format}, ${opened.info.parameters.toLocaleString("en")} parameters`);
  await show("file");
}
/** The file that is open, for a worker that dies. */
let file: { bytes: Uint8Array; name: string } | null = null;
async function openModel(bytes: Uint8Array, name: string) {
  let opened = await call("open", { bytes, name });
  // The old formats do not say their sizes: those on the left may be the right ones.
  if (!opened.ok && startOf(bytes).startsWith("ATOME")) {
    const { d_model, n_layers, d_head, top_k, kernel_size } = settings.value;
    const retried = await call("open", { bytes, name, config: { d_model, n_layers, d_head, top_k, kernel_size } });
    opened = retried.ok ? retried
      : { ok: false, error: `${name}: does not say its sizes: set the file's Width, Layers and Head on the left and open it again` };
  }
  if (opened.ok) models.value = { ...models.value, file: opened };
  return opened;
}
const startOf = (bytes: Uint8Array) => String.fromCharCode(...bytes.subarray(0, 8));
const isModel = (bytes: Uint8Array) => {
  const head = startOf(bytes);
  return head.startsWith("ATOME") || head.startsWith("\u0089ATM") || head.startsWith("PK\u0003\u0004");
};

// ---- actions: the lens ---------------------------------------------------------------------------------

export const DEMO_BYTES = 220;
const encode = (text: string) => new TextEncoder().encode(text);

export const promptOf = (s: Subject) =>
  s === "demo" ? "One day" : settings.value.prompt;

async function showDemo() {
  if (models.value.demo) await show("demo");
}

/** Shows a model in the lens: a text that it writes now, or the one of a snapshot. */
export async function show(which: Subject, seed = 1) {
  batch(() => {
    subject.value = which;
    pinned.value = hovered.value = null;
  });
  const known = which.startsWith("snapshot:")
    ? samples.value.find((s) => `snapshot:${s.step}` === which)?.lens
    : undefined;
  if (known) {
    lens.value = known;
    return;
  }
  const made = await call("sample", {
    subject: which, prompt: encode(promptOf(which)), n: DEMO_BYTES, sampling: { temperature: 0.6, top_p: 0.9, seed },
  });
  if (subject.value !== which) return;
  if (made.ok) lens.value = made.lens;
  else complain(made.error);
}
/** Shows what the model of the lens thinks of a given text. */
export async function showText(text: string) {
  const tokens = encode(text);
  if (tokens.length === 0) return;
  const traced = await call("lens", { subject: subject.value, tokens, given: tokens.length });
  if (!traced.ok) return complain(traced.error);
  batch(() => {
    pinned.value = hovered.value = null;
    lens.value = traced.lens;
  });
}
/** The same text under the model of now: a pinned byte stays where it is while the model learns. */
let retracing = false;
async function retrace() {
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

function onHashChange() {
  const hash = writeUrl(settings.value, view.value, ownText.value?.text ?? null);
  if (location.hash === hash) return;
  batch(() => {
    takeUrl();
    withoutText();
  });
}
function takeUrl() {
  const next = readUrl(location.hash, presets.value.map((p) => p.name));
  for (const problem of next.problems) complain(`${problem}; the default was taken`);
  batch(() => {
    view.value = next.view;
    settings.value = next.settings;
    if (next.text) ownText.value = { name: "text from the address", text: next.text };
  });
  return next;
}
/** An address may name a text that it does not carry. */
function withoutText() {
  if (settings.value.corpus !== "text" || ownText.value) return;
  complain("the text of this address stayed in the browser that had it: the stories preset was taken");
  settings.value = { ...settings.value, corpus: DEFAULTS.corpus };
}

/** For another program, and for tests: what the page is doing. */
export const report = () => ({
  status: status.value, step: step.value, digest: digest.value, bytesPerSecond: bytesPerSecond.value,
  kernels: kernels.value, savedStep: savedStep.value, stopReason: stopReason.value,
});
