// The state of the page in the part of the address behind the #, which no server ever sees.

import {
  DEFAULTS, outOfRange, PATHWAYS, QUANTIZERS, RANGES, SCHEDULES, type Settings,
} from "./settings";

export const TABS = ["play", "weights", "uncertainty", "compare", "boards", "export", "how"] as const;
export type Tab = (typeof TABS)[number];
export const LENS_MODES = ["entropy", "mix", "loss"] as const;
export type LensMode = (typeof LENS_MODES)[number];
export const THEMES = ["auto", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

export interface View {
  tab: Tab;
  lens: LensMode;
  theme: Theme;
  embed: boolean;
}
export const VIEW_DEFAULTS: View = { tab: "play", lens: "entropy", theme: "auto", embed: false };

/** A visitor's own text travels in the address up to this length; a longer one stays in the browser. */
export const MAX_INLINE_TEXT = 2000;
const MAX_PROMPT = 200;

const NUMBERS = {
  kb: "corpus_kb", cs: "corpus_seed", d: "d_model", l: "n_layers", h: "d_head", f: "d_ff", k: "top_k",
  taps: "kernel_size", steps: "steps", b: "batch", t: "seq", lr: "lr", wd: "weight_decay", clip: "clip",
  seed: "seed",
} as const satisfies Record<string, keyof typeof RANGES>;

const base64url = (bytes: Uint8Array) =>
  btoa(Array.from(bytes, (b) => String.fromCharCode(b)).join(""))
    .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const fromBase64url = (text: string) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));

export interface FromUrl {
  settings: Settings;
  view: View;
  /** the visitor's own text, where the address carries one */
  text: Uint8Array | null;
  /** whether the address says anything about the run */
  explicit: boolean;
  /** what was wrong with the address, in plain words */
  problems: string[];
}

export function readUrl(hash: string, presets: string[]): FromUrl {
  const settings: Settings = { ...DEFAULTS, disable_pathways: [] };
  const view: View = { ...VIEW_DEFAULTS };
  const problems: string[] = [];
  let text: Uint8Array | null = null;
  const p = new URLSearchParams(hash.replace(/^#/, ""));
  const short = (value: string) => (value.length > 24 ? `${value.slice(0, 24)}…` : value);
  const refuse = (key: string, value: string, wanted: string) =>
    problems.push(`${key}=${short(value)} in the address: ${wanted}`);
  const oneOf = <T extends string>(key: string, list: readonly T[], set: (value: T) => void) => {
    const value = p.get(key);
    if (value === null) return;
    if ((list as readonly string[]).includes(value)) set(value as T);
    else refuse(key, value, `use one of ${list.join(", ")}`);
  };

  for (const [key, name] of Object.entries(NUMBERS)) {
    const value = p.get(key);
    if (value === null) continue;
    const number = /^[0-9.eE+-]{1,20}$/.test(value) ? Number(value) : NaN;
    const wrong = outOfRange(name, number);
    if (wrong) refuse(key, value, wrong);
    else settings[name] = number;
  }
  oneOf("q", QUANTIZERS, (q) => (settings.quantizer = q));
  oneOf("sched", SCHEDULES, (s) => (settings.schedule = s));
  oneOf("tab", TABS, (t) => (view.tab = t));
  oneOf("lens", LENS_MODES, (m) => (view.lens = m));
  oneOf("theme", THEMES, (t) => (view.theme = t));
  oneOf("embed", ["0", "1"], (e) => (view.embed = e === "1"));
  oneOf("plateau", ["0", "1"], (e) => (settings.plateau = e === "1"));
  oneOf("corpus", [...presets, "text"], (c) => (settings.corpus = c));
  const off = p.get("off");
  if (off !== null) {
    const names = off.split(",").filter(Boolean);
    const known = PATHWAYS.filter((path) => names.includes(path));
    if (known.length !== names.length || known.length === PATHWAYS.length)
      refuse("off", off, "use one or two of local, state, sparse");
    else settings.disable_pathways = known;
  }
  const prompt = p.get("prompt");
  if (prompt !== null) {
    if (prompt.length > MAX_PROMPT) refuse("prompt", prompt, `use at most ${MAX_PROMPT} characters`);
    else settings.prompt = prompt;
  } else if (settings.corpus === "thermostat") {
    settings.prompt = "Q: ";
  }
  const inline = p.get("text");
  if (inline !== null) {
    try {
      text = fromBase64url(inline);
      if (text.length < 2 || text.length > MAX_INLINE_TEXT) throw new RangeError();
    } catch {
      text = null;
      refuse("text", inline, `use base64 of 2 to ${MAX_INLINE_TEXT} bytes`);
    }
  }
  const about = new Set([...Object.keys(NUMBERS), "q", "sched", "corpus", "off", "prompt", "text", "plateau"]);
  return { settings, view, text, explicit: [...p.keys()].some((key) => about.has(key)), problems };
}

/** Only what differs from the defaults. */
export function writeUrl(settings: Settings, view: View, text: Uint8Array | null): string {
  const p = new URLSearchParams();
  const d = DEFAULTS, v = VIEW_DEFAULTS;
  if (view.tab !== v.tab) p.set("tab", view.tab);
  if (settings.corpus !== d.corpus) p.set("corpus", settings.corpus);
  for (const [key, name] of Object.entries(NUMBERS))
    if (settings[name] !== d[name]) p.set(key, String(settings[name]));
  if (settings.quantizer !== d.quantizer) p.set("q", settings.quantizer);
  if (settings.schedule !== d.schedule) p.set("sched", settings.schedule);
  if (settings.disable_pathways.length > 0) p.set("off", settings.disable_pathways.join());
  if (settings.plateau !== d.plateau) p.set("plateau", settings.plateau ? "1" : "0");
  if (settings.prompt !== (settings.corpus === "thermostat" ? "Q: " : d.prompt)) p.set("prompt", settings.prompt);
  if (settings.corpus === "text" && text && text.length <= MAX_INLINE_TEXT) p.set("text", base64url(text));
  if (view.lens !== v.lens) p.set("lens", view.lens);
  if (view.theme !== v.theme) p.set("theme", view.theme);
  if (view.embed) p.set("embed", "1");
  const result = p.toString();
  return result ? `#${result}` : "";
}
