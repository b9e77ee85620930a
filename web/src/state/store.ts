// The state of the page, as signals, and what can be done to it. The parts under ui/ and tabs/ read signals and
// call actions; nothing else talks to the worker.

import { batch, computed, effect, signal } from "@preact/signals";
import type { Config, Fit, TrainOptions } from "atome-lm";
import { Engine } from "../engine/client";
import type {
  CorpusInfo, Lens, ModelSummary, RunInfo, SampleFrame, SavedFrame, Speed, StopReason, Subject, WorkerEvent,
} from "../engine/protocol";
import { Curve } from "./curve";
import { configOf, corpusSpecOf, DEFAULTS, RECIPES, runSpecOf, type Settings } from "./settings";
import { forgetRun, loadRun, saveRun, type SavedRun } from "./storage";
import { readUrl, VIEW_DEFAULTS, writeUrl, type View } from "./url";

/** What decides the weights: everything but the prompt of the samples. */
const identity = (s: Settings) => JSON.stringify({ ...s, prompt: "" });

// ---- signals -------------------------------------------------------------------------------------------

export type Status = "loading" | "ready" | "training" | "paused" | "done" | "broken";
export const status = signal<Status>("loading");
/** Plain messages for the visitor, newest last; error: something was refused or has failed. */
export const notices = signal<{ id: number; text: string; error: boolean }[]>([]);

export const settings = signal<Settings>({ ...DEFAULTS });
export const view = signal<View>({ ...VIEW_DEFAULTS });
/** the visitor's own text */
export const ownText = signal<{ name: string; text: Uint8Array } | null>(null);
export const presets = signal<{ name: string; title: string; about: string; prompt: string }[]>([]);
export const corpus = signal<CorpusInfo | null>(null);
export const kernels = signal("");

/** The run that Play continues; null until there is one. Its settings, which may differ from `settings`. */
export const run = signal<{ number: number; info: RunInfo; settings: Settings; textName: string } | null>(null);
export const step = signal(0);
export const digest = signal("");
export const bytesPerSecond = signal(0);
export const learningRate = signal(0);
export const speed = signal<Speed>("full");
export const stopReason = signal<StopReason | null>(null);
/** when the run was last stored, and whether storage works */
export const savedStep = signal<number | null>(null);

/** Changes whenever the curves do. */
export const curves = signal<{ loss: Curve; valid: { steps: number[]; values: number[] } }>({
  loss: new Curve(), valid: { steps: [], values: [] },
});
export interface Sample {
  step: number;
  tokens: Uint8Array;
  given: number;
  /** null after a reload, which keeps texts only */
  lens: Lens | null;
  /** the worker still has the model of this step */
  snapshot: boolean;
}
/** of the run, ascending steps */
export const samples = signal<Sample[]>([]);

/** The models that the page can show. */
export const models = signal<Partial<Record<"demo" | "file" | "kept", ModelSummary>>>({});
/** What the lens shows: "run" follows the training. */
export const subject = signal<Subject>("demo");
export const lens = signal<Lens | null>(null);
/** Positions of the lens: under the pointer or the keyboard, and held. */
export const hovered = signal<number | null>(null);
export const pinned = signal<number | null>(null);
export const focus = computed(() => pinned.value ?? hovered.value);
export const fit = signal<Fit | null>(null);

/** The run would be another one if it started now. */
export const settingsChanged = computed(() => {
  const r = run.value;
  return r !== null && identity(r.settings) !== identity(settings.value);
});
export const validBits = computed(() => curves.value.valid.values.at(-1) ?? null);

// ---- messages ------------------------------------------------------------------------------------------

let noticeId = 0;
export function notify(text: string, error = false) {
  const last = notices.value.at(-1);
  if (last?.text === text) return;
  notices.value = [...notices.value.slice(-3), { id: ++noticeId, text, error }];
}
export const dismiss = (id: number) => {
  notices.value = notices.value.filter((n) => n.id !== id);
};
const complain = (error: string) => notify(error, true);

// ---- the engine ----------------------------------------------------------------------------------------

