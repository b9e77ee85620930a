// A run that another one takes the place of is put aside: it stays stored, and the visitor can have it back.

import { batch } from "@preact/signals";
import { call } from "./engine";
import { act, go, status } from "./machine";
import { record } from "./record";
import { resume } from "./resume";
import { prepare } from "./run";
import { DEFAULTS, RECIPES } from "./settings";
import { complain, notify, ownText, pinned, savedStep, settings, step, type OwnText } from "./signals";
import { settle } from "./slots";
import type { SavedRun } from "./storage";

export const chooseRecipe = (id: string) =>
  act(async () => {
    const recipe = RECIPES.find((r) => r.id === id);
    if (!recipe) return;
    if (step.value > 0 && !(await putAside(`for ${recipe.title}`))) return;
    settings.value = { ...DEFAULTS, seed: settings.value.seed, ...recipe.settings };
    await prepare();
  });

interface Aside {
  saved: SavedRun;
  slot: Promise<string> | null;
  own: OwnText | null;
}
/** The page is as before a run's first step; false: there is no place to keep this one, so it stays. why: "for ..." */
async function putAside(why: string): Promise<boolean> {
  const paused = await call("pause", {});
  const { saved, slot } = record;
  if (!paused.ok || saved?.step !== paused.step) {
    complain(`this run cannot be put aside${paused.ok ? "" : ` (${paused.error})`}, so it stays: Reset ends it`);
    return false;
  }
  const aside: Aside = { saved, slot, own: ownText.value };
  record.saved = record.slot = null;
  batch(() => {
    savedStep.value = null;
    pinned.value = null;
    step.value = 0;
  });
  notify(`the run of ${saved.step.toLocaleString("en")} steps was put aside ${why}.`, false, {
    name: "Bring it back",
    act: () => void act(() => bringBack(aside)),
  });
  return true;
}
async function bringBack({ saved, slot, own }: Aside) {
  if (step.value > 0 && !(await putAside("for the one before"))) return;
  batch(() => {
    go("loading");
    settings.value = saved.settings;
    ownText.value = own;
  });
  record.slot = slot;
  if (await resume(saved)) {
    savedStep.value = saved.step;
    void slot?.then(settle).catch(() => {});
  } else {
    await prepare();
  }
  if (status.value === "loading") go("ready");
}
