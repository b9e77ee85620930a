// Stored runs go on: after a reload, in the place of one that was put aside, in a new worker.

import { batch } from "@preact/signals";
import { Curve } from "./curve";
import { call, deaths } from "./engine";
import { show } from "./lens";
import { forget, record, storageFailed } from "./record";
import { adopt } from "./run";
import { corpusSpecOf, DEFAULTS, identity, runSpecOf, type Settings } from "./settings";
import { complain, corpus, curves, digest, notify, ownText, presets, samples, savedStep, settings } from "./signals";
import { claim, keyOfTab, settle, storedRuns, type StoredRun } from "./slots";
import type { SavedRun } from "./storage";
import { readUrl, VIEW_DEFAULTS, writeUrl, type FromUrl } from "./url";

export async function resume(saved: SavedRun): Promise<boolean> {
  // A text that was chosen since then stays, for the next run.
  const chosen = ownText.value;
  const own = saved.text && (chosen && equal(chosen.text, saved.text.bytes) ? chosen : { name: saved.text.name, text: saved.text.bytes });
  if (own && !chosen) ownText.value = own;
  const life = deaths;
  const loaded = await call("corpus", corpusSpecOf(saved.settings, own));
  if (!loaded.ok) return false;
  const made = await call("resume", { ...runSpecOf(saved.settings), prompt: settings.value.prompt, checkpoint: saved.checkpoint });
  // That says nothing about the record.
  if (life !== deaths) return false;
  if (!made.ok) return unusable(made.error);
  if (made.digest !== saved.digest) return unusable(`its weights are ${made.digest}, not ${saved.digest}`);
  batch(() => {
    corpus.value = loaded;
    adopt(made.run, made.info, saved.settings, loaded.name, own);
    digest.value = made.digest;
    curves.value = { loss: Curve.from(saved.loss), valid: { steps: [...saved.valid.steps], values: [...saved.valid.values] } };
    samples.value = saved.samples.map((s) => ({ step: s.step, text: s.text, given: s.given, lens: null, snapshot: false }));
  });
  record.saved = saved;
  await show("run");
  return true;
}
async function unusable(why: string): Promise<false> {
  complain(`the stored run cannot be continued: ${why}. A new one begins.`);
  await forget();
  return false;
}

/** The stored run of this visit, if there is one. */
export async function restore({ explicit, settings: wanted, text }: FromUrl): Promise<boolean> {
  let runs: StoredRun[];
  try {
    runs = await storedRuns();
  } catch (error) {
    storageFailed();
    notify(`this browser stores nothing for the page (${(error as Error)?.message || error}): a reload starts anew.`);
    return false;
  }
  const same = ({ saved }: StoredRun) =>
    saved !== null &&
    identity(saved.settings) === identity(wanted) &&
    !(text !== null && saved.text && !equal(ownText.value!.text, saved.text.bytes));
  // Without settings in the address: the visitor's own, and no older one in its place.
  const candidates = explicit ? runs.filter(same) : runs.slice(0, 1);
  record.fromLink = explicit && candidates[0]?.saved?.from_link !== false;
  for (const { key, saved } of candidates) {
    const claimed = await claim(key);
    if (claimed === "taken") continue;
    record.slot = Promise.resolve(key);
    if (!saved || !sound(saved.settings)) return unusable("its record is damaged");
    record.fromLink = saved.from_link;
    if (!explicit) settings.value = saved.settings;
    if (!(await resume(saved))) return false;
    // Where nobody can say whether another tab goes on with this record, this one continues a copy.
    if (claimed === "free" && key !== keyOfTab()) record.slot = null;
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
  return a === b || (a.length === b.length && a.every((byte, i) => byte === b[i]));
}
/** Settings that an address could carry, too. */
function sound(s: Settings): boolean {
  try {
    const address = writeUrl({ ...DEFAULTS, ...s }, VIEW_DEFAULTS, null);
    return (
      readUrl(
        address,
        presets.value.map((p) => p.name),
      ).problems.length === 0
    );
  } catch {
    return false;
  }
}