let engine: Engine;
let demoBytes: Uint8Array;
let defaults: { config: Config; options: TrainOptions };
/** The newest state of the run, for a worker that dies and for storage. */
let lastSaved: SavedRun | null = null;
let storageWorks = true;
let deaths = 0;

export const call: Engine["call"] = (name, argument) => engine.call(name, argument);

export async function boot(makeWorker: () => Worker, demo: Promise<Uint8Array>) {
  engine = new Engine(makeWorker, onEvent, onDeath);
  demoBytes = await demo.catch(() => new Uint8Array());
  if (!(await startEngine())) return;
  const fromUrl = readUrl(location.hash, presets.value.map((p) => p.name));
  for (const problem of fromUrl.problems) complain(`${problem}; the default was taken`);
  batch(() => {
    settings.value = fromUrl.settings;
    view.value = fromUrl.view;
    if (fromUrl.text) ownText.value = { name: "text from the address", text: fromUrl.text };
  });
  await showDemo();
  const restored = await restore(fromUrl.explicit, fromUrl.settings, fromUrl.text !== null);
  if (!restored && settings.value.corpus === "text" && !ownText.value) {
    complain("the text of this address stayed in the browser that had it: the stories preset was taken");
    settings.value = { ...settings.value, corpus: DEFAULTS.corpus };
  }
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

async function startEngine(): Promise<boolean> {
  const started = await call("start", { demo: demoBytes });
  if (!started.ok) {
    status.value = "broken";
    complain(started.error);
    return false;
  }
  defaults = started.defaults;
  presets.value = started.presets;
  kernels.value = started.kernels;
  models.value = { demo: started.demo };
  return true;
}

async function onDeath(why: string) {
  if (++deaths > 3) {
    status.value = "broken";
    return complain(`the engine has stopped again (${why}): reload the page; the run is kept`);
  }
  const playing = status.value === "training";
  const held = lastSaved;
  complain(`the engine has stopped (${why}) and was started again${held ? ` from step ${held.step}` : ""}`);
  engine.restart();
  batch(() => {
    run.value = null;
    subject.value = "demo";
  });
  if (!(await startEngine())) return;
  if (held && (await resumeFrom(held))) {
    if (playing) await play();
  } else {
    await showDemo();
    await prepare();
  }
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
        curves.value = { loss, valid };
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
  const own = r.settings.corpus === "text" ? ownText.value : null;
  lastSaved = {
    settings: r.settings, text: own ? { name: own.name, bytes: own.text } : null, step: event.step,
    digest: event.digest, checkpoint: event.checkpoint, loss: curves.value.loss.toJSON(),
    valid: curves.value.valid,
    samples: samples.value.slice(-20).map((s) => ({ step: s.step, text: s.tokens, given: s.given })),
  };
  void store(lastSaved);
}

async function store(saved: SavedRun) {
  if (!storageWorks) return;
  try {
    await saveRun(saved);
    savedStep.value = saved.step;
  } catch (error) {
    storageWorks = false;
    savedStep.value = null;
    notify(`this browser stores nothing for the page (${(error as Error)?.message ?? error}): training goes on, a reload starts anew. Export keeps the model.`, true);
  }
}

// ---- runs ----------------------------------------------------------------------------------------------

let lastOwn: { name: string; text: Uint8Array } | null = null;

/** Loads the corpus and makes a run at step 0, so that Play begins at once. */
async function prepare(): Promise<boolean> {
  const s = settings.value;
  lastOwn = ownText.value;
  void updateFit();
  const loaded = await call("corpus", corpusSpecOf(s, ownText.value));
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
    adopt(made.run, made.info, s, loaded.name);
    digest.value = made.digest;
    if (subject.value === "run" || subject.value.startsWith("snapshot")) void showDemo();
  });
  return true;
}

function adopt(number: number, info: RunInfo, s: Settings, textName: string) {
  run.value = { number, info, settings: s, textName };
  step.value = info.steps_done;
  bytesPerSecond.value = 0;
  stopReason.value = null;
  curves.value = { loss: new Curve(), valid: { steps: [], values: [] } };
  samples.value = [];
  status.value = info.done ? "done" : info.steps_done > 0 ? "paused" : "ready";
}

