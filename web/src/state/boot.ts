// The page begins: engine, address, stored run. And it begins again when a worker dies.

import { batch, effect } from "@preact/signals";
import { followAddress, takeAddress, withoutText } from "./address";
import { call, deaths, restartWorker, startWorker } from "./engine";
import { onEvent } from "./events";
import { reopenFile } from "./files";
import { showDemo } from "./lens";
import { enqueue, go, status } from "./machine";
import { record } from "./record";
import { restore, resume } from "./resume";
import { followSettings, prepare, start, updateFit } from "./run";
import { complain, kernels, models, presets, run, savedStep, settings, subject } from "./signals";

let demoBytes: Uint8Array;

export async function boot(makeWorker: () => Worker, demo: Promise<Uint8Array>) {
  try {
    startWorker(makeWorker, onEvent, onDeath);
  } catch (error) {
    return broken(`the engine cannot be started: ${(error as Error)?.message ?? error}`);
  }
  demoBytes = await demo.catch(() => new Uint8Array());
  await enqueue(begin);
}

async function begin() {
  const failed = await startEngine();
  if (failed) return broken(failed);
  const life = deaths;
  const fromUrl = takeAddress();
  await showDemo();
  const restored = await restore(fromUrl);
  if (!restored) withoutText();
  followAddress();
  effect(() => void call("prompt", { prompt: settings.value.prompt }));
  followSettings();
  document.addEventListener("visibilitychange", () => void call("visible", { visible: !document.hidden }));
  if (!restored) await prepare();
  else void updateFit();
  if (life === deaths) ready();
}

function ready() {
  if (status.value === "loading") go("ready");
}
function broken(why: string) {
  go("broken");
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

/** Workers that died, each within a minute of the one before. */
let inARow = 0;
let lastDeath = -Infinity;
const CALM_MS = 60_000;
const MAX_IN_A_ROW = 3;
/** It was training when it died. */
let interrupted = false;

function onDeath(why: string) {
  // It never started: begin() says so.
  if (!kernels.value) return;
  const now = performance.now();
  inARow = now - lastDeath < CALM_MS ? inARow + 1 : 1;
  lastDeath = now;
  const { saved } = record;
  if (inARow > MAX_IN_A_ROW) {
    go("broken");
    const stored = savedStep.value;
    return complain(
      `the engine has stopped again (${why}): reload the page${stored === null ? "" : `; the run is kept up to step ${stored}`}`,
    );
  }
  interrupted ||= status.value === "training";
  complain(`the engine has stopped (${why}) and was started again${saved ? ` from step ${saved.step}` : ""}`);
  restartWorker();
  batch(() => {
    run.value = null;
    subject.value = "demo";
    go("loading");
  });
  const life = deaths;
  void enqueue(() => recover(life));
}

/** If this worker dies, too, another call goes on. */
async function recover(life: number) {
  if (life !== deaths) return;
  const failed = await startEngine();
  if (life !== deaths) return;
  if (failed) return broken(failed);
  await reopenFile();
  if (!record.saved || !(await resume(record.saved))) {
    if (life !== deaths) return;
    await showDemo();
    await prepare();
  }
  if (life !== deaths) return;
  ready();
  if (interrupted && run.value) await start();
  interrupted = false;
}
