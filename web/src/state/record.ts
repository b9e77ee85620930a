// What is stored of the run, and where. slots.ts says whose record is whose, storage.ts how it is stored.

import type { SavedFrame } from "../engine/protocol";
import { complain, curves, run, samples, savedStep } from "./signals";
import { freshKey, settle } from "./slots";
import { forgetRun, saveRun, type SavedRun } from "./storage";

const SAMPLES = 20;

/** Of the run that the page shows. */
export const record = {
  /** its newest state, for a worker that dies and for storage */
  saved: null as SavedRun | null,
  /** the key under which it is stored, once it is */
  slot: null as Promise<string> | null,
  /** The address of this visit has brought its own settings, and they were those of no stored run. */
  fromLink: false,
};
let storageWorks = true;
export function storageFailed() {
  storageWorks = false;
}

export function keep(event: SavedFrame) {
  const { settings, own } = run.value!;
  const { loss, valid } = curves.value;
  record.saved = {
    settings,
    text: settings.corpus === "text" && own ? { name: own.name, bytes: own.text } : null,
    step: event.step,
    digest: event.digest,
    checkpoint: event.checkpoint,
    loss: loss.save(),
    valid: { steps: [...valid.steps], values: [...valid.values] },
    samples: samples.value.slice(-SAMPLES).map((s) => ({ step: s.step, text: s.text, given: s.given })),
    saved_at: Date.now(),
    from_link: record.fromLink,
  };
  void store(record.saved);
}

async function store(saved: SavedRun) {
  const fresh = record.slot === null;
  const where = (record.slot ??= freshKey());
  try {
    const key = await where;
    await saveRun(key, saved);
    if (fresh) await settle(key);
    // Another run may have begun meanwhile.
    if (record.slot === where) savedStep.value = saved.step;
    storageWorks = true;
  } catch (error) {
    if (fresh && record.slot === where) record.slot = null;
    // Said once; there may be room again later.
    if (storageWorks)
      complain(
        `this browser stores nothing for the page (${(error as Error)?.message || error}): training goes on, a reload starts anew. Export keeps the model.`,
      );
    storageFailed();
    savedStep.value = null;
  }
}

/** The run is over: its record goes, and the next one may have its place. */
export async function forget() {
  record.saved = null;
  await record.slot?.then(forgetRun).catch(() => {});
  savedStep.value = null;
}