async function settingsSettled() {
  // A run that has begun goes on as it is; Reset takes the new settings.
  if (step.value > 0 && run.value) return void updateFit();
  await prepare();
}

async function restore(explicit: boolean, wanted: Settings, textInUrl: boolean): Promise<boolean> {
  let saved: SavedRun | undefined;
  try {
    saved = await loadRun();
  } catch (error) {
    storageWorks = false;
    notify(`this browser stores nothing for the page (${(error as Error)?.message ?? error}): a reload starts anew.`);
    return false;
  }
  if (!saved) return false;
  if (explicit && !textInUrl && identity(saved.settings) !== identity(wanted)) return false;
  if (textInUrl && saved.text && ownText.value?.text.join() !== saved.text.bytes.join()) return false;
  if (!explicit) settings.value = saved.settings;
  if (!(await resumeFrom(saved))) return false;
  savedStep.value = saved.step;
  notify(`your run was kept: step ${saved.step}. Play goes on, Reset starts anew.`);
  return true;
}

async function resumeFrom(saved: SavedRun): Promise<boolean> {
  if (saved.text) ownText.value = { name: saved.text.name, text: saved.text.bytes };
  lastOwn = ownText.value;
  const loaded = await call("corpus", corpusSpecOf(saved.settings, ownText.value));
  if (!loaded.ok) return false;
  corpus.value = loaded;
  const made = await call("resume", { ...runSpecOf(saved.settings, defaults.options), checkpoint: saved.checkpoint });
  if (!made.ok) {
    complain(`the stored run cannot be continued: ${made.error}`);
    await forgetRun().catch(() => {});
    return false;
  }
  batch(() => {
    adopt(made.run, made.info, saved.settings, loaded.name);
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
  if (status.value === "training" || status.value === "broken") return;
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
export async function openFile(file: File) {
  if (file.size > 40_000_000)
    return complain(`${file.name}: has ${file.size.toLocaleString("en")} bytes: the page opens files of at most 20 MB of text or 32 MB of model`);
  let bytes: Uint8Array;
  try {
    bytes = new Uint8Array(await file.arrayBuffer());
  } catch {
    return complain(`${file.name}: cannot be read`);
  }
  const looksLikeModel = /\.(atome|atome0[12]|atomep3|safetensors|pt|bin)$/i.test(file.name) || isModel(bytes);
  if (!looksLikeModel) return void useText(file.name, bytes);
  const opened = await call("open", { bytes, name: file.name });
  if (!opened.ok) return complain(opened.error);
  models.value = { ...models.value, file: opened };
  notify(`${file.name}: ${opened.info.format}, ${opened.info.parameters.toLocaleString("en")} parameters`);
  await show("file");
}
const isModel = (bytes: Uint8Array) => {
  const head = String.fromCharCode(...bytes.subarray(0, 8));
  return head.startsWith("ATOME") || head.slice(1, 6) === "ATOME" || head.startsWith("PK\u0003\u0004");
};

// ---- actions: the lens ---------------------------------------------------------------------------------

export const DEMO_BYTES = 220;
const encode = (text: string) => new TextEncoder().encode(text);

export const promptOf = (s: Subject) =>
  s === "demo" ? "One day" : settings.value.prompt;

async function showDemo() {
  await show("demo");
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

async function onHashChange() {
  const hash = writeUrl(settings.value, view.value, ownText.value?.text ?? null);
  if (location.hash === hash) return;
  const next = readUrl(location.hash, presets.value.map((p) => p.name));
  for (const problem of next.problems) complain(`${problem}; the default was taken`);
  batch(() => {
    view.value = next.view;
    settings.value = next.settings;
    if (next.text) ownText.value = { name: "text from the address", text: next.text };
  });
}

/** For another program, and for tests: what the page is doing. */
export const report = () => ({
  status: status.value, step: step.value, digest: digest.value, bytesPerSecond: bytesPerSecond.value,
  kernels: kernels.value, savedStep: savedStep.value, stopReason: stopReason.value,
});
