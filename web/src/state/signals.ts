// The state of the page as signals, and its messages. store.ts changes them; parts of the page read them, by way of
// store.ts.

import { computed, signal } from "@preact/signals";
import type { Fit } from "atome-lm";
import type { CorpusInfo, Lens, ModelSummary, Preset, RunInfo, Speed, StopReason, Subject } from "../engine/protocol";
import { Curve } from "./curve";
import { DEFAULTS, identity, type Settings } from "./settings";
import { VIEW_DEFAULTS, type View } from "./url";

export interface OwnText {
  name: string;
  text: Uint8Array;
}

export interface Notice {
  id: number;
  text: string;
  /** something was refused or has failed */
  error: boolean;
  /** a button: what it says and does */
  action?: { name: string; act: () => void };
}
/** Plain messages for the visitor, newest last. */
export const notices = signal<Notice[]>([]);

export const settings = signal<Settings>({ ...DEFAULTS });
export const view = signal<View>({ ...VIEW_DEFAULTS });
/** the visitor's own text */
export const ownText = signal<OwnText | null>(null);
export const presets = signal<Preset[]>([]);
export const corpus = signal<CorpusInfo | null>(null);
export const kernels = signal("");

/** The run that Play continues; null until there is one. Its settings, which may differ from `settings`. */
export const run = signal<{ number: number; info: RunInfo; settings: Settings; textName: string; own: OwnText | null } | null>(null);
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
  loss: new Curve(),
  valid: { steps: [], values: [] },
});
export interface Sample {
  step: number;
  text: Uint8Array;
  /** bytes of it that were the prompt */
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
  if (r === null) return false;
  return identity(r.settings) !== identity(settings.value) || (settings.value.corpus === "text" && r.own !== ownText.value);
});
export const validBits = computed(() => curves.value.valid.values.at(-1) ?? null);

// ---- messages ------------------------------------------------------------------------------------------

let noticeId = 0;
const MAX_NOTICES = 4;
export function notify(text: string, error = false, action?: Notice["action"]) {
  const last = notices.value.at(-1);
  if (last?.text === text && !action) return;
  let list = notices.value;
  if (list.length >= MAX_NOTICES) {
    // Those that offer something stay longest.
    const old = list.find((n) => !n.action) ?? list[0];
    list = list.filter((n) => n !== old);
  }
  notices.value = [...list, { id: ++noticeId, text, error, ...(action ? { action } : {}) }];
}
export const dismiss = (id: number) => {
  notices.value = notices.value.filter((n) => n.id !== id);
};
export const complain = (error: string) => notify(error, true);
